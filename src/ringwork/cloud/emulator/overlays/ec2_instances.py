"""EC2 instances: whether they are enabled for Nitro Enclaves, which moto forgets.

Source: EC2 API reference, RunInstances (EnclaveOptions), DescribeInstances, DescribeInstanceAttribute.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_ENCLAVE = "ringwork_enclave"
"""On moto's instance: whether it is enabled for enclaves."""


def _backend(call: Call) -> Any:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    return ec2_backends[call.account][call.region]


def _from_template(call: Call) -> bool:
    """The launch template's EnclaveOptions, which the request's own override."""
    named = call.parameters.get("LaunchTemplate") or {}
    for template in _backend(call).launch_templates.values():
        if template.id == named.get("LaunchTemplateId") or template.name == named.get("LaunchTemplateName"):
            version = template.get_version(str(named.get("Version") or "$Default"))
            return bool((version.data.get("EnclaveOptions") or {}).get("Enabled", False))
    return False


def _run(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    given = call.parameters.get("EnclaveOptions")
    enabled = bool(given.get("Enabled", False)) if given else _from_template(call)
    for shown in answer.get("Instances", ()):
        setattr(_backend(call).get_instance(shown["InstanceId"]), _ENCLAVE, enabled)
        shown["EnclaveOptions"] = {"Enabled": enabled}
    return answer


def _describe(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    for reservation in answer.get("Reservations", ()):
        for shown in reservation.get("Instances", ()):
            instance = _backend(call).get_instance(shown["InstanceId"])
            shown["EnclaveOptions"] = {"Enabled": getattr(instance, _ENCLAVE, False)}
    return answer


def _attribute(call: Call, proceed: Proceed) -> dict[str, Any]:
    if call.parameters.get("Attribute") != "enclaveOptions":
        return proceed()
    instance = _backend(call).get_instance(call.parameters["InstanceId"])
    return {"InstanceId": instance.id, "EnclaveOptions": {"Enabled": getattr(instance, _ENCLAVE, False)}}


OVERLAYS: Mapping[str, Overlay] = {
    "DescribeInstanceAttribute": _attribute,
    "DescribeInstances": _describe,
    "RunInstances": _run,
}
