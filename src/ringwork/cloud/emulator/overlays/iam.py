"""IAM: policies are checked when they are written, AWS's managed policies exist, users keep their boundary,
what is in use stays, and the policy simulator answers with Ringwork's own evaluator."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.access import (
    Decision,
    Layer,
    Levels,
    Policies,
    Policy,
    PolicyError,
    PolicyKind,
    Principal,
    Request,
    evaluate,
    parse,
)
from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.authorization import sources
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_BOUNDARY = "permissions_boundary_arn"
"""On moto's users, as moto names it on roles."""


def _checked(parameter: str, kind: PolicyKind) -> Overlay:
    """Refuse a document that IAM does not accept. IAM API reference, MalformedPolicyDocument (400)."""

    def check(call: Call, proceed: Proceed) -> dict[str, Any]:
        document = call.parameters.get(parameter)
        if document:
            _parse(str(document), kind)
        _provide(call)
        return proceed()

    return check


def _parse(document: str, kind: PolicyKind) -> Policy:
    try:
        return parse(document, kind=kind)
    except PolicyError as error:
        raise AwsError("MalformedPolicyDocument", str(error)) from None


def _provide(call: Call) -> None:
    """Give moto the AWS managed policy that a call names: moto knows none unless it loads all of them."""
    for parameter in ("PolicyArn", "PermissionsBoundary"):
        arn = call.parameters.get(parameter)
        if isinstance(arn, str):
            _provide_one(call.account, arn)


def _provide_one(account: str, arn: str) -> None:
    from moto.iam.models import AWSManagedPolicy  # noqa: PLC0415

    backend = services.iam(account)
    if arn in backend.managed_policies:
        return
    found = sources.aws_managed(arn)
    if found is not None:
        name, data = found
        policy = AWSManagedPolicy.from_data(name, account, backend.region_name, data)
        backend.managed_policies[arn] = policy


def _about_a_policy(call: Call, proceed: Proceed) -> dict[str, Any]:
    _provide(call)
    return proceed()


