"""Single filters with known answers: which packets one group or one network ACL entry admits.

Every range is probed at both ends, and one step outside of them, with another protocol, and from an address
beside the peer's block.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from tests.network.conformance.asking import interface, world
from tests.network.conformance.cases import Case, Cases
from tests.network.conformance.estates import translate
from tests.network.conformance.recordings import Line

from ringwork.cloud.collect.snapshot import from_snapshot
from ringwork.estate.live import link
from ringwork.network.addresses import Address, Prefix, parse_address, parse_prefix
from ringwork.network.model import Interface, Model, Subnet, Vpc
from ringwork.network.packets import ICMP, TCP, UDP, Packet
from ringwork.network.reading import read
from ringwork.network.walk.filters import judge, network_acl
from ringwork.network.walk.known import Known
from ringwork.network.walk.state import Ended, Reaching, State
from ringwork.source import InputError

PROBE = parse_address("10.0.0.10")
"""the address of the interface that has the filter"""

REFUSED: Mapping[str, str] = {
    "testInvalidStartInterval": "-1 as one end of a TCP range",
    "testInvalidEndInterval": "-1 as one end of a TCP range",
    "testIcmpInvalidCodeOnly": 'all ICMP types with one code ("if you specify all ICMP types, you must '
    'specify all ICMP codes")',
}
"""rules that EC2 does not take (API reference, IpPermission), so that nobody has them: nothing is certain of
what they admit, and what they could admit is at least what is stated here"""

WORDS: Mapping[str, Mapping[str, Any]] = {
    "one instance, eni-1 (10.0.0.1) with sg-ssh (tcp 22 from 0.0.0.0/0), eni-2 (10.0.0.2) with sg-http "
    "(tcp 80 from 0.0.0.0/0)": {
        "sgs": {
            "ssh": {"vpc": "v", "in": [["tcp", 22, 22, "0.0.0.0/0"]], "out": []},
            "http": {"vpc": "v", "in": [["tcp", 80, 80, "0.0.0.0/0"]], "out": []},
        },
        "enis": {
            "eni-1": {"subnet": "s", "ip": "10.0.0.1", "sgs": ["ssh"]},
            "eni-2": {"subnet": "s", "ip": "10.0.0.2", "sgs": ["http"]},
        },
        "vpcs": {"v": {"cidrs": ["10.0.0.0/16"]}},
    },
    "SG rule tcp 22 from another SG whose member ENIs hold 1.1.1.1 and 2.2.2.2": {
        "vpcs": {"v": {"cidrs": ["1.1.0.0/16", "2.2.0.0/16"]}},
        "subnets": {"s1": {"vpc": "v", "cidr": "1.1.1.0/24"}, "s2": {"vpc": "v", "cidr": "2.2.2.0/24"}},
        "sgs": {
            "rule": {"vpc": "v", "in": [["tcp", 22, 22, "sg:members"]], "out": []},
            "members": {"vpc": "v", "in": [], "out": []},
        },
        "enis": {
            "one": {"subnet": "s1", "ip": "1.1.1.1", "sgs": ["members"]},
            "two": {"subnet": "s2", "ip": "2.2.2.2", "sgs": ["members"]},
            "probe": {"subnet": "s1", "ip": "1.1.1.200", "sgs": ["rule"]},
        },
    },
}
"""setups that are told in words, in the compact form"""


def units(folder: Path, groups: Iterable[Mapping[str, Any]]) -> Iterator[Line]:
    """Every unit of the expectations. Raises `InputError` for a file that is not there."""
    for group in groups:
        file = group.get("file")
        recorded = folder / file if file and "," not in file else None
        for number, case in enumerate(group["cases"]):
            name = case.get("test") or f"{str(group['test']).rpartition('/')[2]} {number}"
            yield from _case(f"unit {name}", case, recorded, group)


def _group(path: Path, index: int) -> tuple[Model, str]:
    """One group of a file, alone (a file may have several with one id), and its key."""
    if not path.is_file():
        raise InputError(f"`{path.name}` is not in `{path.parent}`")
    group = json.loads(path.read_text(encoding="utf-8"))["SecurityGroups"][index]
    with tempfile.TemporaryDirectory() as place:
        Path(place, "SecurityGroups.json").write_text(
            json.dumps({"SecurityGroups": [group]}), encoding="utf-8"
        )
        collected = from_snapshot(Path(place))
    model = read(link(collected.resources))
    return model, next(r.key for r in collected.resources if r.type == "AWS::EC2::SecurityGroup")


def _case(
    what: str,
    case: Mapping[str, Any],
    recorded: Path | None,
    group: Mapping[str, Any],
) -> Iterator[Line]:
    if "sg_index" in case and recorded is not None:
        held = _Held(*_group(recorded, case["sg_index"]), case["direction"])
        yield _told(what, case, held.verdict)
    elif "entry" in case:
        yield _told(what, case, _entry(case["entry"]))
    elif "setup" in case:
        yield from _words(what, case)
    elif case.get("rule") or group["cases"][0].get("rule"):
        rule = case.get("rule") or group["cases"][0]["rule"]
        yield _told(what, case, _listed(rule, case["direction"]))
    else:
        yield Line(what, "WRONG", "a unit of this form is not known")


class _Held:
    """A group, on an interface of its own."""

    def __init__(self, model: Model, group: str, direction: str) -> None:
        self._known = Known(_with_probe(model, group, None))
        self._direction = direction

    def verdict(self, packet: Packet) -> bool | None:
        """As the packet comes to the interface, or leaves it."""
        sent = packet if self._direction == "ingress" else replace(packet, source=PROBE)
        probe = self._known.model.interfaces["probe"]
        return judge(self._known, State(sent, Reaching("probe"), vpc="v"), probe, self._direction).passed


def _with_probe(model: Model, group: str | None, acl: str | None) -> Model:
    subnet = Subnet("s", "v", (parse_prefix("10.0.0.0/24"),), "a", "none", acl)
    probe = Interface("probe", "s", (PROBE,), frozenset({group} if group else ()), "interface", "probe")
    return replace(
        model,
        vpcs={**model.vpcs, "v": Vpc("v", None, None, (parse_prefix("10.0.0.0/16"),))},
        subnets={**model.subnets, "s": subnet},
        interfaces={**model.interfaces, "probe": probe},
    )


Verdict = Any
"""takes a packet; whether it passes, None: it may"""


def _entry(entry: Mapping[str, Any]) -> Verdict:
    """A network ACL with this entry alone (`deny`: before one that allows all)."""
    low, high = entry.get("ports") or entry.get("icmp") or (None, None)
    rules = [[100, entry["action"], entry["proto"], low, high, entry["cidr"]]]
    if entry["action"] == "deny":
        rules.append([200, "allow", "-1", None, None, "0.0.0.0/0"])
    out, side = entry["egress"], "out" if entry["egress"] else "in"
    setup = {
        "vpcs": {"v": {"cidrs": ["10.0.0.0/16"]}},
        "subnets": {"s": {"vpc": "v", "cidr": "10.0.0.0/24"}},
        "nacls": {"n": {"subnets": ["s"], "in": [], "out": [], side: rules}},
    }
    asked = world(translate(Case("unit", "", setup, {}, {}), Cases(Path("unit"), ())))
    known = Known(asked.model)
    subnet = asked.model.subnets[asked.key("subnet", "s")]

    def verdict(packet: Packet) -> bool | None:
        sent = replace(packet, source=PROBE) if out else packet
        state = State(sent, Reaching("probe"), vpc=subnet.vpc)
        found = network_acl(known, state, subnet, "egress" if out else "ingress")
        return False if isinstance(found, Ended) else found.hops[-1].passed

    return verdict


def _listed(rule: Mapping[str, Any], direction: str) -> Verdict:
    """A group with one rule that names a prefix list."""
    side = {"ingress": "in", "egress": "out"}[direction]
    setup = {
        "vpcs": {"v": {"cidrs": ["10.0.0.0/16"]}},
        "prefix_lists": {"list": rule["prefix_list"]},
        "sgs": {"g": {"vpc": "v", "in": [], "out": [], side: [[rule["proto"], None, None, "pl:list"]]}},
        "enis": {"probe": {"subnet": "s", "ip": str(PROBE), "sgs": ["g"]}},
    }
    asked = world(translate(Case("unit", "", setup, {}, {}), Cases(Path("unit"), ())))
    return _Held(asked.model, asked.key("sg", "g"), direction).verdict


def _words(what: str, case: Mapping[str, Any]) -> Iterator[Line]:
    setup = WORDS.get(case["setup"])
    if setup is None:
        yield Line(what, "WRONG", f"the setup `{case['setup']}` is not translated")
        return
    asked = world(translate(Case("unit", "", setup, {}, {}), Cases(Path("unit"), ())))
    known = Known(asked.model)
    for number, flow in enumerate(case["flows"]):
        to = flow.get("dst") or "1.1.1.200"
        name = next(name for name, eni in setup["enis"].items() if eni["ip"] == to)
        source = parse_address(flow.get("src", "10.0.9.9"))
        packet = Packet(source, parse_address(to), TCP, 49152, flow["dport"])
        of = asked.model.interfaces
        sender = next((each.key for each in of.values() if source in each.addresses), None)
        state = State(packet, Reaching("probe"), vpc=asked.key("vpc", "v"), sender=sender)
        passed = judge(known, state, interface(asked, name), "ingress").passed
        wanted = flow["action"] == "permit"
        right = passed is wanted
        yield Line(f"{what} flow {number}", "ok" if right else "WRONG", "" if right else f"got {passed}")


# --- probes


def _told(what: str, case: Mapping[str, Any], verdict: Verdict) -> Line:
    """All probes of a case answer as they should."""
    refused = REFUSED.get(str(case.get("test")))
    deny = case.get("result") == "deny"
    wrong = []
    for packet, inside in _probes(case):
        passed, wanted = verdict(packet), inside is not deny
        if refused and passed is None and (inside or case.get("match", {}) is None):
            continue
        if passed is not wanted:
            wrong.append(f"{packet}: expected {wanted} got {passed}")
    if wrong:
        return Line(what, "WRONG", "; ".join(wrong[:3]))
    if refused:
        return Line(what, "explained", f"EC2 refuses {refused}, so it may match, and never surely")
    return Line(what, "ok")


def _probes(case: Mapping[str, Any]) -> Iterator[tuple[Packet, bool]]:
    """Packets, and whether the rule is about them."""
    if "flow" in case:
        flow = case["flow"]
        remote = parse_address(flow.get("dst") or flow["src"])
        packet = Packet(
            remote, remote, flow.get("proto", TCP), flow.get("sport", 49152), flow.get("dport", 443)
        )
        yield packet, case["action"] == "permit"
        return
    match = case["match"]
    if match is None:
        for code in (0, 9):
            yield _icmp(PROBE, 8, code), False
        yield _port(PROBE, TCP, 22), False
        return
    block = parse_prefix(match.get("src") or match["dst"])
    for remote, near in _remotes(block):
        for packet, meant in _traffic(match, remote):
            yield packet, near and meant


def _remotes(block: Prefix) -> Iterator[tuple[Address, bool]]:
    """Both ends of the block, and the addresses beside it."""
    for value in {block.low, block.high}:
        yield Address(4, value), True
    if block.low > 0:
        yield Address(4, block.low - 1), False
    if block.high < 2**32 - 1:
        yield Address(4, block.high + 1), False


def _traffic(match: Mapping[str, Any], remote: Address) -> Iterator[tuple[Packet, bool]]:
    protocol = match.get("proto", "any")
    if protocol == "any":
        for packet in (_port(remote, TCP, 22), _port(remote, UDP, 53), _icmp(remote, 8, 0), _other(remote)):
            yield packet, True
        return
    yield _other(remote), False
    yield _port(remote, UDP if protocol == TCP else TCP, 22), False
    if protocol == ICMP:
        kind, code = match.get("icmp_type"), match.get("icmp_code")
        for given in ((kind or 8), (kind or 8) + 1):
            for other in (code or 0, (code or 0) + 1):
                yield _icmp(remote, given, other), kind in (None, given) and code in (None, other)
        return
    low, high = match["dport"]
    yield _icmp(remote, 8, 0), False
    for port in {low, high, max(low - 1, 0), min(high + 1, 65535)}:
        yield _port(remote, protocol, port), low <= port <= high


def _port(remote: Address, protocol: int, port: int) -> Packet:
    return Packet(remote, remote, protocol, 49152, port)


def _icmp(remote: Address, kind: int, code: int) -> Packet:
    return Packet(remote, remote, ICMP, icmp_type=kind, icmp_code=code)


def _other(remote: Address) -> Packet:
    return Packet(remote, remote, 50)
