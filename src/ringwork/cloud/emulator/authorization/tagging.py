"""Tags that a call gives to what it creates: the action that tags must be allowed as well.

Sources: the API references of the operations (the parameter `Tags`: "you must have the ... permission");
SageMaker developer guide, "Provide permissions for tagging SageMaker AI resources"; IAM user guide, "Tags for
AWS Identity and Access Management resources"; Secrets Manager, CreateSecret; ECR user guide, "Tagging a
private repository"; Lambda developer guide, "Using tags on Lambda functions"; ECS developer guide, "Grant
permission to tag resources on creation". EC2 has its own way (`ec2.py`).
"""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.cloud.emulator.asked import Asked

_ANY: Mapping[str, str] = {
    "cloudwatch": "TagResource",
    "ecr": "TagResource",
    "ecs": "TagResource",
    "efs": "TagResource",
    "events": "TagResource",
    "firehose": "TagDeliveryStream",
    "kms": "TagResource",
    "lambda": "TagResource",
    "logs": "TagResource",
    "organizations": "TagResource",
    "rekognition": "TagResource",
    "s3tables": "TagResource",
    "s3vectors": "TagResource",
    "sagemaker": "AddTags",
    "secretsmanager": "TagResource",
    "sns": "TagResource",
    "sqs": "TagQueue",
    "ssm": "AddTagsToResource",
}
"""botocore's service -> the action, for each operation of it that takes tags"""

_OWN: Mapping[tuple[str, str], str] = {
    ("iam", "CreateInstanceProfile"): "TagInstanceProfile",
    ("iam", "CreateOpenIDConnectProvider"): "TagOpenIDConnectProvider",
    ("iam", "CreatePolicy"): "TagPolicy",
    ("iam", "CreateRole"): "TagRole",
    ("iam", "CreateSAMLProvider"): "TagSAMLProvider",
    ("iam", "CreateUser"): "TagUser",
    ("iam", "CreateVirtualMFADevice"): "TagMFADevice",
    ("iam", "UploadServerCertificate"): "TagServerCertificate",
    ("kinesis", "CreateStream"): "AddTagsToStream",
    ("kinesis", "RegisterStreamConsumer"): "TagResource",
}

_MEMBERS = ("Tags", "tags", "TagList")
_TAGS = ("Tag", "AddTags", "Untag", "RemoveTags")


def action(asked: Asked) -> str | None:
    """The action, without its prefix, that a call needs for the tags that it gives; None without tags."""
    operation = asked.operation.name
    if operation.startswith(_TAGS) or not any(asked.parameters.get(member) for member in _MEMBERS):
        return None
    return _OWN.get((asked.service, operation), _ANY.get(asked.service))
