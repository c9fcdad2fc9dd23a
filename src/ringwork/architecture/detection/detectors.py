"""AWS's own detectors, in each account and Region: Amazon GuardDuty and Amazon Macie.

Each account has its own, made by its own stacks: a detector that only an administrator could switch on would
be missing until somebody delegates. What the delegated administrator sets for accounts to come has no
CloudFormation type (GuardDuty, Macie: "UpdateOrganizationConfiguration"), see `settings`.
"""

from __future__ import annotations

from ringwork.architecture import names
from ringwork.architecture.detection.archive import KEY_OUTPUT, LOCKED, archive_stack_id, bucket_name
from ringwork.architecture.detection.trail import KEY_ARN
from ringwork.architecture.layout import Layout
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Json, Purpose, TemplateBuilder, ref, sub
from ringwork.estate import StackOutput

_AGENTS = ("EC2_AGENT_MANAGEMENT", "ECS_FARGATE_AGENT_MANAGEMENT", "EKS_ADDON_MANAGEMENT")
FEATURES = (
    "AI_PROTECTION",
    "EBS_MALWARE_PROTECTION",
    "EKS_AUDIT_LOGS",
    "LAMBDA_NETWORK_LOGS",
    "RDS_LOGIN_EVENTS",
    "RUNTIME_MONITORING",
    "S3_DATA_EVENTS",
)
"""All that a detector has (AWS::GuardDuty::Detector CFNFeatureConfiguration), but EKS_RUNTIME_MONITORING,
which RUNTIME_MONITORING includes and excludes, and AI_ANALYST, which explains findings and finds none. Each
is billed by what it sees: where there is no cluster and no database, nothing."""


def guardduty(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    features: list[dict[str, Json]] = [{"Name": name, "Status": "ENABLED"} for name in FEATURES]
    features[FEATURES.index("RUNTIME_MONITORING")]["AdditionalConfiguration"] = [
        {"Name": agent, "Status": "ENABLED"} for agent in _AGENTS
    ]
    template.add(
        "Detector",
        "AWS::GuardDuty::Detector",
        {"Enable": True, "FindingPublishingFrequency": "FIFTEEN_MINUTES", "Features": features},
        Purpose(
            "DET-01, DET-02, DET-03",
            "Watches calls, DNS, flows, objects, runtimes and the use of models, in every account and Region",
        ),
    )
    key = template.parameter(
        KEY_OUTPUT,
        "Key of the log archive",
        KEY_ARN,
        StackOutput(archive_stack_id(layout, site.region), KEY_OUTPUT),
    )
    bucket = bucket_name(layout, LOCKED, site.region)
    template.add(
        "FindingsExport",
        "AWS::GuardDuty::PublishingDestination",
        {
            "DetectorId": ref("Detector"),
            "DestinationType": "S3",
            "DestinationProperties": {
                "DestinationArn": sub(f"arn:${{AWS::Partition}}:s3:::{bucket}"),
                "KmsKeyArn": key,
            },
        },
        Purpose("DET-06", "GuardDuty forgets after 90 days: the archive keeps its findings"),
    )


def macie(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    template.add(
        "MacieSession",
        "AWS::Macie::Session",
        {"Status": "ENABLED", "FindingPublishingFrequency": "FIFTEEN_MINUTES"},
        Purpose("DAT-22", "Looks for sensitive data in buckets, and for buckets that are open"),
    )
    for name, identifier in layout.blueprint.detection.identifiers.items():
        template.add(
            names.logical(name, "Identifier"),
            "AWS::Macie::CustomDataIdentifier",
            {
                "Name": names.account_wide(site.organization, name),
                "Description": f"{name} of {site.organization}",
                "Regex": identifier.regex,
                **({"Keywords": list(identifier.keywords)} if identifier.keywords else {}),
                "MaximumMatchDistance": identifier.distance,
            },
            Purpose("DAT-24", f"Finds {name} beside the personal data that Macie knows by itself"),
            depends_on=("MacieSession",),
        )
