"""Random small networks, as estates: what AWS admits and the lab's kernel can express (`kernel.CANNOT`).

Everything is drawn from one `random.Random`, so a seed says which network it was; Hypothesis gives one
(`strategies.randoms`) whose draws it can shrink.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from random import Random
from typing import TypeVar

from ringwork.estate import Estate, resource_key

from .describing import ACCOUNT, REGION, Description
from .ground import INTERNET_HOSTS
from .rules import Rules

Thing = TypeVar("Thing")
PEERINGS, TRANSIT, NAT, BOXES, EDGE, GATEWAYS, SIX, TURNING = 0.45, 0.5, 0.5, 0.35, 0.5, 0.75, 0.35, 0.3
"""how often a network has each; `TURNING`: a Transit Gateway leads all back into the VPC, and so out of it"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """A network, and between whom packets may be sent in it."""

    estate: Estate
    hosts: tuple[tuple[str, str], ...]
    """(key, address) of its interfaces"""
    public: tuple[str, ...]
    """addresses of the internet that lead into it"""
    unassigned: tuple[str, ...]
    """addresses of its subnets that nobody has"""


@dataclass
class Net:
    """A VPC while it is being made."""

    id: str
    blocks: tuple[str, ...]
    main: str
    igw: str | None = None
    eigw: str | None = None
    tables: list[str] = field(default_factory=list)
    front: str = ""
    """table of the subnets with NAT gateways and appliances: it leads to neither"""
    subnets: dict[str, tuple[str, ...]] = field(default_factory=dict)
    zones: dict[str, str] = field(default_factory=dict)
    table_of: dict[str, str] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    hosts: list[str] = field(default_factory=list)
    nats: list[str] = field(default_factory=list)
    boxes: list[str] = field(default_factory=list)
    fronts: set[str] = field(default_factory=set)
    peers: dict[str, str] = field(default_factory=dict)
    """VPC -> peering connection"""
    legs: list[str] = field(default_factory=list)
    """subnets with an interface of the Transit Gateway"""
    attachment: str | None = None


def network(random: Random) -> Drawn:
    maker = _Maker(random)
    for number in range(random.choice((1, 2, 2, 3))):
        maker.vpc(number)
    maker.peerings()
    maker.transit_gateway()
    for net in maker.nets:
        maker.fronts(net)
    outside = maker.six and any(net.igw or net.eigw for net in maker.nets)
    referring = maker.referring and not outside
    rules = Rules(random, maker.at, maker.nets, maker.six, referring=referring)
    rules.groups()
    for net in maker.nets:
        maker.interfaces(net)
    rules.group_rules()
    rules.acls()
    for net in maker.nets:
        maker.routes(net, rules.lists)
    maker.transit_routes()
    maker.edges()
    return maker.drawn()


def _inside(blocks: Sequence[str], own: Sequence[str]) -> bool:
    """Whether a route for one of the blocks would be more specific than a local one, which EC2 refuses but
    for appliances and NAT gateways (VPC user guide, "Route priority", "Middlebox routing")."""
    mine = [ipaddress.IPv4Network(block) for block in own if ":" not in block]
    theirs = [ipaddress.IPv4Network(block) for block in blocks]
    return any(one.subnet_of(other) for one in theirs for other in mine)


class _Maker:
    def __init__(self, random: Random) -> None:
        self.random = random
        self.at = Description()
        self.nets: list[Net] = []
        self.transit: str | None = None
        self.referring = True
        self.hosts: list[tuple[str, str]] = []
        self.public: list[str] = []
        self.six = self.chance(SIX)
        self.turning = self.chance(TURNING)

    @cached_property
    def turner(self) -> Net | None:
        """The VPC that the Transit Gateway leads all back into, if there is one."""
        able = [net for net in self.nets if net.igw and net.attachment]
        return able[0] if self.turning and able else None

    def drawn(self) -> Drawn:
        unassigned = [
            str(ipaddress.ip_network(blocks[0])[200])
            for net in self.nets
            for blocks in net.subnets.values()
            if ipaddress.ip_network(blocks[0]).prefixlen == 24
        ]
        return Drawn(self.at.estate(), tuple(self.hosts), tuple(self.public), tuple(unassigned))

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def new_public(self) -> str:
        self.public.append(f"52.0.{len(self.public) // 200}.{len(self.public) % 200 + 1}")
        return self.public[-1]

    # --- the ground

    def vpc(self, number: int) -> None:
        blocks = [f"10.{number}.0.0/16"]
        if self.chance(0.2):
            blocks.append(f"100.64.{16 * number}.0/20")
        if self.six:
            blocks.append(f"2600:1f14:0:{number:x}00::/56")
        id = self.at.vpc(*blocks)
        net = Net(id, tuple(blocks), self.at.table(id, main=True))
        net.tables = [net.main, *(self.at.table(id) for _ in range(self.random.randint(0, 2)))]
        net.front = self.at.table(id)
        self.nets.append(net)
        if self.chance(GATEWAYS):
            net.igw = self.at.internet_gateway(id)
        if self.six and self.chance(0.4):
            net.eigw = self.at.egress_only_gateway(id)
        for place in range(self.random.randint(1, 3)):
            secondary = len(blocks) > 1 and blocks[1].startswith("100.") and place == 2
            block = f"100.64.{16 * number}.0/24" if secondary else f"10.{number}.{place + 1}.0/24"
            self.subnet(net, block, self.random.choice("aaab"), self.random.choice(net.tables))

    def subnet(self, net: Net, block: str, zone: str, table: str) -> str:
        blocks = [block]
        if self.six:
            blocks.append(net.blocks[-1].replace("00::/56", f"{len(net.subnets):02x}::/64"))
        explicit = None if table == net.main else table
        made = self.at.subnet(net.id, *blocks, zone=zone, table=explicit)
        net.subnets[made], net.zones[made], net.table_of[made] = tuple(blocks), zone, table
        return made

    def peerings(self) -> None:
        for number, one in enumerate(self.nets):
            for other in self.nets[number + 1 :]:
                if self.chance(PEERINGS):
                    one.peers[other.id] = other.peers[one.id] = self.at.peering(one.id, other.id)

    def transit_gateway(self) -> None:
        if len(self.nets) < 2 or not self.chance(TRANSIT):
            return
        self.referring = self.chance(0.5)
        self.transit = self.at.transit_gateway(references=self.referring)
        for number, net in enumerate(self.nets):
            if not self.chance(0.9):
                continue
            zones = dict.fromkeys(net.zones.values())
            if len(zones) > 1 and self.chance(0.25):
                zones = dict.fromkeys(list(zones)[:1])
            for place, zone in enumerate(zones):
                if self.chance(0.6):
                    block, table = f"10.{number}.{90 + place}.0/28", self.random.choice(net.tables)
                    net.legs.append(self.subnet(net, block, zone, table))
                else:
                    net.legs.append(next(s for s, where in net.zones.items() if where == zone))
            net.attachment = self.at.attachment(self.transit, net.id, *net.legs, references=self.referring)

    def fronts(self, net: Net) -> None:
        """Subnets for NAT gateways and appliances."""
        octets = net.blocks[0].split(".")[1]
        if net.igw and self.chance(NAT):
            zone = self.random.choice("aab")
            subnet = self.subnet(net, f"10.{octets}.80.0/24", zone, net.front)
            net.fronts.add(subnet)
            net.nats.append(self.at.nat_gateway(subnet, f"10.{octets}.80.5", self.new_public()))
        if self.chance(BOXES):
            zone = self.random.choice("aab")
            net.fronts.add(self.subnet(net, f"10.{octets}.81.0/24", zone, net.front))

    def interfaces(self, net: Net) -> None:
        for subnet, blocks in net.subnets.items():
            box = ".81." in blocks[0]
            small = blocks[0].endswith("/28")
            for place in range(1 if box or small else self.random.randint(1, 2)):
                if small and self.chance(0.6):
                    continue
                network = ipaddress.ip_network(blocks[0])
                addresses = [str(network[10 + place])]
                if self.chance(0.15):
                    addresses.append(str(network[100 + place] if not small else network[13]))
                if self.six:
                    addresses.append(str(ipaddress.ip_network(blocks[1])[16 + place]))
                public = self.new_public() if self.chance(0.5) else None
                groups = self.random.sample(net.groups, self.random.randint(1, min(2, len(net.groups))))
                made = self.at.interface(
                    subnet,
                    *addresses,
                    groups=tuple(groups),
                    public=public,
                    associated=self.chance(0.5),
                    forwards=box and self.chance(0.8),
                )
                net.hosts += addresses
                if box:
                    net.boxes.append(made)
                key = resource_key(ACCOUNT, REGION, "AWS::EC2::NetworkInterface", made)
                self.hosts += [(key, address) for address in addresses]

    # --- routes

    def routes(self, net: Net, lists: Mapping[str, Sequence[str]]) -> None:
        for table in (*net.tables, net.front):
            taken: set[str] = set()
            for destination, target in self.chosen(net, table, lists):
                if destination not in taken:
                    taken.add(destination)
                    gone = target == ""
                    name = target or self.random.choice(("nat-0000000000000dead", "eni-0000000000000dead"))
                    self.at.route(table, destination, name, state="blackhole" if gone else "active")

    def chosen(self, net: Net, table: str, lists: Mapping[str, Sequence[str]]) -> Iterator[tuple[str, str]]:
        """Destination and target; an empty target is one that is gone."""
        front = table == net.front
        private = front or any(net.table_of[leg] == table for leg in net.legs)
        if net is self.turner and self.transit:
            target = net.igw if private else self.transit
            yield "0.0.0.0/0", target or ""
            if self.six:
                yield "::/0", target or ""
        ways = [net.igw] * 4 if net.igw else []
        if not front:
            ways += net.nats * 3
        if net.attachment and self.transit:
            ways.append(self.transit)
        if not front:
            ways += net.boxes
        if self.chance(0.85) and ways:
            yield "0.0.0.0/0", self.random.choice(ways) or ""
        if self.six and (net.igw or net.eigw) and self.chance(0.7):
            yield "::/0", self.random.choice([way for way in (net.igw, net.eigw) if way])
        for other in self.nets:
            if other is net:
                continue
            ways = [self.transit] * 2 if net.attachment and self.transit else []
            if other.id in net.peers and not private:
                ways += [net.peers[other.id]] * 2
            for block in self.blocks_of(other):
                if ways and self.chance(0.75):
                    yield block, self.random.choice([*ways * 3, ""]) or ""
        if not front:
            yield from self.by_boxes(net, table)
        if self.chance(0.3):
            ways = [way for way in (net.igw, *(() if front else net.nats)) if way]
            yield self.random.choice(INTERNET_HOSTS[:2]) + "/32", self.random.choice([*ways, ""])
        usable = [name for name, blocks in lists.items() if not _inside(blocks, net.blocks)]
        if usable and self.chance(0.3):
            ways = [way for way in (net.igw, self.transit if net.attachment else None) if way]
            yield self.random.choice(usable), self.random.choice([*ways * 3, ""])

    def by_boxes(self, net: Net, table: str) -> Iterator[tuple[str, str]]:
        for box in net.boxes:
            for subnet, blocks in net.subnets.items():
                if net.table_of[subnet] != table and subnet not in net.fronts and self.chance(0.6):
                    for block in blocks:
                        yield block, box

    def blocks_of(self, net: Net) -> Iterator[str]:
        """Destinations that lie in a VPC, or around it."""
        yield from net.blocks
        if self.chance(0.3):
            yield next(iter(net.subnets.values()))[0]
        if self.chance(0.1):
            yield "10.0.0.0/8"

    def transit_routes(self) -> None:
        attached = [net for net in self.nets if net.attachment]
        if self.transit is None or not attached:
            return
        tables = [self.at.transit_table(self.transit) for _ in range(self.random.randint(1, 2))]
        for net in attached:
            if self.chance(0.95):
                self.at.associate(self.random.choice(tables), net.attachment or "")
        for table in tables:
            taken: set[str] = set()
            for net in attached:
                if self.chance(0.75):
                    self.at.propagate(table, net.attachment or "")
                # IPv6 goes nowhere but home: what a gateway does with that of another VPC is not documented
                everywhere = ("0.0.0.0/0", "::/0") if self.six else ("0.0.0.0/0",)
                for block in (*self.blocks_of(net), *(everywhere if net is self.turner else everywhere[:1])):
                    turning = net is self.turner and block in everywhere
                    if block not in taken and self.chance(0.8 if turning else 0.2):
                        taken.add(block)
                        near = (
                            net if turning else self.random.choice([net, net, self.random.choice(attached)])
                        )
                        gone = self.chance(0.1 if turning else 0.3)
                        self.at.transit_route(table, block, None if gone else near.attachment)

    def edges(self) -> None:
        for net in self.nets:
            if net.igw and net.boxes and self.chance(EDGE):
                table = self.at.table(net.id)
                self.at.edge(net.igw, table)
                for destination, box in self.by_boxes(net, table):
                    self.at.route(table, destination, box)
