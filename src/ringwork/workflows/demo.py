"""The whole story on the local cloud: design, deploy, collect, check, break, find, heal.

Nothing in here knows that the cloud is local, and no step is told what it should find: every line comes
from the commands' own workflows, and the intruder acts through the same AWS API that a person would use.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ringwork.blueprint import examples
from ringwork.cloud.deploy import Event as StackEvent
from ringwork.cloud.errors import OperationError
from ringwork.cloud.session import Cloud
from ringwork.controls.scope import artifact_buckets
from ringwork.estate import Estate, Resource
from ringwork.estate.compare import Difference, Kind, differences
from ringwork.findings import Finding, Status
from ringwork.report import Event, Report, Section
from ringwork.workflows import deployment
from ringwork.workflows.audit import Audit, audit_cloud
from ringwork.workflows.design import Design, desired_estate, write_templates
from ringwork.workflows.files import write_atomically
from ringwork.workflows.reporting import report_of
from ringwork.workflows.target import Workplace, workplace

EXAMPLE = "hospital"

Advance = Callable[[str, int, int], None]


class Teller(Protocol):
    """Who tells the story: the CLI."""

    def step(self, title: str, why: str) -> None:
        """A new step begins."""

    def line(self, text: str, *, good: bool | None = None) -> None:
        """What came of it; `good` colours it."""

    def progress(self, label: str) -> AbstractContextManager[Advance]:
        """Long work."""


@dataclass(frozen=True, slots=True)
class Tampering:
    """What the intruder did, as the AWS calls that did it."""

    calls: tuple[str, ...]
    group: str
    """the security group that was opened, `stack/LogicalId`"""
    bucket: str
    """the bucket whose versioning was suspended, `stack/LogicalId`"""


@dataclass(frozen=True, slots=True)
class Told:
    """How the story ended."""

    report: Report
    """of the last audit, with the story"""
    broken: Audit
    """of the audit after the tampering"""
    tampering: Tampering
    healed: bool


def tell(folder: Path, teller: Teller) -> Told:
    """Play the story in `folder`, which gets the blueprint and its templates.

    Raises OperationError when a step does not end as it must: the demo is also a test of the whole.
    """
    path = folder / f"{EXAMPLE}.yaml"
    templates = folder / "templates"
    story: list[Event] = []

    teller.step("Design", "one blueprint becomes layered CloudFormation, checked before anything is deployed")
    text = examples.text(EXAMPLE)
    write_atomically(path, text)
    with workplace(path, "local") as place:
        designed = place.designed
        write_templates(designed, templates)
        said = (
            f"{sum(bool(line.strip()) for line in text.splitlines())} lines of {path.name} become "
            f"{len(designed.stacks)} stacks with {deployment.resource_count(designed)} resources, every one "
            "checked against CloudFormation's schemas"
        )
        teller.line(said, good=True)
        story.append(Event("Designed", said))

        teller.step("Deploy", "with CloudFormation change sets, to a local cloud: no account, no network")
        _deploy(place, teller)
        story.append(Event("Deployed", place.cloud.first_line()))

        teller.step("Collect", "read everything back through the AWS APIs and compare it with the design")
        desired = desired_estate(designed, templates)
        live = _audit(place, desired, teller, "collecting and checking")
        apart = _apart(desired, live.estate)
        if apart:
            raise OperationError(
                "the local cloud does not hold what was deployed:\n"
                + "\n".join(f"  {difference}" for difference in apart[:10]),
                help="this is a fault of Ringwork's: please report it",
            )
        said = f"{len(live.estate.resources)} live resources; all that the templates say is there"
        teller.line(said, good=True)
        story.append(Event("Collected", said, Status.PROVED))

        teller.step(
            "Check", "controls look at relations between resources, and answer proved, violated or unknown"
        )
        _tell_findings(live, teller)
        if live.with_status(Status.VIOLATED):
            raise OperationError("the fresh deployment breaks a control", help="please report it")
        story.append(Event("Checked", _counts(live), Status.PROVED))

        teller.step("Tamper", "somebody with console access opens a security group and turns off versioning")
        tampering = tamper(place.cloud, designed, live.estate)
        for call in tampering.calls:
            teller.line(call, good=False)
        story.append(Event("Tampered with", "\n\n".join(tampering.calls), Status.VIOLATED))

        teller.step("Audit", "the same check again: what changed, and which line is to blame")
        broken = _audit(place, desired, teller, "collecting and checking")
        _tell_findings(broken, teller)
        found = broken.with_status(Status.VIOLATED)
        story.extend(
            Event(f"Found: {finding.title}", f"{_said(finding)}\n\n{_place(finding)}", Status.VIOLATED)
            for finding in found
        )

        teller.step("Heal", "CloudFormation reverts the drift that it sees; the rest is undone call by call")
        healing = deployment.plan_healing(place, templates)
        for stack in healing.plan.stacks:
            for change in stack.changes:
                names = ", ".join(item.name for item in change.properties)
                teller.line(f"drift-aware change set on {stack.name}: {change.logical} ({names})")
        for drift in healing.unseen.drift:
            teller.line(f"CloudFormation does not see: {drift.what}")
            teller.line(f"  undone by: {drift.undo}")
        done, undone = deployment.heal(place, undo=[drift.undo for drift in healing.unseen.drift])
        done.raise_for_failure()
        failed = [item for item in undone if item.error]
        if failed:
            raise OperationError(f"could not undo {failed[0].call}: {failed[0].error}")
        story.append(Event("Healed", "by a drift-aware change set, and by undoing the extra rule"))

        teller.step("Check again", "nothing is believed until it is read back")
        healed = _audit(place, desired, teller, "collecting and checking")
        _tell_findings(healed, teller)
        holds = not healed.with_status(Status.VIOLATED)
        story.append(Event("Checked again", _counts(healed), Status.PROVED if holds else Status.VIOLATED))
    section = Section(
        "What happened",
        "The demo deployed a hospital, changed two things behind CloudFormation's back, found both and "
        "healed both. The answers below are those of the last check.",
        tuple(story),
    )
    report = report_of(healed, title=f"Ringwork demo: {designed.blueprint.organization}", sections=[section])
    return Told(report, broken, tampering, holds and _found_both(broken, tampering))


def tamper(cloud: Cloud, designed: Design, live: Estate) -> Tampering:
    """Open a workload's security group to the internet, and suspend an artifact bucket's versioning."""
    group = _first(live, "AWS::EC2::SecurityGroup", "ringwork:workload")
    bucket = next((found for found in artifact_buckets(live) if found.logical), None)
    if group is None or bucket is None or not group.physical or not bucket.physical:
        raise OperationError("the deployment has no workload's security group or no bucket to tamper with")
    ec2 = cloud.client("ec2", account=group.account, region=group.region)
    ec2.authorize_security_group_ingress(
        GroupId=group.physical,
        IpPermissions=[
            {"IpProtocol": "tcp", "FromPort": 22, "ToPort": 22, "IpRanges": [{"CidrIp": "0.0.0.0/0"}]}
        ],
    )
    s3 = cloud.client("s3", account=bucket.account, region=bucket.region)
    s3.put_bucket_versioning(Bucket=bucket.physical, VersioningConfiguration={"Status": "Suspended"})
    return Tampering(
        calls=(
            f"ec2:AuthorizeSecurityGroupIngress on {group.name} ({group.physical}): tcp 22 from 0.0.0.0/0",
            f"s3:PutBucketVersioning on {bucket.name} ({bucket.physical}): Suspended",
        ),
        group=group.name,
        bucket=bucket.name,
    )


def _first(estate: Estate, type: str, tag: str) -> Resource | None:
    """The first resource of `type` (by name) that a stack holds and that carries the tag `tag`."""
    for resource in sorted(estate.of_type(type), key=lambda r: r.name):
        tags = resource.properties.get("Tags")
        if resource.logical and tag in set(_tag_keys(tags)):
            return resource
    return None


def _tag_keys(tags: object) -> Iterator[object]:
    if isinstance(tags, tuple):
        for item in tags:
            if hasattr(item, "get"):
                yield item.get("Key")


def _deploy(place: Workplace, teller: Teller) -> None:
    total = deployment.resource_count(place.designed)
    with teller.progress("deploying") as advance:
        finished = 0

        def on_event(event: StackEvent) -> None:
            nonlocal finished
            if event.status == "CREATE_COMPLETE" and event.type != "AWS::CloudFormation::Stack":
                finished += 1
                advance(event.logical, finished, max(total, finished))

        deployment.bootstrap(place).raise_for_failure()
        done = deployment.deploy(place, on_event=on_event)
    done.raise_for_failure()
    for result in done.results:
        teller.line(f"{result.outcome.value} {result.name}", good=result.ok)


def _audit(place: Workplace, desired: Estate, teller: Teller, label: str) -> Audit:
    with teller.progress(label) as advance:
        return audit_cloud(
            place.cloud,
            accounts=place.designed.accounts,
            regions=place.designed.regions,
            desired=desired,
            progress=advance,
        )


def _apart(desired: Estate, live: Estate) -> list[Difference]:
    """Where the live estate is not what was designed. What only the account holds (bootstrap, AWS's own
    defaults) and what cannot be compared (ids that AWS assigns) is no difference."""
    return [d for d in differences(desired, live) if d.kind in {Kind.ONLY_LEFT, Kind.VALUE}]


def _tell_findings(audit: Audit, teller: Teller) -> None:
    violated = audit.with_status(Status.VIOLATED)
    for finding in violated:
        teller.line(f"{finding.control} {finding.severity.value}: {finding.title}", good=False)
        teller.line(f"  {_said(finding)}")
        teller.line(f"  {_place(finding)}")
    teller.line(_counts(audit), good=not violated)


def _counts(audit: Audit) -> str:
    controls = len({finding.control for finding in audit.findings})
    counts = ", ".join(f"{len(audit.with_status(status))} {status.value}" for status in Status)
    return f"{controls} controls over {len(audit.estate.resources)} resources: {counts}"


def _said(finding: Finding) -> str:
    return f"{finding.subject.type} {finding.subject.name} {finding.message}"


def _place(finding: Finding) -> str:
    lines = [origin for origin in finding.origins if origin.file] or list(finding.origins)
    return f"to blame: {lines[0]}" if lines else f"in {finding.subject.name}"


def _found_both(broken: Audit, tampering: Tampering) -> bool:
    """Did the audit point at both things that were done?"""
    texts = [" ".join((f.subject.name, f.message, *f.evidence)) for f in broken.with_status(Status.VIOLATED)]
    return all(any(name in text for text in texts) for name in (tampering.group, tampering.bucket))
