"""Access Analyzer: public policies, and findings of external access.

An analyzer looks at the resources of its Region whose policies the local cloud has, whenever its findings
are read. What it cannot decide it refuses; unused and internal access are not analyzed.
Source: Access Analyzer API reference; IAM user guide, "Findings for external and unused access", "IAM Access
Analyzer supported resource types", "Archive rules", "IAM Access Analyzer filter keys".
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.access import PolicyError, PolicyKind, parse
from ringwork.cloud.emulator.authorization import sources
from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays import external_access, policy_checks, policy_reach, s3_exposure
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page
from ringwork.cloud.emulator.overlays.policy_reach import UndecidedError

_KINDS: Mapping[str, PolicyKind] = {"AWS::IAM::AssumeRolePolicyDocument": "trust", "AWS::KMS::Key": "key"}
"""Resource types whose policies have a grammar of their own"""
_EXTERNAL = ("ACCOUNT", "ORGANIZATION")
_PAGE = 100

# a policy on its own


def _check_public(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, CheckNoPublicAccess."""
    kind = str(call.parameters["resourceType"])
    try:
        policy = parse(str(call.parameters["policyDocument"]), kind=_KINDS.get(kind, "resource"))
    except PolicyError as error:
        raise AwsError("InvalidParameterException", f"the policy cannot be read: {error}") from None
    try:
        found = _public(kind, policy.document)
    except UndecidedError as why:
        raise _undecided(call, why) from None
    if not found:
        message = "The resource policy does not grant public access for the given resource type."
        return {"result": "PASS", "message": message, "reasons": []}
    return {
        "result": "FAIL",
        "message": "The resource policy grants public access for the given resource type.",
        "reasons": [_reason(index, sid) for index, sid in found],
    }


def _public(kind: str, document: Mapping[str, Any]) -> list[tuple[int, str]]:
    """Index and Sid of the statements that make the policy public."""
    if kind == "AWS::S3::Bucket":
        every = policy_reach.statements(document)
        public = s3_exposure.public_statements(document)
        return [(every.index(one), str(one.get("Sid", ""))) for one in public]
    return list(dict.fromkeys((grant.index, grant.sid) for grant in policy_reach.public(document)))


def _reason(index: int, sid: str) -> dict[str, Any]:
    named = f"sid: {sid}" if sid else f"index: {index}"
    reason = {
        "description": f"Public access granted in the following statement with {named}.",
        "statementIndex": index,
    }
    return {**reason, "statementId": sid} if sid else reason


def _undecided(call: Call, why: UndecidedError) -> NotEmulatedError:
    return NotEmulatedError(call.service, call.operation, f"it is not decided here {why}")


def _validate(call: Call, proceed: Proceed) -> dict[str, Any]:
    """API reference, ValidatePolicy: only that there is nothing to find can be said, of plain policies."""
    given = call.parameters
    if given["policyType"] != "IDENTITY_POLICY":
        return proceed()
    try:
        policy = parse(str(given["policyDocument"]), kind="identity")
    except PolicyError:
        return proceed()  # its faults have names that are not known here
    return {"findings": []} if policy_checks.faultless(policy) else proceed()


# analyzers


