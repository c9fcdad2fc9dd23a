"""Audit: collect (or read) an estate, hold every control against it, blame the line.

Proofs and audits read the estate, never the blueprint; the design, where there is one, only lends
its template lines, and shows what live drift CloudFormation itself cannot see.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from ringwork import controls
from ringwork.cloud.collect import collect
from ringwork.cloud.errors import OperationError
from ringwork.cloud.session import AUDIT_ROLE, Cloud
from ringwork.estate import Estate, Resource, Value
from ringwork.estate.sources import cloudformation
from ringwork.findings import Finding, Origin, Status
from ringwork.source import InputError, load
from ringwork.workflows import drift

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True, slots=True)
class Audit:
    """What an audit saw and decided."""

    target: str
    """the line that names target, account and Region, or the templates that were read"""
    estate: Estate
    findings: tuple[Finding, ...]

    @property
    def unread(self) -> Mapping[str, int]:
        """Resource types that no control reads -> how many there are: nothing is said about them."""
        read = {type_ for control in controls.CATALOGUE.values() for type_, _ in control.reads}
        return Counter(r.type for r in self.estate.resources if r.type not in read)

    def with_status(self, status: Status) -> tuple[Finding, ...]:
        return tuple(finding for finding in self.findings if finding.status is status)


def audit_cloud(
    cloud: Cloud,
    *,
    accounts: Sequence[str],
    regions: Sequence[str],
    role: str | None = None,
    desired: Estate | None = None,
    ids: Collection[str] | None = None,
    progress: Progress | None = None,
) -> Audit:
    """Collect the accounts (read only) and evaluate the controls named by `ids` (none: all).

    Accounts other than the caller's are entered by `role` (none: the audit role that bootstrap makes).
    Raises OperationError for an account that cannot be entered.
    With `desired`, each live resource also carries the template lines of its design, and every
    difference between design and account is a finding (DET-29).
    """
    reader = cloud.entered_by(role or AUDIT_ROLE)
    for account in accounts:
        _enter(reader, account, role)
    live = collect(reader, accounts=accounts, regions=regions, progress=progress)
    seen = live if desired is None else blame(live, desired)
    found = controls.evaluate(seen, None if ids is None else [name for name in ids if name != drift.CONTROL])
    findings = tuple(_with_owner(finding, seen) for finding in found)
    if desired is not None and (ids is None or drift.CONTROL in ids):
        here = Estate(r for r in desired.resources if r.account in accounts and r.region in regions)
        findings = (*findings, *drift.drift_findings(here, live))
    return Audit(cloud.first_line(), live, findings)


def _enter(cloud: Cloud, account: str, role: str | None) -> None:
    try:
        cloud.client("sts", account=account)
    except OperationError as error:
        raise OperationError(
            f"account {account} cannot be read: {error.message}",
            help=error.help
            if role
            else "if nothing is deployed there yet, run `ringwork deploy`; else name a role with `--role`",
        ) from error


def audit_templates(
    paths: Sequence[Path],
    *,
    account: str,
    region: str,
    parameters: Mapping[str, str],
    ids: Collection[str] | None = None,
) -> Audit:
    """Evaluate templates as they would be deployed to one account and Region.

    Where conditions leave several worlds, every world is evaluated and the worst answer counts.
    Raises InputError for a template that cannot be read.
    """
    worst: dict[tuple[str, str], Finding] = {}
    estates: list[Estate] = []
    declared = {name for path in paths for name in _declared_parameters(path)}
    for name in parameters:
        if name not in declared:
            near = get_close_matches(name, declared, n=3)
            hint = f"did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""
            raise InputError(f"no template declares a parameter `{name}`", help=hint or None)
    for path in paths:
        worlds = cloudformation.read_template(path, account=account, region=region, parameters=parameters)
        estates.extend(worlds)
    for estate in estates:
        for finding in controls.evaluate(estate, ids):
            key = (finding.control, finding.subject.name)
            if key not in worst or _rank(finding) > _rank(worst[key]):
                worst[key] = finding
    shown = estates[0] if estates else Estate(())
    named = ", ".join(f"`{path}`" for path in paths)
    return Audit(f"templates {named}, account {account}, {region}", shown, tuple(worst.values()))


def _declared_parameters(path: Path) -> tuple[str, ...]:
    value = load(path, cloudformation=True).value
    declared = value.get("Parameters") if isinstance(value, dict) else None
    return tuple(declared) if isinstance(declared, dict) else ()


def chosen_controls(ids: Collection[str]) -> Collection[str] | None:
    """The controls that a user named, or None for all. Raises InputError for an id that does not exist."""
    ids = [name.upper() for name in ids]
    for name in ids:
        if name not in controls.CATALOGUE and name != drift.CONTROL:
            near = get_close_matches(name, controls.CATALOGUE, n=3)
            hint = f"did you mean {' or '.join(f'`{n}`' for n in near)}?" if near else ""
            raise InputError(f"no control is called `{name}`", help=hint or "list them: `ringwork controls`")
    return tuple(ids) or None


def blame(live: Estate, desired: Estate) -> Estate:
    """`live` with the template lines of `desired` on every resource that both name alike.

    Also with the `ringwork:*` tags of the design: controls find workloads, data and models by them, and
    whoever strips a tag must not take a resource out of sight.
    """
    lines = {
        (resource.account, resource.region, resource.logical.stack, resource.logical.id): resource
        for resource in desired.resources
        if resource.logical
    }

    def grafted(resource: Resource) -> Resource:
        if resource.logical is None:
            return resource
        source = lines.get((resource.account, resource.region, resource.logical.stack, resource.logical.id))
        if source is None:
            return resource
        properties = resource.properties
        if "Tags" in source.properties:
            properties = {**properties, "Tags": _scoped(properties.get("Tags"), source.properties["Tags"])}
        return replace(
            resource,
            properties=properties,
            positions=source.positions,
            origins=(*source.origins, *resource.origins),
        )

    return Estate(map(grafted, live.resources), gaps=live.gaps, assumptions=live.assumptions)


def _scoped(live: Value, designed: Value) -> Value:
    """Live tags, but the design's for the names that are ours; as the design's where they are no list."""
    if not isinstance(live, tuple) or not isinstance(designed, tuple):
        return designed if live is None else live
    ours = tuple(tag for tag in designed if _key(tag).startswith(OUR_TAGS))
    return (*(tag for tag in live if not _key(tag).startswith(OUR_TAGS)), *ours)


def _key(tag: Value) -> str:
    return str(tag.get("Key", "")) if isinstance(tag, Mapping) else ""


OUR_TAGS = "ringwork:"
_OWNERS = ("GroupId", "NetworkAclId", "RouteTableId", "Bucket", "RoleName", "VpcId")


def _with_owner(finding: Finding, estate: Estate) -> Finding:
    """A resource that no template holds (an extra rule) is blamed on the line of what it hangs on."""
    if any(origin.file for origin in finding.origins):
        return finding
    for resource in estate.by_physical(finding.subject.physical or "", finding.subject.type):
        if resource.logical is not None:
            continue
        for name in _OWNERS:
            owner = estate.resolve(resource.properties.get(name))
            if owner is not None and owner.logical is not None:
                lines: tuple[Origin, ...] = tuple(origin for origin in owner.origins if origin.file)
                return replace(
                    finding,
                    origins=(*lines, *finding.origins),
                    evidence=(
                        *finding.evidence,
                        f"in no template: made beside CloudFormation, on `{owner.name}`",
                    ),
                )
    return finding


def _rank(finding: Finding) -> int:
    return [Status.PROVED, Status.UNKNOWN, Status.VIOLATED].index(finding.status)
