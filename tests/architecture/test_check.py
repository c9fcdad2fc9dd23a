"""Each broken stack differs from a correct one in one thing, and gets the one problem that names it."""

from __future__ import annotations

import copy
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.architecture.check import Problem, check
from ringwork.estate.stack import Stack, StackOutput

ACCOUNT, REGION = "111122223333", "eu-central-1"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "sagemaker.amazonaws.com"},
            "Action": "sts:AssumeRole",
        }
    ],
}


def network() -> dict[str, Any]:
    return {
        "Resources": {
            "Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/20"}},
            "SubnetA": {
                "Type": "AWS::EC2::Subnet",
                "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.0.0/24"},
            },
            "SubnetB": {
                "Type": "AWS::EC2::Subnet",
                "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": "10.0.1.0/24"},
            },
            "Acl": {"Type": "AWS::EC2::NetworkAcl", "Properties": {"VpcId": {"Ref": "Vpc"}}},
            "Entry": {
                "Type": "AWS::EC2::NetworkAclEntry",
                "Properties": {
                    "NetworkAclId": {"Ref": "Acl"},
                    "RuleNumber": 100,
                    "Protocol": 6,
                    "RuleAction": "allow",
                    "CidrBlock": "10.0.0.0/20",
                    "PortRange": {"From": 443, "To": 443},
                },
            },
            "Group": {
                "Type": "AWS::EC2::SecurityGroup",
                "Properties": {"GroupDescription": "g", "VpcId": {"Ref": "Vpc"}},
            },
        },
        "Outputs": {"VpcId": {"Value": {"Ref": "Vpc"}}},
    }


def data() -> dict[str, Any]:
    return {
        "Parameters": {"VpcId": {"Type": "String"}},
        "Resources": {
            "Bucket": {
                "Type": "AWS::S3::Bucket",
                "Properties": {"BucketName": {"Fn::Sub": "scans-${AWS::AccountId}-${AWS::Region}"}},
            },
            "Policy": {
                "Type": "AWS::S3::BucketPolicy",
                "Properties": {
                    "Bucket": {"Ref": "Bucket"},
                    "PolicyDocument": {
                        "Version": "2012-10-17",
                        "Statement": [
                            {
                                "Effect": "Deny",
                                "Principal": "*",
                                "Action": "s3:GetObject",
                                "Resource": {"Fn::Sub": "${Bucket.Arn}/*"},
                                "Condition": {"StringNotEquals": {"aws:SourceVpc": {"Ref": "VpcId"}}},
                            }
                        ],
                    },
                },
            },
        },
    }


def stack(name: str, template: dict[str, Any], **parameters: Any) -> Stack:
    return Stack(name=name, account=ACCOUNT, region=REGION, template=template, parameters=parameters)


NETWORK = f"{ACCOUNT}/{REGION}/net"


def stacks(
    net: dict[str, Any] | None = None, store: dict[str, Any] | None = None, **parameters: Any
) -> list[Stack]:
    given = parameters or {"VpcId": StackOutput(NETWORK, "VpcId")}
    return [stack("net", net or network()), stack("data", store or data(), **given)]


def edited(template: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    template = copy.deepcopy(template)
    *parents, last = path.split("/")
    place = template
    for part in parents:
        place = place.setdefault(part, {})
    place[last] = value
    return template


def only(found: tuple[Problem, ...]) -> Problem:
    assert len(found) == 1, [str(problem) for problem in found]
    return found[0]


def test_correct_stacks_have_no_problem() -> None:
    assert check(stacks()) == ()


def broken_network(path: str, value: Any) -> Problem:
    return only(check(stacks(net=edited(network(), path, value))))


def test_a_schema_problem_names_stack_resource_and_path() -> None:
    problem = broken_network("Resources/SubnetA/Properties/MapPublicIpOnLaunch", "no")
    assert (problem.stack, problem.resource) == (NETWORK, "SubnetA")
    assert problem.path == ("Properties", "MapPublicIpOnLaunch")


def test_an_unknown_type_is_refused_with_the_nearest() -> None:
    problem = broken_network("Resources/Group/Type", "AWS::EC2::SecurtyGroup")
    assert problem.message == "unknown resource type `AWS::EC2::SecurtyGroup`"
    assert problem.help == "did you mean `AWS::EC2::SecurityGroup`?"


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("Resources/Group/Depends", "Vpc", "unknown resource attribute `Depends`"),
        ("Resources/Group/DeletionPolicy", "Keep", "not `Keep`"),
        ("Resources/A_b", {"Type": "AWS::EC2::InternetGateway"}, "`A_b` is no logical id"),
        ("Resource", {}, "unknown template section `Resource`"),
        ("Resources/X", {}, "a resource needs a `Type`"),
    ],
)
def test_the_form_of_a_template(path: str, value: Any, message: str) -> None:
    assert message in broken_network(path, value).message


