"""DAT-08 and DAT-10: what a bucket's policy refuses."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from ringwork.controls.control import Control, Outcome, UndecidedError, each, proved, reading, violated
from ringwork.controls.policy import (
    Condition,
    Statement,
    glob,
    is_narrow,
    is_pattern,
    is_wild,
    pattern,
    statements,
)
from ringwork.controls.scope import ml_buckets, ml_roles, runs_no_code_of_ours
from ringwork.controls.values import named, target
from ringwork.estate import Estate, Reference, Resource
from ringwork.findings import Severity

_READS = reading("AWS::S3::Bucket", "Tags", "BucketName") | reading(
    "AWS::S3::BucketPolicy", "Bucket", "PolicyDocument"
)


def _policies(estate: Estate) -> dict[str, list[Resource]]:
    """Bucket policies by key or name of their bucket. A bucket has one policy, whatever templates say."""
    found: dict[str, list[Resource]] = {}
    for policy in estate.of_type("AWS::S3::BucketPolicy"):
        bucket = named(estate, policy, "Bucket")
        if bucket is not None:
            found.setdefault(bucket, []).append(policy)
    return found


def _about(statement: Statement, bucket: Resource) -> tuple[bool, bool]:
    """Whether the statement is about the bucket, and about all its objects."""
    if statement.not_resources:
        return False, False
    if None in statement.resources:
        raise UndecidedError("a resource of the statement is not known", "PolicyDocument")
    arn = bucket.arn or ""
    patterns = [resource for resource in statement.resources if resource is not None]
    return (
        any(glob(one, arn) for one in patterns),
        any(one == f"{arn}/*" or is_wild(one) or _covers_objects(one, arn) for one in patterns),
    )


def _covers_objects(pattern: str, arn: str) -> bool:
    """A pattern that ends with `*` and whose rest the bucket's ARN begins with: `arn:aws:s3:::name*`."""
    stem = pattern[:-1]
    return pattern.endswith("*") and "*" not in stem and "?" not in stem and f"{arn}/".startswith(stem)


def _each_policy(
    estate: Estate,
    logs: bool,
    decide: Callable[[Resource, Resource, tuple[Statement, ...]], Iterator[Outcome]],
) -> Iterator[Outcome]:
    policies = _policies(estate)

    def one(bucket: Resource) -> Iterator[Outcome]:
        names = {bucket.key, bucket.physical or bucket.key}
        mine = [policy for name in sorted(names) for policy in policies.get(name, ())]
        if not mine:
            yield violated(bucket, "has no bucket policy", by_absence=True)
            return
        if len(mine) > 1:
            raise UndecidedError("it has several policies, of which one can stay", resource=mine[1])
        policy = mine[0]
        if bucket.arn is None:
            raise UndecidedError("name the bucket: its ARN is known only once deployed", "BucketName")
        yield from decide(bucket, policy, statements(estate, policy, "PolicyDocument"))

    yield from each(ml_buckets(estate, logs=logs), one)


def check_tls(estate: Estate) -> Iterator[Outcome]:
    """A Deny of everything without TLS, for everybody, on the bucket and all its objects."""

    def plain_http(condition: Condition) -> bool:
        return condition.key == "aws:securetransport" and condition.operator == "Bool"

    def decide(bucket: Resource, policy: Resource, document: tuple[Statement, ...]) -> Iterator[Outcome]:
        for statement in document:
            if statement.allows or not statement.anyone or statement.not_actions:
                continue
            conditions = statement.conditions
            exact = len(conditions) == 1 and plain_http(conditions[0]) and conditions[0].values == ("false",)
            everything = any(action in ("*", "s3:*") for action in statement.actions)
            if exact and everything and all(_about(statement, bucket)):
                yield proved(bucket, f"statement {statement.index} of its policy refuses plain HTTP")
                return
        yield violated(
            bucket, "its policy does not refuse plain HTTP to everybody", "PolicyDocument", blame=policy
        )

    yield from _each_policy(estate, True, decide)


DATA_ACTIONS = ("s3:GetObject", "s3:GetObjectVersion", "s3:PutObject", "s3:ListBucket")
EXEMPTIONS = frozenset({"aws:principalarn", "aws:principalisawsservice", "aws:viaawsservice"})
"""Keys by which AWS's data-perimeter samples leave out administrators and AWS's own calls."""


