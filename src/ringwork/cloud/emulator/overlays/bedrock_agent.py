"""Bedrock agents: all that was given is kept, and can be changed, which moto does not do.

Source: Bedrock Agents API reference, CreateAgent, GetAgent, UpdateAgent, DeleteAgent.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_TABLE = "agents"
_ATTRIBUTES = {
    "agentName": "agent_name",
    "instruction": "instruction",
    "foundationModel": "foundation_model",
    "description": "description",
    "idleSessionTTLInSeconds": "idle_session_ttl_in_seconds",
    "agentResourceRoleArn": "agent_resource_role_arn",
    "customerEncryptionKeyArn": "customer_encryption_key_arn",
    "promptOverrideConfiguration": "prompt_override_configuration",
}
"""member -> its name on moto's agents"""
_ALSO = (
    *("orchestrationType", "customOrchestration", "guardrailConfiguration", "memoryConfiguration"),
    "agentCollaboration",
)


def _shown(call: Call, answer: dict[str, Any]) -> dict[str, Any]:
    kept = call.table(_TABLE).get(str(answer["agent"]["agentId"]), {})
    return {**answer, "agent": {**answer["agent"], **kept}}


def _keep(call: Call, id: str) -> None:
    call.table(_TABLE)[id] = {name: call.parameters[name] for name in _ALSO if name in call.parameters}


def _create(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    _keep(call, answer["agent"]["agentId"])
    return _shown(call, answer)


def _get(call: Call, proceed: Proceed) -> dict[str, Any]:
    return _shown(call, proceed())


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """What is absent goes back to its default."""
    from moto.bedrockagent.models import bedrockagent_backends  # noqa: PLC0415
    from moto.core.utils import unix_time  # noqa: PLC0415

    id = str(call.parameters["agentId"])
    agent = bedrockagent_backends[call.account][call.region].agents.get(id)
    if agent is None:
        raise AwsError("ResourceNotFoundException", f"Agent {id} not found", 404)
    for name, attribute in _ATTRIBUTES.items():
        setattr(agent, attribute, call.parameters.get(name))
    agent.updated_at = unix_time()
    _keep(call, id)
    return _shown(call, {"agent": agent.to_dict()})


def _delete(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    call.table(_TABLE).pop(call.parameters["agentId"], None)
    return answer


OVERLAYS: Mapping[str, Overlay] = {
    "CreateAgent": _create,
    "DeleteAgent": _delete,
    "GetAgent": _get,
    "UpdateAgent": _update,
}
