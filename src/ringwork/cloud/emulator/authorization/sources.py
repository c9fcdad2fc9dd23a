"""The policies that the local cloud holds, found for a request and compiled once."""

from __future__ import annotations

import functools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from ringwork.access import Grant, Levels, Policy, PolicyError, PolicyKind, Principal, parse
from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.accounts import Caller
from ringwork.cloud.emulator.errors import AwsError

AWS_MANAGED = "arn:aws:iam::aws:policy/"
_SERVICE_LINKED = ":role/aws-service-role/"


@functools.lru_cache(maxsize=8192)
def compiled(document: str, kind: PolicyKind, name: str) -> Policy:
    """A policy's text, parsed once. Raises `PolicyError`."""
    return parse(document, kind=kind, name=name)


def _policy(document: Any, kind: PolicyKind, name: str) -> Policy:
    text = document.decode() if isinstance(document, bytes) else document
    text = text if isinstance(text, str) else json.dumps(text)
    try:
        return compiled(text, kind, name)
    except PolicyError as error:
        # a policy that cannot be read could hold a Deny: nothing is allowed past it
        message = f"the policy {name} cannot be evaluated: {error}"
        raise AwsError("AccessDenied", message, status=403) from None


@functools.cache
def _aws_managed() -> dict[str, dict[str, Any]]:
    from moto.iam.aws_managed_policies import aws_managed_policies_data  # noqa: PLC0415

    found: dict[str, dict[str, Any]] = json.loads(aws_managed_policies_data)
    return found


def aws_managed(arn: str) -> tuple[str, dict[str, Any]] | None:
    """Name and data (`Path`, `Document`, `DefaultVersionId`, dates) of an AWS managed policy; None when AWS
    has none of that ARN in moto's copy."""
    if not arn.startswith(AWS_MANAGED):
        return None
    path, _, name = ("/" + arn.removeprefix(AWS_MANAGED)).rpartition("/")
    data = _aws_managed().get(name)
    return (name, data) if data is not None and data.get("Path", "/") == f"{path}/" else None


# principals


@dataclass(frozen=True, slots=True)
class Held:
    """What a principal has."""

    principal: Principal
    identity: tuple[Policy, ...] = ()
    boundary: Policy | None = None
    session: tuple[Policy, ...] | None = None
    tags: tuple[tuple[str, str], ...] = ()
    name: str | None = None
    """of a user, for `aws:username`"""


def held(caller: Caller) -> Held:
    """The principal behind a caller with its policies.

    A role or user that has gone meanwhile has none: its sessions are refused everything, as on AWS.
    """
    account = None if caller.kind in ("service", "anonymous") else caller.account
    principal = Principal(
        caller.kind,
        account,
        caller.arn,
        caller.role,
        service_linked=_SERVICE_LINKED in (caller.role or ""),
    )
    if account is None or caller.kind == "root":
        return Held(principal)
    session = _session(caller)
    backend = services.iam(account)
    if caller.kind == "role":
        role = services.role_of(caller.role or "")
        if role is None:
            return Held(principal, session=session)
        tags = {**_tags(role.tags), **dict(caller.tags)}
        return Held(
            principal,
            tuple(_attached(role, "role")),
            _boundary(account, role.permissions_boundary_arn),
            session,
            tuple(tags.items()),
        )
    # a federated user of GetFederationToken has the policies of the user that asked for it
    arn = caller.role if caller.kind == "federated" else caller.arn
    user = next((u for u in backend.users.values() if u.arn == arn), None)
    if user is None:
        return Held(principal, session=session)
    identity = policies_of(account, user)
    boundary = _boundary(account, getattr(user, "permissions_boundary_arn", None))
    tags = {**backend.tagger.get_tag_dict_for_resource(user.arn), **dict(caller.tags)}
    # aws:username is absent for federated users ("Policy elements: variables and tags")
    name = user.name if caller.kind == "user" else None
    return Held(principal, tuple(identity), boundary, session, tuple(tags.items()), name)


def _tags(tags: Any) -> dict[str, str]:
    if isinstance(tags, dict):
        return {str(k): str(v["Value"] if isinstance(v, dict) else v) for k, v in tags.items()}
    return {str(tag["Key"]): str(tag["Value"]) for tag in tags or ()}


def policies_of(account: str, owner: Any) -> Iterator[Policy]:
    """The identity policies of moto's user (its groups' included), role or group."""
    yield from _attached(owner, type(owner).__name__.lower())
    for group in services.iam(account).groups.values():
        if any(member is owner for member in group.users):
            yield from _attached(group, "group")


def _attached(owner: Any, kind: str) -> Iterator[Policy]:
    name = owner.name
    for title, document in owner.policies.items():
        yield _policy(document, "identity", f"{kind}/{name}/{title}")
    for arn, policy in owner.managed_policies.items():
        yield _policy(document_of(policy), "identity", str(arn))


