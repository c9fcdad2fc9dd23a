"""Accounts, and what the organization's policies let them do.

Organizations user guide, "SCP evaluation" (each level from the root down must allow; `FullAWSAccess` is
attached to every root, organizational unit and account until somebody detaches it; the management account is
not bound), "Resource control policies" (`RCPFullAWSAccess` cannot be detached, so that RCPs only deny).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ringwork.access.authority import Account, Attached, Block, Document
from ringwork.access.policy import PolicyKind
from ringwork.access.reading.exposure import Exposures, is_live
from ringwork.access.reading.reader import Astray, Reader
from ringwork.access.reading.written import INSIDE
from ringwork.estate import Resource, Unknown

POLICY = "AWS::Organizations::Policy"
ACCOUNT = "AWS::Organizations::Account"
UNIT = "AWS::Organizations::OrganizationalUnit"
ORGANIZATION = "AWS::Organizations::Organization"
COLLECTED = "live:organizations:aws-managed-policy"
"""`FullAWSAccess`, with what it is attached to"""
KINDS: Mapping[str, PolicyKind] = {"SERVICE_CONTROL_POLICY": "scp", "RESOURCE_CONTROL_POLICY": "rcp"}
FULL = "FullAWSAccess"
_FULL_BODY = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
"""Organizations user guide, "SCP evaluation": the policy `FullAWSAccess` """
_POLICY_ARN = re.compile(r"arn:[a-z-]+:organizations::(\d{12}):[a-z]+/(o-[a-z0-9]+)")


_NEEDED = (
    *("AWS::IAM::Role", "AWS::IAM::User", "AWS::EC2::VPCEndpoint"),
    *(type for type in sorted(INSIDE) if type != "AWS::IAM::Role"),
    *("AWS::Lambda::Function", "AWS::S3::Bucket", "AWS::SNS::Topic", "AWS::SQS::Queue"),
    "AWS::SecretsManager::Secret",
)
"""Types of which one that could not be read may ask or be asked for"""


@dataclass(slots=True)
class Tree:
    """The organization, as far as the estate tells."""

    exists: bool = False
    id: str | None = None
    root: str | None = None
    management: str | None = None
    parents: dict[str, str] = field(default_factory=dict)
    """account or unit -> unit or root"""
    names: dict[str, str] = field(default_factory=dict)
    """of accounts"""
    members: set[str] = field(default_factory=set)

    def path(self, account: str) -> tuple[str, ...] | None:
        """From the root down to the unit; None: not known."""
        found: list[str] = []
        here = self.parents.get(account)
        while here is not None and here not in found:
            found.insert(0, here)
            here = self.parents.get(here)
        return tuple(found) if found and found[0].startswith("r-") else None


def read_tree(reader: Reader) -> Tree:
    """The organization's root, units and accounts."""
    tree = Tree()
    policies = reader.estate.of_type(POLICY, COLLECTED)
    for organization in reader.estate.of_type(ORGANIZATION):
        tree.exists = True
        for name, value in (("Id", "id"), ("RootId", "root"), ("ManagementAccountId", "management")):
            text = organization.attributes.get(name) or organization.properties.get(name)
            if isinstance(text, str):
                setattr(tree, value, text)
        tree.id = tree.id or reader.names.physical(organization)
        tree.management = tree.management or organization.account
    for policy in policies:
        tree.exists = True
        match = _POLICY_ARN.match(policy.arn or "")
        if match:
            tree.management, tree.id = tree.management or match[1], tree.id or match[2]
        if match is None and policy.type == POLICY:
            tree.management = tree.management or policy.account
    for unit in reader.estate.of_type(UNIT):
        parent = _id(reader, unit.properties.get("ParentId"), unit)
        if parent is not None:
            tree.parents[reader.names.physical(unit)] = parent
    for account in reader.estate.of_type(ACCOUNT):
        id = account_id(reader, account)
        tree.exists = True
        tree.members.add(id)
        called = reader.text(account.properties.get("AccountName"))
        if isinstance(called, str):
            tree.names[id] = called
        whole = account.attributes.get("Path")
        if isinstance(whole, (tuple, list)):
            steps = [str(step) for step in whole]
            tree.parents.update(zip((*steps[1:], id), steps, strict=True))
            continue
        parents = reader.items(account.properties.get("ParentIds"))
        if not isinstance(parents, Unknown) and parents:
            parent = _id(reader, parents[0], account)
            if parent is not None:
                tree.parents[id] = parent
        elif parents == () and tree.root is not None:
            tree.parents[id] = tree.root
    return tree


