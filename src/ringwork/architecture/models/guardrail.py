"""Amazon Bedrock for a team that declares foundation models: its guardrail, the key, and alarms.

Source: Bedrock user guide, "Detect and filter harmful content by using Amazon Bedrock Guardrails" and the
pages below it; "Monitor Amazon Bedrock Guardrails using CloudWatch metrics".
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence

from ringwork.architecture import keys, names
from ringwork.architecture.policy import allow, document
from ringwork.architecture.site import Site
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, get_att, ref, sub, subs

BLOCKED = "This request or its answer is not allowed here."
HARMFUL = ("HATE", "INSULTS", "MISCONDUCT", "SEXUAL", "VIOLENCE")
SECRETS = ("AWS_ACCESS_KEY", "AWS_SECRET_KEY", "CREDIT_DEBIT_CARD_CVV", "PASSWORD", "PIN")
"""Personal data that no answer needs: the whole message is blocked."""
PERSONAL = (
    *("ADDRESS", "AGE", "CA_HEALTH_NUMBER", "CA_SOCIAL_INSURANCE_NUMBER", "CREDIT_DEBIT_CARD_EXPIRY"),
    *("CREDIT_DEBIT_CARD_NUMBER", "DRIVER_ID", "EMAIL", "INTERNATIONAL_BANK_ACCOUNT_NUMBER", "IP_ADDRESS"),
    *("LICENSE_PLATE", "MAC_ADDRESS", "NAME", "PHONE", "SWIFT_CODE", "UK_NATIONAL_HEALTH_SERVICE_NUMBER"),
    *("UK_NATIONAL_INSURANCE_NUMBER", "UK_UNIQUE_TAXPAYER_REFERENCE_NUMBER", "USERNAME"),
    *("US_BANK_ACCOUNT_NUMBER", "US_BANK_ROUTING_NUMBER", "US_INDIVIDUAL_TAX_IDENTIFICATION_NUMBER"),
    *("US_PASSPORT_NUMBER", "US_SOCIAL_SECURITY_NUMBER", "VEHICLE_IDENTIFICATION_NUMBER"),
)
"""Masked with the kind's name in its place. URL is left out: answers cite pages."""
GROUNDED = 0.7
"""Of 0 to 0.99: an answer that its source supports less is blocked. Counts only where a request gives a
source ("Use contextual grounding check")."""
ALARMS: Sequence[tuple[str, str, str, int, str]] = (
    (
        "Interventions",
        "AWS/Bedrock/Guardrails",
        "InvocationsIntervened",
        20,
        "the guardrail stepped in often",
    ),
    ("Invocations", "AWS/Bedrock", "Invocations", 10_000, "foundation models are called far more than usual"),
    ("Throttles", "AWS/Bedrock", "InvocationThrottles", 20, "calls of foundation models are throttled"),
    ("ClientErrors", "AWS/Bedrock", "InvocationClientErrors", 50, "calls of foundation models are refused"),
)
"""Name, namespace, metric, threshold in five minutes, meaning (control DET-31). `AWS/Bedrock` counts the
whole account and Region: its metrics have no dimension for a caller."""


def guardrail(template: TemplateBuilder, site: Site, topic: Json) -> None:
    """The guardrail of an environment, its version and its alarms."""
    where = f"{site.organization}/{site.environment.name}"
    _key(template, site)
    settings = _settings()
    template.add(
        "Guardrail",
        "AWS::Bedrock::Guardrail",
        {
            "Name": names.guardrail(site.organization, site.environment.name),
            "Description": f"What {where} may ask foundation models, and what they may answer",
            "BlockedInputMessaging": BLOCKED,
            "BlockedOutputsMessaging": BLOCKED,
            "KmsKeyArn": get_att("GuardrailKey", "Arn"),
            **settings,
        },
        Purpose(
            "MDL-18, MDL-19, MDL-20, MDL-21",
            "Prompt attacks and harm are blocked, personal data is masked, answers must be grounded",
        ),
    )
    # a version is frozen when it is made: other settings need another version, so another resource
    version = template.add(
        f"GuardrailVersion{_digest(settings)}",
        "AWS::Bedrock::GuardrailVersion",
        {"GuardrailIdentifier": get_att("Guardrail", "GuardrailId"), "Description": f"Settings of {where}"},
        Purpose("MDL-16", "Callers name a frozen version, never the draft that somebody edits"),
        retain=True,
    )
    for name, namespace, metric, threshold, meaning in ALARMS:
        own = namespace.endswith("Guardrails")
        template.add(
            f"Bedrock{name}Alarm",
            "AWS::CloudWatch::Alarm",
            {
                "AlarmName": names.alarm(site.organization, site.environment.name, f"bedrock-{name.lower()}"),
                "AlarmDescription": f"{where}: {meaning}",
                "Namespace": namespace,
                "MetricName": metric,
                **({"Dimensions": _dimensions()} if own else {}),
                "Statistic": "Sum",
                "Period": 300,
                "EvaluationPeriods": 1,
                "Threshold": threshold,
                "ComparisonOperator": "GreaterThanThreshold",
                "TreatMissingData": "notBreaching",
                "AlarmActions": [topic],
            },
            Purpose("DET-31", f"Somebody is told when {meaning}"),
        )
    template.output(
        "GuardrailArn", "The guardrail of foundation models", get_att("Guardrail", "GuardrailArn")
    )
    template.output("GuardrailVersion", "The version that callers name", get_att(version, "Version"))


