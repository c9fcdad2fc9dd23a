"""What `aws iam get-account-authorization-details` answers, as authority.

IAM API reference, GetAccountAuthorizationDetails: `UserDetailList`, `GroupDetailList`, `RoleDetailList` and
`Policies`, whose documents are percent-encoded (RFC 3986) in the API's own answers and parsed by the command
line. It tells nothing of other resources or of the organization.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from ringwork.access.authority import Authority, Path, Problem
from ringwork.access.reading.documents import loaded
from ringwork.access.reading.managed import is_aws_managed
from ringwork.access.reading.read import read
from ringwork.access.reading.reader import pointer
from ringwork.estate import Resource, Unknown, resource_key
from ringwork.estate.live import link
from ringwork.findings import Origin

_OPERATION = Origin(operation="iam:GetAccountAuthorizationDetails")
UNKNOWN_ACCOUNT = "000000000000"


def from_authorization_details(
    details: object, account: str | None = None, *, managed: Mapping[str, object] | None = None
) -> Authority:
    """The authority of one account. `details`: the answer as JSON, or one that is joined of its pages.

    `account`: its id; none: as the ARNs say. `managed`: documents of policies that AWS manages and that the
    answer leaves out. Problems have their JSON pointer within `details`. Never raises.
    """
    problems: list[Problem] = []
    if not isinstance(details, Mapping):
        return Authority(problems=(Problem("", "the answer is no JSON object"),))
    reading = _Details(details, account, problems)
    try:
        resources = {resource.key: resource for resource in reading.resources()}
        estate = link(resources.values())
    except RecursionError:
        return Authority(problems=(Problem("", "the answer is nested too deep"),))
    found = read(estate, managed={**reading.managed, **(managed or {})})
    mapped = [_mapped(problem, reading.places) for problem in found.problems]
    return replace(found, problems=(*problems, *mapped))


def _mapped(problem: Problem, places: Mapping[tuple[str, Path], Path]) -> Problem:
    """The problem with its pointer in the answer."""
    steps = tuple(int(one) if one.isdigit() else one for one in problem.pointer.split("/")[1:])
    for length in range(len(steps), -1, -1):
        place = places.get((problem.key, steps[:length]))
        if place is not None:
            rest = "".join(f"/{step}" for step in steps[length:])
            return replace(problem, pointer=pointer(place) + rest)
    return problem


class _Details:
    """One answer, resource by resource."""

    def __init__(self, details: Mapping[str, Any], account: str | None, problems: list[Problem]) -> None:
        self.details = details
        self.account = account
        self.problems = problems
        self.managed: dict[str, object] = {}
        """documents of policies that AWS manages, by ARN"""
        self.places: dict[tuple[str, Path], Path] = {}
        """(resource, path in its properties) -> path in the answer"""

    def resources(self) -> Iterator[Resource]:
        for member, type, name in (
            ("UserDetailList", "AWS::IAM::User", "UserName"),
            ("GroupDetailList", "AWS::IAM::Group", "GroupName"),
            ("RoleDetailList", "AWS::IAM::Role", "RoleName"),
        ):
            for index, item in self._items(self.details, (member,)):
                yield self._identity(type, name, item, (member, index))
        for index, item in self._items(self.details, ("Policies",)):
            policy = self._policy(item, ("Policies", index))
            if policy is not None:
                yield policy

    def _items(self, holder: Mapping[str, Any], path: Path) -> Iterator[tuple[int, Mapping[str, Any]]]:
        given = holder.get(str(path[-1]))
        if given is None:
            return
        if not isinstance(given, list):
            self._note(path, f"`{path[-1]}` is no list")
            return
        for index, item in enumerate(given):
            if isinstance(item, Mapping):
                yield index, item
            else:
                self._note((*path, index), "an entry is no object")

    def _note(self, path: Path, message: str) -> None:
        self.problems.append(Problem("", message, pointer(path)))

    def _identity(self, type: str, name: str, item: Mapping[str, Any], path: Path) -> Resource:
        arn = _arn(item.get("Arn"))
        if arn is None:
            self._note((*path, "Arn"), "`Arn` is no ARN")
        called = _text(item.get(name)) or (arn or "").rpartition("/")[2] or str(path[-1])
        if _text(item.get(name)) is None:
            self._note(path, f"`{name}` is missing")
        account = self.account or _account_of(arn) or UNKNOWN_ACCOUNT
        key = resource_key(account, None, type, called)
        properties: dict[str, Any] = {name: called, "Path": _text(item.get("Path")) or "/"}
        inline = f"{type.rpartition('::')[2]}PolicyList"
        for index, policy in self._items(item, (*path, inline)):
            document = _document(policy.get("PolicyDocument"))
            position = len(properties.setdefault("Policies", []))
            properties["Policies"].append(
                {"PolicyName": _text(policy.get("PolicyName")) or str(index), "PolicyDocument": document}
            )
            where = (*path, inline, index, "PolicyDocument")
            self.places[key, ("Policies", position, "PolicyDocument")] = where
        for index, policy in self._items(item, (*path, "AttachedManagedPolicies")):
            named = _text(policy.get("PolicyArn"))
            properties.setdefault("ManagedPolicyArns", []).append(
                named or Unknown(f"entry {index} of its managed policies has no ARN")
            )
        boundary = item.get("PermissionsBoundary")
        if boundary is not None:
            named = _text(boundary.get("PermissionsBoundaryArn")) if isinstance(boundary, Mapping) else None
            properties["PermissionsBoundary"] = named or Unknown("its boundary has no ARN")
        if type == "AWS::IAM::Role":
            properties["AssumeRolePolicyDocument"] = _document(item.get("AssumeRolePolicyDocument"))
            self.places[key, ("AssumeRolePolicyDocument",)] = (*path, "AssumeRolePolicyDocument")
        groups = item.get("GroupList")
        if groups is not None:
            properties["Groups"] = groups if isinstance(groups, list) else Unknown("`GroupList` is no list")
        if "Tags" in item:
            properties["Tags"] = item["Tags"]
        self.places.setdefault((key, ()), path)
        return Resource(key, type, properties, account, None, physical=called, arn=arn, origins=(_OPERATION,))

    def _policy(self, item: Mapping[str, Any], path: Path) -> Resource | None:
        arn = _arn(item.get("Arn"))
        if arn is None:
            self._note((*path, "Arn"), "`Arn` is no ARN")
            return None
        found: tuple[int, Mapping[str, Any]] | None = None
        for index, version in self._items(item, (*path, "PolicyVersionList")):
            if version.get("IsDefaultVersion") is True or (
                version.get("VersionId") == item.get("DefaultVersionId") and found is None
            ):
                found = (index, version)
        document: object = Unknown(f"the answer has no default version of `{arn}`")
        if found is not None:
            document = _document(found[1].get("Document"))
        if is_aws_managed(arn):
            if found is not None:
                self.managed[arn] = document
            return None
        account = self.account or _account_of(arn) or UNKNOWN_ACCOUNT
        key = resource_key(account, None, "AWS::IAM::ManagedPolicy", arn)
        name = _text(item.get("PolicyName")) or arn.rpartition("/")[2]
        properties: dict[str, Any] = {"ManagedPolicyName": name, "PolicyDocument": document}
        self.places[key, ()] = path
        if found is not None:
            self.places[key, ("PolicyDocument",)] = (*path, "PolicyVersionList", found[0], "Document")
        return Resource(
            key,
            "AWS::IAM::ManagedPolicy",
            properties,
            account,
            None,
            physical=arn,
            arn=arn,
            origins=(_OPERATION,),
        )


def _document(value: object) -> object:
    """A document, parsed if it is text; what is missing is unknown."""
    if value is None:
        return Unknown("the answer leaves the document out")
    return loaded(value) if isinstance(value, str) else value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None


def _arn(value: object) -> str | None:
    return value if isinstance(value, str) and value.startswith("arn:") and value.count(":") >= 5 else None


def _account_of(arn: str | None) -> str | None:
    parts = (arn or "").split(":")
    return parts[4] if len(parts) > 5 and len(parts[4]) == 12 and parts[4].isdigit() else None
