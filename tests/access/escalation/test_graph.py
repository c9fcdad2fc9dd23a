"""Edges: open only if all that a way needs is possible, and unknown where something is not known.

Sources: IAM user guide, "Grant a user permissions to pass a role to an AWS service", "Permissions boundaries
for IAM entities", "IAM roles: role trust policies"; Service Authorization Reference, "Actions table".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from ringwork.access.authority import Account, Authority, Document
from ringwork.access.escalation.graph import ADMINISTRATOR, Edge, Graph
from ringwork.access.escalation.powers import Load, Sight
from ringwork.access.escalation.reach import reach
from ringwork.access.policy import parse
from ringwork.access.reading import from_authorization_details, read
from ringwork.estate import Resource, resource_key
from ringwork.estate.live import link
from ringwork.findings import Origin

ACCOUNT, OTHER, REGION = "111122223333", "444455556666", "eu-central-1"
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
Statement = Mapping[str, Any]


def document(*statements: Statement) -> dict[str, Any]:
    return {"Version": "2012-10-17", "Statement": list(statements)}


def allow(*actions: str, on: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": list(actions), "Resource": on, **more}


def deny(*actions: str, on: str | list[str] = "*", **more: Any) -> dict[str, Any]:
    return {**allow(*actions, on=on, **more), "Effect": "Deny"}


def trusting(**principal: Any) -> dict[str, Any]:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"})


def served(name: str) -> dict[str, Any]:
    return trusting(Service=f"{name}.amazonaws.com")


def arn(kind: str, name: str, account: str = ACCOUNT) -> str:
    return f"arn:aws:iam::{account}:{kind}/{name}"


def key(kind: str, name: str, account: str = ACCOUNT) -> str:
    return resource_key(account, None, f"AWS::IAM::{kind}", name)


def live(type: str, name: str, properties: Mapping[str, Any], at: str, account: str = ACCOUNT) -> Resource:
    region = None if ":iam:" in at else REGION
    return Resource(
        resource_key(account, region, f"AWS::{type}", name),
        f"AWS::{type}",
        properties,
        account,
        region,
        physical=at if type == "IAM::ManagedPolicy" else name,
        arn=at,
        origins=(Origin(operation="Get"),),
    )


def inline(statements: Iterable[Statement]) -> list[dict[str, Any]]:
    given = list(statements)
    return [{"PolicyName": "own", "PolicyDocument": document(*given)}] if given else []


def role(
    name: str, trust: Mapping[str, Any], *statements: Statement, account: str = ACCOUNT, **more: Any
) -> Resource:
    properties = {"RoleName": name, "AssumeRolePolicyDocument": trust, "Policies": inline(statements), **more}
    return live("IAM::Role", name, properties, arn("role", name, account), account)


def user(name: str, *statements: Statement, account: str = ACCOUNT, **more: Any) -> Resource:
    properties = {"UserName": name, "Policies": inline(statements), **more}
    return live("IAM::User", name, properties, arn("user", name, account), account)


def managed(name: str, *statements: Statement) -> Resource:
    properties = {"ManagedPolicyName": name, "PolicyDocument": document(*statements)}
    return live("IAM::ManagedPolicy", name, properties, arn("policy", name))


def function(name: str, of: str) -> Resource:
    properties = {"FunctionName": name, "Role": arn("role", of)}
    return live("Lambda::Function", name, properties, f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}")


def graph(*resources: Resource, sight: Sight | None = None) -> Graph:
    found = read(link(resources))
    assert found.problems == ()
    return Graph(found, sight or Sight(loads={}))


def edges(found: Graph, source: str, path: str) -> list[Edge]:
    listed = [edge for edge in found.out(source) if edge.path == path]
    for edge in listed:
        if edge.status == "proved":
            assert edge.steps
            assert all(step.allowed for step in edge.steps)
        else:
            assert edge.reasons
    return listed


def proved(found: Graph, source: str, path: str) -> list[str]:
    return [edge.target for edge in edges(found, source, path) if edge.status == "proved"]


ME = key("User", "me")
TARGET = role("target", served("sagemaker"))
TRAIN = "sagemaker:CreateTrainingJob"


# --- handing over a role


def test_a_role_is_handed_over_with_what_starts_the_job() -> None:
    found = graph(user("me", allow("iam:PassRole", TRAIN)), TARGET)
    (edge,) = edges(found, ME, "sm-training-new")
    assert (edge.target, edge.status) == (key("Role", "target"), "proved")
    asked = {(step.request.action, step.request.context.get("iam:passedtoservice")) for step in edge.steps}
    assert asked == {
        ("iam:PassRole", "sagemaker.amazonaws.com"),
        ("sts:AssumeRole", None),
        (TRAIN, None),
    }


def test_half_of_what_it_needs_is_no_way() -> None:
    for action in ("iam:PassRole", TRAIN):
        assert graph(user("me", allow(action)), TARGET).out(ME) == ()


def test_the_role_must_trust_the_service() -> None:
    found = graph(user("me", allow("iam:PassRole", TRAIN)), role("target", served("glue")))
    assert edges(found, ME, "sm-training-new") == []


def test_the_role_is_handed_only_to_the_service_that_the_policy_names() -> None:
    def passing(service: str) -> Graph:
        guarded = {"Condition": {"StringEquals": {"iam:PassedToService": f"{service}.amazonaws.com"}}}
        return graph(user("me", allow("iam:PassRole", **guarded), allow(TRAIN)), TARGET)

    assert proved(passing("sagemaker"), ME, "sm-training-new") == [key("Role", "target")]
    assert edges(passing("lambda"), ME, "sm-training-new") == []


def test_only_the_roles_that_the_policy_names_are_handed_over() -> None:
    other = role("other", served("sagemaker"))
    found = graph(user("me", allow("iam:PassRole", on=arn("role", "other")), allow(TRAIN)), TARGET, other)
    assert proved(found, ME, "sm-training-new") == [key("Role", "other")]


def test_a_tag_that_the_role_does_not_have_hands_nothing_over() -> None:
    tagged = {"Condition": {"StringEquals": {"aws:ResourceTag/team": "mine"}}}
    mine = role("mine", served("sagemaker"), Tags=[{"Key": "team", "Value": "mine"}])
    yours = role("yours", served("sagemaker"), Tags=[{"Key": "team", "Value": "yours"}])
    found = graph(user("me", allow("iam:PassRole", **tagged), allow(TRAIN)), TARGET, mine, yours)
    assert proved(found, ME, "sm-training-new") == [key("Role", "mine")]


def test_a_service_control_policy_closes_the_way() -> None:
    def under(*statements: Statement) -> Graph:
        whole = read(link([user("me", allow("iam:PassRole", TRAIN)), TARGET]))
        policy = parse(document(*statements), kind="scp", name="scp")
        level = (Document("scp", "scp", (), policy, policy),)
        account = Account(ACCOUNT, scp=(level,), member=True)
        return Graph(replace(whole, accounts={ACCOUNT: account}), Sight(loads={}))

    assert proved(under(ALL), ME, "sm-training-new") == [key("Role", "target")]
    assert edges(under(ALL, deny(TRAIN)), ME, "sm-training-new") == []


def test_what_is_made_and_what_is_invoked_must_be_one_function() -> None:
    def on(made: str, invoked: str) -> Graph:
        stem = f"arn:aws:lambda:*:{ACCOUNT}:function:"
        statements = (
            allow("iam:PassRole"),
            allow("lambda:CreateFunction", on=stem + made),
            allow("lambda:InvokeFunction", on=stem + invoked),
        )
        return graph(user("me", *statements), role("target", served("lambda")))

    assert edges(on("a-*", "b-*"), ME, "lambda-new-invoke") == []
    (edge,) = edges(on("a-*", "*-b"), ME, "lambda-new-invoke")
    assert edge.status == "proved"
    (named,) = {step.request.resource for step in edge.steps if "lambda:" in step.request.action}
    name = named.rpartition(":")[2]
    assert name.startswith("a-")
    assert name.endswith("-b")


def test_each_resource_that_an_action_requires_must_be_allowed() -> None:
    """RunInstances: an image, an instance, a network interface, a security group, a subnet and a volume."""
    target = role("target", served("ec2"))
    stem = f"arn:aws:ec2:*:{ACCOUNT}:"
    image = "arn:aws:ec2:*::image/*"
    some = [image, f"{stem}instance/*", f"{stem}subnet/*"]
    rest = [f"{stem}network-interface/*", f"{stem}security-group/*", f"{stem}volume/*"]
    less = graph(user("me", allow("iam:PassRole"), allow("ec2:RunInstances", on=some)), target)
    assert edges(less, ME, "ec2-new") == []
    more = graph(user("me", allow("iam:PassRole"), allow("ec2:RunInstances", on=some + rest)), target)
    assert proved(more, ME, "ec2-new") == [key("Role", "target")]


def test_a_way_to_data_alone_goes_no_further() -> None:
    target = role("target", served("bedrock"), ALL)
    found = graph(user("me", allow("iam:PassRole", "bedrock:CreateModelInvocationJob")), target)
    got = reach(found, ME)
    assert set(got.chains) == {key("Role", "target")}
    assert got.administrates == ()


def test_a_way_to_all_counts_before_one_to_data_alone() -> None:
    pipeline = ("sagemaker:CreatePipeline", "sagemaker:StartPipelineExecution")
    me = user("me", allow("iam:PassRole", "sagemaker:CreateAutoMLJob", *pipeline))
    got = reach(graph(me, role("target", served("sagemaker"), ALL)), ME)
    assert got.administrates == (ACCOUNT,)
    assert [edge.path for edge in got.chains[key("Role", "target")]] == ["sm-pipeline-new"]


def test_an_undecided_way_to_all_is_kept_beside_one_to_data_alone() -> None:
    """A labeling job reads and writes as the role; what a notebook's start-up script is, is not in sight."""
    actions = ("sagemaker:CreateLabelingJob", "sagemaker:UpdateNotebookInstanceLifecycleConfig")
    notebook = live(
        "SageMaker::NotebookInstance",
        "notebook",
        {"NotebookInstanceName": "notebook", "RoleArn": arn("role", "target")},
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:notebook-instance/notebook",
    )
    found = graph(user("me", allow("iam:PassRole", *actions)), role("target", served("sagemaker")), notebook)
    got = reach(found, ME)
    assert not got.chains[key("Role", "target")][-1].whole
    assert [edge.path for edge in got.unknown] == ["sm-notebook-lifecycle-edit"]


