"""The environment's container registry: one repository for each workload that runs containers.

Amazon ECR asks for grants on a repository's key when the repository is made, and uses the key through them
(ECR, "Encryption at rest").
"""

from __future__ import annotations

import json

from ringwork.architecture import keys, names
from ringwork.architecture.keys import FOR_AWS, use
from ringwork.architecture.names import logical
from ringwork.architecture.policy import Statement, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub
from ringwork.blueprint.model import WorkloadType
from ringwork.estate import Stack

RING = "registry"
KEY = "ImageKey"
UNTAGGED_DAYS = 30
WITHOUT_CONTAINERS = frozenset({WorkloadType.NOTEBOOK, WorkloadType.PIPELINE})


def repositories(site: Site) -> list[str]:
    """The workloads that have a repository."""
    return [name for name, w in site.workloads.items() if w.type not in WITHOUT_CONTAINERS]


def registry_stack(site: Site) -> Stack | None:
    """The stack of an environment's repositories in one Region, or none where nothing runs containers."""
    workloads = repositories(site)
    if not workloads:
        return None
    template = TemplateBuilder(
        description=f"Ringwork container registry of {site.organization}/{site.environment.name}",
        ring=RING,
        tags=site.tags(RING),
    )
    _key(template, site)
    for name in workloads:
        _repository(template, site, name)
    return Stack(
        name=site.stack_name(RING),
        account=site.account_id,
        region=site.region,
        template=template.build(),
        parameters={},
        tags=site.tags(RING),
    )


def _key(template: TemplateBuilder, site: Site) -> None:
    deploy = [names.role_arn(names.DEPLOY)]
    template.add(
        KEY,
        "AWS::KMS::Key",
        {
            "Description": f"Container images of {site.organization}/{site.environment.name}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document(
                [
                    *keys.administration(),
                    use(
                        "GrantsForRepositories",
                        ("kms:CreateGrant", "kms:RetireGrant"),
                        deploy,
                        "ecr",
                        FOR_AWS,
                    ),
                    use("RepositoriesSeeTheKey", ("kms:DescribeKey",), deploy, "ecr"),
                ]
            ),
        },
        Purpose("CMP-26, DAT-16, DAT-17, DAT-21", "Images are under a key of the environment's own"),
        retain=True,
    )
    template.add(
        f"{KEY}Alias",
        "AWS::KMS::Alias",
        {
            "AliasName": names.key_alias(site.organization, site.environment.name, "images"),
            "TargetKeyId": ref(KEY),
        },
        Purpose("CMP-26", "A name that says whose key it is and for what"),
    )


def _repository(template: TemplateBuilder, site: Site, name: str) -> None:
    template.add(
        logical(name, "Repository"),
        "AWS::ECR::Repository",
        {
            "RepositoryName": names.repository(site.organization, site.environment.name, name),
            "EncryptionConfiguration": {"EncryptionType": "KMS", "KmsKey": get_att(KEY, "Arn")},
            "ImageScanningConfiguration": {"ScanOnPush": True},
            "ImageTagMutability": "IMMUTABLE",
            "LifecyclePolicy": {"LifecyclePolicyText": json.dumps(_lifecycle())},
            "RepositoryPolicyText": document([_own_account()]),
        },
        Purpose(
            "CMP-24, CMP-25, CMP-26, CMP-28",
            f"Images of {name}: scanned when pushed, tags that never move, for this account only",
        ),
        tags={"ringwork:workload": name},
        skip={"CKV_AWS_32": "its one statement is a Deny: everybody is who it refuses"},
        retain=True,
    )


def _lifecycle() -> Json:
    """Images that no tag names go after a while; a tagged one stays (ECR, "Lifecycle policies")."""
    return {
        "rules": [
            {
                "rulePriority": 1,
                "description": "untagged images",
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": UNTAGGED_DAYS,
                },
                "action": {"type": "expire"},
            }
        ]
    }


def _own_account() -> Statement:
    """No principal of another account, whatever a later statement or role allows. A repository's policy has
    no Resource (ECR, "Private repository policies")."""
    return Statement(
        "OwnAccountOnly",
        "Deny",
        ("ecr:*",),
        principal="*",
        conditions={
            "BoolIfExists": {"aws:PrincipalIsAWSService": "false"},
            "StringNotEquals": {"aws:PrincipalAccount": sub("${AWS::AccountId}")},
        },
        no_resource=True,
    )
