"""What the engine knows of requests besides policies. Sources: IAM user guide, "AWS global condition context
keys"; Service Authorization Reference."""

from __future__ import annotations

import pytest

from ringwork.access import Policies, Principal
from ringwork.access.catalogue import version
from ringwork.access.symbolic import Question, ask, match

from ..asking import OURS, SESSION, THEIRS, USER, allow, bucket, deny, policy


def asked(*statements, action="s3:GetObject", resource="*", condition=None, **more):
    wanted = match(action, resource=[resource], condition=condition)
    who = more.pop("who", USER)
    return ask(Question(who, wanted, Policies(identity=(policy(*statements),)), **more))


def test_every_answer_names_the_catalogue():
    assert asked(allow("sqs:*")).catalogue == version()


def test_the_witness_is_about_a_resource_of_the_action():
    answer = asked(allow("*"), action="sagemaker:CreateTrainingJob")
    assert answer.witness.resource.startswith("arn:aws:sagemaker:")
    assert f":{OURS}:training-job/" in answer.witness.resource


def test_an_action_without_resources_is_allowed_by_the_star_alone():
    assert asked(allow("s3:*", "arn:aws:s3:::data*"), action="s3:ListAllMyBuckets").status == "proved"
    answer = asked(allow("s3:*"), action="s3:ListAllMyBuckets")
    assert answer.witness.resource == "*"


def test_a_pattern_for_another_service_admits_nothing():
    """The Service Authorization Reference: CreateTrainingJob is about training jobs."""
    assert asked(allow("*", "arn:aws:s3:::*"), action="sagemaker:CreateTrainingJob").status == "proved"


def test_an_action_never_carries_a_key_that_it_does_not_take():
    """CreateTransformJob takes no VpcSubnets, so a Deny for jobs without them stops it altogether."""
    without = deny("sagemaker:*", Condition={"Null": {"sagemaker:VpcSubnets": "true"}})
    answer = asked(allow("*"), without, action="sagemaker:CreateTransformJob")
    assert answer.status == "proved"
    answer = asked(allow("*"), without, action="sagemaker:CreateTrainingJob")
    assert answer.witness.context["sagemaker:vpcsubnets"]


def test_passing_a_role_always_says_to_which_service():
    without = deny("iam:PassRole", Condition={"Null": {"iam:PassedToService": "false"}})
    assert asked(allow("*"), without, action="iam:PassRole").status == "proved"


