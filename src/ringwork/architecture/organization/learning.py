"""What machine learning may never do in any account: SageMaker outside our VPCs or without isolation and keys
(`architecture/sagemaker.py`), a foundation model that nobody declared, or one without a guardrail."""

from __future__ import annotations

from ringwork.architecture import bedrock, names, sagemaker
from ringwork.architecture.organization.exemptions import both, but
from ringwork.architecture.policy import Statement, deny
from ringwork.blueprint.model import Blueprint

OTHER_WAYS = (
    "bedrock:CallWithBearerToken",
    "bedrock:CreateAdvancedPromptOptimizationJob",
    "bedrock:CreateCustomModelDeployment",
    "bedrock:CreateEvaluationJob",
    "bedrock:CreateMarketplaceModelEndpoint",
    "bedrock:CreateModel*",
    "bedrock:CreatePromptRouter",
    "bedrock:CreateProvisionedModelThroughput",
    "bedrock:InvokeInlineAgent",
    "bedrock:RegisterMarketplaceModelEndpoint",
    "bedrock:UpdateProvisionedModelThroughput",
    "bedrock-mantle:*",
)
"""Ways to a model that pass a guardrail by, or that no model's ARN bounds: API keys, batches without a
guardrail, bought, imported, copied and customized models, routers and evaluations (Service Authorization
Reference, Amazon Bedrock)."""


def networks(blueprint: Blueprint) -> list[Statement]:
    everybody = but(blueprint)
    return [
        *sagemaker.in_vpc(everybody, but(blueprint, names.DEPLOY)),
        *sagemaker.closed_notebooks(everybody),
    ]


def protection(blueprint: Blueprint) -> list[Statement]:
    everybody = but(blueprint)
    return [*sagemaker.isolated(everybody), *sagemaker.encrypted(everybody)]


def models(blueprint: Blueprint) -> list[Statement]:
    """Foundation models: those that a team declares, through a guardrail of the caller's account, and no
    other way (the organization's list; each team's roles have their own)."""
    everybody = but(blueprint)
    declared = sorted({model for team in blueprint.teams.values() for model in team.foundation_models})
    invoke = bedrock.INVOKE
    if declared:
        undeclared = Statement(
            "DeclaredModelsOnly", "Deny", invoke, conditions=everybody,
            not_resources=[arn for model in declared for arn in bedrock.arns(model, "*", "*")],
        )  # fmt: skip
    else:
        undeclared = deny("NoModels", invoke, conditions=everybody)
    return [
        undeclared,
        deny(
            # absent or foreign: a negated operator holds for both
            "ThroughOurGuardrail",
            invoke,
            conditions=both(
                everybody,
                StringNotLike={
                    "bedrock:GuardrailIdentifier": "arn:*:bedrock:*:${aws:PrincipalAccount}:guardrail/*"
                },
            ),
        ),
        deny("NoOtherWayToModels", OTHER_WAYS, conditions=everybody),
    ]