@pytest.mark.parametrize(
    ("path", "value", "message"),
    [
        ("Resources/SubnetA/Properties/VpcId", {"Ref": "Vcp"}, "`Vcp` is neither a resource nor a parameter"),
        ("Resources/SubnetA/DependsOn", ["Vpc", "Gone"], "`Gone` is no resource"),
        ("Resources/SubnetA/DependsOn", "Gone", "`Gone` is no resource"),
        ("Resources/SubnetA/Condition", "Gone", "`Gone` is no condition"),
        (
            "Resources/SubnetA/Properties/AvailabilityZone",
            {"Fn::If": ["Gone", "a", "b"]},
            "`Gone` is no condition",
        ),
        (
            "Resources/SubnetA/Properties/AvailabilityZone",
            {"Fn::FindInMap": ["Gone", "a", "b"]},
            "`Gone` is no mapping",
        ),
        (
            "Resources/SubnetA/Properties/AvailabilityZone",
            {"Fn::GetAtt": ["Gone", "Id"]},
            "`Gone` is no resource",
        ),
        (
            "Resources/SubnetA/Properties/AvailabilityZone",
            {"Fn::GetAtt": ["Group", "GroupIdd"]},
            "`AWS::EC2::SecurityGroup` has no attribute `GroupIdd`",
        ),
        ("Resources/SubnetA/Properties/AvailabilityZone", {"Fn::Sub": "${Gone}"}, "`Gone` is neither"),
        (
            "Resources/SubnetA/Properties/AvailabilityZone",
            {"Fn::Sub": "${Group.Arn}"},
            "has no attribute `Arn`",
        ),
        ("Outputs/Other", {"Value": {"Ref": "Gone"}}, "`Gone` is neither"),
        ("Conditions", {"A": {"Condition": "Gone"}}, "`Gone` is no condition"),
        ("Resources/SubnetA/Properties/AvailabilityZone", {"Fn::ImportValue": "x"}, "an import ties stacks"),
    ],
)
def test_a_name_that_leads_nowhere(path: str, value: Any, message: str) -> None:
    assert message in broken_network(path, value).message


def test_literals_and_own_variables_in_sub_are_no_references() -> None:
    value = {"Fn::Sub": ["${!Gone}${Mine}-${AWS::Region}-${Vpc.VpcId}", {"Mine": {"Ref": "Vpc"}}]}
    assert check(stacks(net=edited(network(), "Outputs/Other", {"Value": value}))) == ()


def test_resources_that_wait_for_each_other() -> None:
    rule = {"IpProtocol": "-1", "DestinationSecurityGroupId": {"Fn::GetAtt": ["Other", "GroupId"]}}
    net = edited(network(), "Resources/Group/Properties/SecurityGroupEgress", [rule])
    net["Resources"]["Other"] = {
        "Type": "AWS::EC2::SecurityGroup",
        "Properties": {"GroupDescription": {"Fn::Sub": "beside ${Group}"}, "VpcId": {"Ref": "Vpc"}},
    }
    problem = only(check(stacks(net=net)))
    assert problem.message == "resources wait for each other: `Group` -> `Other` -> `Group`"


