"""What a compact setup only names, declared: the case says how it is used, and nothing else matters of it.

A target `vgw` of a route without a `vgws` is a virtual private gateway of the table's VPC; a subnet that only
a table names is an empty one; a table without a VPC is the only VPC's.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping
from typing import Any

from tests.network.conformance.cases import UntranslatedError
from tests.network.conformance.shorthand import ALL, ALL6

KNOWN = frozenset(
    {"vpcs", "subnets", "enis", "sgs", "nacls", "rtbs", "igws", "eigws", "vgws", "nats", "pcx", "tgw"}
    | {"prefix_lists", "gwe", "gwlbes", "nlbs", "target_groups", "services", "endpoints", "firewalls"}
    | {"bpa", "bpa_exclusions", "accounts"}
)
"""keys of the compact form; `vgws`, `gwlbes`, `services`, `endpoints` and `firewalls` are ours"""

MEMBERS: Mapping[str, frozenset[str]] = {
    "vpcs": frozenset({"cidrs", "cidrs6", "region"}),
    "subnets": frozenset({"vpc", "cidr", "cidr6", "az"}),
    "enis": frozenset({"subnet", "ip", "ip6", "sgs", "public", "type", "src_dst_check", "forwards"}),
    "sgs": frozenset({"vpc", "in", "out"}),
    "nacls": frozenset({"vpc", "subnets", "in", "out", "default"}),
    "rtbs": frozenset({"vpc", "subnets", "routes", "main", "edge"}),
    "vgws": frozenset({"vpc", "prefixes"}),
    "nats": frozenset({"subnet", "ip", "eip", "kind"}),
    "gwe": frozenset({"service", "vpc"}),
    "gwlbes": frozenset({"vpc"}),
    "nlbs": frozenset({"subnets", "ips", "sgs", "listeners", "cross_zone", "scheme", "enforce"}),
    "target_groups": frozenset({"type", "proto", "port", "targets", "preserve_client_ip", "healthy"}),
    "services": frozenset({"nlbs"}),
    "endpoints": frozenset({"service", "subnet", "ip", "sgs"}),
    "firewalls": frozenset({"vpc", "subnets", "policy"}),
}
"""what is known to be said of a thing: a case that says more is not understood, and skipped"""
TRANSIT: Mapping[str, frozenset[str]] = {
    "attachments": frozenset({"vpc", "subnets", "assoc", "appliance", "sg_referencing", "order"}),
    "tables": frozenset({"propagate", "static", "default"}),
}

GROUPS: Mapping[str, list[list[Any]]] = {"open": ALL, "open6": ALL6}
"""security groups that cases name without saying what is in them"""

UNSTATED = "192.168.255.0/24"
"""the IPv4 block of a VPC of which a case says only IPv6: EC2 gives every VPC one (CreateVpc)"""
ON_PREMISES = "192.168.0.0/16"
"""what is behind a virtual private gateway of which a case says nothing"""

UNSTATED_EIP = "198.51.100.77"
"""the Elastic IP address of a NAT gateway of which a case says nothing"""

GATEWAYS = {"igw": "igws", "eigw": "eigws", "vgw": "vgws", "nat": "nats", "pcx": "pcx", "gwe": "gwe"} | {
    "gwlbe": "gwlbes"
}
"""kind of a route's target -> the key that declares it"""


def target(word: str) -> tuple[str, str]:
    """Kind and name of a route's target; the name of a bare word is the word."""
    kind, colon, name = word.partition(":")
    return kind, name if colon else word


def declared(setup: Mapping[str, Any]) -> dict[str, Any]:
    """The setup, complete. Raises `UntranslatedError`."""
    unknown = sorted(setup.keys() - KNOWN)
    if unknown:
        raise UntranslatedError(f"the setup's `{unknown[0]}` is not known")
    for key, allowed in MEMBERS.items():
        _understood(key, setup.get(key, {}), allowed)
    for key, allowed in TRANSIT.items():
        _understood(f"tgw.{key}", setup.get("tgw", {}).get(key, {}), allowed)
    full = {key: dict(value) if isinstance(value, Mapping) else value for key, value in setup.items()}
    for key in KNOWN - {"bpa", "tgw"}:
        full.setdefault(key, {})
    _vpcs(full)
    _subnets(full)
    _groups(full)
    _gateways(full)
    _acls(full)
    return full


