"""VPC endpoints.

Source: PrivateLink guide, "Control access to VPC endpoints using endpoint policies".
"""

from __future__ import annotations

from .estates import LAMBDA, REGION, allow, att, authority, document, key, may, ref

ROLE = {
    "AssumeRolePolicyDocument": LAMBDA,
    "Policies": [{"PolicyName": "all", "PolicyDocument": document(allow())}],
}
VPC = {"Vpc": ("EC2::VPC", {"CidrBlock": "10.0.0.0/16"})}
SERVICE = f"com.amazonaws.{REGION}.s3"


def test_an_endpoint_limits_what_comes_through_it() -> None:
    found = authority(
        {
            **VPC,
            "R": ("IAM::Role", ROLE),
            "B": ("S3::Bucket", {"BucketName": "data"}),
            "E": (
                "EC2::VPCEndpoint",
                {
                    "VpcId": ref("Vpc"),
                    "ServiceName": SERVICE,
                    "PolicyDocument": document(allow("s3:GetObject", "arn:aws:s3:::data/*", Principal="*")),
                },
            ),
        }
    )
    endpoint = found.endpoints[key("EC2::VPCEndpoint", "E")]
    assert endpoint.service == SERVICE
    assert endpoint.gateway
    assert endpoint.vpc == key("EC2::VPC", "Vpc")
    assert endpoint.id.startswith("vpce-")
    assert endpoint.placeholder
    assert found.placeholders[endpoint.id] == endpoint.key
    assert found.placeholders[endpoint.vpc_id] == endpoint.vpc
    assert found.endpoint(endpoint.id) is endpoint
    role = found.identities[key("IAM::Role", "R")]
    assert may(found, role, "s3:GetObject", "arn:aws:s3:::data/x", through=endpoint)
    assert not may(found, role, "s3:PutObject", "arn:aws:s3:::data/x", through=endpoint)
    assert may(found, role, "s3:PutObject", "arn:aws:s3:::data/x")


def test_an_endpoint_without_a_policy_lets_all_through() -> None:
    found = authority(
        {
            **VPC,
            "S": ("EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "10.0.1.0/24"}),
            "E": (
                "EC2::VPCEndpoint",
                {
                    "VpcId": ref("Vpc"),
                    "VpcEndpointType": "Interface",
                    "ServiceName": SERVICE,
                    "SubnetIds": [ref("S")],
                },
            ),
        }
    )
    (endpoint,) = found.endpoints.values()
    assert (endpoint.policy, endpoint.unknown, endpoint.gateway) == (None, (), False)
    assert endpoint.subnets == (key("EC2::Subnet", "S"),)


def test_a_policy_that_names_the_endpoint_has_the_endpoints_id() -> None:
    found = authority(
        {
            **VPC,
            "E": ("EC2::VPCEndpoint", {"VpcId": ref("Vpc"), "ServiceName": SERVICE}),
            "B": ("S3::Bucket", {"BucketName": "data"}),
            "R": ("IAM::Role", ROLE),
            "P": (
                "S3::BucketPolicy",
                {
                    "Bucket": ref("B"),
                    "PolicyDocument": document(
                        {
                            "Effect": "Deny",
                            "Principal": "*",
                            "Action": "s3:*",
                            "Resource": [att("B"), {"Fn::Sub": "${B.Arn}/*"}],
                            "Condition": {"StringNotEquals": {"aws:SourceVpce": ref("E")}},
                        }
                    ),
                },
            ),
        }
    )
    (endpoint,) = found.endpoints.values()
    role = found.identities[key("IAM::Role", "R")]
    get = (found, role, "s3:GetObject", "arn:aws:s3:::data/x")
    assert may(*get, aws__SourceVpce=endpoint.id)
    assert not may(*get, aws__SourceVpce="vpce-0")
    assert not may(*get)


def test_endpoints_of_balancers_have_no_policy_and_are_none_of_ours() -> None:
    found = authority(
        {
            **VPC,
            "E": (
                "EC2::VPCEndpoint",
                {"VpcId": ref("Vpc"), "ServiceName": "x", "VpcEndpointType": "GatewayLoadBalancer"},
            ),
        }
    )
    assert found.endpoints == {}
