"""EC2 instances: whether they are enabled for Nitro Enclaves, which moto forgets, and their metadata service.

Source: EC2 API reference, RunInstances (EnclaveOptions, MetadataOptions), DescribeInstances,
DescribeInstanceAttribute, ModifyInstanceMetadataOptions; EC2 user guide, "Order of precedence for instance
metadata options".
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ringwork.cloud.emulator.overlays import ec2_metadata_defaults
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_ENCLAVE = "ringwork_enclave"
"""On moto's instance: whether it is enabled for enclaves."""


def _backend(call: Call) -> Any:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    return ec2_backends[call.account][call.region]


_METADATA = {
    "HttpTokens": "http_tokens",
    "HttpPutResponseHopLimit": "http_put_response_hop_limit",
    "HttpEndpoint": "http_endpoint",
    "HttpProtocolIpv6": "http_protocol_ipv6",
    "InstanceMetadataTags": "instance_metadata_tags",
}
"""The options of the metadata service -> their names on moto's instances."""


def _template(call: Call) -> tuple[dict[str, Any], dict[str, str]]:
    """What the launch template says, which the request's own parameters override; and the tags by which EC2
    tells where an instance came from (EC2 user guide, "Launch instances from a launch template")."""
    named = call.parameters.get("LaunchTemplate") or {}
    for template in _backend(call).launch_templates.values():
        if template.id == named.get("LaunchTemplateId") or template.name == named.get("LaunchTemplateName"):
            version = template.get_version(str(named.get("Version") or "$Default"))
            tags = {"id": template.id, "version": str(version.number)}
            return dict(version.data), {f"aws:ec2launchtemplate:{name}": tags[name] for name in tags}
    return {}, {}


def _run(call: Call, proceed: Proceed) -> dict[str, Any]:
    answer = proceed()
    template, origin = _template(call)
    given = call.parameters.get("EnclaveOptions") or template.get("EnclaveOptions") or {}
    enabled = str(given.get("Enabled", False)).lower() == "true"
    metadata = {
        **ec2_metadata_defaults.defaults(call),
        **(template.get("MetadataOptions") or {}),
        **(call.parameters.get("MetadataOptions") or {}),
    }
    for shown in answer.get("Instances", ()):
        instance = _backend(call).get_instance(shown["InstanceId"])
        setattr(instance, _ENCLAVE, enabled)
        if origin:
            _backend(call).tags[instance.id].update(origin)
        _interfaces_go_with(instance, call.parameters.get("NetworkInterfaces") or ())
        shown["EnclaveOptions"] = {"Enabled": enabled}
        _set_metadata(instance, metadata)
        shown.setdefault("MetadataOptions", {}).update(_metadata(instance))
    return answer


def _interfaces_go_with(instance: Any, asked: Sequence[Mapping[str, Any]]) -> None:
    """EC2 user guide, "Delete a network interface": those made at the launch go with the instance, unless
    DeleteOnTermination says otherwise; those that were there before stay."""
    stay = {
        int(each.get("DeviceIndex", 0))
        for each in asked
        if "NetworkInterfaceId" in each or str(each.get("DeleteOnTermination", True)).lower() == "false"
    }
    for index, interface in instance.nics.items():
        if int(index) not in stay:
            interface.delete_on_termination = True


def _set_metadata(instance: Any, options: Mapping[str, Any]) -> None:
    for name, attribute in _METADATA.items():
        if name in options:
            value = options[name]
            number = name == "HttpPutResponseHopLimit"
            setattr(instance.metadata_options, attribute, int(value) if number else value)


def _metadata(instance: Any) -> dict[str, Any]:
    return {
        "State": "applied",
        **{name: getattr(instance.metadata_options, attribute) for name, attribute in _METADATA.items()},
    }


def _modify_metadata(call: Call, proceed: Proceed) -> dict[str, Any]:
    """moto clears what the request does not name."""
    known = (one for group in _backend(call).reservations.values() for one in group.instances)
    instance = next((one for one in known if one.id == call.parameters["InstanceId"]), None)
    if instance is None:
        return proceed()
    _set_metadata(instance, call.parameters)
    return {"InstanceId": instance.id, "InstanceMetadataOptions": _metadata(instance)}


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
    "ModifyInstanceMetadataOptions": _modify_metadata,
    "RunInstances": _run,
}