def check_endpoint_only(estate: Estate) -> Iterator[Outcome]:
    """A Deny of reading, writing and listing from anywhere but named endpoints or VPCs, for everybody.

    Exceptions may name principals and AWS services, by the keys of AWS's data-perimeter samples, but no role
    that code of ours runs as; any other condition makes the statement narrower than can be told here.
    """

    roles = [role for role in ml_roles(estate) if not runs_no_code_of_ours(estate, role)]

    def network(condition: Condition) -> bool:
        # `ForAnyValue` does not hold where the key is absent, as it is in a request from the internet
        return (
            condition.key in ("aws:sourcevpce", "aws:sourcevpc")
            and not condition.for_any
            and condition.operator in ("StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike")
        )

    def decide(bucket: Resource, policy: Resource, document: tuple[Statement, ...]) -> Iterator[Outcome]:
        missing = set(DATA_ACTIONS)
        for statement in document:
            place = ("PolicyDocument", "Statement", statement.index)
            perimeter = [condition for condition in statement.conditions if network(condition)]
            if statement.allows or not statement.anyone or not perimeter:
                continue
            rest = [condition for condition in statement.conditions if condition not in perimeter]
            if len(perimeter) > 1 or any(condition.key not in EXEMPTIONS for condition in rest):
                raise UndecidedError("its conditions are not modelled together", *place, resource=policy)
            for condition in rest:
                _exempts(condition, policy, place)
                exempt = next((role for role in roles if _names(estate, condition, role)), None)
                if exempt is not None:
                    message = f"its policy lets the workload's role `{exempt.name}` come from any network"
                    yield violated(bucket, message, *place, "Condition", blame=policy)
                    return
            for value in perimeter[0].raw:
                _is_ours(estate, value, policy, place)
            on_bucket, on_objects = _about(statement, bucket)
            missing -= {
                action
                for action in missing
                if statement.covers(action) and (on_bucket if action == "s3:ListBucket" else on_objects)
            }
        if missing:
            names = ", ".join(f"`{action}`" for action in sorted(missing))
            message = f"its policy lets {names} come from any network"
            yield violated(bucket, message, "PolicyDocument", blame=policy)
        else:
            yield proved(bucket, "data comes and goes through named VPC endpoints only")

    yield from _each_policy(estate, False, decide)


def _names(estate: Estate, condition: Condition, role: Resource) -> bool:
    """The condition names the role."""
    own = {role.arn, pattern(estate, Reference(role.key, "Arn"))} - {None}
    return condition.key == "aws:principalarn" and not own.isdisjoint(condition.values)


def _exempts(condition: Condition, policy: Resource, place: tuple[str | int, ...]) -> None:
    """Refuse an exemption that leaves out everybody."""
    if condition.key == "aws:principalarn":
        names = condition.operator in ("ArnNotEquals", "ArnNotLike", "StringNotEquals", "StringNotLike")
        known = all(value and is_narrow(value) and not is_pattern(value) for value in condition.values)
        if names and known and not condition.for_any:
            return
        raise UndecidedError("the exempt principals are not named", *place, "Condition", resource=policy)
    # the key is absent from requests without credentials (IAM User Guide, aws:PrincipalIsAWSService)
    anonymous = condition.key == "aws:principalisawsservice" and not condition.if_exists
    if condition.operator != "Bool" or condition.values != ("false",) or condition.for_any or anonymous:
        raise UndecidedError("the exemption is not modelled", *place, "Condition", resource=policy)


def _is_ours(estate: Estate, value: object, policy: Resource, place: tuple[str | int, ...]) -> None:
    """The endpoint or VPC is one of the estate: another one may be anybody's."""
    name = target(estate, value)
    known = ("AWS::EC2::VPCEndpoint", "AWS::EC2::VPC")
    found = estate.get(name)
    if found is None or found.type not in known:
        raise UndecidedError(f"find out whose `{name}` is", *place, "Condition", resource=policy)


CONTROLS = (
    Control(
        id="DAT-08",
        title="ML buckets refuse plain HTTP",
        severity=Severity.MEDIUM,
        layer="data",
        scope="resource",
        why="Somebody on the way reads or changes what is sent without TLS.",
        remediation=(
            "Add a Deny of `s3:*` with `Bool: {aws:SecureTransport: false}` for Principal `*` on the bucket "
            "and its objects (`s3:PutBucketPolicy`)"
        ),
        sources=(
            "Prowler s3_bucket_secure_transport_policy",
            "AWS Security Hub S3.5",
            "AWS Config S3_BUCKET_SSL_REQUESTS_ONLY",
            "cdk-nag AwsSolutions-S10",
            "Checkov CKV_AWS_379",
            "NIST 800-53 SC-8",
        ),
        reads=_READS,
        check=check_tls,
    ),
    Control(
        id="DAT-10",
        title="ML data is reached through the VPC endpoints only",
        severity=Severity.HIGH,
        layer="data",
        scope="relational",
        why="Stolen role credentials work from anywhere unless the bucket asks where a request comes from.",
        remediation=(
            "Add a Deny of data actions with `StringNotEquals: {aws:SourceVpce: [...]}` to the bucket "
            "policy, with exceptions for AWS services and named administrators (`s3:PutBucketPolicy`)"
        ),
        sources=(
            "aws-samples/data-perimeter-policy-examples EnforceNetworkPerimeterVpceOrgID",
            "aws-samples/data-perimeter-policy-examples EnforceNetworkPerimeterSourceVPC",
            "aws-samples/amazon-sagemaker-secure-mlops documentation/security.md",
        ),
        reads=_READS | reading("AWS::IAM::Role", "AssumeRolePolicyDocument", "Path", "Tags"),
        check=check_endpoint_only,
    ),
)