# --- what runs as a role


def test_the_code_of_a_function_is_a_way_to_its_role_if_it_is_that_function() -> None:
    def on(name: str) -> Graph:
        at = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{name}"
        may = user("me", allow("lambda:UpdateFunctionCode", on=at))
        return graph(may, role("target", served("lambda")), function("job", "target"))

    (edge,) = edges(on("job"), ME, "lambda-code")
    assert (edge.target, edge.status) == (key("Role", "target"), "proved")
    assert edge.through is not None
    assert edge.through.endswith("/job")
    assert edges(on("another"), ME, "lambda-code") == []


def test_where_nothing_that_runs_is_in_sight_the_way_is_unknown_and_not_closed() -> None:
    may = user("me", allow("lambda:UpdateFunctionCode"))
    target = role("target", served("lambda"))
    assert graph(may, target).out(ME) == ()
    (edge,) = edges(graph(may, target, sight=Sight(workloads=False)), ME, "lambda-code")
    assert edge.status == "unknown"
    assert edge.reasons == ("whether there is one: AWS::Lambda::Function",)


def test_whether_a_session_is_open_is_never_known() -> None:
    found = graph(user("me", allow("glue:RunStatement")), role("target", served("glue")))
    (edge,) = edges(found, ME, "glue-session-existing")
    assert edge.status == "unknown"