def test_a_request_through_an_endpoint_has_no_source_address():
    both = {"StringEquals": {"aws:SourceVpce": "vpce-1"}, "IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}
    direct = {"Bool": {"aws:ViaAWSService": "false"}}
    assert asked(allow("s3:*", Condition=both), condition=direct).status == "proved"


def test_a_request_from_nowhere_is_none():
    """Without an endpoint there is an address."""
    neither = {"Null": {"aws:SourceVpce": "true", "aws:SourceIp": "true"}}
    direct = {"Bool": {"aws:ViaAWSService": "false"}}
    assert asked(allow("s3:*", Condition=neither), condition=direct).status == "proved"


def test_users_are_no_service():
    only = {"Bool": {"aws:PrincipalIsAWSService": "true"}}
    assert asked(allow("s3:*", Condition=only)).status == "proved"


def test_a_bare_operator_on_several_values_is_read_both_ways():
    """Not certain in AWS's documents: so nothing is proved by it, and nothing shown."""
    bare = {"StringEquals": {"sagemaker:VpcSubnets": "subnet-1"}}
    answer = asked(allow("sagemaker:*", Condition=bare), action="sagemaker:CreateTrainingJob")
    assert answer.status == "unknown"
    assert "set operator" in answer.reasons[0]


def test_tags_that_must_agree_cannot_differ():
    """ABAC: whatever the tags are, a principal reaches only what has its own."""
    same = allow("ec2:*", Condition={"StringEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}})
    other = {"StringNotEquals": {"aws:ResourceTag/team": "${aws:PrincipalTag/team}"}}
    assert asked(same, action="ec2:StopInstances", condition=other).status == "proved"
    answer = asked(same, action="ec2:StopInstances")
    context = answer.witness.context
    assert context["aws:resourcetag/team"] == context["aws:principaltag/team"]


def test_a_home_folder_is_of_its_user():
    home = allow("s3:*", "arn:aws:s3:::home/${aws:username}/*")
    answer = asked(home, resource="arn:aws:s3:::home/ada/*")
    assert answer.witness.context["aws:username"] == "ada"
    assert asked(home, resource="arn:aws:s3:::other/*").status == "proved"
    known = {"aws:username": "bob"}
    assert asked(home, resource="arn:aws:s3:::home/ada/*", fixed=known).status == "proved"


def test_two_accounts_need_both_sides():
    wanted = match("s3:GetObject", resource=["arn:aws:s3:::data/*"])
    names = {"Principal": {"AWS": OURS}}
    ours, theirs = policy(allow("s3:*")), bucket(allow("s3:GetObject", "arn:aws:s3:::data/*", **names))
    for identity, resource, status in (
        ((ours,), theirs, "violated"),
        ((), theirs, "proved"),
        ((ours,), None, "proved"),
    ):
        policies = Policies(identity=identity, resource=resource)
        assert ask(Question(USER, wanted, policies, resource_account=THEIRS)).status == status


def test_all_levels_of_an_organization_must_allow():
    full, narrow = policy(allow("*"), kind="scp"), policy(allow("s3:*"), kind="scp")
    wanted = match("sqs:SendMessage")
    for levels, status in ((((full,), (full,)), "violated"), (((full,), (narrow,)), "proved")):
        policies = Policies(identity=(policy(allow("*")),), scp=levels)
        assert ask(Question(SESSION, wanted, policies)).status == status


@pytest.mark.parametrize("action", ["s3:GetObject", "sagemaker:CreateTrainingJob"])
def test_resource_control_policies_reach_the_services_that_aws_lists(action):
    """Organizations user guide, "List of AWS services that support RCPs": SageMaker is not among them."""
    stop = policy(
        {"Effect": "Deny", "Principal": "*", "Action": ["s3:*", "sagemaker:*"], "Resource": "*"}, kind="rcp"
    )
    policies = Policies(identity=(policy(allow("*")),), rcp=((stop,),))
    answer = ask(Question(USER, match(action), policies))
    assert answer.status == ("proved" if action.startswith("s3") else "violated")


def test_an_unheard_of_service_joins_the_question():
    assert asked(allow("iot1click:*"), action="iot1click:*").witness.action == "iot1click:Any"


def test_some_dates_and_numbers():
    old = {"DateLessThan": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    new = {"DateGreaterThanEquals": {"aws:CurrentTime": "2020-01-01T00:00:00Z"}}
    assert asked(allow("s3:*", Condition=old), condition=new).status == "proved"
    late = {"DateGreaterThan": {"aws:CurrentTime": "2019-01-01T00:00:00Z"}}
    assert asked(allow("s3:*", Condition=old), condition=late).status == "violated"


def test_the_principal_of_a_question_keeps_its_account():
    who = Principal("role", OURS, SESSION.arn, SESSION.role)
    only = {"StringEquals": {"aws:PrincipalAccount": THEIRS}}
    assert asked(allow("s3:*", Condition=only), who=who).status == "proved"


def test_any_value_if_it_exists_is_read_both_ways_without_the_key():
    """AWS says that IfExists is true and that ForAnyValue is false without the key, and not which counts."""
    vague = {"ForAnyValue:StringEqualsIfExists": {"sagemaker:VpcSubnets": "subnet-1"}}
    none = {"Null": {"sagemaker:VpcSubnets": "true"}}
    answer = asked(
        allow("sagemaker:*"),
        deny("sagemaker:*", Condition=vague),
        action="sagemaker:CreateTrainingJob",
        condition=none,
    )
    assert answer.status == "unknown"
    assert "ForAnyValue with IfExists" in answer.reasons[0]
