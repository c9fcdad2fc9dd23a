"""What is not known where a question is decided: of documents that take part, and of all beside them."""

from __future__ import annotations

from ringwork.access.authority import Authority, Document, Guarded
from ringwork.access.questions.asker import Asker


def unknown_parts(
    authority: Authority, who: Asker, resource: Guarded | None, owning: str | None
) -> tuple[str, ...]:
    """What of the documents that take part is not known."""
    documents: list[Document] = []
    if who.identity is not None:
        documents += who.identity.identity
        documents += [one for one in (who.identity.boundary,) if one is not None]
    if resource is not None and resource.policy is not None:
        documents.append(resource.policy)
    for account, attached in (
        (who.principal.account, "scp"),
        (owning, "rcp"),
    ):
        found = authority.accounts.get(account or "")
        if found is not None:
            for level in getattr(found, attached) or ():
                documents += level
    return tuple(
        dict.fromkeys(
            reason
            for document in documents
            if not document.known
            for reason in (document.unknown or (f"a part of `{document.name}` is not known",))
        )
    )


def doubts(authority: Authority, who: Asker, resource: Guarded | None, owning: str | None) -> tuple[str, ...]:
    """Why nothing is proved though no policy in sight allows it."""
    found = [*who.unknown, *in_doubt(authority, who.principal.account, resource, owning)]
    return tuple(dict.fromkeys(found))


def in_doubt(
    authority: Authority, asking: str | None, resource: Guarded | None, owning: str | None = None
) -> list[str]:
    """What is not known of a resource and of the accounts."""
    found: list[str] = []
    if resource is not None:
        owning = resource.account
        found += resource.unknown
        if resource.policy_kind == "key" and not resource.grants_known:
            found.append(f"the grants on `{resource.arn}`")
    for account in {asking, owning}:
        known = authority.accounts.get(account or "")
        if known is not None:
            found += known.unknown
    return found