def test_who_replaces_a_model_that_an_endpoint_loads_runs_code_as_its_role() -> None:
    model = live(
        "SageMaker::Model",
        "model",
        {"ModelName": "model", "ExecutionRoleArn": arn("role", "target")},
        f"arn:aws:sagemaker:{REGION}:{ACCOUNT}:model/model",
    )
    loaded = {model.key: (Load("s3", "arn:aws:s3:::models/one.tar.gz"),)}

    def on(path: str, **of: Any) -> Graph:
        may = user("me", allow("s3:PutObject", on=f"arn:aws:s3:::{path}"))
        return graph(may, TARGET, model, sight=Sight(**{"loads": loaded, **of}))

    assert proved(on("models/*"), ME, "sm-model-artifact-write") == [key("Role", "target")]
    assert edges(on("data/*"), ME, "sm-model-artifact-write") == []
    (edge,) = edges(on("models/*", loads=None), ME, "sm-model-artifact-write")
    assert edge.status == "unknown"


# --- identities


def test_who_writes_its_own_policy_gets_everything() -> None:
    found = graph(role("me", served("lambda"), allow("iam:PutRolePolicy", on=arn("role", "me"))))
    got = reach(found, key("Role", "me"))
    assert got.administrates == (ACCOUNT,)
    assert [edge.path for edge in got.chains[f"{ADMINISTRATOR}{ACCOUNT}"]] == ["iam-putrole", "iam-role-new"]


