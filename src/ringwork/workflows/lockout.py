"""Whether the organization's guard rails would stop whoever has to deploy, audit or repair.

Service and resource control policies bind the deployer like anybody else, and a policy that refuses it can
no longer be taken back by it. So before anything changes, every action that our roles need is decided under
the policies as they would be attached, with the evaluator that everything else here is held to: from outside
any VPC, in each Region, directly and through CloudFormation. What SageMaker's creations say about themselves
(subnets, isolation, keys) is read from the templates.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from botocore.exceptions import ClientError

from ringwork.access import Levels, Policies, Policy, Principal, Request, evaluate, parse
from ringwork.cloud.collect import actions as collected_actions
from ringwork.cloud.deploy.bootstrap_template import deploy_actions
from ringwork.cloud.deploy.parameters import resolve
from ringwork.cloud.errors import OperationError, code, explained
from ringwork.cloud.session import AUDIT_ROLE, BREAK_GLASS_ROLE, DEPLOY_ROLE, Caller
from ringwork.estate import Resource
from ringwork.estate.organization import OrganizationFact
from ringwork.estate.sources import cloudformation
from ringwork.workflows.target import Workplace

POLICY = "AWS::Organizations::Policy"
KINDS = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
GLOBAL = "us-east-1"
ALWAYS = frozenset({"iam", "organizations", "sts", "route53", "cloudfront", "shield", "budgets", "sso"})
"""Services whose requests name us-east-1, wherever they come from (Organizations user guide, "Service control
policy examples", Regions)."""
NEEDED_BESIDE = (
    *("cloudformation:CreateChangeSet", "cloudformation:DeleteStack", "cloudformation:DescribeStacks"),
    *("cloudformation:ExecuteChangeSet", "iam:PassRole", "s3:GetObject", "s3:PutObject"),
)
REPAIRS = ("iam:PutRolePolicy", "iam:UpdateAssumeRolePolicy", "s3:PutBucketPolicy", "kms:PutKeyPolicy")
"""What break-glass must be able to do, of everything."""
BOOTSTRAPS = (
    *("cloudformation:CreateStack", "cloudformation:UpdateStack", "iam:AttachRolePolicy", "iam:CreatePolicy"),
    *("iam:CreatePolicyVersion", "iam:CreateRole", "iam:TagRole", "iam:UpdateAssumeRolePolicy"),
    *("s3:CreateBucket", "s3:PutBucketPolicy", "s3:PutEncryptionConfiguration"),
)
"""What making our roles, or new versions of them, needs."""
EVERYTHING = parse(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    kind="identity",
)
ADMITTED = parse(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*"}],
    },
    kind="trust",
)


@dataclass(frozen=True, slots=True)
class Refusal:
    """One action that one of our roles needs and that a policy would refuse."""

    account: str
    who: str
    """the role's name, or whoever takes it"""
    action: str
    by: str
    """the statement and its policy"""

    def __str__(self) -> str:
        return f"`{self.who}` could not `{self.action}` in account {self.account}: {self.by}"


@dataclass(frozen=True, slots=True)
class Hold:
    """The policies that would hold one account."""

    account: str
    scp: tuple[Policy, ...] = ()
    rcp: tuple[Policy, ...] = ()


def refuse_lockout(place: Workplace) -> None:
    """Raise `OperationError`, before anything is changed, where the designed guard rails would refuse what
    deploying, auditing or repairing needs."""
    policies = _policies(place)
    if not any(_targets(one) for one in policies):
        return
    organization = next(
        (
            value
            for stack in place.designed.stacks
            for name, value in _facts(place, stack.id).items()
            if name == "OrganizationId"
        ),
        "",
    )
    caller = place.cloud.caller()
    member = _is_member(place, caller)
    found = tuple(
        refusals(
            held(policies),
            organization=organization,
            regions=place.designed.regions,
            caller=caller,
            caller_is_member=member,
            entry=place.cloud.first_role,
            created=_created(place),
        )
    )
    if found:
        more = f", and {len(found) - 1} more of its kind" if len(found) > 1 else ""
        raise OperationError(
            f"the organization's guard rails would lock the deployer out: {found[0]}{more}; "
            "nothing was changed",
            help="name the principal under `perimeter: {exempt: [...]}`, or attach fewer policies with "
            "`perimeter: {attach: canary}` or `none`",
        )


