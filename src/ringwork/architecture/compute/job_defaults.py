"""What jobs are started with: the SageMaker Python SDK's defaults, with this environment's own ids.

The SDK reads them as its configuration file (SageMaker Python SDK, "Configuring and using defaults with the
SageMaker Python SDK"). They save writing; what holds jobs to them are the boundaries.
"""

from __future__ import annotations

import json
from collections.abc import Sequence

from ringwork.architecture import names
from ringwork.architecture.data.class_keys import key_output
from ringwork.architecture.grants import CLASSES, Grant
from ringwork.architecture.names import logical
from ringwork.architecture.placement import role, security_group, subnets, tier_of
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, sub
from ringwork.blueprint.model import WorkloadType
from ringwork.estate import StackOutput

KEY_PATTERN = "^arn:[a-z-]+:kms:[a-z0-9-]+:[0-9]{12}:key/[0-9a-f-]+$"


def add_defaults(
    template: TemplateBuilder, site: Site, name: str, home: str, grants: Sequence[Grant]
) -> None:
    """`grants`: the workload's. Its volumes are under the key of the most secret data that it reads."""
    key = _key(template, site, grants)
    vpc = {
        "SecurityGroupIds": [security_group(template, site, name)],
        "Subnets": subnets(template, site, tier_of(site, name)),
    }
    role_arn = role(template, site, name, home)
    encrypted = {"KmsKeyId": key} if key else {}
    volume = {"VolumeKmsKeyId": key} if key else {}
    by_type: dict[WorkloadType, Json] = {
        WorkloadType.TRAINING: {
            "TrainingJob": {
                "EnableInterContainerTrafficEncryption": True,
                "EnableNetworkIsolation": True,
                "OutputDataConfig": encrypted,
                "ResourceConfig": volume,
                "RoleArn": role_arn,
                "VpcConfig": vpc,
            },
        },
        WorkloadType.PROCESSING: {
            "ProcessingJob": {
                "NetworkConfig": {
                    "EnableInterContainerTrafficEncryption": True,
                    "EnableNetworkIsolation": True,
                    "VpcConfig": vpc,
                },
                "ProcessingOutputConfig": encrypted,
                "ProcessingResources": {"ClusterConfig": volume},
                "RoleArn": role_arn,
            },
        },
        # a transform job has neither role nor network: its model has
        WorkloadType.BATCH: {
            "Model": {"EnableNetworkIsolation": True, "ExecutionRoleArn": role_arn, "VpcConfig": vpc},
            "TransformJob": {"TransformOutput": encrypted, "TransformResources": volume},
        },
    }
    content = {"SchemaVersion": "1.0", "SageMaker": by_type[site.workloads[name].type]}
    template.add(
        logical(name, "Defaults"),
        "AWS::SSM::Parameter",
        {
            "Name": names.job_defaults(site.organization, site.environment.name, name),
            "Type": "String",
            "Value": sub(_text(content)),
        },
        Purpose(
            "CMP-13, CMP-14, CMP-15, CMP-16, CMP-17, CMP-18, CMP-19",
            f"Jobs of {name} start in the VPC, isolated and encrypted, without anybody typing an id",
        ),
    )


def _key(template: TemplateBuilder, site: Site, grants: Sequence[Grant]) -> Json:
    """The key of the most secret of its grants, where it has any. Another environment's key is as good as its
    own: its policy names the role."""
    if not grants:
        return None
    most = max(grants, key=lambda grant: CLASSES.index(grant.data_class))
    output = key_output(most.data_class)
    foreign = () if most.owner == site.environment else (most.owner.name,)
    stack = names.stack(site.organization, most.owner.name, "data")
    return template.parameter(
        logical(*foreign, output),
        f"ARN of {most.owner.name}'s key for {most.data_class.value} data",
        KEY_PATTERN,
        StackOutput(f"{most.owner.account_id}/{site.region}/{stack}", output),
    )


def _text(value: Json) -> str:
    """JSON, which is YAML too, with each reference as `${Name}` for Fn::Sub."""

    def filled(part: Json) -> Json:
        if isinstance(part, dict):
            if set(part) == {"Ref"}:
                return f"${{{part['Ref']}}}"
            return {name: filled(item) for name, item in part.items() if item != {}}
        return [filled(item) for item in part] if isinstance(part, list) else part

    return json.dumps(filled(value), sort_keys=True)