def test_a_boundary_still_holds_for_who_writes_its_own_policy() -> None:
    def bounded(*more: str) -> Graph:
        boundary = managed("limit", allow("s3:*", "iam:PutRolePolicy", *more))
        me = role(
            "me",
            served("lambda"),
            allow("iam:PutRolePolicy", "iam:DeleteRolePermissionsBoundary", on=arn("role", "me")),
            PermissionsBoundary=arn("policy", "limit"),
        )
        return graph(me, boundary)

    me = key("Role", "me")
    assert proved(bounded(), me, "iam-putrole") == [f"{me}#any policy"]
    assert reach(bounded(), me).administrates == ()
    freed = reach(bounded("iam:DeleteRolePermissionsBoundary"), me)
    assert freed.administrates == (ACCOUNT,)
    paths = [edge.path for edge in freed.chains[f"{ADMINISTRATOR}{ACCOUNT}"]]
    assert set(paths) == {"iam-putrole", "iam-boundary-role", "iam-role-new"}


def test_who_makes_bounded_roles_alone_is_no_administrator() -> None:
    bounded = {"Condition": {"StringEquals": {"iam:PermissionsBoundary": arn("policy", "limit")}}}
    making = ("iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy")
    free = graph(role("me", served("lambda"), allow(*making)))
    assert reach(free, key("Role", "me")).administrates == (ACCOUNT,)
    found = graph(role("me", served("lambda"), allow(*making, **bounded)))
    assert found.out(key("Role", "me")) == ()


def test_who_may_attach_some_policies_alone_gets_an_unknown_amount() -> None:
    only = {"Condition": {"ArnEquals": {"iam:PolicyARN": "arn:aws:iam::aws:policy/job-function/Billing"}}}
    found = graph(user("me", allow("iam:AttachUserPolicy", **only)))
    (edge,) = edges(found, ME, "iam-attachuser")
    assert edge.status == "unknown"
    assert edge.reasons == ("what the policies allow that it may attach",)


def test_a_policy_is_rewritten_by_whom_it_is_attached_to_and_no_other() -> None:
    mine = managed("mine", allow("iam:CreatePolicyVersion", on=arn("policy", "mine")))
    found = graph(user("me", ManagedPolicyArns=[arn("policy", "mine")]), mine)
    assert reach(found, ME).administrates == (ACCOUNT,)
    unattached = graph(user("me", allow("iam:CreatePolicyVersion", on=arn("policy", "mine"))), mine)
    assert unattached.out(ME) == ()


def test_joining_a_group_gives_what_the_group_may() -> None:
    def with_group(*statements: Statement) -> Graph:
        properties = {"GroupName": "team", "Policies": inline(statements)}
        group = live("IAM::Group", "team", properties, arn("group", "team"))
        return graph(user("me", allow("iam:AddUserToGroup")), group)

    assert reach(with_group(ALL), ME).administrates == (ACCOUNT,)
    weak = reach(with_group(allow("s3:GetObject")), ME)
    assert set(weak.chains) == {f"{ME}#in the group team"}


def test_a_key_of_another_user_is_that_user() -> None:
    found = graph(user("me", allow("iam:CreateAccessKey", on=arn("user", "boss"))), user("boss", ALL))
    assert proved(found, ME, "iam-accesskey") == [key("User", "boss")]
    own = graph(
        user("me", allow("iam:CreateAccessKey", on="arn:aws:iam::*:user/${aws:username}")), user("boss")
    )
    assert edges(own, ME, "iam-accesskey") == []


