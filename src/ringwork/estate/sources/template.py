"""One stack's template, resolved: parameters, conditions, intrinsic functions, outputs.

Sources: the CloudFormation template reference ("Intrinsic function reference", "Pseudo parameters
reference", "Parameters", "Conditions") and, for what Ref and GetAtt return, `ringwork.estate.arns`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeAlias

from ringwork.estate import arns, intrinsics
from ringwork.estate.estate import resource_key
from ringwork.estate.model import Reference, Text, Unknown, Value
from ringwork.estate.organization import OrganizationFact
from ringwork.estate.sources import loops
from ringwork.estate.sources.conditions import Conditions
from ringwork.estate.sources.values import MAX_DEPTH, NO_VALUE, Marker, Resolved, is_function
from ringwork.estate.stack import KeyedOutput, PrefixListId, Stack, StackOutput
from ringwork.estate.worlds import Choice, Special, World

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
            found = reader.conditions.open_choice()
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
        self._parameters: dict[str, Value] = {}
        self._outputs: dict[str, Value] = {}
        self._names: dict[str, tuple[str | None, str | None]] = {}
        self._exports: dict[str, str] | None = None
        self._busy: set[tuple[str, str]] = set()
        self._depth = 0
        self._deciding = False
        self.conditions = Conditions(self, {str(k): v for k, v in _section(template, "Conditions").items()})
        self.resources = {str(k): v for k, v in _section(template, "Resources").items()}
        self.resources_expansion = loops.Expansion(self.resources, {})

    def expand(self) -> None:
        """Runs the loops of the sections; their lists may be parameters that other stacks fill."""
        if not any(str(key).startswith(loops.PREFIX) for section in self._sections() for key in section):
            return
        conditions = loops.expand(self.conditions.raw, self._collection).entries
        self.resources_expansion = loops.expand(self.resources, self._collection)
        self.resources = self.resources_expansion.entries
        self.outputs = loops.expand(self.outputs, self._collection).entries
        # what was resolved for the lists may have looked for entries that the loops made since
        self.conditions = Conditions(self, conditions)
        for cache in (self._parameters, self._outputs, self._names):
            cache.clear()
        self._exports = None

    def _sections(self) -> tuple[Mapping[str, Any], ...]:
        return (self.conditions.raw, self.resources, self.outputs)

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

    def definition(self, name: str) -> Mapping[str, Any]:
        """The parameter's definition; empty if it has none."""
        found = self.parameter_definitions.get(name)
        return found if isinstance(found, Mapping) else {}

    def _is_secret(self, name: str) -> bool:
        return intrinsics.scalar(self.definition(name).get("NoEcho")) in ("true", "True")

    def _parameter(self, name: str) -> Value:
        kind = str(self.definition(name).get("Type", "String"))
        is_list = kind == "CommaDelimitedList" or kind.startswith("List<") or "Value<List<" in kind
        is_list = is_list or kind == "AWS::SSM::Parameter::Value<CommaDelimitedList>"
        value = self._given(name, kind)
        if isinstance(value, Unknown):
            chosen = self.chosen(name)
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
        if isinstance(given, KeyedOutput):
            return Unknown(
                f"{label} takes what output `{given.output}` of `{given.stack}` has for its `{given.key}`, "
                "known after deployment"
            )
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
        if isinstance(given, OrganizationFact):
            reason = f"{given.fact.value} of the organization, looked up at deployment"
            return Unknown(reason, fact=given.fact)
        value = given if given is not None else intrinsics.scalar(self.definition(name).get("Default"))
        if kind.startswith("AWS::SSM::Parameter::Value<"):
            return Unknown(f"{label} is read from Systems Manager parameter `{value}` at deployment")
        if value is None:
            return Unknown(f"{label} has no value; give one to settle it")
        return value

    @contextmanager
    def secrets_allowed(self) -> Iterator[None]:
        """Conditions may read secret parameters: what they decide does not show the value."""
        before, self._deciding = self._deciding, True
        try:
            yield
        finally:
            self._deciding = before

    def chosen(self, name: str) -> str | bool | Special | None:
        """What this world makes of an open parameter; None if it does not."""
        for choice, chosen in self.readers.world.items():
            if choice.stack == self.stack.id and choice.subject == name:
                return chosen
        return None

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
            holds = self.conditions.holds(condition)
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
        if isinstance(condition, str) and self.conditions.holds(condition) is False:
            return Unknown(f"`{logical}` does not exist: its condition `{condition}` does not hold")
        return Reference(self.key(logical), attribute)


def macro(argument: Any) -> Unknown:
    """What `Fn::Transform` gives."""
    name = argument.get("Name") if isinstance(argument, Mapping) else None
    return Unknown(f"macro `{name or '?'}` runs at deployment")
