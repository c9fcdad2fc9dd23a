"""What the prose of a case (`_note`) means, by case id: the only place where words are translated.

`text` is the note as the file has it: another text under the same id is not known, and its case is skipped.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Added:
    """These come behind what the list has."""

    items: list[Any]


@dataclass(frozen=True, slots=True)
class Note:
    text: str
    changes: Mapping[str, Any] = field(default_factory=dict)
    """laid over the setup, in its own form"""


_ALL = [["-1", 0, 0, "0.0.0.0/0"]]
_TO_PEER = [["0.0.0.0/0", "pcx:p"]]

NOTES: Mapping[str, Note] = {
    # A JSON object keeps its order, and so does the translation.
    "nacl-003": Note("list order is the JSON order"),
    "sg-011": Note(
        "rule in the API form IpProtocol=-1, FromPort=0, ToPort=0", {"sgs": {"g": {"in": _ALL, "out": _ALL}}}
    ),
    # B's own subnet uses its gateway, so that only the peering can refuse.
    "pcx-004": Note(
        "B has an IGW; A routes 0.0.0.0/0 to pcx p",
        {
            "igws": {"igwB": "B"},
            "rtbs": {"ra": {"routes": Added(_TO_PEER)}, "rb": {"routes": Added([["0.0.0.0/0", "igw:igwB"]])}},
        },
    ),
    "pcx-005": Note(
        "B has a NAT gateway; A routes 0.0.0.0/0 to pcx p; sb routes 0.0.0.0/0 to the NAT",
        {
            "igws": {"igwB": "B"},
            "subnets": {"pb": {"vpc": "B", "cidr": "10.2.250.0/24", "az": "a"}},
            "nats": {"n": {"subnet": "pb", "ip": "10.2.250.5", "eip": "5.5.5.5", "kind": "public"}},
            "rtbs": {
                "ra": {"routes": Added(_TO_PEER)},
                "rb": {"routes": Added([["0.0.0.0/0", "nat:n"]])},
                "rp": {"subnets": ["pb"], "routes": [["10.2.0.0/16", "local"], ["0.0.0.0/0", "igw:igwB"]]},
            },
        },
    ),
    "pcx-006": Note(
        "B has a VGW with on-premises 192.168.0.0/16; A routes 192.168.0.0/16 to pcx p",
        {
            "vgws": {"vgw": {"vpc": "B", "prefixes": ["192.168.0.0/16"]}},
            "rtbs": {
                "ra": {"routes": Added([["192.168.0.0/16", "pcx:p"]])},
                "rb": {"routes": Added([["192.168.0.0/16", "vgw", "propagated"]])},
            },
        },
    ),
    "vpce-004": Note(
        "B has an S3 gateway endpoint; A routes the S3 prefix list to pcx p",
        {
            "prefix_lists": {"s3": ["54.123.160.0/19"]},
            "gwe": {"e": {"service": "s3", "vpc": "B"}},
            "rtbs": {
                "ra": {"routes": Added([["pl:s3", "pcx:p"]])},
                "rb": {"routes": Added([["pl:s3", "gwe:e"]])},
            },
        },
    ),
    # The load balancer's subnet s2 is in zone a: the target moves to a subnet of zone b.
    "nlb-009": Note(
        "b is in AZ b, NLB enabled in AZ a only",
        {
            "subnets": {"s3": {"vpc": "v", "cidr": "10.0.3.0/24", "az": "b"}},
            "enis": {"b": {"subnet": "s3", "ip": "10.0.3.10"}},
        },
    ),
    "nlb-010": Note("b unhealthy, no other target", {"target_groups": {"tg1": {"healthy": {"b": False}}}}),
}