def _delete_policy(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto deletes attached policies. IAM API reference, DeletePolicy: detach it from everything first."""
    backend = services.iam(call.account)
    arn = call.parameters["PolicyArn"]
    policy = backend.managed_policies.get(arn)
    principals = [*backend.roles.values(), *backend.users.values()]
    bounded = any(getattr(principal, _BOUNDARY, None) == arn for principal in principals)
    if policy is not None and (policy.attachment_count or bounded):
        raise AwsError("DeleteConflict", "Cannot delete a policy attached to entities.", status=409)
    return proceed()


# the boundary of a user, which moto drops


def _user(call: Call) -> Any:
    name = call.parameters.get("UserName")
    return next((u for u in services.iam(call.account).users.values() if u.name == name), None)


def _create_user(call: Call, proceed: Proceed) -> dict[str, Any]:
    """IAM API reference, CreateUser: PermissionsBoundary."""
    arn = call.parameters.get("PermissionsBoundary")
    if arn is not None:
        _must_exist(call, arn)
    answer = proceed()
    if arn is not None:
        setattr(_user(call), _BOUNDARY, arn)
    return _with_boundary(call, answer)


def _must_exist(call: Call, arn: str) -> None:
    _provide_one(call.account, arn)
    if arn not in services.iam(call.account).managed_policies:
        raise AwsError("NoSuchEntity", f"Scope ARN: {arn} does not exist or is not attachable.", status=404)


def _with_boundary(call: Call, answer: dict[str, Any]) -> dict[str, Any]:
    arn = getattr(_user(call), _BOUNDARY, None)
    if arn and "User" in answer:
        answer["User"]["PermissionsBoundary"] = {
            "PermissionsBoundaryType": "Policy",
            "PermissionsBoundaryArn": arn,
        }
    return answer


def _get_user(call: Call, proceed: Proceed) -> dict[str, Any]:
    return _with_boundary(call, proceed())


def _put_user_boundary(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """IAM API reference, PutUserPermissionsBoundary."""
    user = _existing_user(call)
    _must_exist(call, str(call.parameters["PermissionsBoundary"]))
    setattr(user, _BOUNDARY, call.parameters["PermissionsBoundary"])
    return {}


def _delete_user_boundary(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """IAM API reference, DeleteUserPermissionsBoundary."""
    setattr(_existing_user(call), _BOUNDARY, None)
    return {}


def _existing_user(call: Call) -> Any:
    user = _user(call)
    if user is None:
        name = call.parameters.get("UserName")
        raise AwsError("NoSuchEntity", f"The user with name {name} cannot be found.", status=404)
    return user


def _create_role(call: Call, proceed: Proceed) -> dict[str, Any]:
    """IAM API reference, CreateRole: a malformed trust policy is refused, a boundary must exist."""
    _parse(str(call.parameters.get("AssumeRolePolicyDocument", "")), "trust")
    if call.parameters.get("PermissionsBoundary"):
        _must_exist(call, str(call.parameters["PermissionsBoundary"]))
    return proceed()


# the policy simulator


def _simulate(
    call: Call,
    identity: list[Policy],
    principal: Principal,
    boundary: Policy | None,
    scp: Levels | None = None,
) -> Any:
    """IAM API reference, SimulatePrincipalPolicy: identity policies, boundary, SCPs and the resource policy
    that is given decide; RCPs do not take part. What is not decided is no "denied"."""
    parameters = call.parameters
    if parameters.get("PolicyExclusionList"):
        raise NotEmulatedError(call.service, call.operation, "no policy is left out of a simulation here")
    owner = parameters.get("ResourceOwner")
    account = str(owner).rpartition(":")[0].rpartition(":")[2] if "arn:" in str(owner) else owner
    context = dict(_context_entries(parameters))
    given = parameters.get("ResourcePolicy")
    resource = _parse_input(str(given), "resource") if given else None
    results = []
    for action in parameters.get("ActionNames") or ():
        for arn in parameters.get("ResourceArns") or ["*"]:
            request = Request(principal, str(action), str(arn), account, context)
            policies = Policies(tuple(identity), boundary, scp=scp, resource=resource)
            decision = evaluate(request, policies)
            if decision.unknown:
                raise NotEmulatedError(call.service, call.operation, "; ".join(decision.unknown))
            results.append(_result(request, decision, policies))
    return {"EvaluationResults": results, "IsTruncated": False}


def _result(request: Request, decision: Decision, policies: Policies) -> dict[str, Any]:
    said = "allowed" if decision.allowed else "explicitDeny" if decision.explicit else "implicitDeny"
    keys = {
        condition.key
        for policy in policies.identity
        for statement in policy.about(request.action)
        for condition in statement.conditions
    }
    present = {name.lower() for name in request.context} | {"aws:principalarn", "aws:principalaccount"}
    result: dict[str, Any] = {
        "EvalActionName": request.action,
        "EvalResourceName": request.resource,
        "EvalDecision": said,
        # statements of SCPs are not among them
        "MatchedStatements": [
            {"SourcePolicyId": ref.policy, "SourcePolicyType": "IAM Policy"}
            for ref in decision.statements
            if ref.layer is not Layer.SCP
        ],
        "MissingContextValues": sorted(keys - present),
    }
    if policies.scp is not None:
        allowed = _alone(request, scp=policies.scp)
        result["OrganizationsDecisionDetail"] = {"AllowedByOrganizations": allowed}
    if policies.boundary is not None:
        allowed = _alone(request, boundary=policies.boundary)
        result["PermissionsBoundaryDecisionDetail"] = {"AllowedByPermissionsBoundary": allowed}
    return result


_EVERYTHING = parse(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    kind="identity",
)


def _alone(request: Request, **limit: Any) -> bool:
    """Whether one limit by itself lets a request through."""
    return evaluate(request, Policies((_EVERYTHING,), **limit)).allowed


def _context_entries(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str | tuple[str, ...]]]:
    for entry in parameters.get("ContextEntries") or ():
        values = tuple(str(value) for value in entry.get("ContextKeyValues") or ())
        several = str(entry.get("ContextKeyType", "string")).endswith("List")
        if values:
            yield str(entry["ContextKeyName"]), values if several else values[0]


def _parse_input(document: str, kind: PolicyKind, name: str = "") -> Policy:
    """IAM API reference, SimulateCustomPolicy: InvalidInput for a policy that cannot be read."""
    try:
        return parse(document, kind=kind, name=name)
    except PolicyError as error:
        raise AwsError("InvalidInput", str(error)) from None


def _simulate_custom(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """IAM API reference, SimulateCustomPolicy."""
    documents = call.parameters.get("PolicyInputList") or ()
    identity = [_parse_input(str(d), "identity", f"PolicyInputList.{n}") for n, d in enumerate(documents, 1)]
    limits = call.parameters.get("PermissionsBoundaryPolicyInputList") or ()
    boundary = _parse_input(str(limits[0]), "boundary") if limits else None
    arn = str(call.parameters.get("CallerArn") or f"arn:aws:iam::{call.account}:user/simulated")
    answer: dict[str, Any] = _simulate(call, identity, Principal("user", call.account, arn), boundary)
    return answer


def _simulate_principal(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """IAM API reference, SimulatePrincipalPolicy: a user's, group's or role's policies and more."""
    arn = str(call.parameters["PolicySourceArn"])
    backend = services.iam(call.account)
    owners = [*backend.users.values(), *backend.roles.values(), *backend.groups.values()]
    owner = next((one for one in owners if one.arn == arn), None)
    if owner is None:
        raise AwsError("NoSuchEntity", f"The source {arn} cannot be found.", status=404)
    identity = list(sources.policies_of(call.account, owner))
    for number, document in enumerate(call.parameters.get("PolicyInputList") or (), 1):
        identity.append(_parse_input(str(document), "identity", f"PolicyInputList.{number}"))
    limit = getattr(owner, _BOUNDARY, None)
    boundary = sources.managed(call.account, limit, "boundary") if limit else None
    given = call.parameters.get("PermissionsBoundaryPolicyInputList") or ()
    if given:  # takes the place of the entity's own
        boundary = _parse_input(str(given[0]), "boundary")
    member = sources.membership(call.account)
    principal = Principal("user", call.account, str(call.parameters.get("CallerArn") or arn))
    scp = member.scp if member is not None else None
    answer: dict[str, Any] = _simulate(call, identity, principal, boundary, scp)
    return answer


def _context_keys(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """IAM API reference, GetContextKeysForCustomPolicy: the keys that the policies read."""
    documents = call.parameters.get("PolicyInputList") or ()
    keys = {key for document in documents for key in _parse_input(str(document), "identity").keys}
    return {"ContextKeyNames": sorted(keys)}


def _service_linked_role(call: Call, proceed: Proceed) -> dict[str, Any]:
    """IAM API reference, CreateServiceLinkedRole: one for each service and suffix."""
    name = str(call.parameters["AWSServiceName"])
    taken = any(
        json.loads(role.assume_role_policy_document)["Statement"][0]["Principal"].get("Service") == [name]
        for role in services.iam(call.account).roles.values()
        if role.path == f"/aws-service-role/{name}/"
    )
    if taken and not call.parameters.get("CustomSuffix"):
        raise AwsError("InvalidInput", f"Service role name for {name} has been taken in this account.")
    return proceed()


def _delete_user(call: Call, proceed: Proceed) -> dict[str, Any]:
    """IAM API reference, DeleteUser: access keys and group memberships must go first."""
    user = _existing_user(call)
    if user.access_keys:
        raise AwsError("DeleteConflict", "Cannot delete entity, must delete access keys first.", 409)
    if any(user in group.users for group in services.iam(call.account).groups.values()):
        raise AwsError("DeleteConflict", "Cannot delete entity, must remove users from group first.", 409)
    return proceed()


OVERLAYS: dict[str, Overlay] = {
    "AttachGroupPolicy": _about_a_policy,
    "AttachRolePolicy": _about_a_policy,
    "AttachUserPolicy": _about_a_policy,
    "CreatePolicy": _checked("PolicyDocument", "identity"),
    "CreatePolicyVersion": _checked("PolicyDocument", "identity"),
    "CreateRole": _create_role,
    "CreateServiceLinkedRole": _service_linked_role,
    "CreateUser": _create_user,
    "DeletePolicy": _delete_policy,
    "DeleteUser": _delete_user,
    "DeleteUserPermissionsBoundary": _delete_user_boundary,
    "GetContextKeysForCustomPolicy": _context_keys,
    "GetPolicy": _about_a_policy,
    "GetPolicyVersion": _about_a_policy,
    "GetUser": _get_user,
    "ListEntitiesForPolicy": _about_a_policy,
    "ListPolicyVersions": _about_a_policy,
    "PutGroupPolicy": _checked("PolicyDocument", "identity"),
    "PutRolePermissionsBoundary": _about_a_policy,
    "PutRolePolicy": _checked("PolicyDocument", "identity"),
    "PutUserPermissionsBoundary": _put_user_boundary,
    "PutUserPolicy": _checked("PolicyDocument", "identity"),
    "SimulateCustomPolicy": _simulate_custom,
    "SimulatePrincipalPolicy": _simulate_principal,
    "UpdateAssumeRolePolicy": _checked("PolicyDocument", "trust"),
}