def test_a_trust_policy_that_names_one_by_arn_needs_no_other_allow() -> None:
    may = allow("iam:UpdateAssumeRolePolicy", on=arn("role", "target"))
    found = graph(user("me", may), TARGET)
    assert proved(found, ME, "iam-trust") == [key("Role", "target")]
    denied = graph(user("me", may, deny("sts:AssumeRole")), TARGET)
    assert edges(denied, ME, "iam-trust") == []


def test_a_role_that_trusts_the_account_is_assumed_by_whom_a_policy_lets() -> None:
    target = role("target", trusting(AWS=arn("root", "")[:-1].replace(":root", ":root")))
    found = graph(user("me", allow("sts:AssumeRole")), user("none"), target)
    assert proved(found, ME, "sts-assume") == [key("Role", "target")]
    assert edges(found, key("User", "none"), "sts-assume") == []


def test_a_role_that_trusts_another_account_is_reached_from_it() -> None:
    target = role("target", trusting(AWS=f"arn:aws:iam::{ACCOUNT}:root"), account=OTHER)
    found = graph(user("me", ALL), target)
    got = reach(found, ME)
    assert set(got.chains) == {f"{ADMINISTRATOR}{ACCOUNT}", key("Role", "target", OTHER)}


def test_what_one_has_become_one_may_change() -> None:
    """It may write the policy of a role that it may assume: neither alone gives anything."""
    may = (allow("iam:PutRolePolicy", on=arn("role", "target")), allow("sts:AssumeRole"))
    target = role("target", trusting(AWS=arn("user", "me")))
    both = reach(graph(user("me", *may), target), ME)
    assert both.administrates == (ACCOUNT,)
    (given,) = {edge.given for edge in both.chains[f"{ADMINISTRATOR}{ACCOUNT}"] if edge.given}
    assert given == key("Role", "target")
    alone = reach(graph(user("me", may[0]), role("target", served("ec2"))), ME)
    assert dict(alone.chains) == {}


def test_a_chain_is_followed_to_its_end() -> None:
    first = role("first", trusting(AWS=arn("user", "me")))
    second = role("second", trusting(AWS=arn("role", "first")))
    last = role("last", trusting(AWS=arn("role", "second")), ALL)
    got = reach(graph(user("me"), first, second, last), ME)
    assert [edge.target for edge in got.chains[f"{ADMINISTRATOR}{ACCOUNT}"]] == [
        key("Role", "first"),
        key("Role", "second"),
        key("Role", "last"),
        f"{ADMINISTRATOR}{ACCOUNT}",
    ]


def test_nobody_but_its_service_gets_to_a_service_linked_role() -> None:
    name = "AWSServiceRoleForX"
    properties = {
        "RoleName": name,
        "Path": "/aws-service-role/sagemaker.amazonaws.com/",
        "AssumeRolePolicyDocument": served("sagemaker"),
    }
    at = f"arn:aws:iam::{ACCOUNT}:role/aws-service-role/sagemaker.amazonaws.com/{name}"
    linked = live("IAM::Role", name, properties, at)
    found = graph(user("me", allow("iam:PassRole", TRAIN, "iam:UpdateAssumeRolePolicy")), linked)
    assert found.out(ME) == ()
    assert [node.id for node in found.sources()] == [ME]


# --- what is not known


def test_who_has_a_policy_that_is_not_in_sight_may_do_everything_and_nothing_is_proved() -> None:
    me = user("me", ManagedPolicyArns=["arn:aws:iam::aws:policy/NotInSight"])
    found = Graph(read(link([me, TARGET])), Sight(loads={}))
    (edge,) = found.out(ME)
    assert (edge.target, edge.status) == (f"{ADMINISTRATOR}{ACCOUNT}", "unknown")
    assert any("NotInSight" in reason for reason in edge.reasons)


