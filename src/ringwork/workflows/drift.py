"""Design against account: what a template says and the account does not hold, and what hangs beside it.

This is control DET-29 of the catalogue (deployed stacks have not drifted from the compiled design). It
needs two estates, so it is joined here and not among the controls, which read one. Unlike
CloudFormation's drift detection it also sees what no stack owns: an extra rule, an extra inline policy.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator

from ringwork.cloud.deploy import unseen
from ringwork.estate import Estate, Resource
from ringwork.estate.compare import Difference, Kind, differences
from ringwork.findings import Finding, Severity, Status, Subject

CONTROL = "DET-29"
TITLE = "What is deployed is what was designed"
NOT_DEPLOYED = "is designed and not deployed"
NOT_READ = (
    "KMS grants, bucket replication and notifications, VPC peering and Transit Gateway attachments, "
    "secondary VPC CIDR blocks, IAM users and groups"
)
"""What neither CloudFormation's drift detection nor the comparison sees, for people to know"""
_Key = tuple[str | None, str | None, str, str]
"""account, Region, stack, logical id"""
_REMEDIATION = "`ringwork deploy BLUEPRINT --revert-drift`"


def drift_findings(desired: Estate, live: Estate) -> tuple[Finding, ...]:
    """One finding for each stack that holds, and one for each resource that differs or is beside a stack.

    Both estates are of the same accounts and Regions, `live` with names joined. A stack whose resource
    types could not all be read is unknown, unless a difference was found.
    """
    stacks: dict[tuple[str, str | None, str | None], list[Resource]] = defaultdict(list)
    for resource in desired.resources:
        if resource.logical:
            stacks[resource.logical.stack, resource.account, resource.region].append(resource)
    designed = {
        (r.account, r.logical.stack, r.logical.id): r for r in desired.resources if r.logical is not None
    }
    apart: dict[_Key, list[Difference]] = defaultdict(list)
    for difference in differences(desired, live):
        if difference.kind in {Kind.ONLY_LEFT, Kind.VALUE}:
            key = (difference.account, difference.region, difference.stack, difference.logical)
            apart[key].append(difference)
    extra = unseen(desired, live)
    beside: dict[tuple[str, str | None, str | None], list[Finding]] = defaultdict(list)
    for drift in extra.drift:
        if drift.owner.logical is not None:
            beside[drift.owner.logical.stack, drift.owner.account, drift.undo.region].append(
                _finding(
                    Status.VIOLATED,
                    drift.owner.subject,
                    f"has beside its stack: {drift.what}",
                    designed[drift.owner.account, drift.owner.logical.stack, drift.owner.logical.id],
                    remediation=f"`{drift.undo}`",
                )
            )
    found: list[Finding] = []
    for (name, account, region), resources in stacks.items():
        subject = Subject("AWS::CloudFormation::Stack", name, account=account, region=region)
        gaps = [
            gap
            for type_ in dict.fromkeys(r.type for r in resources)
            for gap in live.gaps_for(type_, account, region)
        ]
        # what could not be read may well be there: only what was read can be missing
        readable = [r for r in resources if not live.gaps_for(r.type, account, region)]
        here = [*_differing(readable, apart), *beside.get((name, account, region), [])]
        missing = [r for r in readable if _missing(apart[_key(r)])]
        if len(missing) == len(resources) and not gaps:
            found.append(_finding(Status.VIOLATED, subject, NOT_DEPLOYED, resources[0]))
        elif here and not gaps:
            found.extend(here)
        elif gaps or extra.gaps:
            found.extend(here)
            reasons = sorted({gap.reason for gap in (*gaps, *extra.gaps)})
            found.append(
                Finding(
                    CONTROL,
                    TITLE,
                    Status.UNKNOWN,
                    Severity.HIGH,
                    subject,
                    "cannot be compared whole: something could not be read",
                    evidence=tuple(reasons[:5]),
                    settle="let the audit read it: `ringwork permissions audit` names what it needs",
                )
            )
        else:
            found.append(
                Finding(
                    CONTROL,
                    TITLE,
                    Status.PROVED,
                    Severity.HIGH,
                    subject,
                    f"all {len(resources)} resources are as designed, and nothing is beside them",
                )
            )
    return tuple(found)


def _differing(resources: Iterable[Resource], apart: dict[_Key, list[Difference]]) -> Iterator[Finding]:
    for resource in resources:
        here = apart[_key(resource)]
        if _missing(here):
            yield _finding(Status.VIOLATED, resource.subject, "is designed and not there", resource)
        elif here:
            first = here[0].path
            names = ", ".join(f"`{name}`" for name in dict.fromkeys(_name(d) for d in here))
            evidence = tuple(
                f"{_name(d)}: designed {_short(d.left)}, found {_short(d.right)}" for d in here[:5]
            )
            yield _finding(
                Status.VIOLATED, resource.subject, f"differs from its design in {names}", resource,
                path=first, evidence=evidence,
            )  # fmt: skip


def _finding(
    status: Status,
    subject: Subject,
    message: str,
    resource: Resource,
    *,
    path: tuple[str | int, ...] = (),
    evidence: tuple[str, ...] = (),
    remediation: str = _REMEDIATION,
) -> Finding:
    return Finding(
        CONTROL, TITLE, status, Severity.HIGH, subject, message, resource.origin(*path), evidence, remediation
    )


def _key(resource: Resource) -> _Key:
    name = resource.logical
    return (resource.account, resource.region, name.stack if name else "", name.id if name else "")


def _missing(found: Iterable[Difference]) -> bool:
    return any(difference.kind is Kind.ONLY_LEFT for difference in found)


def _name(difference: Difference) -> str:
    return ".".join(str(step) for step in difference.path if isinstance(step, str))


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 100 else text[:97] + "..."