def test_stacks_that_wait_for_each_other() -> None:
    net = edited(network(), "Parameters", {"P": {"Type": "String"}})
    net["Resources"]["Group"]["Properties"]["GroupDescription"] = {"Ref": "P"}
    store = edited(data(), "Outputs", {"Name": {"Value": {"Ref": "Bucket"}}})
    found = check(
        [
            stack("net", net, P=StackOutput(f"{ACCOUNT}/{REGION}/data", "Name")),
            stack("data", store, VpcId=StackOutput(NETWORK, "VpcId")),
        ]
    )
    assert "stacks wait for each other's outputs" in only(found).message


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"VpcId": StackOutput(NETWORK, "Gone")}, "`Gone`, which"),
        ({"VpcId": StackOutput("1/2/gone", "VpcId")}, "`1/2/gone`, which is no stack here"),
        ({"VpcId": "vpc-1", "Extra": "x"}, "`Extra` is filled but not declared"),
        ({"VpcId": "x" * 4097}, "4,097 bytes"),
    ],
)
def test_parameters_are_filled_from_something_that_exists(parameters: Any, message: str) -> None:
    assert message in only(check(stacks(**parameters))).message


def test_a_parameter_that_nothing_fills_or_uses() -> None:
    store = edited(data(), "Parameters/Spare", {"Type": "String"})
    messages = [problem.message for problem in check(stacks(store=store))]
    assert messages == ["nothing fills parameter `Spare`", "nothing uses parameter `Spare`"]


def test_exports_are_refused() -> None:
    problem = broken_network("Outputs/VpcId/Export", {"Name": "x"})
    assert problem.path == ("Outputs", "VpcId", "Export")


@pytest.mark.parametrize(
    ("path", "cidr", "message"),
    [
        ("Resources/SubnetA/Properties/CidrBlock", "10.0.0.0/240", "is no CIDR block"),
        ("Resources/SubnetA/Properties/CidrBlock", "10.0.0.7/24", "bits set beyond its prefix"),
        ("Resources/SubnetA/Properties/CidrBlock", "10.0.0.0/29", "prefix length of /16 to /28"),
        ("Resources/SubnetA/Properties/CidrBlock", "10.0.16.0/24", "lies outside its VPC's `10.0.0.0/20`"),
        ("Resources/Entry/Properties/CidrBlock", "10.0.0.0", "has no prefix length"),
        ("Resources/Entry/Properties/CidrBlock", "10.0.0.1/20", "bits set beyond its prefix"),
    ],
)
def test_cidr_blocks(path: str, cidr: str, message: str) -> None:
    assert message in broken_network(path, cidr).message


def test_inline_rules_have_cidr_blocks_too() -> None:
    rule = {"IpProtocol": "-1", "CidrIp": "10.1.2.3/8"}
    problem = broken_network("Resources/Group/Properties/SecurityGroupIngress", [rule])
    assert problem.path == ("Properties", "SecurityGroupIngress", 0, "CidrIp")


def test_overlapping_subnets() -> None:
    problem = broken_network("Resources/SubnetB/Properties/CidrBlock", "10.0.0.128/25")
    assert problem.message == "`10.0.0.128/25` overlaps subnet `SubnetA` (`10.0.0.0/24`)"


