"""SageMaker's condition keys, from the parameters of its operations.

Source: Service Authorization Reference, "Condition keys for Amazon SageMaker"; SageMaker developer guide,
"Control creation of SageMaker jobs with condition keys".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

Read = Callable[[Mapping[str, Any]], "str | tuple[str, ...] | None"]


def every(value: Any, names: frozenset[str]) -> Iterator[Any]:
    """What stands under one of `names`, however deep."""
    if isinstance(value, Mapping):
        for name, item in value.items():
            if name in names:
                yield item
            else:
                yield from every(item, names)
    elif isinstance(value, list):
        for item in value:
            yield from every(item, names)


def _texts(*names: str) -> Read:
    """A multivalued key: all values of members with one of these names."""
    wanted = frozenset(names)

    def read(parameters: Mapping[str, Any]) -> tuple[str, ...] | None:
        found: list[str] = []
        for value in every(parameters, wanted):
            found.extend(str(item) for item in value) if isinstance(value, list) else found.append(str(value))
        return tuple(dict.fromkeys(found)) or None

    return read


def _text(*names: str) -> Read:
    """A single-valued key: the first value of a member with one of these names."""
    wanted = frozenset(names)

    def read(parameters: Mapping[str, Any]) -> str | None:
        value = next(every(parameters, wanted), None)
        return None if value is None else str(value).lower() if isinstance(value, bool) else str(value)

    return read


def _volume_key(parameters: Mapping[str, Any]) -> str | None:
    """Of jobs, `VolumeKmsKeyId`; of notebook instances, endpoint configurations and domains, `KmsKeyId`."""
    value = next(every(parameters, frozenset({"VolumeKmsKeyId"})), parameters.get("KmsKeyId"))
    return None if value is None else str(value)


_OUTPUTS = (
    *("OutputConfig", "OutputDataConfig", "ProcessingOutputConfig", "TransformOutput"),
    *("MonitoringOutputConfig", "DataQualityJobOutputConfig", "ModelBiasJobOutputConfig"),
    *("ModelExplainabilityJobOutputConfig", "ModelQualityJobOutputConfig"),
)
"""Structures that say where a job puts what it makes"""


def _within(structures: tuple[str, ...], name: str) -> Read:
    wanted = frozenset(structures)

    def read(parameters: Mapping[str, Any]) -> str | None:
        for value in every(parameters, wanted):
            if isinstance(value, Mapping) and name in value:
                return str(value[name])
        return None

    return read


KEYS: Mapping[str, Read] = {
    "acceleratortypes": _texts("AcceleratorType", "AcceleratorTypes"),
    "appnetworkaccesstype": _text("AppNetworkAccessType", "AppNetworkAccess"),
    "directinternetaccess": _text("DirectInternetAccess"),
    "domainsharingoutputkmskey": _within(("SharingSettings",), "S3KmsKeyId"),
    "domainsharingoutputkmskeyarn": _within(("SharingSettings",), "S3KmsKeyId"),
    "enableremotedebug": _within(("RemoteDebugConfig",), "EnableRemoteDebug"),
    "filesystemaccessmode": _text("FileSystemAccessMode"),
    "filesystemdirectorypath": _text("DirectoryPath"),
    "filesystemid": _text("FileSystemId"),
    "filesystemtype": _text("FileSystemType"),
    "homeefsfilesystemkmskey": _text("HomeEfsFileSystemKmsKeyId"),
    "imagearns": _texts("ImageArn", "SageMakerImageArn"),
    "imageversionarns": _texts("ImageVersionArn", "SageMakerImageVersionArn"),
    "instancetypes": _texts("InstanceType"),
    "intercontainertrafficencryption": _text("EnableInterContainerTrafficEncryption"),
    "maxruntimeinseconds": _text("MaxRuntimeInSeconds"),
    "minimuminstancemetadataserviceversion": _text("MinimumInstanceMetadataServiceVersion"),
    "modelapprovalstatus": _text("ModelApprovalStatus"),
    "networkisolation": _text("EnableNetworkIsolation"),
    "outputkmskeyarn": _within(_OUTPUTS, "KmsKeyId"),
    "rootaccess": _text("RootAccess"),
    "servicecatalogprovisionedproductarn": _text("ProvisionedProductArn"),
    "studiostoragetype": _text("StorageType"),
    "userprofilename": _text("UserProfileName"),
    "volumekmskeyarn": _volume_key,
    "vpcsecuritygroupids": _texts("SecurityGroupIds", "SecurityGroups"),
    "vpcsubnets": _texts("Subnets", "SubnetIds", "SubnetId"),
    "keepaliveperiod": _text("KeepAlivePeriodInSeconds"),
    "remoteaccess": _text("RemoteAccess"),
    "directgatedmodelaccess": lambda _parameters: None,
}
"""Name of the key, lower case -> its value from an operation's parameters"""
