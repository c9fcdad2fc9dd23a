"""Writes docs/controls.md: what every control asks, why, and how to mend it, from the catalogue itself."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from ringwork.controls import CATALOGUE, Control
from ringwork.controls.scope import ACCESS_LOGS, DATA_CLASS, DATA_SET, EDGE, PURPOSE, TEAM, TIER, WORKLOAD

PAGE = Path(__file__).parents[1] / "docs" / "controls.md"

INTRODUCTION = f"""\
# Controls

<!-- written by scripts/controls_table.py; do not edit -->

A control is a rule that an ML architecture on AWS must keep. `ringwork audit` holds every control against
an *estate*: templates as they would be deployed, or live accounts as they were read. It never looks at a
blueprint, so it checks what is there, not what was meant. `ringwork controls NET-03` prints one record.

## Answers

| answer | meaning |
|---|---|
| proved | the control holds for this resource |
| violated | it does not; the finding names the property, and the line of the template or the API call |
| unknown | it cannot be decided; the finding says why, and what would settle it |

What is not known is never taken for safe. A value that a template leaves open, an operation that was
refused while reading an account, a policy element that is not modelled (`NotPrincipal`, an `Allow` with
`NotAction`, a condition operator that AWS does not document): each gives *unknown*, for exactly those
resources whose answer hangs on it. A control that found a fault reports it even where other things could
not be read; a control that found none reports *unknown* if one of the types that it reads is missing.

## What counts as machine learning

SageMaker resources, whatever they refer to, VPC endpoints for SageMaker, and the tags that Ringwork sets
mark parts of an estate: `{WORKLOAD}` (security groups, execution roles), `{TEAM}`, `{DATA_CLASS}`
(buckets, keys), `{DATA_SET}` (a bucket that holds data, not models), `{TIER}` (subnets; `{EDGE}` marks
those in which only NAT gateways and load balancers stand) and `{PURPOSE}` (`{ACCESS_LOGS}` marks buckets
that hold logs of others). Roles that trust SageMaker count without a tag. **Where nothing is marked,
everything counts**: a control is not quiet because nobody set a tag.

*Resource* controls look at one resource (with its policies); *relational* ones decide by how resources
stand to each other.
"""

LAYERS = {"network": "Network", "identity": "Identity", "data": "Data"}


def page() -> str:
    """The whole page."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield INTRODUCTION
    for layer, heading in LAYERS.items():
        controls = [control for control in CATALOGUE.values() if control.layer == layer]
        yield f"## {heading}\n"
        yield "| id | what must hold | severity | scope |"
        yield "|---|---|---|---|"
        for control in controls:
            link = f"[{control.id}](#{control.id.lower()})"
            yield f"| {link} | {control.title} | {control.severity} | {control.scope} |"
        yield ""
        for control in controls:
            yield from _section(control)


def _section(control: Control) -> Iterator[str]:
    yield f"### {control.id}\n"
    yield f"**{control.title}.** {control.why}\n"
    yield f"- To mend it: {control.remediation}."
    yield f"- Also known as: {', '.join(control.sources)}."
    yield f"- Reads: {_reads(control)}.\n"


def _reads(control: Control) -> str:
    by_type: dict[str, list[str]] = {}
    for type, name in sorted(control.reads):
        by_type.setdefault(type.removeprefix("AWS::"), []).append(name)
    return "; ".join(f"`{type}` ({', '.join(names)})" for type, names in by_type.items())


def main() -> None:
    PAGE.write_text(page(), encoding="utf-8")
    print(PAGE.relative_to(PAGE.parents[1]))


if __name__ == "__main__":
    main()
