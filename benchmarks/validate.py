"""How long schema validation takes for an estate of 1,500 resources of 25 types, compile included.

    python benchmarks/validate.py

Prints seconds of wall time, measured in a fresh process: reading the table, compiling the validators,
validating. The goal is under 0.5 s in all.
"""

from __future__ import annotations

import subprocess
import sys
from time import perf_counter
from typing import Any

RESOURCES = 1500
TAGS = [{"Key": f"ringwork:{key}", "Value": "value"} for key in ("organization", "team", "stage", "ring")]
POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Sid": f"Statement{number}",
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": ["s3:GetObject", "s3:PutObject"],
            "Resource": {"Fn::Sub": "arn:${AWS::Partition}:s3:::bucket/*"},
            "Condition": {"StringEquals": {"aws:SourceVpce": {"Ref": "Endpoint"}}},
        }
        for number in range(6)
    ],
}
VPC = {"Ref": "Vpc"}
GROUP = {"Fn::GetAtt": ["Group", "GroupId"]}
RULE = {"IpProtocol": "tcp", "FromPort": 443, "ToPort": 443}
SAMPLES: dict[str, dict[str, Any]] = {
    "AWS::EC2::VPC": {"CidrBlock": "10.0.0.0/16", "EnableDnsHostnames": True, "Tags": TAGS},
    "AWS::EC2::Subnet": {"VpcId": VPC, "CidrBlock": "10.0.0.0/24", "Tags": TAGS},
    "AWS::EC2::RouteTable": {"VpcId": VPC, "Tags": TAGS},
    "AWS::EC2::Route": {"RouteTableId": {"Ref": "T"}, "DestinationCidrBlock": "0.0.0.0/0"},
    "AWS::EC2::SubnetRouteTableAssociation": {"RouteTableId": {"Ref": "T"}, "SubnetId": {"Ref": "S"}},
    "AWS::EC2::NetworkAcl": {"VpcId": VPC, "Tags": TAGS},
    "AWS::EC2::NetworkAclEntry": {
        "NetworkAclId": {"Ref": "A"},
        "Protocol": 6,
        "RuleNumber": 100,
        "RuleAction": "allow",
        "CidrBlock": "10.0.0.0/8",
        "PortRange": {"From": 443, "To": 443},
    },
    "AWS::EC2::SubnetNetworkAclAssociation": {"NetworkAclId": {"Ref": "A"}, "SubnetId": {"Ref": "S"}},
    "AWS::EC2::SecurityGroup": {"GroupDescription": "x", "VpcId": VPC, "Tags": TAGS},
    "AWS::EC2::SecurityGroupIngress": {**RULE, "GroupId": GROUP, "SourceSecurityGroupId": GROUP},
    "AWS::EC2::SecurityGroupEgress": {**RULE, "GroupId": GROUP, "DestinationSecurityGroupId": GROUP},
    "AWS::EC2::VPCEndpoint": {
        "VpcId": VPC,
        "ServiceName": {"Fn::Sub": "com.amazonaws.${AWS::Region}.s3"},
        "PolicyDocument": POLICY,
        "RouteTableIds": [{"Ref": "T"}],
    },
    "AWS::EC2::InternetGateway": {"Tags": TAGS},
    "AWS::EC2::VPCGatewayAttachment": {"VpcId": VPC, "InternetGatewayId": {"Ref": "I"}},
    "AWS::EC2::EIP": {"Domain": "vpc", "Tags": TAGS},
    "AWS::EC2::NatGateway": {"SubnetId": {"Ref": "S"}, "AllocationId": {"Fn::GetAtt": ["E", "AllocationId"]}},
    "AWS::EC2::FlowLog": {"ResourceId": VPC, "ResourceType": "VPC", "TrafficType": "ALL", "Tags": TAGS},
    "AWS::Logs::LogGroup": {"LogGroupName": "/ringwork/flow", "RetentionInDays": 365, "Tags": TAGS},
    "AWS::IAM::Role": {"RoleName": "r", "AssumeRolePolicyDocument": POLICY, "Tags": TAGS},
    "AWS::IAM::ManagedPolicy": {"ManagedPolicyName": "p", "PolicyDocument": POLICY},
    "AWS::IAM::RolePolicy": {"RoleName": {"Ref": "R"}, "PolicyName": "p", "PolicyDocument": POLICY},
    "AWS::KMS::Key": {"KeyPolicy": POLICY, "EnableKeyRotation": True, "Tags": TAGS},
    "AWS::KMS::Alias": {"AliasName": "alias/a", "TargetKeyId": {"Ref": "K"}},
    "AWS::S3::Bucket": {
        "BucketName": {"Fn::Sub": "b-${AWS::AccountId}"},
        "VersioningConfiguration": {"Status": "Enabled"},
        "PublicAccessBlockConfiguration": {"BlockPublicAcls": True, "BlockPublicPolicy": True},
        "Tags": TAGS,
    },
    "AWS::S3::BucketPolicy": {"Bucket": {"Ref": "B"}, "PolicyDocument": POLICY},
}


def measure() -> None:
    started = perf_counter()
    from ringwork.schemas import validate  # noqa: PLC0415

    imported = perf_counter()
    for type, properties in SAMPLES.items():
        assert validate(type, properties) == (), (type, validate(type, properties))
    compiled = perf_counter()
    samples = list(SAMPLES.items())
    for number in range(RESOURCES):
        type, properties = samples[number % len(samples)]
        validate(type, properties)
    done = perf_counter()
    print(
        f"import {imported - started:.3f} s, "
        f"read and compile {len(SAMPLES)} types {compiled - imported:.3f} s, "
        f"validate {RESOURCES} resources {done - compiled:.3f} s, in all {done - started:.3f} s"
    )


if __name__ == "__main__":
    if sys.argv[1:] == ["once"]:
        measure()
    else:
        for _ in range(3):
            subprocess.run([sys.executable, __file__, "once"], check=True)