def _understood(key: str, things: Mapping[str, Any], allowed: frozenset[str]) -> None:
    for name, thing in things.items():
        more = sorted(thing.keys() - allowed)
        if more:
            raise UntranslatedError(f"`{more[0]}` of `{name}` in the setup's `{key}` is not known")


def only_vpc(full: Mapping[str, Any]) -> str:
    if len(full["vpcs"]) != 1:
        raise UntranslatedError("which VPC is meant is not said")
    return str(next(iter(full["vpcs"])))


def table_vpc(full: Mapping[str, Any], table: Mapping[str, Any]) -> str:
    """By its subnets, else by its local routes, else the only one."""
    for name in table.get("subnets", ()):
        if name in full["subnets"]:
            return str(full["subnets"][name]["vpc"])
    local = {route[0] for route in table["routes"] if route[1] == "local"}
    by_block = [
        name for name, vpc in full["vpcs"].items() if local & {*vpc.get("cidrs", ()), *vpc.get("cidrs6", ())}
    ]
    return by_block[0] if len(by_block) == 1 else str(table.get("vpc") or only_vpc(full))


def _vpcs(full: dict[str, Any]) -> None:
    if not full["vpcs"]:
        local = [
            route[0]
            for table in full["rtbs"].values()
            for route in table.get("routes", ())
            if route[1] == "local"
        ]
        full["vpcs"] = {
            "v": {
                "cidrs": list(dict.fromkeys(block for block in local if ":" not in block)),
                "cidrs6": list(dict.fromkeys(block for block in local if ":" in block)),
            }
        }
    full["vpcs"] = {name: {"cidrs": [], "cidrs6": [], **vpc} for name, vpc in full["vpcs"].items()}
    for vpc in full["vpcs"].values():
        vpc["cidrs"] = vpc["cidrs"] or [UNSTATED]


def _subnets(full: dict[str, Any]) -> None:
    for name, eni in full["enis"].items():
        if eni["subnet"] not in full["subnets"]:
            full["subnets"][eni["subnet"]] = {
                "vpc": only_vpc(full),
                **({"cidr": _around(eni["ip"], 24)} if "ip" in eni else {}),
                **({"cidr6": _around(eni["ip6"], 64)} if "ip6" in eni else {}),
            }
        if "ip" not in eni and "ip6" not in eni:
            raise UntranslatedError(f"the interface `{name}` has no address")
    for name, table in full["rtbs"].items():
        for subnet in table.get("subnets", ()):
            if subnet not in full["subnets"]:
                full["subnets"][subnet] = {"vpc": table_vpc(full, {**table, "subnets": ()}), "cidr": None}
        placed = {"subnets": [], **table, "vpc": table_vpc(full, table)}
        if not placed["subnets"] and "edge" not in placed and not placed.get("main"):
            # its routes are asked for: by packets from a subnet of its own
            full["subnets"][f"of-{name}"] = {"vpc": placed["vpc"], "cidr": None}
            placed["subnets"] = [f"of-{name}"]
        full["rtbs"][name] = placed
    for name, subnet in full["subnets"].items():
        if subnet.get("cidr", "") is None or not ("cidr" in subnet or "cidr6" in subnet):
            full["subnets"][name] = {**subnet, "cidr": free_block(full, subnet["vpc"])}
    for name, subnet in full["subnets"].items():
        full["subnets"][name] = {"az": "a", **subnet}


def _around(address: str, length: int) -> str:
    return str(ipaddress.ip_network(f"{address}/{length}", strict=False))


def free_block(full: Mapping[str, Any], vpc: str) -> str:
    """A /28 of the VPC that no subnet has, from its end."""
    taken = [
        ipaddress.ip_network(str(subnet["cidr"]))
        for subnet in full["subnets"].values()
        if subnet["vpc"] == vpc and subnet.get("cidr")
    ]
    whole = ipaddress.ip_network(full["vpcs"][vpc]["cidrs"][0])
    low = int(whole.broadcast_address) - 15
    while low >= int(whole.network_address):
        block = ipaddress.ip_network(f"{ipaddress.ip_address(low)}/28")
        if not any(block.overlaps(other) for other in taken):
            return str(block)
        low -= 16
    raise UntranslatedError(f"the VPC `{vpc}` is full")


