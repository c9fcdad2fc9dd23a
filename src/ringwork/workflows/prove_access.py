"""Access intents held against an estate: who must never, and who must always be allowed what.

`must_never`: proved if no principal that is named can make such a request under all policies at once.
`must_always`: proved if no such request of one of them is refused, whatever keys it has; what a good request
must carry stands in `Condition` or `assuming`. Service-linked roles count only if an ARN names them: AWS's
service alone can assume one, and what it may do is AWS's to say (IAM user guide, "Create a service-linked
role").
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from ringwork.access.reading import read
from ringwork.findings import Finding, Status
from ringwork.intents import Located
from ringwork.workflows.access_answers import World, decide
from ringwork.workflows.access_findings import findings
from ringwork.workflows.access_intents import every, unfolded
from ringwork.workflows.reachability import Seen


@dataclass(frozen=True, slots=True)
class AccessProof:
    """All answers."""

    findings: tuple[Finding, ...]
    inapplicable: tuple[tuple[str, str], ...] = ()
    notes: tuple[str, ...] = ()
    asked: int = 0
    """questions that were decided: one for each principal and kind of request"""


def prove_access(seen: Seen, given: Located | None = None) -> AccessProof:
    """Every access intent, in every world; the worst answer of each counts.

    Raises InputError for an intent that names something that is not there.
    """
    intents = list(every(seen, given))
    found: dict[str, list[Finding]] = {}
    inapplicable: dict[str, str] = {}
    notes: dict[str, None] = {
        f"the least depth of `{intent.name}` is not checked yet": None
        for intent in intents
        if intent.least_depth is not None
    }
    asked = 0
    for estate in seen.worlds if intents else ():
        world = World(estate, read(estate))
        notes.update(dict.fromkeys(_notes(world)))
        for intent in intents:
            here: list[Finding] = []
            lacking = ""
            for each in unfolded(world.authority, intent):
                decided = decide(world, each)
                if isinstance(decided, str):
                    lacking = decided
                    continue
                asked += decided.asked
                here += findings(world, each, decided)
            if here:
                worst = found.get(intent.name)
                if worst is None or _rank(here) > _rank(worst):
                    found[intent.name] = here
            else:
                why = lacking or f"there is nothing with a `{intent.for_each}` that is known"
                inapplicable.setdefault(intent.name, why)
    return AccessProof(
        tuple(finding for group in found.values() for finding in group),
        tuple((name, why) for name, why in inapplicable.items() if name not in found),
        tuple(notes),
        asked,
    )


def _rank(findings: Iterable[Finding]) -> int:
    order = (Status.PROVED, Status.UNKNOWN, Status.VIOLATED)
    return max(order.index(finding.status) for finding in findings)


def _notes(world: World) -> Iterator[str]:
    for assumption in world.authority.assumptions:
        yield f"access is proved under the assumption: {assumption}"
    linked = [one for one in world.authority.identities.values() if one.service_linked]
    if linked:
        yield (
            f"{len(linked)} service-linked role{'s are' if len(linked) > 1 else ' is'} not asked about: only "
            "AWS's own services can assume one; an intent that names its ARN asks"
        )
    for problem in world.authority.problems:
        yield f"not read: {problem.message} at `{problem.pointer or '/'}` of `{problem.key}`"
