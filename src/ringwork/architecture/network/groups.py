"""What every security group of ours begins with."""

from __future__ import annotations

NO_EGRESS = {
    "CidrIp": "127.0.0.1/32",
    "IpProtocol": "tcp",
    "FromPort": 1,
    "ToPort": 1,
    "Description": "No egress but the rules beside this group: replaces AWS's default allow-all rule",
}
"""EC2 adds an allow-all egress rule to a group that has none; AWS's page on AWS::EC2::SecurityGroup removes
it with one rule to the local host. Ours names one port, so that no rule of ours says "all"."""
