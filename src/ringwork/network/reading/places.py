"""Places where an interface may be: a security group that nothing uses yet waits for a job.

A training job, an instance or a function may be started with any security group in any subnet of the
group's VPC; a proof that says nothing of such a place says nothing of the job.
"""

from __future__ import annotations

from ringwork.network.model import Interface
from ringwork.network.reading.interfaces import Interfaces


def add_places(interfaces: Interfaces) -> None:
    """For each group that no interface has: one place in each subnet of its VPC."""
    used: set[str] = set()
    for each in {interface.groups for interface in interfaces.known.values()}:
        if each is not None:
            used |= each
    of_vpc: dict[str, list[str]] = {}
    for subnet in interfaces.subnets.values():
        of_vpc.setdefault(subnet.vpc, []).append(subnet.key)
    for group in list(interfaces.groups.known.values()):
        if group.key in used or group.vpc is None:
            continue
        groups = frozenset((group.key,))
        for subnet_key in of_vpc.get(group.vpc, ()):
            key = interfaces.free(group.key, subnet_key)
            interfaces.add(Interface(key, subnet_key, (), groups, "any", group.key, assigned=False))
