"""Random security groups, network ACLs and prefix lists."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from random import Random
from typing import TYPE_CHECKING

from .describing import Description
from .ground import INTERNET_HOSTS

if TYPE_CHECKING:
    from .networks import Net

PORTS = (22, 53, 80, 443, 3306, 8080)
EPHEMERAL = ((1024, 65535), (32768, 60999), (1024, 32767), (49152, 65535))
"""ranges that people write for answers; VPC user guide, "Ephemeral ports" """
_RANGES = (*((port, port) for port in PORTS), (80, 443), (0, 65535), (1, 1023), *EPHEMERAL)
_ICMP = ((-1, -1), (8, -1), (8, 0), (0, 0), (3, 4))
_ICMPV6 = ((-1, -1), (128, -1), (128, 0), (129, 0))


class Rules:
    def __init__(
        self, random: Random, at: Description, nets: Sequence[Net], six: bool, *, referring: bool
    ) -> None:
        self.random, self.at, self.nets, self.six = random, at, nets, six
        self.referring = referring
        """whether groups of other VPCs may be named: not where a Transit Gateway that does not know them or,
        for IPv6, the internet might carry the packet: the kernel matches its address all the same"""
        self.lists: dict[str, list[str]] = {}
        """prefix list -> its blocks"""

    def chance(self, probability: float) -> bool:
        return self.random.random() < probability

    def groups(self) -> None:
        for net in self.nets:
            self.at.default_group(net.id)
            net.groups = [self.at.group(net.id) for _ in range(self.random.randint(2, 4))]

    def group_rules(self) -> None:
        for _ in range(self.random.randint(0, 2)):
            blocks = {self.block() for _ in range(self.random.randint(1, 3))}
            self.lists[self.at.prefix_list(*sorted(blocks))] = sorted(blocks)
        for net in self.nets:
            boxes = any(one.boxes for one in self.nets)
            for group in net.groups:
                for egress in (False, True):
                    if self.chance(0.65 if egress else 0.35):
                        self.at.admit(group, "0.0.0.0/0", egress=egress)
                        if self.six:
                            self.at.admit(group, "::/0", egress=egress)
                        continue
                    for _ in range(self.random.randint(0, 4)):
                        peer = self.peer(net, group, references=not (egress and boxes), ingress=not egress)
                        self.at.admit(group, peer, *self.traffic(peer), egress=egress)

    def peer(self, net: Net, group: str, *, references: bool, ingress: bool) -> str:
        if references and self.chance(0.4):
            known = [group, *net.groups]
            if self.referring:
                known += [g for other in self.known(net, ingress) for g in other.groups]
            return self.random.choice(known)
        if self.lists and self.chance(0.2):
            return self.random.choice(list(self.lists))
        return self.block(six=self.six and self.chance(0.3))

    def known(self, net: Net, ingress: bool) -> list[Net]:
        """Whose groups a rule may name. Transit Gateway guide, "Security group referencing": both attached,
        and inbound rules only. Over peering, both; where both ways lead there, only what both admit."""
        others = [other for other in self.nets if other is not net]
        if any(one.attachment for one in self.nets):
            return [o for o in others if ingress and (o.id in net.peers or (o.attachment and net.attachment))]
        return [other for other in others if other.id in net.peers]

    def block(self, *, six: bool = False) -> str:
        """A block that says something about this network."""
        version = 6 if six else 4
        everything = "::/0" if six else "0.0.0.0/0"
        hosts = [host for net in self.nets for host in net.hosts]
        hosts += INTERNET_HOSTS
        known = [host for host in hosts if ipaddress.ip_address(host).version == version]
        host = self.random.choice(known)
        lengths = (128, 64, 56, 32) if six else (32, 31, 28, 24, 24, 16, 16, 8)
        length = self.random.choice(lengths)
        if self.chance(0.25):
            return everything
        return str(ipaddress.ip_network(f"{host}/{length}", strict=False))

    def traffic(self, peer: str) -> tuple[str, int | None, int | None]:
        kinds = ["tcp", "tcp", "tcp", "udp", "icmp", "-1"]
        if ":" in peer:
            kinds.append("icmpv6")
        kind = self.random.choice(kinds)
        if kind == "-1":
            return kind, None, None
        ranges = {"icmp": _ICMP, "icmpv6": _ICMPV6}.get(kind, _RANGES)
        low, high = self.random.choice(ranges)
        if self.chance(0.15) and kind != "icmpv6":
            kind = {"tcp": "6", "udp": "17", "icmp": "1"}[kind]
        return kind, low, high

    def acls(self) -> None:
        for net in self.nets:
            spare = list(net.subnets)
            default = self.at.acl(net.id, default=True)
            if self.chance(0.4):
                self.entries(default, openly=0.9)
            else:
                self.at.open_acl(default)
            for _ in range(self.random.randint(0, 2)):
                chosen = [subnet for subnet in spare if self.chance(0.5)]
                spare = [subnet for subnet in spare if subnet not in chosen]
                self.entries(self.at.acl(net.id, *chosen), openly=0.75)

    def entries(self, acl: str, *, openly: float) -> None:
        for egress in (False, True):
            numbers = self.random.sample(range(1, 32000), 5)
            for number in numbers[: self.random.randint(0, 4)]:
                self.entry(acl, number, egress=egress)
            if self.chance(openly):
                self.at.entry(acl, 32766, "allow", egress=egress)
                if self.six:
                    self.at.entry(acl, 32765, "allow", "::/0", egress=egress)

    def entry(self, acl: str, number: int, *, egress: bool) -> None:
        six = self.six and self.chance(0.3)
        block = self.block(six=six)
        protocol = self.random.choice((6, 6, 6, 17, 1, -1, 50, *((58, 58) if six else ())))
        low: int | None = None
        high: int | None = None
        if protocol in (6, 17):
            low, high = self.random.choice(_RANGES)
        elif protocol in (1, 58):
            low, high = self.random.choice(_ICMP if protocol == 1 else _ICMPV6)
        action = self.random.choice(("allow", "deny"))
        self.at.entry(acl, number, action, block, protocol, low, high, egress=egress)
