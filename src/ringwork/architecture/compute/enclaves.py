"""Parent instances of Nitro enclaves: how they are launched, and the instances themselves."""

from __future__ import annotations

import re

from ringwork.architecture.compute.sealed import add_sealed_key
from ringwork.architecture.compute.volumes import KEY
from ringwork.architecture.names import logical
from ringwork.architecture.placement import role, security_group, subnets, tier_of
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref
from ringwork.blueprint.model import DataClass, Enclave

VOLUME_GB = 30
IMAGES = "/aws/service/ami-amazon-linux-latest/al2023-ami-kernel-default-"
"""Public parameters with the current Amazon Linux 2023 (EC2, "Reference the latest AMIs using Systems Manager
public parameters")."""
_GRAVITON = re.compile(r"[a-z]+[0-9]+g[a-z]*\..+")


def image(enclave: Enclave) -> str:
    """The AMI, or the reference that CloudFormation resolves to it."""
    if enclave.image is not None:
        return enclave.image
    architecture = "arm64" if _GRAVITON.fullmatch(enclave.instance_type) else "x86_64"
    return f"{{{{resolve:ssm:{IMAGES}{architecture}}}}}"


def instance_output(workload: str, index: int) -> str:
    """Output with the id of a workload's parent instance; the first is 1."""
    return logical(workload, f"InstanceId{index}")


def instances(site: Site, workload: str) -> int:
    declared = site.workloads[workload].enclave
    return (declared or Enclave()).instances


def add_enclave(template: TemplateBuilder, site: Site, name: str, home: str, data_class: DataClass) -> None:
    """The sealed key, the profile, the launch template, and the instances spread over the zones."""
    declared = site.workloads[name].enclave or Enclave()
    add_sealed_key(template, site, name, data_class)
    profile = template.add(
        logical(name, "Profile"),
        "AWS::IAM::InstanceProfile",
        {"Roles": [{"Fn::Select": [1, {"Fn::Split": ["/", role(template, site, name, home)]}]}]},
        Purpose("IAM-08", f"Gives {name}'s parent instance its role, so that no key lies on its disk"),
    )
    launch = _launch_template(template, site, name, declared, profile)
    group = security_group(template, site, name)
    places = subnets(template, site, tier_of(site, name), declared.instances)
    for index in range(1, declared.instances + 1):
        interface: dict[str, Json] = {
            "DeviceIndex": "0",
            "AssociatePublicIpAddress": False,
            "DeleteOnTermination": True,
            "GroupSet": [group],
            "SubnetId": places[(index - 1) % len(places)],
        }
        instance = template.add(
            logical(name, f"Instance{index}"),
            "AWS::EC2::Instance",
            {
                "LaunchTemplate": {
                    "LaunchTemplateId": ref(launch),
                    "Version": get_att(launch, "LatestVersionNumber"),
                },
                "NetworkInterfaces": [interface],
            },
            Purpose(
                "CMP-30, CMP-31",
                f"Parent {index} of {name}'s enclave: no public address, no way in but flows",
            ),
            name=f"{site.organization}-{site.environment.name}-{name}-{index}",
            tags={"ringwork:workload": name, "ringwork:data-class": data_class.value},
        )
        template.output(
            instance_output(name, index), f"Parent instance {index} of {name}'s enclave", ref(instance)
        )


def _launch_template(
    template: TemplateBuilder, site: Site, name: str, declared: Enclave, profile: str
) -> str:
    disk = {
        "DeviceName": "/dev/xvda",
        "Ebs": {
            "DeleteOnTermination": True,
            "Encrypted": True,
            "KmsKeyId": get_att(KEY, "Arn"),
            "VolumeSize": VOLUME_GB,
            "VolumeType": "gp3",
        },
    }
    return template.add(
        logical(name, "LaunchTemplate"),
        "AWS::EC2::LaunchTemplate",
        {
            "LaunchTemplateName": f"{site.organization}-{site.environment.name}-{name}",
            "LaunchTemplateData": {
                "BlockDeviceMappings": [disk],
                "EbsOptimized": True,
                "EnclaveOptions": {"Enabled": True},
                "HibernationOptions": {"Configured": False},
                "IamInstanceProfile": {"Arn": get_att(profile, "Arn")},
                "ImageId": image(declared),
                "InstanceType": declared.instance_type,
                "MetadataOptions": {
                    "HttpEndpoint": "enabled",
                    "HttpPutResponseHopLimit": 1,
                    "HttpTokens": "required",
                    "InstanceMetadataTags": "disabled",
                },
                "Monitoring": {"Enabled": True},
            },
        },
        Purpose(
            "CMP-30, CMP-31, CMP-37",
            f"{name} starts with enclaves on, IMDSv2 of one hop, an encrypted disk and no key pair",
        ),
    )
