"""The subnets that a text names: where somebody asks from, of what each subnet decides alone (names, routes).

A subnet or VPC by id, ARN, logical id or `Name` tag; addresses; any end that has interfaces or tags: the
subnets that it is in.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from difflib import get_close_matches

from ringwork.network.addresses import Prefix
from ringwork.network.model import Interface
from ringwork.network.questions.ends import Condition, Names, matches, parse
from ringwork.network.questions.network import Network
from ringwork.source import InputError


def subnets(network: Network, texts: Sequence[str]) -> tuple[str, ...]:
    """Keys, in the model's order. Raises InputError for a text that names none."""
    found: set[str] = set()
    for text in texts:
        (conditions,) = parse(text).alternatives
        if conditions[0].names in (Names.INTERNET, Names.SERVICE, Names.EXTERNAL):
            raise InputError(
                f"`{text}` is in no subnet", help="name a subnet, a VPC, a workload, or a label of theirs"
            )
        named = _named(network, conditions)
        if not named:
            raise _nowhere(network, text)
        found |= named
    return tuple(key for key in network.model.subnets if key in found)


def _named(network: Network, conditions: Sequence[Condition]) -> set[str]:
    prefixes = [each.prefix for each in conditions if each.prefix is not None]
    labels = [each for each in conditions if each.names is not Names.ADDRESSES]
    by_subnet: dict[str, list[Interface]] = {}
    for interface in network.model.interfaces.values():
        by_subnet.setdefault(interface.subnet, []).append(interface)
    found = set()
    for subnet in network.model.subnets.values():
        if prefixes and not _overlap(subnet.prefixes, prefixes):
            continue
        # by its own names and tags, and its VPC's, as by those of what is in it
        itself = Interface(subnet.key, subnet.key, (), None, "subnet", subnet.key)
        if any(
            all(matches(network.labels, each, condition) for condition in labels)
            for each in (itself, *by_subnet.get(subnet.key, ()))
        ):
            found.add(subnet.key)
    return found


def _overlap(one: Iterable[Prefix], other: Sequence[Prefix]) -> bool:
    return any(mine.overlaps(yours) for mine in one for yours in other)


def _nowhere(network: Network, text: str) -> InputError:
    known = set(network.names)
    for key in network.model.subnets:
        known |= network.labels.names(key)
    near = get_close_matches(text, sorted(known), n=3, cutoff=0.5)
    hint = f"did you mean {' or '.join(f'`{name}`' for name in near)}?" if near else ""
    return InputError(
        f"`{text}` is in no subnet of this network",
        help=hint
        or "name a subnet or VPC by id, ARN, logical id or `Name` tag, or a label such as `team=NAME`",
    )