def _create(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, CreateAnalyzer: one of the kind `ACCOUNT` for each Region."""
    given = call.parameters
    name, kind = str(given["analyzerName"]), str(given["type"])
    table = call.table("analyzers")
    if name in table:
        raise AwsError("ConflictException", f"An analyzer with name {name} already exists.", 409)
    if kind == "ACCOUNT" and any(one["type"] == kind for one in table.values()):
        raise AwsError("ServiceQuotaExceededException", "The account has an analyzer of this type.", 402)
    if kind.startswith("ORGANIZATION") and sources.membership(call.account) is None:
        raise AwsError("ValidationException", "The account is not part of an organization.")
    arn = f"arn:aws:access-analyzer:{call.region}:{call.account}:analyzer/{name}"
    table[name] = {
        "arn": arn,
        "name": name,
        "type": kind,
        "createdAt": datetime.now(UTC),
        "status": "ACTIVE",
        "tags": given.get("tags") or {},
        **({"configuration": given["configuration"]} if given.get("configuration") else {}),
    }
    for rule in given.get("archiveRules") or ():
        _rules(call)[f"{name}/{rule['ruleName']}"] = _rule(rule)
    return {"arn": arn}


def _named(call: Call) -> dict[str, Any]:
    """The analyzer that the parameters name, by name or ARN."""
    given = call.parameters
    name = str(given.get("analyzerName") or str(given.get("analyzerArn", "")).rpartition("/")[2])
    found = call.table("analyzers").get(name)
    if found is None or given.get("analyzerArn") not in (None, found["arn"]):
        raise AwsError("ResourceNotFoundException", f"Analyzer {name} not found", 404)
    return found


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"analyzer": _named(call)}


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    wanted = call.parameters.get("type")
    return {"analyzers": [one for one in call.table("analyzers").values() if wanted in (None, one["type"])]}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    name = _named(call)["name"]
    del call.table("analyzers")[name]
    for table in (_rules(call), call.table("findings")):
        for key in [key for key in table if key.startswith(f"{name}/")]:
            del table[key]
    return {}


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, UpdateAnalyzer: the configuration of analyzers that have one."""
    analyzer = _named(call)
    if analyzer["type"] in _EXTERNAL:
        message = "Only analyzers of unused and of internal access can be updated."
        raise AwsError("ValidationException", message)
    analyzer["configuration"] = call.parameters.get("configuration") or {}
    return {"configuration": analyzer["configuration"]}


# archive rules


def _rules(call: Call) -> dict[str, dict[str, Any]]:
    return call.table("archive rules")


def _rule(given: Mapping[str, Any]) -> dict[str, Any]:
    now = datetime.now(UTC)
    return {"ruleName": given["ruleName"], "filter": given["filter"], "createdAt": now, "updatedAt": now}


def _create_rule(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """User guide, "Archive rules": a new rule archives new findings, not those that are there."""
    key = f"{_named(call)['name']}/{call.parameters['ruleName']}"
    if key in _rules(call):
        raise AwsError("ConflictException", "An archive rule with this name already exists.", 409)
    _rules(call)[key] = _rule(call.parameters)
    return {}


def _own_rule(call: Call) -> dict[str, Any]:
    found = _rules(call).get(f"{_named(call)['name']}/{call.parameters['ruleName']}")
    if found is None:
        raise AwsError("ResourceNotFoundException", "Archive rule not found", 404)
    return found


def _get_rule(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"archiveRule": _own_rule(call)}


def _update_rule(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _own_rule(call).update(filter=call.parameters["filter"], updatedAt=datetime.now(UTC))
    return {}


def _delete_rule(call: Call, _proceed: Proceed) -> dict[str, Any]:
    _own_rule(call)
    del _rules(call)[f"{_named(call)['name']}/{call.parameters['ruleName']}"]
    return {}


def _list_rules(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"archiveRules": list(_rules_of(call, _named(call)["name"]))}


def _rules_of(call: Call, name: str) -> Iterator[dict[str, Any]]:
    return (rule for key, rule in _rules(call).items() if key.startswith(f"{name}/"))


def _apply_rule(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, ApplyArchiveRule: to findings that are there already."""
    rule = _own_rule(call)
    for finding in _findings(call):
        if finding["status"] == "ACTIVE" and _meets(finding, rule["filter"]):
            finding.update(status="ARCHIVED", updatedAt=datetime.now(UTC))
    return {}


# findings


def _findings(call: Call) -> list[dict[str, Any]]:
    """The findings of an analyzer after it has looked again.

    User guide, "How IAM Access Analyzer findings work": what no longer grants access is Resolved.
    """
    analyzer = _named(call)
    if analyzer["type"] not in _EXTERNAL:
        reason = f"an analyzer of type {analyzer['type']} does not analyze here"
        raise NotEmulatedError(call.service, call.operation, reason)
    try:
        seen = list(external_access.look(call, organization=analyzer["type"] == "ORGANIZATION"))
    except UndecidedError as why:
        raise _undecided(call, why) from None
    table, now = call.table("findings"), datetime.now(UTC)
    start = f"{analyzer['name']}/"
    current = {start + _identity(analyzer["arn"], one): one for one in seen}
    for key, one in current.items():
        if key not in table:
            made = {**one, "id": key.removeprefix(start), "createdAt": now, "updatedAt": now}
            archived = any(_meets(made, rule["filter"]) for rule in _rules_of(call, analyzer["name"]))
            table[key] = {**made, "status": "ARCHIVED" if archived else "ACTIVE"}
        elif table[key]["status"] == "RESOLVED":
            table[key].update(status="ACTIVE", updatedAt=now)
    for key, finding in table.items():
        if key.startswith(start):
            finding["analyzedAt"] = now
            if key not in current and finding["status"] != "RESOLVED":
                finding.update(status="RESOLVED", updatedAt=now)
    return [finding for key, finding in table.items() if key.startswith(start)]


def _identity(arn: str, finding: Mapping[str, Any]) -> str:
    parts = (arn, *(str(finding[name]) for name in ("resource", "principal", "condition", "action")))
    return str(uuid.uuid5(uuid.NAMESPACE_URL, " ".join(parts)))


_READERS: Mapping[str, str] = {
    name: name for name in ("id", "isPublic", "resource", "resourceOwnerAccount", "resourceType", "status")
}


def _value(finding: Mapping[str, Any], name: str) -> Any:
    """What a filter key reads of a finding."""
    if name in _READERS:
        found = finding.get(name)
        return str(found).lower() if isinstance(found, bool) else found
    kind, _, key = name.partition(".")
    if kind in ("condition", "principal") and key:
        low = {str(k).lower(): v for k, v in finding[kind].items()}
        return low.get(key.lower())
    if name == "findingType":
        return "ExternalAccess"
    if name == "error":
        return None
    raise AwsError("ValidationException", f"{name} is not a filter key")


def _meets(finding: Mapping[str, Any], wanted: Mapping[str, Mapping[str, Any]]) -> bool:
    """API reference, Criterion: all keys must be met."""
    for name, criterion in wanted.items():
        value = _value(finding, name)
        text = None if value is None else str(value)
        if "eq" in criterion and text not in criterion["eq"]:
            return False
        if "neq" in criterion and text in criterion["neq"]:
            return False
        if "contains" in criterion and not any(part in (text or "") for part in criterion["contains"]):
            return False
        if "exists" in criterion and bool(criterion["exists"]) != (text is not None):
            return False
    return True


_V2 = (
    *("analyzedAt", "createdAt", "id", "resource", "resourceOwnerAccount", "resourceType", "status"),
    "updatedAt",
)


def _v2(finding: Mapping[str, Any]) -> dict[str, Any]:
    return {**{name: finding[name] for name in _V2}, "findingType": "ExternalAccess"}


def _chosen(call: Call) -> list[dict[str, Any]]:
    found = [one for one in _findings(call) if _meets(one, call.parameters.get("filter") or {})]
    sort = call.parameters.get("sort") or {}
    if sort.get("attributeName"):
        found.sort(
            key=lambda one: str(_value(one, sort["attributeName"])), reverse=sort.get("orderBy") == "DESC"
        )
    return found


def _list_findings(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return page(call, "findings", _chosen(call), most=_PAGE)


def _list_findings_v2(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return page(call, "findings", [_v2(one) for one in _chosen(call)], most=_PAGE)


def _finding(call: Call) -> dict[str, Any]:
    wanted = str(call.parameters["id"])
    found = next((one for one in _findings(call) if one["id"] == wanted), None)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Finding {wanted} not found", 404)
    return found


def _get_finding(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"finding": _finding(call)}


def _get_finding_v2(call: Call, _proceed: Proceed) -> dict[str, Any]:
    finding = _finding(call)
    names = ("action", "condition", "isPublic", "principal", "sources")
    details = {name: finding[name] for name in names if name in finding}
    return {**_v2(finding), "findingDetails": [{"externalAccessDetails": details}]}


def _update_findings(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, UpdateFindings: archive, or make active again."""
    ids, arn = call.parameters.get("ids") or (), call.parameters.get("resourceArn")
    for finding in _findings(call):
        if finding["status"] != "RESOLVED" and (finding["id"] in ids or finding["resource"] == arn):
            finding.update(status=call.parameters["status"], updatedAt=datetime.now(UTC))
    return {}


# what was analyzed


def _resources(call: Call) -> Iterable[external_access.Resource]:
    _named(call)
    return external_access.resources(call)


def _list_resources(call: Call, _proceed: Proceed) -> dict[str, Any]:
    wanted = call.parameters.get("resourceType")
    rows = [
        {"resourceArn": one.arn, "resourceOwnerAccount": call.account, "resourceType": one.type}
        for one in _resources(call)
        if wanted in (None, one.type) and one.type != "AWS::S3::AccessPoint"  # part of its bucket
    ]
    return page(call, "analyzedResources", rows, most=_PAGE)


def _scan(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, StartResourceScan: the analyzer looks whenever it is asked."""
    arn = str(call.parameters["resourceArn"])
    if all(one.arn != arn for one in _resources(call)):
        raise AwsError("ResourceNotFoundException", f"Resource {arn} not found", 404)
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "ApplyArchiveRule": _apply_rule,
    "CheckNoPublicAccess": _check_public,
    "CreateAnalyzer": _create,
    "CreateArchiveRule": _create_rule,
    "DeleteAnalyzer": _delete,
    "DeleteArchiveRule": _delete_rule,
    "GetAnalyzer": _get,
    "GetArchiveRule": _get_rule,
    "GetFinding": _get_finding,
    "GetFindingV2": _get_finding_v2,
    "ListAnalyzedResources": _list_resources,
    "ListAnalyzers": _list,
    "ListArchiveRules": _list_rules,
    "ListFindings": _list_findings,
    "ListFindingsV2": _list_findings_v2,
    "StartResourceScan": _scan,
    "UpdateAnalyzer": _update,
    "UpdateArchiveRule": _update_rule,
    "UpdateFindings": _update_findings,
    "ValidatePolicy": _validate,
}
