"""Guard rails around models: which images and models run, who approves a version, which foundation models.

Sources: Service Authorization Reference, "Actions, resources, and condition keys for Amazon SageMaker", "...
for Amazon Bedrock", "... for Amazon ECR"; SageMaker developer guide, "Update the Approval Status of a Model";
Bedrock API reference, Converse ("requires permission to perform the bedrock:InvokeModel action"); Bedrock
user guide, "Prerequisites for inference profiles".
"""

from __future__ import annotations

from collections.abc import Sequence

from ringwork.access.guardrails.model import (
    PRINCIPALS,
    GuardRail,
    both,
    breach,
    deny,
    everybody_but,
    offering,
)

IMAGES, MODEL = "sagemaker:ImageArns", "sagemaker:ModelArn"
STATUS = "sagemaker:ModelApprovalStatus"
PENDING = "PendingManualApproval"
PULL = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")


def approved_images(
    repositories: Sequence[str], images: Sequence[str], *, but: Sequence[str] = ()
) -> GuardRail:
    """Containers come from these ECR repositories (ARN patterns), Studio's applications from these SageMaker
    images (ARN patterns).

    No condition key names the image of a training or processing job, a model, or a monitoring job (Service
    Authorization Reference: `sagemaker:ImageArns` is on applications of Studio alone). What can be held is
    the pull: SageMaker pulls a private image with the rights of the execution role.
    """
    everybody = everybody_but(but)
    other = {"ForAnyValue:ArnNotLike": {IMAGES: list(images)}}
    taking = offering(IMAGES)
    return GuardRail(
        "approved-images",
        "containers come from approved repositories, and Studio's applications from approved images",
        "scp",
        PRINCIPALS,
        (
            deny("ApprovedRepositories", PULL, everybody, NotResource=sorted(repositories)),
            deny("ApprovedStudioImages", taking, both(everybody, other)),
        ),
        (
            breach("an image is pulled from another repository", *PULL, not_resource=repositories),
            breach("a Studio application has another image", *taking, condition=other),
        ),
        (
            breach("an image is pulled from an approved repository", *PULL, resource=repositories),
            breach(
                "a Studio application has an approved image",
                *taking,
                condition={"ForAllValues:ArnLike": {IMAGES: list(images)}, "Null": {IMAGES: "false"}},
            ),
        ),
        (
            "no key names the image of CreateTrainingJob, CreateProcessingJob, CreateModel or a job "
            "definition: what holds them is that the role pulls from approved repositories alone",
            "images that AWS offers are pulled by AWS from its own accounts, if a request names one",
            "which digest a tag stands for is the repository's to hold (immutable tags)",
        ),
    )


def approved_models(models: Sequence[str], *, but: Sequence[str] = ()) -> GuardRail:
    """Endpoints and transform jobs run these models only (ARN patterns)."""
    taking = offering(MODEL)
    other = {"ArnNotLike": {MODEL: list(models)}}
    return GuardRail(
        "approved-models",
        "endpoints, inference components and transform jobs run approved models only",
        "scp",
        PRINCIPALS,
        (deny("ApprovedModels", taking, both(everybody_but(but), other)),),
        (breach("another model is run", *taking, condition=other),),
        tuple(
            breach(f"`{action}` of an approved model", action, condition={"ArnLike": {MODEL: list(models)}})
            for action in taking
        ),
        (
            "the key names a SageMaker model, not its package or its artifact: who may make a model of that "
            "name (CreateModel) decides what it is",
            "a configuration with several models has the key once: hold configurations to one model, or by "
            "their names",
        ),
    )


