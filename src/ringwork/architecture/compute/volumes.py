"""The key of disks and home directories: what people's machines and parent instances write locally.

The deploy role makes the machines, so services lend its rights for grants on the key, and for nothing that
gives anybody plaintext (SageMaker, "Protect Data at Rest Using Encryption"; EC2, "Requirements for Amazon EBS
encryption").
"""

from __future__ import annotations

from ringwork.architecture import keys, names
from ringwork.architecture.grants import CLASSES, Grant
from ringwork.architecture.keys import FOR_AWS, use
from ringwork.architecture.policy import document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Purpose, TemplateBuilder, ref
from ringwork.blueprint.model import DataClass

KEY = "VolumeKey"


def secrecy(grants: list[Grant]) -> DataClass:
    """The class of what may land on a disk: that of the most secret data that its machine reads."""
    return max((grant.data_class for grant in grants), key=CLASSES.index, default=DataClass.INTERNAL)


def add_key(template: TemplateBuilder, site: Site, data_class: DataClass, services: list[str]) -> None:
    """`services`: `sagemaker` for notebooks and Studio, `ec2` for parent instances."""
    deploy = [names.role_arn(names.DEPLOY)]
    statements = keys.administration()
    for service in services:
        part = service.title()
        statements += [
            use(f"Volumes{part}", keys.MAKE_VOLUME_ACTIONS, deploy, service),
            use(f"GrantsForVolumes{part}", ("kms:CreateGrant",), deploy, service, FOR_AWS),
        ]
    template.add(
        KEY,
        "AWS::KMS::Key",
        {
            "Description": f"Disks and home directories of {site.organization}/{site.environment.name}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document(statements),
        },
        Purpose(
            "CMP-04, DAT-16, DAT-17, DAT-21, DAT-30",
            "Disks and home directories are under a key of the environment's own",
        ),
        tags={"ringwork:data-class": data_class.value},
        retain=True,
    )
    template.add(
        f"{KEY}Alias",
        "AWS::KMS::Alias",
        {
            "AliasName": names.key_alias(site.organization, site.environment.name, "volumes"),
            "TargetKeyId": ref(KEY),
        },
        Purpose("CMP-04", "A name that says whose key it is and for what"),
    )
