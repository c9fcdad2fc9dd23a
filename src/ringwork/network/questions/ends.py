"""The two ends of a question: what a short text says, and who that is in a network.

team=fraud              everything of a team; also workload, stage, tier, type, kind, account, region
team=fraud,type=notebook    both
team!=fraud             everything of any other team
tag:env=prod            by a tag
fraud/train             a team's workload; `fraud/*` is all of the team's workloads
10.0.0.0/8              addresses, inside and outside of VPCs
vpc-…, subnet-…, sg-…, i-…, eni-…, arn:…, a logical id, a `Name` tag
internet, any, external=*, aws:s3, aws:dns, aws:imds
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from enum import Enum
from fnmatch import fnmatchcase

from ringwork.network.addresses import Prefix, parse_prefix
from ringwork.network.model import Interface
from ringwork.network.questions.labels import ANY_TAG, NAMES, OTHER_TAGS, TAGS, Labelled, Labels
from ringwork.network.questions.network import Network
from ringwork.source import InputError


class Names(Enum):
    """What one condition speaks of."""

    ANY = "any"
    INTERNET = "internet"
    SERVICE = "service"
    EXTERNAL = "external"
    ADDRESSES = "addresses"
    LABEL = "label"
    NAME = "name"


@dataclass(frozen=True, slots=True)
class Condition:
    names: Names
    label: str = ""
    value: str = ""
    """may have `*`"""
    negated: bool = False
    prefix: Prefix | None = None


@dataclass(frozen=True, slots=True)
class End:
    """A text, understood: any of the alternatives, each all of its conditions."""

    text: str
    alternatives: tuple[tuple[Condition, ...], ...]

    @property
    def prefixes(self) -> tuple[Prefix, ...]:
        """The cut points that a prover needs to answer exactly."""
        conditions = (each for alternative in self.alternatives for each in alternative)
        return tuple(each.prefix for each in conditions if each.prefix is not None)


def parse(*texts: str) -> End:
    """One end from one or more texts: their union. Raises InputError."""
    return End(" or ".join(texts), tuple(_alternative(text) for text in texts))


def _alternative(text: str) -> tuple[Condition, ...]:
    parts = [part.strip() for part in text.split(",")]
    if not all(parts):
        raise InputError(f"`{text}` names nothing", help="such as `team=fraud`, `internet` or `10.0.0.0/8`")
    found = tuple(condition for part in parts for condition in _conditions(part))
    alone = {Names.INTERNET, Names.SERVICE, Names.EXTERNAL}
    if len(found) > 1 and any(each.names in alone for each in found):
        raise InputError(f"`{text}` joins what has no labels with a label", help="name it alone")
    return found


def _conditions(part: str) -> tuple[Condition, ...]:
    if part in ("any", "*"):
        return (Condition(Names.ANY),)
    if part == "internet":
        return (Condition(Names.INTERNET),)
    if part.startswith("aws:") and len(part) > 4:
        return (Condition(Names.SERVICE, value=part[4:]),)
    prefix = _prefix(part)
    if prefix is not None:
        return (Condition(Names.ADDRESSES, value=part, prefix=prefix),)
    label, equals, value = part.partition("=")
    if equals and not part.startswith("arn:"):
        return (_label(part, label, value),)
    return (Condition(Names.NAME, value=part),)


def _label(part: str, label: str, value: str) -> Condition:
    negated = label.endswith("!")
    label = label.removesuffix("!").strip()
    value = value.strip()
    if not value:
        raise InputError(f"`{part}` has no value", help=f"write `{label}=NAME`, or `{label}=*` for any")
    if label == "external":
        if negated:
            raise InputError(f"`{part}` cannot be negated", help="name the networks that are meant")
        return Condition(Names.EXTERNAL, value=value)
    if label not in NAMES and not (label.startswith("tag:") and len(label) > 4):
        near = get_close_matches(label, (*NAMES, "external", "tag:"), n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"one of {', '.join(NAMES)}, external or tag:KEY"
        raise InputError(f"`{label}` is nothing that an end can be named by", help=hint)
    return Condition(Names.LABEL, label, value, negated)


def _prefix(part: str) -> Prefix | None:
    digits = part.replace(".", "").replace("/", "")
    if not (":" in part and "=" not in part and not part.startswith("arn:")) and not digits.isdigit():
        return None
    if digits.isdigit() and "." not in part:
        return None
    try:
        return parse_prefix(part)
    except ValueError:
        raise InputError(
            f"`{part}` is not a CIDR block", help="such as `10.0.0.0/8` or `2001:db8::/32`"
        ) from None


# --- who that is


@dataclass(frozen=True, slots=True)
class Party:
    """Who one end is, in one network."""

    text: str
    members: Mapping[int, tuple[str, ...]]
    """class -> its interfaces that are meant"""
    faces: frozenset[int]
    """the faces of those classes, as far as their addresses are meant"""
    internet: tuple[int, ...]
    """address atoms of the internet"""
    externals: Mapping[str, tuple[int, ...]]
    """other networks, and the address atoms that are meant there: those that a network states first, then
    those that it may have all the same"""
    outside: tuple[int, ...]
    """address atoms named as such: wherever a packet to them leaves the VPCs"""
    services: tuple[str, ...]
    wild: bool
    """it may well be nobody: a `*` or a negation named it"""
    end: End | None = None
    """what it was asked for as"""
    hidden: bool = False
    """it may be something whose place or labels are not known"""

    @property
    def interfaces(self) -> frozenset[str]:
        return frozenset(key for keys in self.members.values() for key in keys)

    @property
    def beyond(self) -> bool:
        """Whether something outside of the VPCs is meant."""
        return bool(self.internet or self.externals or self.outside or self.services)

    @property
    def empty(self) -> bool:
        return not (self.members or self.beyond or self.hidden)


def resolve(network: Network, end: End, *, strict: bool = True) -> Party:
    """Who `end` is. If `strict`, raises InputError where it is nobody, unless it is named by a `*` or a
    negation; ValueError if the network was not made with its addresses."""
    if not network.cuts.issuperset(end.prefixes):
        raise ValueError(f"the network was not made with the addresses of `{end.text}` among its cuts")
    members: dict[int, dict[str, None]] = {}
    faces: set[int] = set()
    internet: dict[int, None] = {}
    externals: dict[str, dict[int, None]] = {}
    outside: dict[int, None] = {}
    services: list[str] = []
    for alternative in end.alternatives:
        first = alternative[0]
        if first.names is Names.INTERNET:
            internet.update(dict.fromkeys(network.internet))
        elif first.names is Names.SERVICE:
            services.append(first.value)
            for key in network.endpoints_of(first.value):
                _add(network, key, None, members, faces)
        elif first.names is Names.EXTERNAL:
            for key, atoms in _externals(network, first):
                externals.setdefault(key, {}).update(dict.fromkeys(atoms))
        else:
            prefixes = [each.prefix for each in alternative if each.prefix is not None]
            labels = [each for each in alternative if each.names is not Names.ADDRESSES]
            for key, interface in network.model.interfaces.items():
                if all(matches(network.labels, interface, each) for each in labels):
                    _add(network, key, prefixes, members, faces)
            if prefixes and not labels:
                _beyond(network, prefixes, internet, externals, outside)
    party = Party(
        end.text,
        {number: tuple(keys) for number, keys in members.items()},
        frozenset(faces),
        tuple(internet),
        {key: tuple(atoms) for key, atoms in externals.items()},
        tuple(outside),
        tuple(services),
        any(_wild(each) for alternative in end.alternatives for each in alternative),
        end,
        any(may_mean(network, end, each, untold) for each, untold, _ in network.hidden),
    )
    if strict and party.empty and not party.wild:
        raise _nobody(network, end)
    return party


def _add(
    network: Network,
    key: str,
    prefixes: Sequence[Prefix] | None,
    members: dict[int, dict[str, None]],
    faces: set[int],
) -> None:
    number = network.prover.faces.of_interface.get(key)
    if number is None:
        return
    mine = network.prover.faces.classes[number].faces
    if prefixes:
        atoms = {atom for prefix in prefixes for atom in network.prover.addresses.within(prefix)}
        known = network.prover.faces.faces
        mine = tuple(face for face in mine if known[face].atom in atoms or known[face].public in atoms)
        if not mine:
            return
    members.setdefault(number, {})[key] = None
    faces.update(mine)


def _beyond(
    network: Network,
    prefixes: Iterable[Prefix],
    internet: dict[int, None],
    externals: dict[str, dict[int, None]],
    outside: dict[int, None],
) -> None:
    """The addresses of a CIDR block that no interface has."""
    prover = network.prover
    named = dict.fromkeys(atom for prefix in prefixes for atom in prover.addresses.within(prefix))
    outside.update(named)
    online = set(prover.internet)
    internet.update(dict.fromkeys(atom for atom in named if atom in online))
    for key, external in network.model.externals.items():
        stated = {atom for prefix in external.prefixes for atom in prover.addresses.within(prefix)}
        there = [atom for atom in named if atom in stated]
        there += [atom for atom in network.abroad if atom in named and atom not in stated]
        if there:
            externals.setdefault(key, {}).update(dict.fromkeys(there))


def _externals(network: Network, condition: Condition) -> Iterable[tuple[str, list[int]]]:
    for key, external in network.model.externals.items():
        names = network.labels.names(key) | {key}
        if any(fnmatchcase(name, condition.value) for name in names):
            stated = [
                atom for prefix in external.prefixes for atom in network.prover.addresses.within(prefix)
            ]
            yield key, [*stated, *network.abroad]


def matches(labelled: Labelled, interface: Interface, condition: Condition) -> bool:
    """Whether an interface is meant, by its labels: any, a label or a name."""
    if condition.names is Names.ANY:
        return True
    labels = labelled.of(interface)
    if condition.names is Names.NAME:
        return _named(labels, condition.value)
    values = labels.get(condition.label, frozenset())
    if condition.negated:
        if condition.label in ("id", "vpc", "subnet", "group"):  # several names of one thing
            return bool(values) and not any(fnmatchcase(value, condition.value) for value in values)
        return any(not fnmatchcase(value, condition.value) for value in values)
    return any(fnmatchcase(value, condition.value) for value in values)


def may_mean(network: Network, end: End, interface: Interface, untold: frozenset[str]) -> bool:
    """Whether an end may be an interface of which not all is known. `untold`: the labels that it may have
    any values of."""
    labels = network.labels.of(interface)

    def lost(condition: Condition) -> bool:
        if condition.names is Names.NAME:
            return "/" in condition.value and bool({"team", "workload", ANY_TAG} & untold)
        if condition.label in untold:
            return True
        tag = condition.label.startswith("tag:") or condition.label in TAGS
        others = OTHER_TAGS in untold and not labels.get(condition.label)
        return tag and (ANY_TAG in untold or others)

    def may(condition: Condition) -> bool:
        match condition.names:
            case Names.ANY | Names.ADDRESSES:
                return True
            case Names.LABEL:
                return lost(condition) or matches(network.labels, interface, condition)
            case Names.NAME:
                team, slash, workload = condition.value.partition("/")
                if slash and team and workload:
                    both = (
                        Condition(Names.LABEL, "team", team),
                        Condition(Names.LABEL, "workload", workload),
                    )
                    return _named(labels, condition.value) or all(map(may, both))
                place = not interface.subnet and condition.value in network.places
                return place or _named(labels, condition.value)
            case _:
                return False

    # of an interface that has its place only what is lost is open: `resolve` has decided the rest
    return any(
        all(map(may, alternative)) and (not interface.subnet or any(map(lost, alternative)))
        for alternative in end.alternatives
    )


def _named(labels: Labels, name: str) -> bool:
    if any(name in labels[each] for each in ("id", "subnet", "vpc", "group")):
        return True
    team, slash, workload = name.partition("/")
    if not slash or not team or not workload or team not in labels.get("team", ()):
        return False
    return any(fnmatchcase(value, workload) for value in labels.get("workload", ()))


def _wild(condition: Condition) -> bool:
    return condition.negated or condition.names is Names.ANY or "*" in condition.value


def _nobody(network: Network, end: End) -> InputError:
    (condition, *_) = (each for alternative in end.alternatives for each in alternative)
    if condition.names is Names.EXTERNAL:
        known = sorted({name for key in network.model.externals for name in network.labels.names(key)})
    elif condition.names is Names.LABEL:
        known = sorted(network.values(condition.label))
    elif condition.names is Names.NAME:
        known = sorted(network.names)
    else:
        known = []
    near = get_close_matches(condition.value, known, n=3, cutoff=0.5)
    if near:
        hint = f"did you mean {' or '.join(f'`{name}`' for name in near)}?"
    elif known and condition.names is Names.LABEL:
        shown = ", ".join(f"`{name}`" for name in known[:8])
        hint = f"there are {shown}" + (f" and {len(known) - 8} more" if len(known) > 8 else "")
    elif condition.names is Names.LABEL:
        hint = f"nothing here has a `{condition.label}`"
    else:
        hint = "name it by id, ARN, logical id or `Name` tag, or by a label such as `team=NAME`"
    return InputError(f"`{end.text}` is nothing in this network", help=hint)