def document_of(policy: Any) -> str:
    """The text of the default version of moto's managed policy."""
    version = next(v for v in policy.versions if v.version_id == policy.default_version_id)
    return str(version.document)


def _boundary(account: str, arn: str | None) -> Policy | None:
    return None if not arn else managed(account, arn, "boundary")


def managed(account: str, arn: str, kind: PolicyKind) -> Policy:
    """A managed policy by ARN. One that does not exist allows nothing."""
    own = services.iam(account).managed_policies.get(arn)
    if own is not None:
        return _policy(document_of(own), kind, arn)
    found = aws_managed(arn)
    if found is not None:
        return _policy(found[1]["Document"], kind, arn)
    return Policy(kind, arn, (), {})


def _session(caller: Caller) -> tuple[Policy, ...] | None:
    if caller.session_policies is None:
        return None
    return tuple(
        # what STS refuses in the text of a session policy, a managed policy may hold
        managed(caller.account, text, "identity")
        if text.startswith("arn:")
        else _policy(text, "session", "session policy")
        for text in caller.session_policies
    )


# organizations


@dataclass(frozen=True, slots=True)
class Membership:
    """An account's place in its organization."""

    organization: str
    """`o-...`"""
    path: str
    """`aws:PrincipalOrgPaths`: `o-id/r-id/ou-id/`"""
    management: bool
    scp: Levels | None
    rcp: Levels | None


def membership(account: str) -> Membership | None:
    """The organization that an account is in, and the policies of every level down to it."""
    from moto.organizations.models import organizations_backends  # noqa: PLC0415

    for backends in list(organizations_backends.values()):
        for backend in list(backends.values()):
            if backend.org is None:
                continue
            member = next((a for a in backend.accounts if a.id == account), None)
            if member is not None:
                return _membership(backend, member)
    return None


def _membership(backend: Any, member: Any) -> Membership:
    units = {unit.id: unit for unit in backend.ou}
    chain = [member]
    while chain[-1].parent_id is not None and chain[-1].parent_id in units:
        chain.append(units[chain[-1].parent_id])
    chain.reverse()
    management = member.id == backend.org.master_account_id
    root = chain[0]
    enabled = {kind["Type"] for kind in getattr(root, "policy_types", ())}

    def levels(kind: str, policy_kind: PolicyKind) -> Levels | None:
        if management or kind not in enabled:
            return None
        return tuple(
            tuple(
                _policy(policy.content, policy_kind, f"{policy.name} ({policy.id})")
                for policy in level.attached_policies
                if policy.type == kind
            )
            for level in chain
        )

    path = "/".join([backend.org.id, *(level.id for level in chain[:-1])]) + "/"
    return Membership(
        backend.org.id,
        path,
        management,
        levels("SERVICE_CONTROL_POLICY", "scp"),
        levels("RESOURCE_CONTROL_POLICY", "rcp"),
    )


# resources


def bucket_of(name: str) -> Any:
    """moto's bucket of a name, in whichever account; None when there is none."""
    from moto.s3.models import s3_backends  # noqa: PLC0415

    known = s3_backends.bucket_accounts.get(name)
    return None if known is None else s3_backends[known[1]][known[0]].buckets.get(name)


def resource_policy(arn: str) -> Policy | None:
    """The policy of the resource itself; None when it has none, or is not there."""
    parts = arn.split(":", 5)
    if len(parts) != 6:
        return None
    finder = _FINDERS.get(parts[2])
    if finder is None:
        return None
    document = finder(parts[4], parts[3], parts[5])
    kind: PolicyKind = "key" if parts[2] == "kms" else "resource"
    return None if not document else _policy(document, kind, arn)


def existing(backends: Any, account: str, region: str) -> Any:
    """moto's backend of an account and Region if there is one: looking must not make one."""
    if account not in backends:
        return None
    regions = backends[account]
    return regions[region] if region in list(regions.keys()) else None


def _s3(_account: str, _region: str, resource: str) -> Any:
    bucket = bucket_of(resource.partition("/")[0])
    return None if bucket is None else bucket.policy


def _kms(account: str, region: str, resource: str) -> Any:
    key = kms_key(account, region, resource.removeprefix("key/"))
    return None if key is None else key.policy


def kms_key(account: str, region: str, identifier: str) -> Any:
    """moto's key; None when there is none."""
    from moto.kms.models import kms_backends  # noqa: PLC0415

    backend = existing(kms_backends, account, region)
    return None if backend is None else backend.keys.get(identifier)


def grants(arn: str) -> tuple[Grant, ...]:
    """The KMS grants on a key."""
    _, _, _, region, account, resource = arn.split(":", 5)
    key = kms_key(account, region, resource.removeprefix("key/"))
    if key is None:
        return ()
    found = []
    for grant in key.grants.values():
        constraints = grant.constraints or {}
        found.append(
            Grant(
                grant.grantee_principal,
                frozenset(grant.operations),
                constraints.get("EncryptionContextEquals"),
                constraints.get("EncryptionContextSubset"),
                grant.retiring_principal or None,
                grant.id,
            )
        )
    return tuple(found)