def account_id(reader: Reader, account: Resource) -> str:
    """12 digits, or a stand-in."""
    text = account.attributes.get("AccountId") or account.properties.get("AccountId")
    return text if isinstance(text, str) else reader.names.physical(account)


def _id(reader: Reader, value: object, resource: Resource) -> str | None:
    found = reader.named(value, resource)
    if isinstance(found, Astray):
        return found.text
    return account_id(reader, found) if found.type == ACCOUNT else reader.names.physical(found)


class _Policies:
    """Documents by what they are attached to."""

    def __init__(self, reader: Reader, tree: Tree) -> None:
        self.reader = reader
        self.at: dict[tuple[PolicyKind, str], list[Document]] = {}
        self.anywhere: dict[PolicyKind, list[Document]] = {"scp": [], "rcp": []}
        """it is not known to what they are attached"""
        self.full: set[str] | None = None
        """what `FullAWSAccess` is attached to; None: to everything"""
        self.targets: set[str] = set()
        for policy in reader.estate.of_type(POLICY):
            self._attach(policy)
        for policy in reader.estate.of_type(COLLECTED):
            listed = reader.items(policy.properties.get("TargetIds"))
            if policy.physical == f"p-{FULL}" and not isinstance(listed, Unknown):
                self.full = (self.full or set()) | {str(one) for one in listed}

    def _attach(self, policy: Resource) -> None:
        reader = self.reader
        type = reader.text(policy.properties.get("Type"))
        if isinstance(type, Unknown) or type is None:
            reader.note(policy, "it is not known which kind of policy this is", "Type")
            kinds: tuple[PolicyKind, ...] = ("scp", "rcp")
        elif type in KINDS:
            kinds = (KINDS[type],)
        else:
            return
        name = reader.text(policy.properties.get("Name"))
        for kind in kinds:
            document = reader.document(policy, ("Content",), kind, name if isinstance(name, str) else "")
            if len(kinds) > 1:
                document = reader.unread(kind, policy.name, policy, ("Content",), "its kind is not known")
            listed = reader.items(policy.properties.get("TargetIds"))
            if isinstance(listed, Unknown):
                self._doubt(kind, document, listed.reason)
                continue
            for value in listed:
                target = _id(reader, value, policy)
                if target is None:
                    self._doubt(kind, document, "to what it is attached is not known")
                else:
                    self.targets.add(target)
                    self.at.setdefault((kind, target), []).append(document)

    def _doubt(self, kind: PolicyKind, document: Document, reason: str) -> None:
        unsure = self.reader.documents.unsure(document, f"whether it is attached: {reason}")
        self.anywhere[kind].append(unsure)


def read_accounts(reader: Reader, tree: Tree, exposures: Exposures) -> dict[str, Account]:
    """Every account of which the estate has something, and every one of the organization."""
    policies = _Policies(reader, tree)
    ids = {resource.account for resource in reader.estate.resources if resource.account} | tree.members
    ids |= {target for target in policies.targets if target.isdigit()}
    found: dict[str, Account] = {}
    for id in sorted(ids):
        found[id] = _account(reader, tree, policies, id, exposures.account(id))
    return found


def _account(reader: Reader, tree: Tree, policies: _Policies, id: str, block: Block) -> Account:
    unknown = [gap for type in _NEEDED if (gap := reader.gap(type, id)) is not None]
    path = tree.path(id)
    if not tree.exists:
        gap = reader.gap(POLICY, None)
        if gap is not None:
            unknown.append(f"the organization's policies: {gap}")
        scp, rcp = (_unread(reader, kind, gap) for kind in ("scp", "rcp"))
        member = False if gap is None and id in reader.collected else None
        return Account(id, None, None, False, member, scp, rcp, block, id in reader.collected, tuple(unknown))
    management = id == tree.management
    member = True if management or id in tree.members or not tree.members else None
    if member is None and _all_listed(reader, tree):
        member = False
    common = (id, tree.names.get(id), path, management, member)
    collected = id in reader.collected
    if management or member is False:
        return Account(*common, None, None, block, collected, tuple(unknown))
    scp, why = _levels(reader, tree, policies, id, path, "scp")
    rcp, more = _levels(reader, tree, policies, id, path, "rcp")
    if member is None:
        reason = f"whether account {id} is a member of the organization is not known"
        scp, rcp = _perhaps(reader, scp, "scp", reason), _perhaps(reader, rcp, "rcp", reason)
    return Account(*common, scp, rcp, block, collected, tuple(dict.fromkeys((*unknown, *why, *more))))


