"""Policy documents on their own: each file one policy, and for each a principal or a resource without a name.

Nothing else applies to them: no boundary, no organization. So what a file allows is what its policy allows.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.access.authority import Authority, Document, Guarded, Identity, Problem
from ringwork.access.policy import PolicyKind
from ringwork.access.reading.details import UNKNOWN_ACCOUNT
from ringwork.access.reading.documents import Documents, loaded
from ringwork.access.reading.identities import services, session_tags
from ringwork.access.reading.names import Names
from ringwork.estate import Estate
from ringwork.findings import Origin

TYPE = "live:file:policy"


def from_documents(files: Mapping[str, str], account: str = UNKNOWN_ACCOUNT) -> Authority:
    """The authority of policy documents, by the names of their files.

    A document whose statements name principals is a resource's (a role's trust policy where it is about
    assuming roles alone), any other one an identity's. Problems have their file as `key` and their JSON
    pointer within it. Never raises.
    """
    documents = Documents(Names(Estate(())))
    identities: dict[str, Identity] = {}
    guarded: dict[str, Guarded] = {}
    problems: list[Problem] = []
    for file, text in files.items():

        def note(message: str, inside: str, file: str = file) -> None:
            problems.append(Problem(file, message, inside, (Origin(file=file),)))

        body = loaded(text)
        if isinstance(body, str):
            # `parse` says why the text is no JSON
            body = text
        kind = kind_of(body)
        document = documents.document(body, (), kind=kind, name=file, key=file, path=(), note=note)
        name = "".join(c if c.isalnum() or c in "+=,.@_-" else "-" for c in file)[:64] or "policy"
        if kind == "resource":
            guarded[file] = Guarded(
                file,
                f"arn:aws:file::{account}:{name}",
                account,
                None,
                TYPE,
                document,
                placeholder=True,
                covers=("*",),
            )
        elif kind == "trust":
            identities[file] = _role(file, name, account, document)
            role = identities[file]
            guarded[file] = Guarded(
                file, role.arn, account, None, "AWS::IAM::Role", document, "trust", placeholder=True
            )
        else:
            identities[file] = Identity(
                file,
                f"arn:aws:iam::{account}:user/{name}",
                account,
                "user",
                name,
                identity=(document,),
                placeholder=True,
                unknown=document.unknown,
            )
    return Authority(identities=identities, guarded=guarded, problems=tuple(problems))


def _role(file: str, name: str, account: str, document: Document) -> Identity:
    return Identity(
        file,
        f"arn:aws:iam::{account}:role/{name}",
        account,
        "role",
        name,
        trust=document,
        session_tags=session_tags(document),
        services=services(document),
        placeholder=True,
        unknown=document.unknown,
    )


def kind_of(body: Any) -> PolicyKind:
    """Whose policy a document is, by its elements."""
    given = body.get("Statement") if isinstance(body, Mapping) else None
    listed = [one for one in (given if isinstance(given, list) else [given]) if isinstance(one, Mapping)]
    if not any("Principal" in one or "NotPrincipal" in one for one in listed):
        return "identity"
    for one in listed:
        actions = one.get("Action", [])
        named = actions if isinstance(actions, list) else [actions]
        if "Resource" in one or "NotResource" in one or not named:
            return "resource"
        if not all(isinstance(action, str) and action.lower().startswith("sts:") for action in named):
            return "resource"
    return "trust"
