"""What comes first in an account: its template, its order, and that it can be undone."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from ringwork.access import Policies, Principal, Request, evaluate, parse
from ringwork.architecture import compile_blueprint
from ringwork.blueprint import allocate, load
from ringwork.cloud.collect import actions as collected_actions
from ringwork.cloud.deploy import bootstrap, deploy, missing, undo_bootstrap
from ringwork.cloud.deploy.bootstrap_template import DEPLOYED_TYPES, bootstrap_template, deploy_actions
from ringwork.cloud.errors import OperationError
from ringwork.schemas import resource_schema, validate

EXAMPLES = Path(__file__).parents[3] / "examples"
HERE, THERE = "111122223333", "444455556666"
HOME, AWAY = "eu-west-1", "us-east-1"
ROOT = f"arn:aws:iam::{HERE}:root"
VPC = {"Type": "AWS::EC2::VPC", "Properties": {"CidrBlock": "10.0.0.0/16"}}


@pytest.fixture
def template():
    return bootstrap_template(HERE, HOME, trusted=[ROOT], home=True)


def policy(template, name):
    """The statements of a policy that is cut into parts, `name` and a number each."""
    parts = [
        resource["Properties"]["PolicyDocument"]["Statement"]
        for logical, resource in template["Resources"].items()
        if re.fullmatch(rf"{name}[0-9]+", logical)
    ]
    assert parts
    return {"Statement": [statement for part in parts for statement in part]}


def allowed(document):
    return {a for s in document["Statement"] if s["Effect"] == "Allow" for a in s["Action"]}


def test_every_property_is_one_that_cloudformation_accepts(template):
    for resource in template["Resources"].values():
        assert validate(resource["Type"], resource["Properties"]) == ()


def test_each_managed_policy_is_within_6144_characters(template):
    for resource in template["Resources"].values():
        if resource["Type"] == "AWS::IAM::ManagedPolicy":
            text = json.dumps(resource["Properties"]["PolicyDocument"], separators=(",", ":"))
            assert len(text.replace("${AWS::AccountId}", HERE).replace("${AWS::Partition}", "aws-cn")) <= 6144


def test_the_template_fits_in_a_request_because_there_is_no_bucket_yet(template):
    assert len(json.dumps(template, separators=(",", ":")).encode()) <= 51_200


def test_break_glass_needs_a_second_factor_and_the_others_do_not(template):
    def condition(role):
        document = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
        return document["Statement"][0].get("Condition")

    assert condition("BreakGlassRole") == {
        "Bool": {"aws:MultiFactorAuthPresent": "true"},
        "NumericLessThan": {"aws:MultiFactorAuthAge": "3600"},
    }
    assert condition("DeployRole") is None
    assert condition("AuditRole") is None


def test_only_the_trusted_may_take_the_roles(template):
    for role in ("DeployRole", "AuditRole", "BreakGlassRole"):
        document = template["Resources"][role]["Properties"]["AssumeRolePolicyDocument"]
        assert [s["Principal"] for s in document["Statement"]] == [{"AWS": [ROOT]}]


def test_the_auditor_reads_what_is_collected_and_no_data(template):
    reads = allowed(policy(template, "AuditPolicy"))
    assert set(collected_actions()) <= reads
    # API Gateway's actions are named after HTTP's methods
    verbs = {action.split(":")[1] for action in reads - {"apigateway:GET"}}
    assert all(
        verb.startswith(("Describe", "Get", "List", "Detect", "SearchTransitGatewayRoutes")) for verb in verbs
    )
    assert not reads & {"s3:GetObject", "logs:GetLogEvents", "kms:Decrypt", "s3:Get*"}


def test_the_auditor_reads_no_api_keys(template):
    # API Gateway API reference, GetApiKeys, includeValues: the same action reads APIs and keys
    (refused,) = [s for s in policy(template, "AuditPolicy")["Statement"] if s["Sid"] == "NoApiKeys"]
    assert refused["Effect"] == "Deny"
    assert refused["Action"] == ["apigateway:GET"]
    assert [arn["Fn::Sub"].rpartition("::/")[2] for arn in refused["Resource"]] == [
        "apikeys",
        "apikeys/*",
        "usageplans/*/keys*",
    ]


def test_the_auditor_reads_our_parameters_and_aws_s_alone(template):
    (refused,) = [s for s in policy(template, "AuditPolicy")["Statement"] if s["Sid"] == "OwnParameters"]
    assert refused["Effect"] == "Deny"
    assert refused["Action"] == ["ssm:GetParameter", "ssm:GetParameters"]
    kept = [arn["Fn::Sub"].rpartition(":")[2] for arn in refused["NotResource"]]
    assert kept == ["parameter/ringwork/*", "parameter/aws/service/*"]


def test_the_deployer_has_no_access_to_objects_keys_or_users():
    granted = set(deploy_actions())
    forbidden = {"s3:GetObject", "s3:PutObject", "s3:DeleteObject", "kms:Decrypt", "kms:GenerateDataKey"}
    assert not granted & forbidden
    identity = [action for action in granted if action.startswith("iam:")]
    assert not [action for action in identity if "User" in action or "Group" in action]


def test_the_deployer_may_do_what_each_creation_needs(template):
    granted = allowed(policy(template, "DeployPolicy"))
    for action in ("ec2:CreateVpc", "ec2:CreateFlowLogs", "logs:CreateLogGroup", "kms:CreateKey"):
        assert action in granted
    for action in ("s3:CreateBucket", "s3:PutBucketPolicy", "iam:CreateRole", "iam:PutRolePolicy"):
        assert action in granted
    assert set(resource_schema("AWS::EC2::VPC").permissions["create"]) - granted == set()


def test_the_deployer_may_make_every_type_that_the_examples_compile_to():
    emitted = set()
    for example in sorted(EXAMPLES.glob("*.yaml")):
        blueprint = load(example)
        for stack in compile_blueprint(blueprint, allocate(blueprint)).stacks:
            emitted |= {resource["Type"] for resource in stack.template["Resources"].values()}
    assert "AWS::EC2::VPC" in emitted
    assert emitted - set(DEPLOYED_TYPES) == set()


def test_a_role_has_at_most_ten_managed_policies(template):
    """IAM quotas, "Managed policies attached to an IAM role": 10 by default."""
    for role in ("DeployRole", "AuditRole"):
        attached = template["Resources"][role]["Properties"]["ManagedPolicyArns"]
        assert 0 < len(attached) <= 10


def test_the_deployer_cannot_change_its_own_power(template):
    denies = [s for s in policy(template, "DeployPolicy")["Statement"] if s["Effect"] == "Deny"]
    named = json.dumps(denies)
    for role in ("ringwork-deploy", "ringwork-audit", "ringwork-break-glass"):
        assert f':role/{role}"' in named
    assert "policy/ringwork-bootstrap-*" in named
    assert "stack/ringwork-bootstrap/*" in named


def test_the_deployer_may_upload_templates_and_make_the_roles_of_stacks(template):
    """Both begin with `ringwork-`, as what it may not change does: a pattern must not take in both."""
    text = json.dumps({"Version": "2012-10-17", "Statement": policy(template, "DeployPolicy")["Statement"]})
    text = re.sub(r'{"Fn::Sub": ("[^"]*")}', r"\1", text)
    for name, value in (("Partition", "aws"), ("AccountId", HERE), ("Region", "eu-west-1")):
        text = text.replace(f"${{AWS::{name}}}", value)
    deny = parse(text, kind="identity")
    arn = f"arn:aws:sts::{HERE}:assumed-role/ringwork-deploy/x"
    who = Principal("role", HERE, arn, f"arn:aws:iam::{HERE}:role/ringwork-deploy")

    def explicitly_denied(action, resource):
        context = {"iam:PermissionsBoundary": f"arn:aws:iam::{HERE}:policy/b"}
        return evaluate(Request(who, action, resource, None, context), Policies((deny,))).explicit

    bucket = f"arn:aws:s3:::ringwork-templates-{HERE}-eu-west-1"
    assert not explicitly_denied("s3:PutObject", f"{bucket}/templates/abc.json")
    assert not explicitly_denied(
        "iam:CreateRole", f"arn:aws:iam::{HERE}:role/ringwork-acme-network-FlowLogRole-1"
    )
    assert explicitly_denied("s3:PutBucketPolicy", bucket)
    assert explicitly_denied("iam:PutRolePolicy", f"arn:aws:iam::{HERE}:role/ringwork-deploy")


@pytest.fixture
def as_caller(cloud):
    """The fake cloud with what bootstrap asks of a cloud besides clients."""

    class Caller:
        account, arn, partition = HERE, f"arn:aws:iam::{HERE}:user/ada", "aws"

    cloud.caller = lambda: Caller
    cloud.as_first = lambda role=None: cloud
    cloud.renew = lambda: None
    return cloud


def test_the_home_region_comes_first_and_alone_has_the_roles(as_caller, patience):
    done = bootstrap(as_caller, accounts=[HERE, THERE], regions=[HOME, AWAY], patience=patience)
    assert done.ok
    assert [r.stack for r in done.results] == [
        f"{account}/{region}/ringwork-bootstrap" for region in (HOME, AWAY) for account in (HERE, THERE)
    ]
    home = as_caller.formation(THERE, HOME).stack("ringwork-bootstrap")
    away = as_caller.formation(THERE, AWAY).stack("ringwork-bootstrap")
    assert "DeployRole" in home.resources
    assert set(away.resources) == {"TemplateBucket", "TemplateBucketPolicy"}
    assert missing(as_caller, accounts=[HERE, THERE], regions=[HOME, AWAY]) == ()


def test_a_second_run_changes_nothing(as_caller, patience):
    bootstrap(as_caller, accounts=[HERE], regions=[HOME], patience=patience)
    again = bootstrap(as_caller, accounts=[HERE], regions=[HOME], patience=patience)
    assert [r.outcome.value for r in again.results] == ["unchanged"]


def test_what_is_missing_is_named(as_caller, patience):
    bootstrap(as_caller, accounts=[HERE], regions=[HOME], patience=patience)
    assert missing(as_caller, accounts=[HERE, THERE], regions=[HOME, AWAY]) == (
        (HERE, AWAY),
        (THERE, HOME),
        (THERE, AWAY),
    )


def test_undoing_needs_consent_and_is_refused_while_stacks_of_ours_exist(as_caller, stack, patience):
    bootstrap(as_caller, accounts=[HERE], regions=[HOME], patience=patience)
    with pytest.raises(OperationError, match="confirmation"):
        undo_bootstrap(as_caller, accounts=[HERE], regions=[HOME], patience=patience)
    deploy(as_caller, [stack("ringwork-acme-ml-network", {"Vpc": VPC})], patience=patience)
    with pytest.raises(OperationError, match="still has stack `ringwork-acme-ml-network`"):
        undo_bootstrap(as_caller, accounts=[HERE], regions=[HOME], confirm=True, patience=patience)
    assert as_caller.formation(HERE, HOME).stack("ringwork-bootstrap").status == "CREATE_COMPLETE"


def test_undoing_empties_the_bucket_and_removes_the_stack(as_caller, patience):
    bootstrap(as_caller, accounts=[HERE], regions=[HOME, AWAY], patience=patience)
    bucket = f"ringwork-templates-{HERE}-{HOME}"
    as_caller.versions = {bucket: [("templates/a.json", "v1"), ("templates/a.json", "v2")]}
    gone = undo_bootstrap(as_caller, accounts=[HERE], regions=[HOME, AWAY], confirm=True, patience=patience)
    assert gone.ok
    assert as_caller.versions == {bucket: []}
    assert missing(as_caller, accounts=[HERE], regions=[HOME]) == ((HERE, HOME),)