def _sqs(account: str, region: str, resource: str) -> Any:
    from moto.sqs.models import sqs_backends  # noqa: PLC0415

    backend = existing(sqs_backends, account, region)
    queue = None if backend is None else backend.queues.get(resource)
    return None if queue is None else queue.policy


def _sns(account: str, region: str, resource: str) -> Any:
    from moto.sns.models import sns_backends  # noqa: PLC0415

    backend = existing(sns_backends, account, region)
    topic = None if backend is None else backend.topics.get(f"arn:aws:sns:{region}:{account}:{resource}")
    return None if topic is None else topic.policy


def _secret(account: str, region: str, resource: str) -> Any:
    from moto.secretsmanager.models import secretsmanager_backends  # noqa: PLC0415

    backend = existing(secretsmanager_backends, account, region)
    arn = f"arn:aws:secretsmanager:{region}:{account}:{resource}"
    secrets = () if backend is None else backend.secrets.values()
    return next((secret.policy for secret in secrets if secret.arn == arn), None)


def _ecr(account: str, region: str, resource: str) -> Any:
    from moto.ecr.models import ecr_backends  # noqa: PLC0415

    backend = existing(ecr_backends, account, region)
    repository = None if backend is None else backend.repositories.get(resource.removeprefix("repository/"))
    return None if repository is None else repository.policy


def _lambda(account: str, region: str, resource: str) -> Any:
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415

    backend = existing(lambda_backends, account, region)
    name = resource.removeprefix("function:").partition(":")[0]
    versions = {} if backend is None else backend._lambdas._functions.get(name, {})
    function = versions.get("latest")
    if function is None or not function.policy.statements:
        return None
    return json.dumps({"Version": "2012-10-17", "Statement": function.policy.statements})


def _sagemaker(account: str, region: str, resource: str) -> Any:
    from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415

    kind, _, name = resource.partition("/")
    backend = existing(sagemaker_backends, account, region)
    if kind not in ("model-package-group", "model-package") or backend is None:
        return None
    group = backend.model_package_groups.get(name.partition("/")[0])
    return getattr(group, GROUP_POLICY, None)


def _events(account: str, region: str, resource: str) -> Any:
    from moto.events.models import events_backends  # noqa: PLC0415

    kind, _, name = resource.partition("/")
    backend = existing(events_backends, account, region)
    bus = backend.event_buses.get(name) if backend is not None and kind == "event-bus" else None
    return None if bus is None else bus.policy


GROUP_POLICY = "ringwork_resource_policy"
"""On moto's model package group: its resource policy, as text."""
VAULT_POLICY = "ringwork_access_policy"
"""On moto's backup vault: its access policy, as text."""


def _backup(account: str, region: str, resource: str) -> Any:
    from moto.backup.models import backup_backends  # noqa: PLC0415

    kind, _, name = resource.partition(":")
    backend = existing(backup_backends, account, region)
    vault = backend.vaults.get(name) if backend is not None and kind == "backup-vault" else None
    return getattr(vault, VAULT_POLICY, None)


_FINDERS = {
    "backup": _backup,
    "ecr": _ecr,
    "events": _events,
    "kms": _kms,
    "lambda": _lambda,
    "s3": _s3,
    "sagemaker": _sagemaker,
    "secretsmanager": _secret,
    "sns": _sns,
    "sqs": _sqs,
}
"""Service of an ARN -> how to find the policy of such a resource, by account, Region and resource part"""


WITH_POLICIES = frozenset(_FINDERS)
"""services whose resources can have a policy that is looked at"""


def trust_policy(arn: str) -> Policy:
    """The trust policy of a role; one that does not exist trusts nobody."""
    parts = arn.split(":", 5)
    role = services.role_of(arn) if len(parts) == 6 and len(parts[4]) == 12 else None
    if role is None:
        return Policy("trust", arn, (), {})
    try:
        return _policy(role.assume_role_policy_document, "trust", arn)
    except AwsError:
        return Policy("trust", arn, (), {})


# VPC endpoints


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint of the local cloud."""

    id: str
    vpc: str
    account: str
    policy: Policy | None


def endpoint(identifier: str) -> Endpoint | None:
    """The VPC endpoint of an id, in whichever account and Region; None when there is none."""
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    for account, regions in list(ec2_backends.items()):
        for backend in list(regions.values()):
            found = backend.vpc_end_points.get(identifier)
            if found is not None:
                policy = _policy(found.policy_document, "endpoint", identifier)
                return Endpoint(identifier, found.vpc_id, account, policy)
    return None