def _groups(full: dict[str, Any]) -> None:
    users = [(eni.get("sgs", ()), full["subnets"][eni["subnet"]]["vpc"]) for eni in full["enis"].values()]
    for names, vpc in users:
        for name in names:
            if name in full["sgs"]:
                continue
            if name not in GROUPS:
                raise UntranslatedError(f"what the security group `{name}` admits is not said")
            full["sgs"][name] = {"vpc": vpc, "in": GROUPS[name], "out": GROUPS[name]}
    for group in list(full["sgs"].values()):
        for rule in (*group["in"], *group["out"]):
            if rule[3].startswith("sg:"):  # a group that nobody is in
                full["sgs"].setdefault(rule[3][3:], {"vpc": group["vpc"], "in": [], "out": []})


def _acls(full: dict[str, Any]) -> None:
    """ "A subnet without a NACL has the default allow-all NACL": each VPC's own, as EC2 makes it."""
    for vpc in full["vpcs"]:
        of_vpc = [
            acl
            for acl in full["nacls"].values()
            if acl.get("default") and (acl.get("vpc") or only_vpc(full)) == vpc
        ]
        if not of_vpc:
            name, everything = f"default-of-{vpc}", [_rule(number) for number in (100, 101)]
            default = {"vpc": vpc, "default": True, "subnets": [], "in": everything, "out": everything}
            full["nacls"][name] = default


def _rule(number: int) -> list[Any]:
    """VPC user guide, "Default network ACL": 100 for IPv4, 101 for IPv6."""
    return [number, "allow", "-1", None, None, "0.0.0.0/0" if number == 100 else "::/0"]


def _gateways(full: dict[str, Any]) -> None:
    """Gateways that only routes, edge tables and gateways' subnets name."""
    for table in list(full["rtbs"].values()):
        vpc = table["vpc"]
        if "edge" in table:
            _declare(full, *target(table["edge"]), vpc, table["routes"])
        for route in table["routes"]:
            if len(route) > 3 and route[3] == "blackhole":
                continue  # its target is gone: nothing to declare
            _declare(full, *target(route[1]), vpc, table["routes"])
    for name, gateway in full["gwe"].items():
        full["gwe"][name] = {"vpc": gateway.get("vpc") or only_vpc(full), **gateway}


def _declare(full: dict[str, Any], kind: str, name: str, vpc: str, routes: list[list[Any]]) -> None:
    if kind == "tgw":
        full.setdefault("tgw", {"attachments": {}, "tables": {}})
        attachments = full["tgw"].setdefault("attachments", {})
        if not any(each["vpc"] == vpc for each in attachments.values()):
            subnet = next((s for s, each in full["subnets"].items() if each["vpc"] == vpc), None)
            if subnet is None:
                subnet = f"{vpc}-attached"
                full["subnets"][subnet] = {"vpc": vpc, "cidr": free_block(full, vpc), "az": "a"}
            attachments[f"at-{vpc}"] = {"vpc": vpc, "subnets": [subnet]}
        return
    if kind == "eni" and name not in full["enis"]:
        raise UntranslatedError(f"the interface `{name}`, which a route leads to, is not declared")
    if kind not in GATEWAYS:
        return
    declared_at = full[GATEWAYS[kind]]
    if name in declared_at or (name == kind and declared_at):
        return
    if kind in ("igw", "eigw"):
        declared_at[name] = vpc
    elif kind == "vgw":
        learned = [route[0] for route in routes if route[1] == name and "propagated" in route[2:3]]
        declared_at[name] = {"vpc": vpc, "prefixes": learned or [ON_PREMISES]}
    elif kind == "gwlbe":
        declared_at[name] = {"vpc": vpc}
    elif kind == "pcx":
        blocks = [block for route in routes if route[1] == f"pcx:{name}" for block in _blocks(full, route[0])]
        full["vpcs"]["peer"] = {"cidrs": blocks, "cidrs6": []}
        declared_at[name] = [vpc, "peer"]
    elif kind == "nat":
        subnet, block = f"of-nat-{name}", free_block(full, vpc)
        full["subnets"][subnet] = {"vpc": vpc, "cidr": block, "az": "a"}
        own = str(ipaddress.ip_network(block)[4])
        declared_at[name] = {"subnet": subnet, "ip": own, "eip": UNSTATED_EIP, "kind": "public"}
    else:
        raise UntranslatedError(f"the target `{kind}:{name}` of a route is not declared")


def _blocks(full: Mapping[str, Any], destination: str) -> Iterator[str]:
    kind, name = target(destination)
    if kind == "pl":
        yield from full["prefix_lists"][name]
    else:
        yield destination
