"""One stack's template, resolved: parameters, conditions, intrinsic functions, outputs.

Sources: the CloudFormation template reference ("Intrinsic function reference", "Pseudo parameters
reference", "Parameters", "Conditions") and, for what Ref and GetAtt return, `ringwork.estate.arns`.
"""

from __future__ import annotations

import json
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import Enum
from typing import Any, TypeAlias

from ringwork.estate import arns, intrinsics
from ringwork.estate.estate import resource_key
from ringwork.estate.model import Reference, Text, Unknown, Value
from ringwork.estate.sources import loops
from ringwork.estate.stack import PrefixListId, Stack, StackOutput
from ringwork.estate.worlds import Choice, Special, World

MAX_DEPTH = 200
"""Deepest nesting of values that is followed; below it everything is `Unknown`."""


class Marker(Enum):
    NO_VALUE = "AWS::NoValue"
    """the property or list entry is removed"""


NO_VALUE = Marker.NO_VALUE
Resolved: TypeAlias = "Value | Marker"

_RULES_ONLY = frozenset(
    {
        "Fn::Contains",
        "Fn::EachMemberEquals",
        "Fn::EachMemberIn",
        "Fn::RefAll",
        "Fn::ValueOf",
        "Fn::ValueOfAll",
    }
)
_CONDITION_ONLY = frozenset({"Fn::And", "Fn::Equals", "Fn::Not", "Fn::Or"})


def is_function(raw: object) -> bool:
    """A mapping with the one key `Ref` or `Fn::...`."""
    if not isinstance(raw, Mapping) or len(raw) != 1:
        return False
    name = next(iter(raw))
    return name == "Ref" or (
        isinstance(name, str) and name.startswith("Fn::") and not name.startswith(loops.PREFIX)
    )


