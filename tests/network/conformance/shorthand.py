"""Setups that name an arrangement in a few words, written out in the compact form of all others.

Each says what the words leave open and what was chosen for it, so that only the named rule decides.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from typing import Any

from tests.network.conformance.cases import UntranslatedError, merged

Setup = Mapping[str, Any]

ALL = [["-1", None, None, "0.0.0.0/0"]]
ALL6 = [["-1", None, None, "::/0"]]


def open_group(vpc: str) -> dict[str, Any]:
    return {"vpc": vpc, "in": ALL, "out": ALL}


def private_link(setup: Setup, _: Setup) -> dict[str, Any]:
    """A service behind a Network Load Balancer, and a consumer in another VPC.

    Chosen: one zone; listener, target and endpoint speak on the port of the load balancer's first rule;
    endpoint, client and target admit everything; the provider's addresses.
    """
    provider, consumer = setup["provider"], setup["consumer"]
    rules = provider.get("nlb_sg_in", ())
    protocol, port = (rules[0][0], rules[0][1]) if rules else ("tcp", 443)
    if protocol not in ("tcp", "udp") or port is None:
        raise UntranslatedError("a load balancer's rule without a protocol and a port")
    away, block = _named(consumer["vpc"], "a VPC with its block")
    client, address = _named(consumer["client"], "a client with its address")
    home, balancer, service = provider["vpc"], provider["nlb"], provider["service"]
    subnet = address.rpartition(".")[0]
    return {
        "vpcs": {home: {"cidrs": ["172.20.0.0/16"]}, away: {"cidrs": [block]}},
        "subnets": {
            "provider": {"vpc": home, "cidr": "172.20.1.0/24"},
            "consumer": {"vpc": away, "cidr": f"{subnet}.0/24"},
        },
        "sgs": {
            "nlb": {"vpc": home, "in": rules, "out": ALL},
            "target": open_group(home),
            "client": open_group(away),
            "endpoint": open_group(away),
        },
        "enis": {
            client: {"subnet": "consumer", "ip": address, "sgs": ["client"]},
            "target": {"subnet": "provider", "ip": "172.20.1.10", "sgs": ["target"]},
        },
        "nlbs": {
            balancer: {
                "subnets": ["provider"],
                "ips": ["172.20.1.200"],
                "sgs": ["nlb"],
                "listeners": [[protocol, port, "tg"]],
                "enforce": provider.get("enforce_sg_inbound", "on"),
            }
        },
        "target_groups": {
            "tg": {
                "type": "instance",
                "proto": protocol,
                "port": port,
                "targets": ["target"],
                **setup.get("targets", {}),
            }
        },
        "services": {service: {"nlbs": [balancer]}},
        "endpoints": {
            consumer["endpoint_eni"]: {
                "service": service,
                "subnet": "consumer",
                "ip": f"{subnet}.250",
                "sgs": ["endpoint"],
            }
        },
    }


def _named(words: str, what: str) -> tuple[str, str]:
    name, _, rest = words.partition(" ")
    if not rest or " " in rest:
        raise UntranslatedError(f"`{words}` is not {what}")
    return name, rest


INSPECTED = "10.0.1.0/24"
"""the subnet whose traffic with the internet a policy inspects"""


def firewall(setup: Setup, question: Setup) -> dict[str, Any]:
    """A firewall policy alone: placed between a subnet and the internet, both ways (Network Firewall guide,
    "Simple single zone architecture with an internet gateway"), with filters and routes that admit all.

    The one host has the packet's address of that subnet: as its source, else as its destination.
    """
    packet = question.get("packet", {})
    inside = [end for end in (packet.get("src"), packet.get("dst")) if end and _within(end, INSPECTED)]
    host = inside[0] if len(inside) == 1 else "10.0.1.9"
    if len(inside) == 2:
        raise UntranslatedError("both ends of the packet are on one side of the firewall")
    return {
        "vpcs": {"v": {"cidrs": ["10.0.0.0/16"]}},
        "subnets": {
            "inspected": {"vpc": "v", "cidr": INSPECTED},
            "firewall": {"vpc": "v", "cidr": "10.0.254.0/24"},
        },
        "sgs": {"open": open_group("v")},
        "enis": {"host": {"subnet": "inspected", "ip": host, "public": "3.3.3.3", "sgs": ["open"]}},
        "igws": {"igw": "v"},
        "firewalls": {"fw": {"vpc": "v", "subnets": ["firewall"], "policy": setup["nfw"]}},
        "rtbs": {
            "inspected": {"subnets": ["inspected"], "routes": [["0.0.0.0/0", "fw:fw/firewall"]]},
            "firewall": {"subnets": ["firewall"], "routes": [["0.0.0.0/0", "igw"]]},
            "edge": {"edge": "igw", "routes": [[INSPECTED, "fw:fw/firewall"]]},
        },
    }


def inspection(setup: Setup, _: Setup) -> dict[str, Any]:
    """Client and server in VPCs of their own, a firewall with an endpoint in each zone in a third: Network
    Firewall guide, "Multi zone architecture with a transit gateway"; the spokes' table sends all to the
    inspection VPC, whose table knows the spokes."""
    tgw = setup["tgw"]
    zones = tgw["inspection_vpc_azs"]
    vpcs = {"C": "10.1.0.0/16", "S": "10.2.0.0/16", "I": "10.3.0.0/16"}
    subnets: dict[str, Any] = {}
    tables: dict[str, Any] = {}
    for index, zone in enumerate(zones):
        subnets |= {
            f"c-{zone}": {"vpc": "C", "cidr": f"10.1.{index}.0/24", "az": zone},
            f"s-{zone}": {"vpc": "S", "cidr": f"10.2.{index}.0/24", "az": zone},
            f"i-{zone}": {"vpc": "I", "cidr": f"10.3.{index}.0/24", "az": zone},
            f"f-{zone}": {"vpc": "I", "cidr": f"10.3.{100 + index}.0/24", "az": zone},
        }
        tables |= {
            f"i-{zone}": {"subnets": [f"i-{zone}"], "routes": [["0.0.0.0/0", f"fw:fw/f-{zone}"]]},
            f"f-{zone}": {"subnets": [f"f-{zone}"], "routes": [["0.0.0.0/0", "tgw"]]},
        }
    for name in ("C", "S"):
        spokes = [subnet for subnet, value in subnets.items() if value["vpc"] == name]
        tables[f"r{name}"] = {"subnets": spokes, "routes": [["10.0.0.0/8", "tgw"]]}
    client, server = (zones.index(setup[end]) for end in ("client_az", "server_az"))
    return {
        "vpcs": {name: {"cidrs": [block]} for name, block in vpcs.items()},
        "subnets": subnets,
        "sgs": {"oc": open_group("C"), "os": open_group("S")},
        "enis": {
            "client": {"subnet": f"c-{zones[client]}", "ip": f"10.1.{client}.10", "sgs": ["oc"]},
            "server": {"subnet": f"s-{zones[server]}", "ip": f"10.2.{server}.10", "sgs": ["os"]},
        },
        "rtbs": tables,
        "tgw": {
            "attachments": {
                **{
                    f"at{name}": {
                        "vpc": name,
                        "subnets": [f"{low}-{zone}" for zone in zones],
                        "assoc": "spokes",
                    }
                    for name, low in (("C", "c"), ("S", "s"))
                },
                "atI": {
                    "vpc": "I",
                    "subnets": [f"i-{zone}" for zone in zones],
                    "assoc": "inspection",
                    "appliance": tgw["appliance_mode"],
                },
            },
            "tables": {
                "spokes": {"propagate": [], "static": [["0.0.0.0/0", "atI"]]},
                "inspection": {"propagate": ["atC", "atS"], "static": []},
            },
        },
        "firewalls": {
            "fw": {
                "vpc": "I",
                "subnets": [f"f-{zone}" for zone in zones],
                "policy": {"stateless_default": "pass"},
            }
        },
    }


def attached_in_order(setup: Setup) -> dict[str, Any]:
    """VPCs attached one after the other to a gateway with its default table, which all associate with and
    propagate to (Transit Gateway guide, "Transit gateways": default association and propagation)."""
    tgw = dict(setup["tgw"])
    order = tgw.pop("attach_order")
    subnets = {
        f"subnet-{vpc}": {"vpc": vpc, "cidr": _first_24(setup["vpcs"][vpc]["cidrs"][0])} for vpc in order
    }
    attachments = {
        f"at{vpc}": {"vpc": vpc, "subnets": [f"subnet-{vpc}"], "assoc": "default", "order": number}
        for number, vpc in enumerate(order)
    }
    tables = {"default": {"propagate": [f"at{vpc}" for vpc in order], "static": [], "default": True}}
    rest = {key: value for key, value in setup.items() if key != "tgw"}
    routes = {
        f"r{vpc}": {"vpc": vpc, "subnets": [f"subnet-{vpc}"], "routes": [["0.0.0.0/0", "tgw"]]}
        for vpc in order
    }
    joined = {**tgw, "attachments": attachments, "tables": tables}
    return merged(rest, {"subnets": subnets, "rtbs": routes, "tgw": joined})


def _first_24(block: str) -> str:
    address, _, length = block.partition("/")
    return f"{address}/{max(24, int(length))}"


def _within(address: str, block: str) -> bool:
    return ipaddress.ip_address(address) in ipaddress.ip_network(block)


Expand = Callable[[Setup, Setup], dict[str, Any]]
"""of the setup and the question"""

_WHOLE: tuple[tuple[frozenset[str], frozenset[str], Expand], ...] = (
    (frozenset({"provider", "consumer"}), frozenset({"targets"}), private_link),
    (frozenset({"nfw"}), frozenset(), firewall),
    (frozenset({"tgw", "client_az", "server_az"}), frozenset(), inspection),
)
"""(keys that must be there, keys that may be, how it is written out)"""


def expanded(setup: Setup, question: Setup) -> dict[str, Any]:
    """The setup in the compact form. Raises `UntranslatedError` where the words say more than is known."""
    for needed, allowed, expand in _WHOLE:
        if needed <= setup.keys() <= needed | allowed:
            return expand(setup, question)
    return attached_in_order(setup) if "attach_order" in setup.get("tgw", {}) else dict(setup)