def test_a_boundary_limits_a_policy_that_is_not_in_sight() -> None:
    me = user(
        "me",
        ManagedPolicyArns=["arn:aws:iam::aws:policy/NotInSight"],
        PermissionsBoundary=arn("policy", "limit"),
    )

    def within(*actions: str) -> Graph:
        return Graph(read(link([me, TARGET, managed("limit", allow(*actions))])), Sight(loads={}))

    assert {edge.path for edge in within("s3:*").out(ME)} == set()
    (edge,) = within("iam:PassRole", TRAIN).out(ME)
    assert (edge.path, edge.target, edge.status) == ("sm-training-new", key("Role", "target"), "unknown")


def test_other_versions_of_a_policy_that_are_not_in_sight_make_switching_unknown() -> None:
    mine = managed("mine", allow("iam:SetDefaultPolicyVersion"))
    me = user("me", ManagedPolicyArns=[arn("policy", "mine")])
    (edge,) = edges(graph(me, mine), ME, "iam-setdefaultversion")
    assert edge.status == "unknown"
    policy_key = key("ManagedPolicy", "mine")
    wide = parse(document(ALL), kind="identity", name="v1")
    seen = Sight(loads={}, versions={policy_key: (wide,)})
    assert reach(graph(me, mine, sight=seen), ME).administrates == (ACCOUNT,)
    none = Sight(loads={}, versions={policy_key: ()})
    assert edges(graph(me, mine, sight=none), ME, "iam-setdefaultversion") == []


def test_what_has_expired_is_no_way() -> None:
    def until(year: int) -> Graph:
        time = {"Condition": {"DateLessThan": {"aws:CurrentTime": f"{year}-01-01T00:00:00Z"}}}
        me = user("me", allow("iam:PassRole"), allow(TRAIN, **time))
        return graph(me, TARGET, sight=Sight(loads={}, now=datetime(2026, 11, 1, tzinfo=UTC)))

    assert edges(until(2026), ME, "sm-training-new") == []
    assert proved(until(2028), ME, "sm-training-new") == [key("Role", "target")]


# --- from outside


def test_who_comes_in_from_outside_is_told() -> None:
    provider = f"arn:aws:iam::{ACCOUNT}:oidc-provider/idp.example.com"
    signed_in = document(
        {
            "Effect": "Allow",
            "Principal": {"Federated": provider},
            "Action": "sts:AssumeRoleWithWebIdentity",
        }
    )
    organization = {"Condition": {"StringEquals": {"aws:PrincipalOrgID": "o-ours0000000"}}}
    ours = document({**trusting(AWS="*")["Statement"][0], **organization})
    found = graph(
        role("vendor", trusting(AWS=f"arn:aws:iam::{OTHER}:root")),
        role("anybody", trusting(AWS="*")),
        role("ours", ours),
        role("person", signed_in),
        role("inside", trusting(AWS=f"arn:aws:iam::{ACCOUNT}:root")),
    )
    told = {(edge.source, found.nodes[edge.target].identity.name, edge.status) for edge in found.entries()}
    assert told == {
        (f"outside:{OTHER}", "vendor", "proved"),
        ("outside", "anybody", "proved"),
        (f"outside:{provider}", "person", "unknown"),
    }


def test_the_chain_goes_on_from_outside() -> None:
    found = graph(role("vendor", trusting(AWS=f"arn:aws:iam::{OTHER}:root"), ALL))
    got = reach(found, f"outside:{OTHER}", found.entries())
    assert got.administrates == (ACCOUNT,)


# --- what AWS prints


def test_authorization_details_are_asked_alike() -> None:
    details = {
        "UserDetailList": [
            {
                "UserName": "me",
                "Arn": arn("user", "me"),
                "UserPolicyList": [
                    {"PolicyName": "own", "PolicyDocument": document(allow("iam:PassRole", TRAIN))}
                ],
                "GroupList": [],
                "AttachedManagedPolicies": [],
            }
        ],
        "RoleDetailList": [
            {
                "RoleName": "target",
                "Arn": arn("role", "target"),
                "AssumeRolePolicyDocument": served("sagemaker"),
                "RolePolicyList": [],
                "AttachedManagedPolicies": [],
            }
        ],
    }
    authority: Authority = from_authorization_details(details)
    found = Graph(authority, Sight(workloads=False))
    assert proved(found, ME, "sm-training-new") == [key("Role", "target")]