def _targets(policy: Resource) -> tuple[Any, ...]:
    given = policy.properties.get("TargetIds")
    return tuple(given) if isinstance(given, list | tuple) else ()


def held(policies: Iterable[Resource]) -> tuple[Hold, ...]:
    """What would hold each account; of accounts with equal policies one alone, unless a policy names it."""
    attached: dict[str, list[Resource]] = {}
    for one in policies:
        for target in _targets(one):
            attached.setdefault(str(target), []).append(one)
    found: dict[tuple[str | None, ...], Hold] = {}
    for account, own in attached.items():
        texts = [json.dumps(one.properties["Content"], default=str) for one in own]
        named = any(account in text for text in texts)
        parsed: dict[str, list[Policy]] = {"scp": [], "rcp": []}
        for one, text in zip(own, texts, strict=True):
            kind = KINDS.get(str(one.properties["Type"]))
            if kind is not None:
                name = str(one.properties["Name"])
                parsed[kind].append(parse(text, kind=kind, name=name))  # type: ignore[arg-type]
        key = (account if named else None, *sorted(one.key for one in own))
        found.setdefault(key, Hold(account, tuple(parsed["scp"]), tuple(parsed["rcp"])))
    return tuple(found.values())


def refusals(
    holds: Sequence[Hold],
    *,
    organization: str,
    regions: Sequence[str],
    caller: Caller,
    caller_is_member: bool,
    entry: str,
    created: Sequence[tuple[str, Mapping[str, Any]]] = (),
) -> Iterator[Refusal]:
    """Each action that would be refused, once for each account.

    `entry`: the role that bootstraps. `created`: SageMaker's creations with the keys that their requests
    carry.
    """
    for hold in holds:
        base = {
            "aws:PrincipalOrgID": organization,
            "aws:ResourceOrgID": organization,
            "aws:ResourceAccount": hold.account,
            "aws:SecureTransport": "true",
            "aws:PrincipalIsAWSService": "false",
        }
        tagging = {
            "aws:TagKeys": ("ringwork:organization", "ringwork:team"),
            "aws:RequestTag/ringwork:team": "any",
        }
        direct = {**base, "aws:ViaAWSService": "false", "aws:SourceIp": "198.51.100.1"}
        through = {
            **base,
            **tagging,
            "aws:ViaAWSService": "true",
            "aws:CalledVia": ("cloudformation.amazonaws.com",),
            "aws:CalledViaFirst": "cloudformation.amazonaws.com",
            "aws:CalledViaLast": "cloudformation.amazonaws.com",
        }
        deploying = sorted({*deploy_actions(), *NEEDED_BESIDE})
        asked: list[tuple[str, str, Mapping[str, Any]]] = []
        for action in deploying:
            if not action.startswith("sagemaker:Create"):
                asked += [(DEPLOY_ROLE, action, {**direct, **tagging}), (DEPLOY_ROLE, action, through)]
        asked += [(DEPLOY_ROLE, action, {**through, **keys}) for action, keys in created]
        asked += [(AUDIT_ROLE, action, direct) for action in collected_actions()]
        asked += [(BREAK_GLASS_ROLE, action, direct) for action in REPAIRS]
        asked += [(entry, action, {**direct, **tagging}) for action in BOOTSTRAPS]
        seen: set[tuple[str, str]] = set()
        for role, action, keys in asked:
            for region in [GLOBAL] if action.partition(":")[0] in ALWAYS else regions:
                refusal = _refused(
                    hold, caller.partition, role, action, {**keys, "aws:RequestedRegion": region}
                )
                if refusal is not None and (role, action) not in seen:
                    seen.add((role, action))
                    yield refusal
        yield from _not_taken(hold, organization, caller, member=caller_is_member)


def _refused(hold: Hold, partition: str, role: str, action: str, keys: Mapping[str, Any]) -> Refusal | None:
    who = Principal(
        "role",
        hold.account,
        f"arn:{partition}:sts::{hold.account}:assumed-role/{role}/ringwork",
        f"arn:{partition}:iam::{hold.account}:role/{role}",
    )
    # bootstrap changes our roles, everybody else others
    target = "any" if role in (DEPLOY_ROLE, AUDIT_ROLE) else DEPLOY_ROLE
    resource = f"arn:{partition}:iam::{hold.account}:role/{target}" if action.startswith("iam:") else "*"
    request = Request(who, action, resource, hold.account, keys)
    decision = evaluate(
        request, Policies(identity=(EVERYTHING,), scp=_levels(hold.scp), rcp=_levels(hold.rcp))
    )
    return None if decision.allowed else Refusal(hold.account, role, action, decision.explain())


