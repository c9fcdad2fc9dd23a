"""Answers as JSON: one shape for the command line, intents and reports."""

from __future__ import annotations

from ringwork.network.packets import ICMP, ICMPV6, NAMES, TCP, UDP, Traffic
from ringwork.network.questions.answer import Answer, Witness
from ringwork.network.questions.components import Json, header, path
from ringwork.network.questions.explain import Blocked
from ringwork.network.questions.network import Network
from ringwork.source import InputError

NUMBERS = {name: number for number, name in NAMES.items()}


def answer(network: Network, found: Answer) -> Json:
    one, other = found.looked.interfaces
    return {
        "status": found.status.value,
        "looked_at": {
            "pairs_of_classes": found.looked.pairs,
            "source_interfaces": one,
            "destination_interfaces": other,
            "traffic_atoms": found.looked.traffic,
        },
        "flowing_pairs": found.flowing,
        "witnesses": [witness(network, each) for each in found.witnesses],
        "unknown": [
            {"reason": each.reason, "settle": each.settle, "resource": each.key} for each in found.unsettled
        ],
    }


def witness(network: Network, found: Witness) -> Json:
    return {
        "source": found.source,
        "destination": found.destination,
        "packet": header(found.packet),
        "text": str(found.packet),
        "answered": found.answered,
        "assumes": [{"address": str(address), "interface": key} for address, key in found.assumed],
        "ForwardPathComponents": path(network, found.forward),
        "ReturnPathComponents": path(network, found.back) if found.back is not None else [],
    }


def evidence(network: Network, found: Witness) -> tuple[str, ...]:
    """A witness in lines for people: the packet, what let it pass, and whether an answer comes back."""
    lines = [str(found.packet)]
    for address, key in found.assumed:
        lines.append(f"if AWS gives `{network.name(key)}` the address {address}")
    for hop in found.forward.hops:
        control = f"{hop.control}: " if hop.control else ""
        lines.append(f"{network.name(hop.component)}: {control}{plain(network, hop.why)}")
    if found.packet.has_ports:
        lines.append("the answer comes back" if found.answered else "no answer comes back for sure")
    return tuple(lines)


def plain(network: Network, why: str) -> str:
    """A sentence of the walker's with names in place of keys."""
    parts = why.split("`")
    named = [f"`{network.name(part)}`" if index % 2 else part for index, part in enumerate(parts)]
    return "".join(named)


def traffic(words: tuple[str, ...]) -> tuple[Traffic, ...]:
    """`tcp 443`, `tcp 1024-65535`, `udp 53`, `443` (TCP and UDP), `icmp`, `icmp 8`, `icmp 3/4`, `all`, a
    protocol's number. Raises InputError."""
    found: list[Traffic] = []
    for word in words or ("all",):
        found += _traffic(word)
    return tuple(dict.fromkeys(found))


def _traffic(word: str) -> list[Traffic]:
    parts = word.lower().replace(":", " ").replace("/", " ", 1).split()
    if parts in (["all"], ["any"], ["-1"]):
        return [Traffic()]
    if not parts or len(parts) > 3:
        raise _not_traffic(word)
    if parts[0] in NUMBERS:
        protocols = [NUMBERS[parts[0]]]
        rest = parts[1:]
    elif parts[0] == "protocol" and len(parts) == 2 and parts[1].isdigit() and int(parts[1]) < 256:
        return [Traffic(int(parts[1]))]
    elif parts[0].replace("-", "").isdigit():
        protocols, rest = [TCP, UDP], parts
    else:
        raise _not_traffic(word)
    if protocols[0] in (ICMP, ICMPV6):
        if any(not each.isdigit() or int(each) > 255 for each in rest):
            raise _not_traffic(word)
        numbers = [int(each) for each in rest]
        return [Traffic(protocols[0], *numbers)]
    if len(rest) > 1:
        raise _not_traffic(word)
    if not rest:
        return [Traffic(protocol) for protocol in protocols]
    low, dash, high = rest[0].partition("-")
    if not low.isdigit() or (dash and not high.isdigit()):
        raise _not_traffic(word)
    ends = int(low), int(high) if dash else int(low)
    if not ends[0] <= ends[1] <= 65535:
        raise _not_traffic(word)
    return [Traffic(protocol, *ends) for protocol in protocols]


def _not_traffic(word: str) -> InputError:
    return InputError(
        f"`{word}` is no traffic",
        help="such as `tcp 443`, `tcp 1024-65535`, `udp 53`, `icmp 8`, `443` (TCP and UDP), `all`",
    )


def refusals(network: Network, found: Blocked) -> list[Json]:
    """What refuses a packet, for programs."""
    return [
        {
            "component": network.name(each.hop.component),
            "resource": each.hop.component,
            "control": each.hop.control,
            "why": plain(network, each.hop.why),
            "filter": each.filters,
            "at": [str(origin) for origin in network.origins(each.hop.place)],
        }
        for each in found.refusals
    ]