def _all_listed(reader: Reader, tree: Tree) -> bool:
    """Whether an account that is not among the members is none: templates make some of the accounts, and the
    management account alone lists all (Organizations API reference, ListAccounts)."""
    live = any(is_live(one) for one in reader.estate.of_type(ACCOUNT))
    return live and reader.gap(ACCOUNT, tree.management) is None


def _perhaps(reader: Reader, levels: Attached, kind: PolicyKind, reason: str) -> Attached:
    """Levels of which it is not known whether they bind: they take nothing away for certain."""
    return tuple(
        (*_always_full(reader, kind), *(reader.documents.unsure(one, reason) for one in level))
        for level in levels
    )


def _unread(reader: Reader, kind: PolicyKind, gap: str | None) -> Attached | None:
    """Levels of which nothing is known."""
    if gap is None:
        return None
    return ((reader.documents.unread(kind, POLICY, POLICY, (), gap),),)


def _levels(
    reader: Reader, tree: Tree, policies: _Policies, id: str, path: tuple[str, ...] | None, kind: PolicyKind
) -> tuple[Attached, list[str]]:
    """The policies at each level above an account, and at it."""
    unknown: list[str] = []
    above: list[list[Document]] = []
    if path is not None:
        above += [_level(reader, policies, here, kind) for here in path]
    else:
        # what is attached to the root binds every member; what is attached to units may
        roots = [target for target in policies.targets if target.startswith("r-")]
        level = [one for root in roots for one in policies.at.get((kind, root), ())]
        for target in sorted(policies.targets):
            if target.startswith("ou-"):
                for document in policies.at.get((kind, target), ()):
                    reason = f"whether account {id} is in `{target}` is not known"
                    unknown.append(f"`{document.name}`: {reason}")
                    level.append(reader.documents.unsure(document, reason))
        if level:
            above.append([*_full(reader, policies, roots, kind), *level])
    own = _level(reader, policies, id, kind)
    for document in policies.anywhere[kind]:
        own.append(document)
    gap = reader.gap(POLICY, tree.management) or _not_asked(reader, tree)
    if gap is not None:
        own.append(reader.documents.unsure(reader.documents.unread(kind, POLICY, POLICY, (), gap), gap))
        unknown.append(f"the organization's policies: {gap}")
    levels = [*above, own]
    unknown += [f"`{one.name}`: {reason}" for level in levels for one in level for reason in one.unknown]
    return tuple(tuple(level) for level in levels), unknown


def _not_asked(reader: Reader, tree: Tree) -> str | None:
    """Why a live organization's policies are not here: its management account alone gives them."""
    live = any(is_live(one) for one in reader.estate.of_type(ORGANIZATION))
    if not live or reader.estate.of_type(POLICY, COLLECTED):
        return None
    return f"collect the organization's management account {tree.management}, which alone tells them"


def _level(reader: Reader, policies: _Policies, target: str, kind: PolicyKind) -> list[Document]:
    return [*_full(reader, policies, [target], kind), *policies.at.get((kind, target), ())]


def _full(reader: Reader, policies: _Policies, targets: Iterable[str], kind: PolicyKind) -> list[Document]:
    """`FullAWSAccess`, where it is attached."""
    if kind != "scp":
        return []
    if policies.full is not None and not any(target in policies.full for target in targets):
        return []
    return _always_full(reader, kind)


def _always_full(reader: Reader, kind: PolicyKind) -> list[Document]:
    """`FullAWSAccess`; of resource control policies the like cannot be detached, and is left out."""
    if kind != "scp":
        return []
    return [reader.documents.read(_FULL_BODY, kind="scp", name=FULL, key=f"p-{FULL}", path=())]
