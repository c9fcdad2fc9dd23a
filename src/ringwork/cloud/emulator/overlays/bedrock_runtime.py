"""Bedrock guardrails at work: what words and patterns decide, exactly.

Filters that a model decides (content, topics, grounding, PII, profanity) are not decided here; neither is a
word that only matches in another case or inside a longer one, of which the documents do not say.
Source: Bedrock API reference, ApplyGuardrail; user guide, "Remove a specific list of words and phrases from
conversations with word filters", "Remove PII from conversations by using sensitive information filters".
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_UNIT = 1000
"""characters of a text unit"""
_DIRECTIONS = {"INPUT": "input", "OUTPUT": "output"}
_MODELS = {
    "contentPolicy": "filters",
    "contextualGroundingPolicy": "filters",
    "topicPolicy": "topics",
}
"""Policies that a model decides, and their parts"""


def _apply(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    guardrail = _guardrail(call)
    side = _DIRECTIONS[str(given["source"])]
    texts = [str(one["text"]["text"]) for one in given["content"] if one.get("text")]
    if len(texts) != len(given["content"]):
        raise NotEmulatedError(call.service, call.operation, "only texts are looked at here")
    _refuse_models(call, guardrail, side)
    whole = "\n".join(texts)
    words = list(_words(call, guardrail, side, whole))
    patterns = list(_patterns(call, guardrail, side, whole))
    blocked = any(one["action"] == "BLOCKED" for one in (*words, *patterns))
    message = guardrail["blockedInputMessaging" if side == "input" else "blockedOutputsMessaging"]
    assessment: dict[str, Any] = {}
    if words:
        assessment["wordPolicy"] = {"customWords": words, "managedWordLists": []}
    if patterns:
        assessment["sensitiveInformationPolicy"] = {"piiEntities": [], "regexes": patterns}
    return {
        "usage": _usage(guardrail, whole),
        "action": "GUARDRAIL_INTERVENED" if blocked else "NONE",
        "outputs": [{"text": message}] if blocked else [],
        "assessments": [assessment] if assessment else [],
        "guardrailCoverage": {"textCharacters": {"guarded": len(whole), "total": len(whole)}},
    }


def _guardrail(call: Call) -> Mapping[str, Any]:
    named = str(call.parameters["guardrailIdentifier"]).rpartition("/")[2]
    version = str(call.parameters["guardrailVersion"])
    found = call.table("guardrails", service="bedrock").get(named)
    if found is None or version not in found["versions"]:
        message = "The guardrail identifier or version provided in the request does not exist."
        raise AwsError("ResourceNotFoundException", message, 404)
    guardrail: Mapping[str, Any] = found["versions"][version]
    return guardrail


def _on(part: Mapping[str, Any], side: str) -> bool:
    """Whether a part of a guardrail looks at this side: `inputEnabled`, `outputEnabled`."""
    return bool(part.get(f"{side}Enabled", True))


def _refuse_models(call: Call, guardrail: Mapping[str, Any], side: str) -> None:
    for policy, parts in _MODELS.items():
        for part in (guardrail.get(policy) or {}).get(parts) or ():
            if _on(part, side) and part.get(f"{side}Strength") != "NONE":
                raise NotEmulatedError(call.service, call.operation, f"a model decides its {policy}")
    sensitive, words = guardrail.get("sensitiveInformationPolicy") or {}, guardrail.get("wordPolicy") or {}
    for part in (*(sensitive.get("piiEntities") or ()), *(words.get("managedWordLists") or ())):
        if _on(part, side):
            raise NotEmulatedError(
                call.service, call.operation, f"it is not known here what {part['type']} is"
            )


def _action(part: Mapping[str, Any], side: str) -> str:
    return str(part.get(f"{side}Action") or part.get("action") or "BLOCK")


def _words(call: Call, guardrail: Mapping[str, Any], side: str, text: str) -> Iterator[dict[str, Any]]:
    for part in (guardrail.get("wordPolicy") or {}).get("words") or ():
        if not _on(part, side):
            continue
        word = str(part["text"])
        if re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text):
            action = "BLOCKED" if _action(part, side) == "BLOCK" else "NONE"
            yield {"match": word, "action": action, "detected": True}
        elif word.lower() in text.lower():
            reason = f"whether `{word}` is met in another case or inside a word"
            raise NotEmulatedError(call.service, call.operation, f"the documents do not say {reason}")


def _patterns(call: Call, guardrail: Mapping[str, Any], side: str, text: str) -> Iterator[dict[str, Any]]:
    for part in (guardrail.get("sensitiveInformationPolicy") or {}).get("regexes") or ():
        if not _on(part, side):
            continue
        action = _action(part, side)
        for match in re.finditer(str(part["pattern"]), text):
            if action == "ANONYMIZE":
                raise NotEmulatedError(call.service, call.operation, "nothing is masked here")
            yield {
                "name": part["name"],
                "match": match[0],
                "regex": part["pattern"],
                "action": "BLOCKED" if action == "BLOCK" else "NONE",
                "detected": True,
            }


def _usage(guardrail: Mapping[str, Any], text: str) -> dict[str, int]:
    units = max(1, math.ceil(len(text) / _UNIT))
    return {
        "topicPolicyUnits": 0,
        "contentPolicyUnits": 0,
        "wordPolicyUnits": units if guardrail.get("wordPolicy") else 0,
        "sensitiveInformationPolicyUnits": 0,
        "sensitiveInformationPolicyFreeUnits": units if guardrail.get("sensitiveInformationPolicy") else 0,
        "contextualGroundingPolicyUnits": 0,
    }


OVERLAYS: Mapping[str, Overlay] = {"ApplyGuardrail": _apply}
