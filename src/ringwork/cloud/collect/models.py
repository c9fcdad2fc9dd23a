"""Model package groups and their policies, guardrails of foundation models and their versions."""

from __future__ import annotations

from ringwork.cloud.collect.kinds import Below, Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import Each, Parsed, Part, Raw, Rule, Tags

# -- Amazon SageMaker AI, Model Registry ---------------------------------------------------------------------


def _group(raw: Raw, where: Where) -> dict[str, str]:
    return {"ModelPackageGroupName": raw["ModelPackageGroupName"]}


MODEL_PACKAGE_GROUP = Kind(
    "AWS::SageMaker::ModelPackageGroup",
    Listing("sagemaker", "ListModelPackageGroups", "ModelPackageGroupSummaryList"),
    physical=lambda raw: raw["ModelPackageGroupArn"],
    details=(
        Detail(
            "$policy",
            "GetModelPackageGroupPolicy",
            _group,
            result="ResourcePolicy",
            # "Cannot find a resource policy for ..."
            absent=frozenset({"ValidationException"}),
        ),
        Detail(
            "$tags",
            "ListTags",
            lambda raw, where: {"ResourceArn": raw["ModelPackageGroupArn"]},
            result="Tags",
        ),
    ),
    properties={
        "ModelPackageGroupName": "ModelPackageGroupName",
        "ModelPackageGroupDescription": "ModelPackageGroupDescription",
        "ModelPackageGroupPolicy": Parsed("$policy"),
        "Tags": Tags("$tags"),
    },
    attributes={"ModelPackageGroupStatus": "ModelPackageGroupStatus"},
    arn=lambda raw, where: raw["ModelPackageGroupArn"],
)

# -- Amazon Bedrock ------------------------------------------------------------------------------------------

_ON_BOTH_SIDES: dict[str, Rule] = {
    "InputAction": "inputAction",
    "InputEnabled": "inputEnabled",
    "OutputAction": "outputAction",
    "OutputEnabled": "outputEnabled",
}
_FILTER: dict[str, Rule] = {
    "Type": "type",
    "InputStrength": "inputStrength",
    "OutputStrength": "outputStrength",
    "InputModalities": "inputModalities",
    "OutputModalities": "outputModalities",
    **_ON_BOTH_SIDES,
}
_PERSONAL: dict[str, Rule] = {"Type": "type", "Action": "action", **_ON_BOTH_SIDES}
_PATTERN: dict[str, Rule] = {
    "Name": "name",
    "Description": "description",
    "Pattern": "pattern",
    "Action": "action",
    **_ON_BOTH_SIDES,
}
_TOPIC: dict[str, Rule] = {
    "Name": "name",
    "Definition": "definition",
    "Examples": "examples",
    "Type": "type",
    **_ON_BOTH_SIDES,
}


def _rail(raw: Raw, where: Where) -> dict[str, str]:
    return {"guardrailIdentifier": raw["arn"]}


GUARDRAIL = Kind(
    "AWS::Bedrock::Guardrail",
    Listing("bedrock", "ListGuardrails", "guardrails"),
    physical=lambda raw: raw["arn"],
    details=(
        Detail("$rail", "GetGuardrail", _rail),
        Detail("$tags", "ListTagsForResource", lambda raw, where: {"resourceARN": raw["arn"]}, result="tags"),
    ),
    properties={
        "Name": "name",
        "Description": "$rail.description",
        "BlockedInputMessaging": "$rail.blockedInputMessaging",
        "BlockedOutputsMessaging": "$rail.blockedOutputsMessaging",
        "KmsKeyArn": "$rail.kmsKeyArn",
        "ContentPolicyConfig": Part({"FiltersConfig": Each("$rail.contentPolicy.filters", _FILTER)}),
        "ContextualGroundingPolicyConfig": Part(
            {
                "FiltersConfig": Each(
                    "$rail.contextualGroundingPolicy.filters",
                    {"Type": "type", "Threshold": "threshold", "Action": "action", "Enabled": "enabled"},
                )
            }
        ),
        "SensitiveInformationPolicyConfig": Part(
            {
                "PiiEntitiesConfig": Each("$rail.sensitiveInformationPolicy.piiEntities", _PERSONAL),
                "RegexesConfig": Each("$rail.sensitiveInformationPolicy.regexes", _PATTERN),
            }
        ),
        "TopicPolicyConfig": Part({"TopicsConfig": Each("$rail.topicPolicy.topics", _TOPIC)}),
        "WordPolicyConfig": Part(
            {
                "WordsConfig": Each("$rail.wordPolicy.words", {"Text": "text", **_ON_BOTH_SIDES}),
                "ManagedWordListsConfig": Each(
                    "$rail.wordPolicy.managedWordLists", {"Type": "type", **_ON_BOTH_SIDES}
                ),
            }
        ),
        "Tags": Tags("$tags", key="key", value="value"),
    },
    attributes={"GuardrailId": "id", "GuardrailArn": "arn", "Status": "status"},
    arn=lambda raw, where: raw["arn"],
)

GUARDRAIL_VERSION = Kind(
    "AWS::Bedrock::GuardrailVersion",
    Listing(
        "bedrock",
        "ListGuardrails",
        "guardrails",
        below=Below("ListGuardrails", "guardrails", lambda raw, where: {"guardrailIdentifier": raw["id"]}),
    ),
    physical=lambda raw: f"{raw['id']}|{raw['version']}",
    keep=lambda raw: bool(raw["version"] != "DRAFT"),
    properties={"GuardrailIdentifier": "id", "Description": "description"},
    attributes={"Version": "version", "GuardrailId": "id", "GuardrailArn": "arn"},
)

KINDS = (MODEL_PACKAGE_GROUP, GUARDRAIL, GUARDRAIL_VERSION)
