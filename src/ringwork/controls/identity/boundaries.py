"""IAM-09: every ML role has a permissions boundary."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.controls.control import Control, Outcome, each, proved, reading, violated
from ringwork.controls.identity.administrators import ALL_POWERFUL
from ringwork.controls.identity.attached import is_aws_managed
from ringwork.controls.policy import is_every_action, is_every_resource, statements
from ringwork.controls.scope import ml_roles
from ringwork.controls.values import named
from ringwork.estate import Estate, Resource
from ringwork.findings import Severity


def check(estate: Estate) -> Iterator[Outcome]:
    def decide(role: Resource) -> Iterator[Outcome]:
        boundary = named(estate, role, "PermissionsBoundary")
        if boundary is None:
            yield violated(role, "has no permissions boundary", "PermissionsBoundary")
            return
        found = estate.get(boundary)
        name = found.name if found is not None else boundary
        if is_aws_managed(name) and name.rsplit("/", 1)[-1] in ALL_POWERFUL:
            message = f"its permissions boundary `{name}` bounds nothing"
            yield violated(role, message, "PermissionsBoundary", evidence=(name,))
            return
        if found is not None and _allows_all(estate, found):
            message = f"its permissions boundary `{name}` bounds nothing"
            evidence = (f"`{name}`: Allow * on *",)
            yield violated(role, message, "PermissionsBoundary", evidence=evidence)
            return
        yield proved(role, f"is bounded by `{name}`", "PermissionsBoundary")

    yield from each(ml_roles(estate), decide)


def _allows_all(estate: Estate, policy: Resource) -> bool:
    """The policy allows every action on every resource, and denies nothing."""
    document = statements(estate, policy, "PolicyDocument")
    return all(statement.allows for statement in document) and any(
        not statement.conditions
        and any(is_every_action(action) for action in statement.actions)
        and any(one is not None and is_every_resource(one) for one in statement.resources)
        for statement in document
    )


CONTROL = Control(
    id="IAM-09",
    title="Every ML role has a permissions boundary",
    severity=Severity.MEDIUM,
    layer="identity",
    scope="resource",
    why="Whatever policy is added to the role later, by mistake or by an intruder, the boundary still holds.",
    remediation="Set `PermissionsBoundary` to the team's boundary policy (`iam:PutRolePermissionsBoundary`)",
    sources=("AWS Well-Architected ML Lens MLSEC03-BP01",),
    reads=reading("AWS::IAM::Role", "PermissionsBoundary", "Path", "Tags", "AssumeRolePolicyDocument")
    | reading("AWS::IAM::ManagedPolicy", "PolicyDocument"),
    check=check,
)
