"""Security groups, with rules written inside them and as resources of their own.

AWS: VPC user guide, "Security group rules", "Default security groups"; template reference,
AWS::EC2::SecurityGroup ("if you do not add egress rules, we add egress rules that allow all outbound IPv4 and
IPv6 traffic"), SecurityGroupIngress, SecurityGroupEgress.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

from ringwork.estate import Reference, Resource, Unknown
from ringwork.network.addresses import EVERYWHERE, Prefix
from ringwork.network.model import Group, GroupPeer, GroupRule, ListPeer, Peer, Place, UnknownPeer, Vpc
from ringwork.network.packets import ALL
from ringwork.network.reading import traffic
from ringwork.network.reading.lists import Lists
from ringwork.network.reading.reader import Reader, is_live

TYPE = "AWS::EC2::SecurityGroup"
SIDES = {"SecurityGroupIngress": "Source", "SecurityGroupEgress": "Destination"}


def default_group(vpc: str) -> str:
    """The key of the group that a VPC has without anybody making it, where no resource describes it."""
    return f"{vpc}#default-security-group"


class Groups:
    """Security groups by key, and how properties name them."""

    def __init__(self, reader: Reader, vpcs: Mapping[str, Vpc], lists: Lists) -> None:
        self._reader = reader
        self._vpcs = vpcs
        self._lists = lists
        estate = reader.estate
        self._resources = {group.key: group for group in estate.of_type(TYPE)}
        self._vpc_of: dict[str, str | None] = {}
        self.defaults: dict[str, str] = {}
        """VPC -> its default group"""
        names: dict[tuple[str | None, str], str | None] = {}
        for key, group in self._resources.items():
            vpc = reader.member(group, group.properties.get("VpcId"), vpcs, "VPC", "VpcId")
            self._vpc_of[key] = vpc
            name = group.properties.get("GroupName")
            if isinstance(name, str):
                # a name that two groups have (one of each account) names neither
                names[vpc, name] = None if (vpc, name) in names else key
                if name == "default" and vpc is not None:
                    self.defaults[vpc] = key
        self._names = names
        self._makers: dict[str, Resource] = {}
        """VPCs whose default group no resource describes"""
        self._stray: set[str] = set()
        """rules whose group is not known"""
        self.known: dict[str, Group] = {}
        for vpc in vpcs:
            if vpc not in self.defaults:
                self.defaults[vpc] = default_group(vpc)
                self.known[default_group(vpc)] = self._default(vpc)
                maker = estate.get(vpc)
                if maker is not None:
                    self._makers[vpc] = maker
        self._read()

    def vpc_of(self, key: str) -> str | None:
        found = self.known.get(key)
        return found.vpc if found is not None else None

    def named(self, resource: Resource, value: object) -> str | Unknown | None:
        """The key of the group that a value names."""
        if isinstance(value, Reference):
            if value.target in self._resources:
                return value.target
            if value.attribute == "DefaultSecurityGroup" and value.target in self.defaults:
                return self.defaults[value.target]
        found = self._reader.named(value, resource)
        if isinstance(found, str) and found not in self._resources:
            return Unknown(f"`{found}` is no security group")
        return found

    def _default(self, vpc: str) -> Group:
        """VPC user guide, "Default security groups": its members reach each other, and anybody."""
        resource = self._reader.estate.get(vpc)
        key = default_group(vpc)
        gap = None
        if resource is not None:
            gap = self._reader.gap(TYPE, resource.account, resource.region)
            if gap is None and is_live(resource):
                gap = "the default security group was not collected"
            if gap is not None:
                self._reader.doubt(resource, f"its default security group may have other rules: {gap}")
        place = Place(vpc)
        return Group(
            key,
            vpc,
            (GroupRule(ALL, GroupPeer(key) if gap is None else UnknownPeer(gap), place),),
            tuple(GroupRule(ALL, prefix, place, certain=gap is None) for prefix in EVERYWHERE),
        )

    # --- rules

    def _read(self) -> None:
        reader = self._reader
        alone = {direction: self._alone(direction) for direction in SIDES}
        for key, group in self._resources.items():
            rules: dict[str, tuple[GroupRule, ...]] = {}
            for direction in SIDES:
                separate = alone[direction].get(key, ())
                found = list(self._inside(group, direction, bool(separate)))
                for rule in separate:
                    found += self._rules(rule, group, direction, (), rule.properties)
                gap = reader.gap(f"AWS::EC2::{direction}", group.account, group.region)
                if gap is not None and is_live(group):
                    found.append(GroupRule(ALL, UnknownPeer(gap), Place(key), certain=False))
                rules[direction] = tuple(found)
            self.known[key] = Group(
                key, self._vpc_of[key], rules["SecurityGroupIngress"], rules["SecurityGroupEgress"]
            )
        for vpc, maker in self._makers.items():
            # a template may add rules to the default group: `!GetAtt Vpc.DefaultSecurityGroup`
            key = default_group(vpc)
            more = {
                direction: tuple(
                    one
                    for rule in alone[direction].get(key, ())
                    for one in self._rules(rule, maker, direction, (), rule.properties)
                )
                for direction in SIDES
            }
            default = self.known[key]
            self.known[key] = replace(
                default,
                ingress=(*default.ingress, *more["SecurityGroupIngress"]),
                egress=(*default.egress, *more["SecurityGroupEgress"]),
            )

    def _alone(self, direction: str) -> dict[str, list[Resource]]:
        """Rules that are resources of their own, by group."""
        found: dict[str, list[Resource]] = {}
        for rule in self._reader.estate.of_type(f"AWS::EC2::{direction}"):
            value = rule.properties.get("GroupId")
            if type(value) is Reference and value.target in self._resources:
                found.setdefault(value.target, []).append(rule)
                continue
            group = self.named(rule, value)
            if isinstance(group, str):
                found.setdefault(group, []).append(rule)
                continue
            reason = group.reason if isinstance(group, Unknown) else "none is named"
            self._reader.doubt(rule, f"its group is not known: {reason}", "GroupId")
            self._stray.add(rule.key)
            for key in self._reader.may_name(value, rule, self._resources.values()):
                found.setdefault(key, []).append(rule)
            for vpc in self._reader.may_name(value, rule, self._makers.values()):
                found.setdefault(default_group(vpc), []).append(rule)
        return found

    def _inside(self, group: Resource, direction: str, others: bool) -> Iterator[GroupRule]:
        """Rules written inside the group. A template's group without egress rules lets everything out; where
        the rules stand in resources of their own, AWS does not document whether that stays."""
        reader = self._reader
        written = reader.items(group.properties.get(direction))
        if isinstance(written, Unknown):
            reader.doubt(group, f"its rules are not known: {written.reason}", direction)
            yield GroupRule(ALL, UnknownPeer(written.reason), Place(group.key, (direction,)), certain=False)
            return
        if not written and direction == "SecurityGroupEgress" and not is_live(group):
            for prefix in EVERYWHERE:
                yield GroupRule(ALL, prefix, Place(group.key, (direction,)), certain=not others)
        for index, rule in enumerate(written):
            yield from self._rules(group, group, direction, (direction, index), rule)

    def _rules(
        self, resource: Resource, group: Resource, direction: str, path: tuple[str | int, ...], rule: object
    ) -> list[GroupRule]:
        """The rule, once for each of its peers: EC2 takes one, a template may hold more."""
        reader, place = self._reader, Place(resource.key, path)
        if not isinstance(rule, Mapping):
            reason = rule.reason if isinstance(rule, Unknown) else "it is no mapping"
            reader.doubt(resource, f"a rule is not known: {reason}", *path)
            return [GroupRule(ALL, UnknownPeer(reason), place, certain=False)]
        what, doubt = traffic.of_group_rule(reader, rule)
        sure = doubt is None and resource.key not in self._stray
        if doubt is not None:
            reader.doubt(resource, f"the rule's traffic is not known: {doubt}", *path)
        found: list[GroupRule] = []
        for name, version in (("CidrIp", 4), ("CidrIpv6", 6)):
            value = rule.get(name)
            if value is None:
                continue
            prefix = reader.prefix(value)
            if isinstance(prefix, Prefix):
                found.append(GroupRule(what, prefix, place, sure))
            elif prefix is not None:
                reader.doubt(resource, f"{name}: {prefix.reason}", *path, name)
                found.append(GroupRule(what, EVERYWHERE[version == 6], place, certain=False))
        peer = self._peer(resource, group, SIDES[direction], path, rule)
        if peer is not None:
            found.append(GroupRule(what, peer, place, sure))
        if not found:
            reader.doubt(resource, "the rule names nobody, so EC2 refuses it", *path)
            found.append(GroupRule(what, UnknownPeer("the rule names nobody"), place, certain=False))
        return found

    def _peer(
        self,
        resource: Resource,
        group: Resource,
        side: str,
        path: tuple[str | int, ...],
        rule: Mapping[str, object],
    ) -> Peer | None:
        value = rule.get(f"{side}SecurityGroupId")
        if value is not None:
            if type(value) is Reference and value.target in self._resources:
                return GroupPeer(value.target)
            named = self.named(resource, value)
            if isinstance(named, str):
                return GroupPeer(named)
            return self._unknown(resource, named, "group", *path, f"{side}SecurityGroupId")
        value = rule.get(f"{side}SecurityGroupName")
        if value is not None:
            name = self._reader.text(value)
            if isinstance(name, str):
                key = self._names.get((self._vpc_of.get(group.key), name))
                name = key if key is not None else Unknown(f"`{name}` names no group of its VPC")
                if key is not None:
                    return GroupPeer(key)
            lost = name if isinstance(name, Unknown) else None
            return self._unknown(resource, lost, "group", *path, f"{side}SecurityGroupName")
        value = rule.get(f"{side}PrefixListId")
        if value is not None:
            listed = self._lists.named(resource, value)
            if isinstance(listed, str):
                return ListPeer(listed)
            return self._unknown(resource, listed, "prefix list", *path, f"{side}PrefixListId")
        return None

    def _unknown(self, resource: Resource, found: Unknown | None, what: str, *path: str | int) -> UnknownPeer:
        reason = found.reason if found is not None else "none is named"
        self._reader.doubt(resource, f"the rule's {what} is not known: {reason}", *path)
        return UnknownPeer(reason)