def test_overlapping_vpcs_of_two_stacks() -> None:
    other = {"Resources": {"Vpc": {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.8.0/21"}}}}
    found = check([stack("net", network()), stack("other", other)])
    assert only(found).message == f"`10.0.8.0/21` overlaps VPC `{NETWORK}/Vpc` (`10.0.0.0/20`)"


@settings(deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(0, 15), st.integers(24, 28)), min_size=2, max_size=6, unique_by=lambda p: p[0]
    )
)
def test_subnets_overlap_exactly_when_two_of_them_share_an_address(blocks: list[tuple[int, int]]) -> None:
    """Blocks are placed on a /28 grid within one /24, so the oracle counts grid cells."""
    resources = {"Vpc": network()["Resources"]["Vpc"]}
    cells: list[set[int]] = []
    for index, (cell, prefix) in enumerate(blocks):
        width = 2 ** (28 - prefix)
        start = cell - cell % width
        cells.append(set(range(start, start + width)))
        resources[f"Subnet{index}"] = {
            "Type": "AWS::EC2::Subnet",
            "Properties": {"VpcId": {"Ref": "Vpc"}, "CidrBlock": f"10.0.0.{start * 16}/{prefix}"},
        }
    shared = any(a & b for index, a in enumerate(cells) for b in cells[:index])
    assert bool(check([stack("net", {"Resources": resources})])) == shared


def entries(count: int, **changes: Any) -> dict[str, Any]:
    net = network()
    entry = net["Resources"].pop("Entry")
    for number in range(1, count + 1):
        copied = copy.deepcopy(entry)
        copied["Properties"].update({"RuleNumber": number, **changes})
        net["Resources"][f"Entry{number}"] = copied
    return net


def test_a_rule_number_is_taken_once_per_direction() -> None:
    net = network()
    net["Resources"]["Second"] = copy.deepcopy(net["Resources"]["Entry"])
    assert only(check(stacks(net=net))).message == "inbound rule number 100 is taken by `Entry`"
    net["Resources"]["Second"]["Properties"]["Egress"] = True
    assert check(stacks(net=net)) == ()


def test_the_default_rule_counts_towards_the_quota_of_a_network_acl() -> None:
    assert check(stacks(net=entries(19))) == ()
    assert "20 inbound rules for IPv4" in only(check(stacks(net=entries(20)))).message


def test_sixty_rules_fit_into_a_security_group() -> None:
    net = network()
    rule = {"GroupId": {"Fn::GetAtt": ["Group", "GroupId"]}, "IpProtocol": "tcp", "CidrIp": "10.0.0.0/8"}
    for port in range(60):
        net["Resources"][f"Rule{port}"] = {
            "Type": "AWS::EC2::SecurityGroupIngress",
            "Properties": {**rule, "FromPort": port, "ToPort": port},
        }
    assert check(stacks(net=net)) == ()
    net["Resources"]["Group"]["Properties"]["SecurityGroupIngress"] = [
        {"IpProtocol": "tcp", "CidrIp": "10.0.0.0/8", "FromPort": 99, "ToPort": 99}
    ]
    problem = only(check(stacks(net=net)))
    assert problem.message == "the security group has 61 inbound rules for IPv4"
    assert (problem.stack, problem.resource) == (NETWORK, "Group")


def test_five_hundred_resources_fit_into_a_stack() -> None:
    gateways = {f"G{number}": {"Type": "AWS::EC2::InternetGateway"} for number in range(501)}
    assert "501 resources" in only(check([stack("big", {"Resources": gateways})])).message
    del gateways["G500"]
    assert check([stack("big", {"Resources": gateways})]) == ()


def policy_of(characters: int) -> dict[str, Any]:
    """A policy whose compact JSON has this many characters."""
    empty = '{"Version":"2012-10-17","Statement":[{"Sid":""}]}'
    return {"Version": "2012-10-17", "Statement": [{"Sid": "x" * (characters - len(empty))}]}


@pytest.mark.parametrize(
    ("type", "properties", "property", "quota"),
    [
        ("AWS::IAM::ManagedPolicy", {}, "PolicyDocument", 6144),
        ("AWS::IAM::Role", {}, "AssumeRolePolicyDocument", 2048),
        ("AWS::KMS::Key", {}, "KeyPolicy", 32768),
        ("AWS::S3::BucketPolicy", {"Bucket": "b"}, "PolicyDocument", 20480),
        ("AWS::EC2::VPCEndpoint", {"VpcId": "vpc-1", "ServiceName": "s"}, "PolicyDocument", 20480),
    ],
)
def test_policies_fit_their_quota(type: str, properties: Any, property: str, quota: int) -> None:
    def found(size: int) -> tuple[Problem, ...]:
        resource = {"Type": type, "Properties": {**properties, property: policy_of(size)}}
        return check([stack("s", {"Resources": {"R": resource}})])

    assert found(quota) == ()
    assert f"about {quota + 1:,}" in only(found(quota + 1)).message


@pytest.mark.parametrize(("kind", "quota"), [("SERVICE_CONTROL_POLICY", 10), ("RESOURCE_CONTROL_POLICY", 5)])
def test_a_target_takes_so_many_policies_of_a_kind_with_the_one_of_aws(kind: str, quota: int) -> None:
    # Organizations user guide, "Quotas and service limits", as of 15 May 2026
    def found(count: int) -> tuple[Problem, ...]:
        policy = {"Name": "p", "Type": kind, "Content": {"Statement": []}, "TargetIds": ["111111111111"]}
        resource = {"Type": "AWS::Organizations::Policy", "Properties": policy}
        resources = {f"P{n}": {**resource, "Properties": {**policy, "Name": f"p{n}"}} for n in range(count)}
        return check([stack("s", {"Resources": resources})])

    assert found(quota - 1) == ()
    assert f"more than {quota - 1} policies" in only(found(quota)).message


def test_inline_policies_of_a_role_count_together() -> None:
    def role(sizes: list[int]) -> tuple[Problem, ...]:
        resources: dict[str, Any] = {
            "Role": {
                "Type": "AWS::IAM::Role",
                "Properties": {
                    "RoleName": "r",
                    "AssumeRolePolicyDocument": TRUST,
                    "Policies": [{"PolicyName": "inline", "PolicyDocument": policy_of(sizes[0])}],
                },
            }
        }
        for index, (size, name) in enumerate(zip(sizes[1:], ({"Ref": "Role"}, "r"), strict=True)):
            resources[f"Policy{index}"] = {
                "Type": "AWS::IAM::RolePolicy",
                "Properties": {"RoleName": name, "PolicyName": "p", "PolicyDocument": policy_of(size)},
            }
        return check([stack("s", {"Resources": resources})])

    assert role([5000, 2620, 2620]) == ()
    assert "10,241 characters" in only(role([5000, 2620, 2621])).message


def test_names_that_sub_makes_are_checked_against_the_schema() -> None:
    """A bucket name has at most 63 characters (S3 User Guide, bucket naming rules)."""
    long = {"Fn::Sub": "x" * 40 + "-${AWS::AccountId}-${AWS::Region}"}  # 40 + 1 + 12 + 1 + 12 = 66
    problem = only(check(stacks(store=edited(data(), "Resources/Bucket/Properties/BucketName", long))))
    assert problem.path == ("Properties", "BucketName")
    assert "66 characters" in problem.message


def test_a_bucket_name_is_taken_once() -> None:
    other = data()
    other["Resources"].pop("Policy")
    other.pop("Parameters")
    found = check([*stacks(), stack("more", other)])
    assert only(found).message.startswith(f"the name `scans-{ACCOUNT}-{REGION}` is taken by")


def test_two_stacks_of_one_name() -> None:
    gateway = {"Resources": {"Gateway": {"Type": "AWS::EC2::InternetGateway"}}}
    assert "two stacks have this" in only(check([stack("s", gateway), stack("s", gateway)])).message


def many(count: int) -> list[Stack]:
    """Stacks that say the same, of which none has a problem."""
    return [
        stack(
            f"data{number}",
            edited(data(), "Resources/Bucket/Properties/BucketName", f"scans-{number}"),
            VpcId="vpc-1",
        )
        for number in range(count)
    ]


BROKEN = [
    ("Resources/Bucket/Properties/VersioningConfiguration", {"Status": "enabled"}),
    ("Resources/Bucket/Properties/BucketName", {"Fn::Sub": "x" * 60 + "-${AWS::StackName}"}),
    ("Resources/Bucket/Properties/VersioningConfiguration", {"Fn::If": ["Gone", {"Status": "off"}, 1]}),
    ("Resources/Bucket/Properties/VersioningConfiguration", {"Ref": "VpcId"}),
    ("Resources/Policy/Properties/PolicyDocument", {"Statement": [{"Resource": {"Ref": "Gone"}}]}),
    ("Resources/Policy/Properties/PolicyDocument", {"Statement": [{"Sid": "x" * 20_480}]}),
    ("Resources/Policy/Properties/Bucket", {"Fn::GetAtt": ["Bucket", "Gone"]}),
    ("Resources/Policy/Properties/Bucket", {"Fn::GetAtt": "Bucket.Gone"}),
]


@pytest.mark.parametrize(("path", "value"), BROKEN)
def test_a_problem_is_found_among_stacks_that_are_else_the_same(path: str, value: Any) -> None:
    """What was learnt of one stack is never taken for another: each broken one is told, alone or not."""
    right = many(4)
    wrong = [
        stack(each.name, edited(dict(each.template), path, value), VpcId="vpc-1")
        for each in (right[1], right[3])
    ]
    alone = [check([each]) for each in wrong]
    assert all(alone)
    assert check([right[0], wrong[0], right[2], wrong[1]]) == (*alone[0], *alone[1])
    assert check(right) == ()


def test_a_name_that_one_stack_lacks_is_known_in_its_neighbour() -> None:
    """The same `Ref` leads somewhere in one template and nowhere in the other."""
    left, right = many(2)
    less = edited(dict(right.template), "Resources", {"Policy": right.template["Resources"]["Policy"]})
    found = check([left, stack("data1", less, VpcId="vpc-1")])
    assert {problem.stack for problem in found} == {f"{ACCOUNT}/{REGION}/data1"}
    assert {problem.message.split(" is ")[0] for problem in found} == {"`Bucket`"}
    assert len(found) == 2  # the policy's bucket and its resource


def test_a_name_refused_twice_is_told_at_both_places() -> None:
    net = network()
    for subnet in ("SubnetA", "SubnetB"):
        net["Resources"][subnet]["Properties"]["AvailabilityZone"] = {"Ref": "Gone"}
    assert [problem.resource for problem in check(stacks(net=net))] == ["SubnetA", "SubnetB"]


@pytest.mark.parametrize(
    ("resource", "characters"),
    [
        ("a", 3),
        ({"Ref": "AWS::AccountId"}, 14),
        ({"Ref": "VpcId"}, 9),  # vpc-"1 has 6 characters, and JSON escapes one
        ({"Ref": "Bucket"}, 26),  # an id that AWS assigns counts as 24
        ({"Fn::GetAtt": ["Bucket", "Arn"]}, 98),  # an ARN counts as 96
        ({"Fn::Sub": "${Bucket.Arn}/*"}, 100),
        ({"Fn::Sub": "é\n${AWS::Region}"}, 17),  # \n is two characters in JSON, é is one
        ({"Fn::Sub": ["${X}${X}", {"X": {"Ref": "AWS::Region"}}]}, 26),
        ({"Fn::Join": ["::", ["a", {"Ref": "AWS::Region"}]]}, 17),
        ({"Fn::If": ["C", "a", {"Ref": "AWS::Region"}]}, 14),
        ('{"Ref":"Bucket"}', 22),  # a string that only looks like one
    ],
)
def test_what_a_function_counts_in_a_policy(resource: Any, characters: int) -> None:
    """By hand: the compact JSON of what stands there after deployment, its quotes included."""
    store = data()
    store["Conditions"] = {"C": {"Fn::Equals": ["a", "b"]}}
    empty = len('{"Version":"2012-10-17","Statement":[{"Sid":"","Resource":}]}')
    quota = 20_480  # of a bucket policy, S3 User Guide

    def found(sid: int) -> tuple[Problem, ...]:
        document = {"Version": "2012-10-17", "Statement": [{"Sid": "x" * sid, "Resource": resource}]}
        store["Resources"]["Policy"]["Properties"]["PolicyDocument"] = document
        return tuple(p for p in check(stacks(store=store, VpcId='vpc-"1')) if "policy has" in p.message)

    assert found(quota - empty - characters) == ()
    assert "about 20,481" in only(found(quota - empty - characters + 1)).message