def _dimensions() -> list[Json]:
    return [{"Name": "GuardrailArn", "Value": get_att("Guardrail", "GuardrailArn")}]


def _settings() -> dict[str, Json]:
    return {
        "ContentPolicyConfig": {
            "FiltersConfig": [
                *({"Type": kind, "InputStrength": "HIGH", "OutputStrength": "HIGH"} for kind in HARMFUL),
                # prompt attacks come in and never go out: the output strength must be NONE
                {"Type": "PROMPT_ATTACK", "InputStrength": "HIGH", "OutputStrength": "NONE"},
            ]
        },
        "SensitiveInformationPolicyConfig": {
            "PiiEntitiesConfig": [
                *({"Type": kind, "Action": "BLOCK"} for kind in SECRETS),
                *({"Type": kind, "Action": "ANONYMIZE"} for kind in PERSONAL),
            ]
        },
        "ContextualGroundingPolicyConfig": {
            "FiltersConfig": [{"Type": kind, "Threshold": GROUNDED} for kind in ("GROUNDING", "RELEVANCE")]
        },
    }


def _digest(settings: Mapping[str, Json]) -> str:
    return hashlib.sha256(json.dumps(settings, sort_keys=True).encode()).hexdigest()[:8]


def _key(template: TemplateBuilder, site: Site) -> None:
    """Used by whoever asks through the guardrail, and by nobody otherwise (Bedrock user guide, "Set up
    permissions to use Amazon Bedrock Guardrails": guardrail encryption)."""
    callers = [names.role_arn(site.role(name)) for name in site.workloads]
    through: dict[str, Json] = {
        "kms:CallerAccount": sub("${AWS::AccountId}"),
        "kms:ViaService": sub("bedrock.${AWS::Region}.amazonaws.com"),
    }
    root: Json = {"AWS": sub(names.ACCOUNT_ROOT)}
    template.add(
        "GuardrailKey",
        "AWS::KMS::Key",
        {
            "Description": f"Guardrail of {site.organization}/{site.environment.name}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document(
                [
                    *keys.administration(),
                    allow(
                        "SetTheGuardrail",
                        ("kms:CreateGrant", "kms:Decrypt", "kms:DescribeKey", "kms:GenerateDataKey"),
                        principal=root,
                        conditions={
                            "ArnEquals": {"aws:PrincipalArn": sub(names.role_arn(names.DEPLOY))},
                            "StringEquals": through,
                        },
                    ),
                    *(
                        [
                            allow(
                                "AskThroughTheGuardrail",
                                ("kms:Decrypt",),
                                principal=root,
                                conditions={
                                    "ArnEquals": {"aws:PrincipalArn": subs(sorted(callers))},
                                    "StringEquals": through,
                                },
                            )
                        ]
                        if callers
                        else []
                    ),
                ]
            ),
        },
        Purpose("MDL-21, DAT-16, DAT-18", "The guardrail's settings and versions have a key of their own"),
        retain=True,
    )
    template.add(
        "GuardrailKeyAlias",
        "AWS::KMS::Alias",
        {
            "AliasName": names.key_alias(site.organization, site.environment.name, "guardrail"),
            "TargetKeyId": ref("GuardrailKey"),
        },
        Purpose("DAT-18", "A name that says whose key it is and for what"),
    )
