"""Bedrock guardrails: drafts, versions, and what they hold.

Source: Bedrock API reference, CreateGuardrail, CreateGuardrailVersion, GetGuardrail, UpdateGuardrail,
ListGuardrails, DeleteGuardrail, TagResource.
"""

from __future__ import annotations

import copy
import secrets
import string
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_DRAFT = "DRAFT"
_POLICIES: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "contentPolicyConfig": ("contentPolicy", {"filtersConfig": "filters"}),
    "contextualGroundingPolicyConfig": ("contextualGroundingPolicy", {"filtersConfig": "filters"}),
    "sensitiveInformationPolicyConfig": (
        "sensitiveInformationPolicy",
        {"piiEntitiesConfig": "piiEntities", "regexesConfig": "regexes"},
    ),
    "topicPolicyConfig": ("topicPolicy", {"topicsConfig": "topics"}),
    "wordPolicyConfig": (
        "wordPolicy",
        {"managedWordListsConfig": "managedWordLists", "wordsConfig": "words"},
    ),
}
"""What a request calls a policy and its parts -> what the answers call them"""


def _settings(given: Mapping[str, Any]) -> dict[str, Any]:
    found = {
        name: copy.deepcopy(given[name])
        for name in ("name", "description", "blockedInputMessaging", "blockedOutputsMessaging")
        if name in given
    }
    if "kmsKeyId" in given:
        found["kmsKeyArn"] = given["kmsKeyId"]
    for name, (title, parts) in _POLICIES.items():
        if name in given:
            found[title] = {parts.get(part, part): value for part, value in given[name].items()}
    return found


def _guardrail(call: Call) -> dict[str, Any]:
    named = str(call.parameters["guardrailIdentifier"]).rpartition("/")[2]
    found = call.table("guardrails").get(named)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"The guardrail {named} does not exist.", 404)
    return found


def _create(call: Call, _proceed: Proceed) -> dict[str, Any]:
    name = call.parameters["name"]
    if any(one["versions"][_DRAFT]["name"] == name for one in call.table("guardrails").values()):
        raise AwsError("ConflictException", f"A guardrail with the name {name} already exists.", 400)
    identifier = "".join(secrets.choice(string.ascii_lowercase + string.digits) for _ in range(12))
    arn = f"arn:aws:bedrock:{call.region}:{call.account}:guardrail/{identifier}"
    now = datetime.now(UTC)
    draft = {**_settings(call.parameters), "version": _DRAFT, "createdAt": now, "updatedAt": now}
    call.table("guardrails")[identifier] = {
        "id": identifier,
        "arn": arn,
        "next": 1,
        "versions": {_DRAFT: draft},
        "tags": {tag["key"]: tag["value"] for tag in call.parameters.get("tags") or ()},
    }
    return {"guardrailId": identifier, "guardrailArn": arn, "version": _DRAFT, "createdAt": now}


def _version(call: Call, _proceed: Proceed) -> dict[str, Any]:
    guardrail = _guardrail(call)
    number = str(guardrail["next"])
    guardrail["next"] += 1
    frozen = copy.deepcopy(guardrail["versions"][_DRAFT])
    frozen.update(version=number, createdAt=datetime.now(UTC))
    if "description" in call.parameters:
        frozen["description"] = call.parameters["description"]
    guardrail["versions"][number] = frozen
    return {"guardrailId": guardrail["id"], "version": number}


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
    guardrail = _guardrail(call)
    before = guardrail["versions"][_DRAFT]
    now = datetime.now(UTC)
    # what is not given is removed: the call replaces the draft
    guardrail["versions"][_DRAFT] = {
        **_settings(call.parameters),
        "version": _DRAFT,
        "createdAt": before["createdAt"],
        "updatedAt": now,
    }
    return {
        "guardrailId": guardrail["id"],
        "guardrailArn": guardrail["arn"],
        "version": _DRAFT,
        "updatedAt": now,
    }


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    guardrail = _guardrail(call)
    wanted = str(call.parameters.get("guardrailVersion") or _DRAFT)
    found = guardrail["versions"].get(wanted)
    if found is None:
        raise AwsError("ResourceNotFoundException", f"The guardrail version {wanted} does not exist.", 404)
    return {**found, "guardrailId": guardrail["id"], "guardrailArn": guardrail["arn"], "status": "READY"}


def _list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    named = call.parameters.get("guardrailIdentifier")
    rows = []
    for guardrail in [_guardrail(call)] if named else list(call.table("guardrails").values()):
        shown = guardrail["versions"].values() if named else [guardrail["versions"][_DRAFT]]
        for one in shown:
            row = {"id": guardrail["id"], "arn": guardrail["arn"], "status": "READY"}
            names = ("name", "description", "version", "createdAt", "updatedAt")
            rows.append({**row, **{name: one[name] for name in names if name in one}})
    return {"guardrails": rows}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    guardrail = _guardrail(call)
    version = call.parameters.get("guardrailVersion")
    if version is None:
        del call.table("guardrails")[guardrail["id"]]
    elif guardrail["versions"].pop(str(version), None) is None:
        raise AwsError("ResourceNotFoundException", f"The guardrail version {version} does not exist.", 404)
    return {}


def _tagged(call: Call) -> dict[str, str] | None:
    """The tags of the guardrail that is meant; None: it is something else."""
    named = str(call.parameters["resourceARN"])
    if ":guardrail/" not in named:
        return None
    found = call.table("guardrails").get(named.rpartition("/")[2])
    if found is None:
        raise AwsError("ResourceNotFoundException", f"The resource {named} does not exist.", 404)
    tags: dict[str, str] = found.setdefault("tags", {})
    return tags


def _tag(call: Call, proceed: Proceed) -> dict[str, Any]:
    tags = _tagged(call)
    if tags is None:
        return proceed()
    tags.update({tag["key"]: tag["value"] for tag in call.parameters["tags"]})
    return {}


def _untag(call: Call, proceed: Proceed) -> dict[str, Any]:
    tags = _tagged(call)
    if tags is None:
        return proceed()
    for key in call.parameters["tagKeys"]:
        tags.pop(key, None)
    return {}


def _list_tags(call: Call, proceed: Proceed) -> dict[str, Any]:
    tags = _tagged(call)
    if tags is None:
        return proceed()
    return {"tags": [{"key": key, "value": value} for key, value in tags.items()]}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateGuardrail": _create,
    "CreateGuardrailVersion": _version,
    "DeleteGuardrail": _delete,
    "GetGuardrail": _get,
    "ListGuardrails": _list,
    "ListTagsForResource": _list_tags,
    "TagResource": _tag,
    "UntagResource": _untag,
    "UpdateGuardrail": _update,
}