def approval_apart(approvers: Sequence[str], *, but: Sequence[str] = ()) -> GuardRail:
    """A version is registered as pending, decided on by these roles (ARN patterns) alone, and these register
    and build nothing: so nobody approves what is their own.

    IAM has no key for who registered a version; a person in two roles is for the identity provider to
    prevent.
    """
    decides = ("sagemaker:UpdateModelPackage",)
    registers = ("sagemaker:CreateModelPackage",)
    builds = ("sagemaker:CreateAutoMLJob", "sagemaker:CreateAutoMLJobV2",
              "sagemaker:CreateHyperParameterTuningJob", "sagemaker:CreateModel",
              "sagemaker:CreateProcessingJob", "sagemaker:CreateTrainingJob",
              "sagemaker:StartPipelineExecution")  # fmt: skip
    approver = {"ArnLike": {"aws:PrincipalArn": list(approvers)}}
    decided = {"StringNotEquals": {STATUS: PENDING}}
    some = approvers[0].replace("::*:", "::111122223333:").replace("*", "x")
    someone_else = everybody_but([*approvers, *but])
    return GuardRail(
        "approval-apart",
        "nobody approves a model version that they, or their role, registered or built",
        "scp",
        PRINCIPALS,
        (
            deny("RegisteredAsPending", registers, both(everybody_but(but), decided)),
            deny("ApproversDecide", decides, someone_else),
            deny("ApproversBuildNothing", (*registers, *builds), approver),
        ),
        (
            breach("a version is registered with a decision, or with none", *registers, condition=decided),
            breach("somebody else decides on a version", *decides, condition=someone_else),
            breach("an approver registers or builds", *registers, *builds, condition=approver,
                   role=some),
        ),
        (
            breach("somebody registers a pending version", *registers,
                   condition={"StringEquals": {STATUS: PENDING}}),
            breach("an approver approves", *decides, condition={"StringEquals": {STATUS: "Approved"}},
                   role=some),
        ),
        (
            "IAM has no key for who registered a version: that a person has one of these roles and not both "
            "is the identity provider's to hold",
            "a version that is registered without a status is pending (API reference, CreateModelPackage, "
            "ModelApprovalStatus); such a request is refused, as nothing in it can be read",
        ),
    )  # fmt: skip


INVOKE = ("bedrock:InvokeModel", "bedrock:InvokeModelWithResponseStream")
"""Converse and ConverseStream are authorized as these"""
OTHER_WAYS = (
    "bedrock:CallWithBearerToken",
    "bedrock:CreateAdvancedPromptOptimizationJob",
    "bedrock:CreateCustomModelDeployment",
    "bedrock:CreateEvaluationJob",
    "bedrock:CreateMarketplaceModelEndpoint",
    "bedrock:CreateModelCopyJob",
    "bedrock:CreateModelCustomizationJob",
    "bedrock:CreateModelEvaluationJob",
    "bedrock:CreateModelImportJob",
    "bedrock:CreateModelInvocationJob",
    "bedrock:CreatePromptRouter",
    "bedrock:CreateProvisionedModelThroughput",
    "bedrock:InvokeInlineAgent",
    "bedrock:RegisterMarketplaceModelEndpoint",
    "bedrock:UpdateProvisionedModelThroughput",
    "bedrock-mantle:*",
)
"""Ways to a model that is not on the list, or past its guardrail: copies, imports, customised, bought and
provisioned models, batches, routers, evaluations, API keys, the second API (Service Authorization Reference,
Amazon Bedrock: actions whose resource is a model, and those that make one)"""


def declared_foundation_models(models: Sequence[str], *, but: Sequence[str] = ()) -> GuardRail:
    """Bedrock answers with these models and inference profiles (ARN patterns) only, and there is no other way
    to another one."""
    everybody = everybody_but(but)
    declared = sorted(models)
    return GuardRail(
        "bedrock-declared-models",
        "Bedrock answers with declared models and inference profiles only",
        "scp",
        PRINCIPALS,
        (
            deny("DeclaredModels", INVOKE, everybody, NotResource=declared),
            deny("NoOtherWayToModels", OTHER_WAYS, everybody),
        ),
        (
            breach(
                "another model is called: of another maker, imported, provisioned, customised, by a router",
                *INVOKE,
                not_resource=declared,
            ),
            breach("a model is reached another way", *OTHER_WAYS),
        ),
        (breach("a declared model is called", *INVOKE, resource=models),),
        (
            "a call on an inference profile is authorized on the profile and on the model in each Region: "
            "both must be on the list",
            "agents, flows and knowledge bases call models as themselves, with a role of their own, which "
            "this holds as well",
        ),
    )
