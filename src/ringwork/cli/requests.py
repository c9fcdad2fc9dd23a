"""What the commands about access share: what is asked of, and requests as text and JSON."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ringwork.cli.console import Output
from ringwork.cli.seen import see

if TYPE_CHECKING:
    from ringwork.access import Decision, Request
    from ringwork.access.questions.possible import Verdict
    from ringwork.access.symbolic import Answer
    from ringwork.workflows.authority import Authorities


def authorities(
    say: Output,
    where: Path | None,
    templates: tuple[Path, ...],
    parameters: tuple[str, ...],
    target: str | None,
    accounts: tuple[str, ...],
    regions: tuple[str, ...],
    role: str | None,
) -> Authorities:
    """Reads what is asked of, says what it is, and what of it could not be read."""
    from ringwork.workflows.authority import from_seen

    found = None
    if where is not None and target is None and not templates and where.exists():
        found = policies(where)
    if found is None:
        found = from_seen(see(say, where, templates, parameters, target, accounts, regions, role))
    else:
        say.say(found.target)
    for problem in found.worlds[0].problems[:5]:
        where_in = f" at `{problem.pointer}`" if problem.pointer else ""
        say.say(f"not read: {problem.key}: {problem.message}{where_in}")
    if len(found.worlds[0].problems) > 5:
        say.say(f"not read: {len(found.worlds[0].problems) - 5} more")
    return found


def policies(where: Path) -> Authorities | None:
    """What is in a folder or file of policies; None if it is something else. Raises InputError."""
    from ringwork.source import load
    from ringwork.workflows.authority import from_policies

    try:
        return from_policies(where)
    except UnicodeDecodeError:
        for file in sorted(where.rglob("*.json")) if where.is_dir() else [where]:
            try:
                file.read_bytes().decode("utf-8")
            except UnicodeDecodeError:
                load(file)  # tells which byte of which file it is
        raise


_OBVIOUS = ("aws:principalisawsservice", "aws:principaltype", "aws:resourceaccount", "aws:principalaccount")


def shown_context(witness: Request) -> Mapping[str, str | tuple[str, ...]]:
    """The keys of a request that say something."""
    return {
        name: value
        for name, value in sorted(witness.context.items())
        if name not in _OBVIOUS
        and not name.startswith(("aws:principaltag/ringwork:", "aws:resourcetag/ringwork:"))
    }


def request_value(witness: Request | None) -> dict[str, Any] | None:
    """A request as JSON."""
    if witness is None:
        return None
    return {
        "principal": witness.principal.arn,
        "action": witness.action,
        "resource": witness.resource,
        "context": {
            name: value if isinstance(value, str) else list(value) for name, value in witness.context.items()
        },
    }


def decision_value(decision: Decision | None) -> dict[str, Any] | None:
    """A decision as JSON."""
    if decision is None:
        return None
    return {
        "allowed": decision.allowed,
        "statements": [
            {"layer": one.layer.value, "policy": one.policy, "statement": one.index, "sid": one.sid}
            for one in decision.statements
        ],
        "ambiguous": list(decision.ambiguous),
    }


def verdict_value(verdict: Verdict) -> dict[str, Any]:
    """A verdict as JSON."""
    return {
        "outcome": verdict.outcome,
        "request": request_value(verdict.witness),
        "decision": decision_value(verdict.decision),
        "endpoint": verdict.endpoint,
        "reasons": list(verdict.reasons),
    }


def answer_value(answer: Answer) -> dict[str, Any]:
    """An answer as JSON: `status` says whether nothing is gained (or lost)."""
    return {
        "status": answer.status,
        "request": request_value(answer.witness),
        "reasons": list(answer.reasons),
    }