def _section(template: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    found = template.get(name)
    return found if isinstance(found, Mapping) else {}


Function: TypeAlias = "Callable[[StackReader, Any], Resolved]"
"""An intrinsic function: its argument as the template has it -> its value"""


class Readers:
    """The readers of all stacks in one world: they ask each other for outputs and names."""

    def __init__(self, stacks: Sequence[Stack], world: World, functions: Mapping[str, Function]) -> None:
        self.world = world
        self.functions = functions
        self.stacks = {stack.id: StackReader(stack, self) for stack in stacks}
        for reader in self.stacks.values():
            reader.expand()
        self.places: dict[str, tuple[StackReader, str]] = {}
        """resource key -> its reader and logical id"""
        for reader in self.stacks.values():
            for logical in reader.resources:
                self.places[reader.key(logical)] = (reader, logical)

    def export(self, name: str, account: str, region: str) -> Value:
        """The output exported under this name in the account and Region."""
        for reader in self.stacks.values():
            if reader.stack.account == account and reader.stack.region == region:
                found = reader.exports().get(name)
                if found is not None:
                    return reader.output(found)
        return Unknown(f"no given stack exports `{name}` in account {account}, {region}")

    def choices(self) -> Choice | None:
        """The first choice that is open in this world."""
        for reader in self.stacks.values():
            found = reader.open_choice()
            if found is not None:
                return found
        return None


class StackReader:
    """Resolves one stack's template in one world. Nothing here raises on a broken template."""

    def __init__(self, stack: Stack, readers: Readers) -> None:
        self.stack = stack
        self.readers = readers
        template = stack.template
        self.parameter_definitions = _section(template, "Parameters")
        self.mappings = _section(template, "Mappings")
        self.outputs = _section(template, "Outputs")
        self._choice: Choice | None = None
        self._parameters: dict[str, Value] = {}
        self._conditions: dict[str, bool | Unknown] = {}
        self._outputs: dict[str, Value] = {}
        self._names: dict[str, tuple[str | None, str | None]] = {}
        self._exports: dict[str, str] | None = None
        self._busy: set[tuple[str, str]] = set()
        self._depth = 0
        self._deciding = False
        self.conditions = {str(k): v for k, v in _section(template, "Conditions").items()}
        self.resources = {str(k): v for k, v in _section(template, "Resources").items()}
        self.resources_expansion = loops.Expansion(self.resources, {})

    def expand(self) -> None:
        """Runs the loops of the sections; their lists may be parameters that other stacks fill."""
        if not any(str(key).startswith(loops.PREFIX) for section in self._sections() for key in section):
            return
        self.conditions = loops.expand(self.conditions, self._collection).entries
        self.resources_expansion = loops.expand(self.resources, self._collection)
        self.resources = self.resources_expansion.entries
        self.outputs = loops.expand(self.outputs, self._collection).entries
        for cache in (self._parameters, self._conditions, self._outputs, self._names):
            cache.clear()
        self._exports = None

    def _sections(self) -> tuple[Mapping[str, Any], ...]:
        return (self.conditions, self.resources, self.outputs)

    # names of resources

    def type(self, logical: str) -> str:
        """The resource's type; `Unknown` types of broken templates are called `?`."""
        definition = self.resources.get(logical)
        found = definition.get("Type") if isinstance(definition, Mapping) else None
        return found if isinstance(found, str) and found else "?"

    def key(self, logical: str) -> str:
        return resource_key(
            self.stack.account, self.stack.region, self.type(logical), f"{self.stack.name}/{logical}"
        )

    def raw_property(self, logical: str, name: str) -> Any:
        """The property as the template has it; `NO_VALUE` if it is not set."""
        definition = self.resources.get(logical)
        properties = definition.get("Properties") if isinstance(definition, Mapping) else None
        if properties is None:
            return NO_VALUE
        if not isinstance(properties, Mapping) or is_function(properties):
            return {"Fn::Transform": {}}
        return properties.get(name, NO_VALUE)

    def names(self, logical: str) -> tuple[str | None, str | None]:
        """(physical id, ARN) as far as they can be computed from the template."""
        known = self._names.get(logical)
        if known is None:
            token = ("names", logical)
            if token in self._busy:
                return (None, None)
            self._busy.add(token)
            known = self._compute_names(logical)
            self._busy.discard(token)
            self._names[logical] = known
        return known

    def _compute_names(self, logical: str) -> tuple[str | None, str | None]:
        naming = arns.naming(self.type(logical))
        physical = self._render(logical, naming, naming.physical, None) if naming.physical else None
        return physical, self._render(logical, naming, naming.arn, physical) if naming.arn else None

    def _render(self, logical: str, naming: arns.Naming, pattern: str, physical: str | None) -> str | None:
        known: dict[str, str] = {}
        for name in arns.properties_needed(pattern):
            value = self.resolve(self.raw_property(logical, name))
            literal = naming.defaults.get(name) if value is NO_VALUE else None
            if literal is None and value is not NO_VALUE:
                literal = intrinsics.scalar(self.embed(value))
            if literal:
                known[name] = literal
        return arns.render(
            pattern,
            account=self.stack.account,
            region=self.stack.region,
            ref=physical,
            properties=known,
        )

    def embed(self, value: Value) -> Value:
        """A value as it stands within a longer text: names that can be computed become literal."""
        if isinstance(value, Text):
            return intrinsics.text(self.embed(part) for part in value.parts)
        if not isinstance(value, Reference):
            return value
        place = self.readers.places.get(value.target)
        if place is None:
            return value
        reader, logical = place
        physical, arn = reader.names(logical)
        if value.attribute == "Ref":
            return physical if physical is not None else value
        naming = arns.naming(reader.type(logical))
        if value.attribute in naming.arns:
            if arn is not None:
                return arn
            if naming.arn is not None and physical is None and naming.physical is None:
                mark = "\N{NULL}"
                around = reader._render(logical, naming, naming.arn, mark)
                if around is not None:
                    before, _, after = around.partition(mark)
                    return intrinsics.text((before, Reference(value.target), after))
        return value

    # parameters

    def parameter(self, name: str) -> Value:
        """The parameter's value in this world."""
        known = self._parameters.get(name)
        if known is None:
            token = ("parameter", name)
            if token in self._busy:
                return Unknown(f"parameter `{name}` of stack `{self.stack.name}` depends on itself")
            self._busy.add(token)
            known = self._parameter(name)
            self._busy.discard(token)
            self._parameters[name] = known
        if not self._deciding and self._is_secret(name) and not isinstance(known, Unknown):
            return Unknown(f"parameter `{name}` of stack `{self.stack.name}` is secret (NoEcho)")
        return known

    def _definition(self, name: str) -> Mapping[str, Any]:
        found = self.parameter_definitions.get(name)
        return found if isinstance(found, Mapping) else {}

    def _is_secret(self, name: str) -> bool:
        return intrinsics.scalar(self._definition(name).get("NoEcho")) in ("true", "True")

    def _parameter(self, name: str) -> Value:
        kind = str(self._definition(name).get("Type", "String"))
        is_list = kind == "CommaDelimitedList" or kind.startswith("List<") or "Value<List<" in kind
        is_list = is_list or kind == "AWS::SSM::Parameter::Value<CommaDelimitedList>"
        value = self._given(name, kind)
        if isinstance(value, Unknown):
            chosen = self._chosen(name)
            if isinstance(chosen, str):
                value = chosen
        if not is_list or isinstance(value, (tuple, Unknown)):
            return value
        items = intrinsics.split(",", value)
        if isinstance(items, tuple):
            return tuple(item.strip() if isinstance(item, str) else item for item in items)
        return items

    def _given(self, name: str, kind: str) -> Value:
        label = f"parameter `{name}` of stack `{self.stack.name}`"
        given = self.stack.parameters.get(name)
        if isinstance(given, StackOutput):
            producer = self.readers.stacks.get(given.stack)
            if producer is None:
                return Unknown(
                    f"{label} takes output `{given.output}` of `{given.stack}`, which is not given"
                )
            return producer.output(given.output)
        if isinstance(given, PrefixListId):
            service = f"com.amazonaws.{self.stack.region}.{given.service}"
            return Unknown(f"id of the managed prefix list `{service}`, looked up at deployment")
        value = given if given is not None else intrinsics.scalar(self._definition(name).get("Default"))
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            return Unknown(f"{label} is read from Systems Manager parameter `{value}` at deployment")
        if value is None:
            return Unknown(f"{label} has no value; give one to settle it")
        return value

    def _chosen(self, name: str) -> str | bool | Special | None:
        for choice, chosen in self.readers.world.items():
            if choice.stack == self.stack.id and choice.subject == name:
                return chosen
        return None

    # conditions

    def condition(self, name: str) -> bool | Unknown:
        """Whether the named condition holds; `Unknown` if this world leaves it open."""
        known = self._conditions.get(name)
        if known is not None:
            return known
        if name not in self.conditions:
            return Unknown(f"condition `{name}` is not defined in stack `{self.stack.name}`")
        token = ("condition", name)
        if token in self._busy:
            return Unknown(f"condition `{name}` of stack `{self.stack.name}` depends on itself")
        self._busy.add(token)
        before, self._deciding = self._deciding, True
        found = self._decide(self.conditions[name])
        self._deciding = before
        self._busy.discard(token)
        if isinstance(found, Unknown):
            found = Unknown(
                f"condition `{name}` of stack `{self.stack.name}` cannot be decided: {found.reason}"
            )
        self._conditions[name] = found
        return found

    def _decide(self, raw: Any) -> bool | Unknown:
        if isinstance(raw, bool):
            return raw
        if not isinstance(raw, Mapping) or len(raw) != 1 or self._depth > MAX_DEPTH:
            return Unknown("it is not a condition function")
        name, argument = next(iter(raw.items()))
        self._depth += 1
        try:
            return self._decide_function(str(name), argument)
        finally:
            self._depth -= 1

    def _decide_function(self, name: str, argument: Any) -> bool | Unknown:
        if name == "Condition" and isinstance(argument, str):
            return self.condition(argument)
        operands = argument if isinstance(argument, list) else [argument]
        if name == "Fn::Equals":
            return self._equals(operands)
        if name == "Fn::Not" and len(operands) == 1:
            inner = self._decide(operands[0])
            return inner if isinstance(inner, Unknown) else not inner
        if name in ("Fn::And", "Fn::Or"):
            decisive = name == "Fn::Or"
            open_part: Unknown | None = None
            for operand in operands:
                found = self._decide(operand)
                if isinstance(found, Unknown):
                    open_part = open_part or found
                elif found is decisive:
                    return decisive
            return open_part or (not decisive)
        return Unknown(f"`{name}` is not a condition function")

    def _equals(self, operands: list[Any]) -> bool | Unknown:
        if len(operands) != 2:
            return Unknown("`Fn::Equals` needs two values")
        values = [self.resolve(operand) for operand in operands]
        if any(value is NO_VALUE for value in values):
            return Unknown("`Fn::Equals` of AWS::NoValue")
        left, right = (value if isinstance(value, Marker) else self.embed(value) for value in values)
        texts = (intrinsics.scalar(left), intrinsics.scalar(right))
        if None not in texts:
            return texts[0] == texts[1]
        if operands[0] == operands[1]:
            return True
        for one, other in ((left, texts[1]), (right, texts[0])):
            if isinstance(one, (Reference, Text)) and other == "" and not _may_be_empty(one):
                return False
        if isinstance(left, tuple) and isinstance(right, tuple) and not is_open(left) and not is_open(right):
            return left == right
        if not is_open(left) and not is_open(right):
            return left == right
        return self._choose(operands, texts)

    def _choose(self, operands: list[Any], texts: tuple[str | None, str | None]) -> bool | Unknown:
        for raw, other in ((operands[0], texts[1]), (operands[1], texts[0])):
            name = raw.get("Ref") if isinstance(raw, Mapping) and len(raw) == 1 else None
            if other is None or not isinstance(name, str) or name not in self.parameter_definitions:
                continue
            if not isinstance(self._parameters.get(name), Unknown):
                continue
            alternatives = self._alternatives(name)
            chosen = self._chosen(name)
            if chosen is None and len(alternatives) > 1:
                return self._open(Choice(self.stack.id, name, alternatives))
            if chosen is Special.LEFT_OPEN:
                return Unknown(f"the value of parameter `{name}` is left open")
            if chosen is Special.OTHER and other in alternatives:
                return False
            allowed = self._allowed(name)
            if allowed and other not in allowed:
                return False
        subject = " = ".join(sorted(json.dumps(raw, sort_keys=True, default=str) for raw in operands))
        choice = Choice(self.stack.id, subject, (True, False))
        found = self.readers.world.get(choice)
        if isinstance(found, bool):
            return found
        if found is None:
            return self._open(choice)
        return Unknown(f"the comparison {subject} is left open")

    def _open(self, choice: Choice) -> Unknown:
        self._choice = self._choice or choice
        return Unknown(f"`{choice.subject}` is open")

    def _allowed(self, name: str) -> tuple[str, ...]:
        values = self._definition(name).get("AllowedValues")
        found = [intrinsics.scalar(value) for value in values] if isinstance(values, list) else []
        is_text = str(self._definition(name).get("Type", "String")) in ("String", "Number")
        return tuple(value for value in found if value is not None) if is_text else ()

    def _alternatives(self, name: str) -> tuple[str | Special, ...]:
        """The values that conditions compare the parameter with, and `OTHER` if it may have another."""
        compared = dict.fromkeys(_compared_with(self.conditions, name))
        allowed = self._allowed(name)
        if not allowed:
            return (*compared, Special.OTHER)
        within = [value for value in compared if value in allowed]
        rest = [value for value in allowed if value not in compared]
        return (*within, *(rest if len(rest) == 1 else [Special.OTHER] if rest else []))

    def open_choice(self) -> Choice | None:
        """The first choice that some used condition hangs on and this world does not make."""
        self._choice = None
        for name in self._used_conditions():
            self.condition(name)
            if self._choice is not None:
                return self._choice
        return None

    def _used_conditions(self) -> Iterator[str]:
        if not self.conditions:
            return
        sections: deque[Any] = deque([self.resources])
        if len(self.readers.stacks) > 1:
            sections.append(self.outputs)
        seen: set[str] = set()
        while sections:
            raw = sections.popleft()
            if isinstance(raw, Mapping):
                branch = raw.get("Fn::If")
                for name in (
                    raw.get("Condition"),
                    branch[0] if isinstance(branch, list) and branch else None,
                ):
                    if isinstance(name, str) and name in self.conditions and name not in seen:
                        seen.add(name)
                        yield name
                sections.extend(raw.values())
            elif isinstance(raw, list):
                sections.extend(raw)

    # outputs

    def output(self, name: str) -> Value:
        """The value of an output, as another stack sees it."""
        label = f"output `{name}` of stack `{self.stack.name}`"
        known = self._outputs.get(name)
        if known is not None:
            return known
        definition = self.outputs.get(name)
        if not isinstance(definition, Mapping) or "Value" not in definition:
            return Unknown(f"{label} is not defined")
        token = ("output", name)
        if token in self._busy:
            return Unknown(f"{label} depends on itself")
        condition = definition.get("Condition")
        if isinstance(condition, str):
            holds = self.condition(condition)
            if isinstance(holds, Unknown):
                return holds
            if not holds:
                return Unknown(f"{label} does not exist: its condition `{condition}` does not hold")
        self._busy.add(token)
        value = self.resolve(definition["Value"])
        self._busy.discard(token)
        found = Unknown(f"{label} has no value") if isinstance(value, Marker) else value
        self._outputs[name] = found
        return found

    def exports(self) -> Mapping[str, str]:
        """Export name -> output."""
        if self._exports is None:
            self._exports = {}
            for output, definition in self.outputs.items():
                export = definition.get("Export") if isinstance(definition, Mapping) else None
                name = self.resolve(export.get("Name")) if isinstance(export, Mapping) else None
                if isinstance(name, str):
                    self._exports[name] = str(output)
        return self._exports

    # values

    def resolve(self, raw: Any) -> Resolved:
        """A value of the template as an estate value, or `NO_VALUE`."""
        if isinstance(raw, str):
            return intrinsics.dynamic_references(raw)
        if raw is None or isinstance(raw, (bool, int, float, Marker)):
            return raw
        if self._depth > MAX_DEPTH:
            return Unknown("the value is nested too deep")
        self._depth += 1
        try:
            return self._resolve_container(raw)
        finally:
            self._depth -= 1

    def _resolve_container(self, raw: Any) -> Resolved:
        if isinstance(raw, (list, tuple)):
            items = (self.resolve(item) for item in raw)
            return tuple(item for item in items if not isinstance(item, Marker))
        if not isinstance(raw, Mapping):
            return str(raw)
        if is_function(raw):
            name, argument = next(iter(raw.items()))
            return self._function(name, argument)
        if any(str(name).startswith(loops.PREFIX) for name in raw):
            expansion = loops.expand(raw, self._collection)
            raw = {
                **expansion.entries,
                **{loops.PREFIX + loop: Unknown(reason) for loop, reason in expansion.failures},
            }
        result: dict[str, Value] = {}
        for key, item in raw.items():
            if key == "Fn::Transform":
                result["Fn::Transform"] = macro(item)
                continue
            value = item if isinstance(item, Unknown) else self.resolve(item)
            if not isinstance(value, Marker):
                result[str(key)] = value
        return result

    def value(self, raw: Any) -> Value:
        """As `resolve`, with AWS::NoValue as `Unknown`: for arguments, where it is not allowed."""
        found = self.resolve(raw)
        return Unknown("AWS::NoValue stands where a value is needed") if isinstance(found, Marker) else found

    def _function(self, name: str, argument: Any) -> Resolved:
        handler = self.readers.functions.get(name)
        if handler is not None:
            return handler(self, argument)
        if name in _RULES_ONLY or name in _CONDITION_ONLY:
            return Unknown(f"`{name}` stands where CloudFormation does not allow it")
        return Unknown(f"function `{name}` is not known")

    def _collection(self, raw: Any) -> tuple[str, ...] | str:
        value = self.value(raw)
        if not isinstance(value, tuple):
            unknown = intrinsics.first_unknown(value)
            return unknown.reason if unknown else "its collection is not a list"
        entries = [intrinsics.scalar(self.embed(entry)) for entry in value]
        known = tuple(entry for entry in entries if entry is not None)
        return known if len(known) == len(entries) else "its collection is not literal"

    def ref(self, name: str) -> Resolved:
        """`Ref`: a resource, a parameter or a pseudo parameter."""
        if name in self.resources:
            return self._resource(name, "Ref")
        if name in self.parameter_definitions:
            return self.parameter(name)
        if name.startswith("AWS::"):
            return self._pseudo(name)
        return Unknown(f"`{name}` is neither a parameter nor a resource of stack `{self.stack.name}`")

    def _pseudo(self, name: str) -> Resolved:
        stack = self.stack
        partition = arns.partition(stack.region)
        known: dict[str, Resolved] = {
            "AWS::AccountId": stack.account,
            "AWS::Region": stack.region,
            "AWS::Partition": partition,
            "AWS::URLSuffix": arns.dns_suffix(stack.region),
            "AWS::StackName": stack.name,
            "AWS::NoValue": NO_VALUE,
        }
        if name == "AWS::StackId":
            return Text(
                (
                    f"arn:{partition}:cloudformation:{stack.region}:{stack.account}:stack/{stack.name}/",
                    Unknown(f"the id of stack `{stack.name}` is assigned at deployment"),
                )
            )
        return known.get(name, Unknown(f"`{name}` is known only at deployment"))

    def attribute(self, logical: str, attribute: str) -> Value:
        """`Fn::GetAtt`."""
        if logical not in self.resources:
            return Unknown(f"`{logical}` is not a resource of stack `{self.stack.name}`")
        type = self.type(logical)
        label = f"`{attribute}` of `{self.stack.name}/{logical}`"
        if type == "AWS::CloudFormation::Stack":
            return Unknown(f"{label} is an output of a nested stack, whose template is not read")
        if type.startswith("Custom::") or type == "AWS::CloudFormation::CustomResource":
            return Unknown(f"{label} is what a custom resource returns at deployment")
        naming = arns.naming(type)
        if attribute in naming.same:
            return self._resource(logical, "Ref")
        if attribute in naming.arns:
            return self._resource(logical, "Arn")
        found = self._resource(logical, attribute)
        if isinstance(found, Unknown):
            return found
        echoed = naming.echoes.get(attribute)
        if echoed is not None:
            value = self._guarded(logical, echoed)
            if not isinstance(value, Marker):
                return value
        pattern = naming.computed.get(attribute)
        if pattern is not None:
            literal = self._render(logical, naming, pattern, self.names(logical)[0])
            if literal is not None:
                return literal
        return found

    def _guarded(self, logical: str, name: str) -> Resolved:
        token = ("echo", f"{logical}.{name}")
        if token in self._busy:
            return Unknown(f"`{name}` of `{self.stack.name}/{logical}` depends on itself")
        self._busy.add(token)
        value = self.resolve(self.raw_property(logical, name))
        self._busy.discard(token)
        return value

    def _resource(self, logical: str, attribute: str) -> Value:
        definition = self.resources[logical]
        condition = definition.get("Condition") if isinstance(definition, Mapping) else None
        if isinstance(condition, str) and self.condition(condition) is False:
            return Unknown(f"`{logical}` does not exist: its condition `{condition}` does not hold")
        return Reference(self.key(logical), attribute)


def _may_be_empty(value: Reference | Text) -> bool:
    return isinstance(value, Text) and not any(isinstance(part, (str, Reference)) for part in value.parts)


def is_open(value: object) -> bool:
    """Whether some part of the value is known only after deployment."""
    if isinstance(value, (Unknown, Reference, Text)):
        return True
    if isinstance(value, tuple):
        return any(is_open(item) for item in value)
    return isinstance(value, Mapping) and any(is_open(item) for item in value.values())


def _compared_with(raw: Any, name: str) -> Iterator[str]:
    """The literals with which `Fn::Equals` compares the parameter, in the order of the template."""
    if isinstance(raw, Mapping):
        pair = raw.get("Fn::Equals")
        if isinstance(pair, list) and len(pair) == 2:
            for one, other in (pair, pair[::-1]):
                literal = intrinsics.scalar(other)
                if one == {"Ref": name} and literal is not None:
                    yield literal
        for item in raw.values():
            yield from _compared_with(item, name)
    elif isinstance(raw, list):
        for item in raw:
            yield from _compared_with(item, name)


def macro(argument: Any) -> Unknown:
    """What `Fn::Transform` gives."""
    name = argument.get("Name") if isinstance(argument, Mapping) else None
    return Unknown(f"macro `{name or '?'}` runs at deployment")
