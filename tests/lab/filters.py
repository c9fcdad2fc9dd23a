"""Rules of network ACLs and security groups as nftables rules: one for one, in their own words.

Read from the estate's properties, not from what `ringwork.network` makes of them.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

MIDDLEBOX = "cs1"
"""The mark, in the packet's DSCP field, of one that an instance has forwarded for others: a rule that names
a security group does not match it (VPC user guide, "Security group rules": "If you configure routes to
forward the traffic between two instances in different subnets through a middlebox appliance ... If you
reference the security group of the other instance as the source, this does not allow traffic to flow")."""


def family(cidr: str) -> str:
    return "ip6" if ":" in cidr else "ip"


def _traffic(protocol: str, low: int | None, high: int | None) -> str:
    """The protocol and ports, or ICMP type and code, that the fields of a rule name.

    EC2 API reference, IpPermission and NetworkAclEntry: -1 is all protocols, whatever the ports; -1 as ICMP
    type or code is all of them.
    """
    name = {"6": "tcp", "17": "udp", "1": "icmp", "58": "icmpv6"}.get(protocol, protocol)
    if name == "-1":
        return ""
    if name in ("tcp", "udp"):
        ports = "" if low is None or high is None else f" {name} dport {low}-{high}"
        return f"meta l4proto {name}{ports}"
    if name in ("icmp", "icmpv6"):
        kind = f" {name} type {low}" if low not in (None, -1) else ""
        code = f" {name} code {high}" if high not in (None, -1) else ""
        return f"meta l4proto {name}{kind}{code}"
    return f"meta l4proto {name}"


def acl_chain(name: str, entries: Iterable[Mapping[str, Any]], *, egress: bool) -> list[str]:
    """A chain that returns what the ACL allows in this direction and drops the rest.

    VPC user guide, "Network ACL rules": rules "are evaluated starting with the lowest numbered rule. As soon
    as a rule matches traffic, it's applied regardless of any higher-numbered rule that might contradict it";
    "each network ACL also includes a rule whose rule number is an asterisk (*)": denied.
    """
    lines = [f"chain {name} {{"]
    chosen = [entry for entry in entries if bool(entry.get("Egress", False)) is egress]
    for entry in sorted(chosen, key=lambda entry: int(entry["RuleNumber"])):
        cidr = entry.get("CidrBlock") or entry["Ipv6CidrBlock"]
        ports = entry.get("PortRange") or {}
        icmp = entry.get("Icmp") or {}
        traffic = _traffic(
            str(entry["Protocol"]),
            _number(icmp.get("Type") if icmp else ports.get("From")),
            _number(icmp.get("Code") if icmp else ports.get("To")),
        )
        verdict = "return" if entry["RuleAction"] == "allow" else "drop"
        lines.append(f"{family(cidr)} {'daddr' if egress else 'saddr'} {cidr} {traffic} {verdict}")
    return [*lines, "drop", "}"]


def group_rules(
    rules: Iterable[Mapping[str, Any]],
    *,
    egress: bool,
    members: Mapping[str, tuple[str, ...]],
    lists: Mapping[str, tuple[str, ...]],
) -> list[str]:
    """What the rules of a security group accept in one direction.

    `members` are the private addresses of each group's interfaces ("When you specify a security group as
    the source or destination for a rule ... traffic is allowed based on the private IP addresses of the
    resources"), `lists` the entries of each prefix list.
    """
    field = "daddr" if egress else "saddr"
    side = "Destination" if egress else "Source"
    lines = []
    for rule in rules:
        traffic = _traffic(
            str(rule["IpProtocol"]), _number(rule.get("FromPort")), _number(rule.get("ToPort"))
        )
        if group := rule.get(f"{side}SecurityGroupId"):
            blocks, unmarked = members.get(group, ()), True
        elif prefix_list := rule.get(f"{side}PrefixListId"):
            blocks, unmarked = lists.get(prefix_list, ()), False
        else:
            blocks, unmarked = (rule.get("CidrIp") or rule["CidrIpv6"],), False
        for version in ("ip", "ip6"):
            chosen = [block for block in blocks if family(block) == version]
            if chosen:
                mark = f"{version} dscp != {MIDDLEBOX} " if unmarked else ""
                lines += [f"{mark}{version} {field} {block} {traffic} accept" for block in chosen]
    return lines


def _number(value: object) -> int | None:
    return None if value is None else int(str(value))


def group_table(ingress: Iterable[str], egress: Iterable[str], *, forwards: bool) -> list[str]:
    """The security groups of one interface: what is not accepted is dropped, replies are accepted.

    VPC user guide, "Security group connection tracking": "Responses to inbound traffic are allowed to flow
    out of the instance regardless of outbound security group rules, and vice versa". Neighbour discovery is
    no traffic that a group sees.
    """
    tracked = [
        "icmpv6 type { nd-router-solicit, nd-router-advert, nd-neighbor-solicit, nd-neighbor-advert } accept",
        "ct state established,related accept",
    ]
    return [
        "table inet groups {",
        "chain ingress {",
        "type filter hook prerouting priority 0; policy drop;",
        'iifname "lo" accept',
        *tracked,
        *ingress,
        "}",
        "chain egress {",
        "type filter hook postrouting priority 0; policy drop;",
        'oifname "lo" accept',
        *tracked,
        *egress,
        "}",
        *_middlebox(forwards),
        "}",
    ]


def _middlebox(forwards: bool) -> list[str]:
    if not forwards:
        return []
    return [
        "chain forwarded {",
        "type filter hook forward priority 0; policy accept;",
        f"meta nfproto ipv4 ip dscp set {MIDDLEBOX}",
        f"meta nfproto ipv6 ip6 dscp set {MIDDLEBOX}",
        "}",
    ]