def _not_taken(hold: Hold, organization: str, caller: Caller, *, member: bool) -> Iterator[Refusal]:
    """The roles must be taken: by a caller who may be outside the organization."""
    who = Principal("role" if ":assumed-role/" in caller.arn else "user", caller.account, caller.arn)
    keys = {"aws:SecureTransport": "true", "aws:PrincipalIsAWSService": "false", "aws:ViaAWSService": "false"}
    if member:
        keys["aws:PrincipalOrgID"] = organization
    for role in (DEPLOY_ROLE, AUDIT_ROLE):
        arn = f"arn:{caller.partition}:iam::{hold.account}:role/{role}"
        decision = evaluate(
            Request(who, "sts:AssumeRole", arn, hold.account, keys),
            Policies(identity=(EVERYTHING,), rcp=_levels(hold.rcp), resource=ADMITTED, resource_kind="trust"),
        )
        if not decision.allowed:
            yield Refusal(hold.account, caller.arn, f"sts:AssumeRole` on `{role}", decision.explain())


FULL = parse(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, kind="scp"
)


def _levels(own: tuple[Policy, ...]) -> Levels:
    """FullAWSAccess stays attached beside ours (Organizations user guide, "SCP evaluation")."""
    return ((FULL, *own),) if own and own[0].kind == "scp" else (own,) if own else ((FULL,),)


def _policies(place: Workplace) -> tuple[Resource, ...]:
    """The designed policies, with what the organization's facts are filled in."""
    stacks = [
        replace(stack, parameters={**stack.parameters, **_facts(place, stack.id)})
        for stack in place.designed.stacks
        if any(resource["Type"] == POLICY for resource in stack.template["Resources"].values())
    ]
    if not stacks:
        return ()
    (estate,) = cloudformation.read_stacks(stacks)
    return tuple(resource for resource in estate.resources if resource.type == POLICY)


def _facts(place: Workplace, stack_id: str) -> dict[str, str]:
    stack = next(stack for stack in place.designed.stacks if stack.id == stack_id)
    given = {name: value for name, value in stack.parameters.items() if isinstance(value, OrganizationFact)}
    if not given:
        return {}
    found = resolve(place.cloud, replace(stack, parameters=given), {})
    return {name: value for name, value in found.items() if value is not None}


def _is_member(place: Workplace, caller: Caller) -> bool:
    """Whether the account that the command comes from is in the organization."""
    management = next(
        stack.account
        for stack in place.designed.stacks
        if any(isinstance(value, OrganizationFact) for value in stack.parameters.values())
    )
    organizations = place.cloud.client("organizations", account=management)
    with explained(f"find account {caller.account} in the organization"):
        try:
            organizations.describe_account(AccountId=caller.account)
        except ClientError as error:
            if code(error) == "AccountNotFoundException":
                return False
            raise
    return True


def _created(place: Workplace) -> tuple[tuple[str, Mapping[str, Any]], ...]:
    """`sagemaker:Create...` for each resource of the design, with the condition keys that its properties
    give."""
    from ringwork.cloud.emulator.authorization.sagemaker import KEYS  # noqa: PLC0415 (seldom needed)

    found = []
    for stack in place.designed.stacks:
        for resource in stack.template["Resources"].values():
            if not resource["Type"].startswith("AWS::SageMaker::"):
                continue
            properties = _plain(resource.get("Properties", {}))
            keys: dict[str, Any] = {}
            for name, read in KEYS.items():
                value = read(properties)
                if value is not None:
                    keys[f"sagemaker:{name}"] = value
            found.append((f"sagemaker:Create{resource['Type'].rpartition('::')[2]}", keys))
    unique = {json.dumps([action, keys], sort_keys=True): (action, keys) for action, keys in found}
    return tuple(unique.values())


def _plain(value: Any) -> Any:
    """Properties with a text for each intrinsic function: that something is there is what counts."""
    if isinstance(value, Mapping):
        if len(value) == 1 and next(iter(value)).startswith(("Fn::", "Ref")):
            return json.dumps(value, sort_keys=True)
        return {name: _plain(item) for name, item in value.items()}
    return [_plain(item) for item in value] if isinstance(value, list | tuple) else value
