"""The log groups that SageMaker's jobs share: made before SageMaker makes them, with a key and a mask.

Whoever starts the first job in an account else gets groups without a key that keep everything for ever
(SageMaker guide, "CloudWatch Logs for Amazon SageMaker AI"). Endpoints have a group each, with their ring.
"""

from __future__ import annotations

from ringwork.architecture import keys, logs, names
from ringwork.architecture.layout import Layout
from ringwork.architecture.masking import masking
from ringwork.architecture.policy import allow, document
from ringwork.architecture.site import AccountSite
from ringwork.architecture.template import Purpose, TemplateBuilder, get_att, ref, sub, subs
from ringwork.blueprint.model import WorkloadType

GROUPS = {
    "TrainingJobs": ("/aws/sagemaker/TrainingJobs", (WorkloadType.TRAINING, WorkloadType.PIPELINE)),
    "ProcessingJobs": ("/aws/sagemaker/ProcessingJobs", (WorkloadType.PROCESSING, WorkloadType.PIPELINE)),
    "TransformJobs": ("/aws/sagemaker/TransformJobs", (WorkloadType.BATCH, WorkloadType.PIPELINE)),
    "NotebookInstances": ("/aws/sagemaker/NotebookInstances", (WorkloadType.NOTEBOOK,)),
    "Studio": ("/aws/sagemaker/studio", (WorkloadType.STUDIO,)),
}
"""Logical id -> name, and the workloads whose jobs write there. Endpoints are watched by processing jobs."""
_MONITORED = WorkloadType.ENDPOINT
KEY = "WorkloadLogKey"


def log_groups(template: TemplateBuilder, layout: Layout, site: AccountSite) -> None:
    """Those that a workload in this account and Region writes to."""
    types = {workload.type for place in layout.sites_of(site) for workload in place.workloads.values()}
    if _MONITORED in types:
        types.add(WorkloadType.PROCESSING)
    wanted = {key: name for key, (name, writers) in GROUPS.items() if types.intersection(writers)}
    if not wanted:
        return
    template.add(
        KEY,
        "AWS::KMS::Key",
        {
            "Description": f"Logs of SageMaker jobs in {site.organization}/{site.name}",
            "EnableKeyRotation": True,
            "PendingWindowInDays": 30,
            "KeyPolicy": document(
                [
                    *keys.administration(),
                    allow(
                        "CloudWatchLogs",
                        keys.LOG_SERVICE_ACTIONS,
                        principal={"Service": sub("logs.${AWS::Region}.${AWS::URLSuffix}")},
                        conditions={
                            "ArnEquals": {
                                "kms:EncryptionContext:aws:logs:arn": subs(
                                    [logs.group_arn(name) for name in wanted.values()]
                                )
                            }
                        },
                    ),
                ]
            ),
        },
        Purpose("DAT-16, DAT-21, DAT-35", "Logs of jobs have a key of their own, for their groups only"),
        retain=True,
    )
    template.add(
        f"{KEY}Alias",
        "AWS::KMS::Alias",
        {
            "AliasName": names.key_alias(site.organization, "", "workload-logs"),
            "TargetKeyId": ref(KEY),
        },
        Purpose("DAT-35", "A name that says what the key is for"),
    )
    for logical_id, name in wanted.items():
        template.add(
            f"{logical_id}LogGroup",
            "AWS::Logs::LogGroup",
            {
                "LogGroupName": name,
                "RetentionInDays": logs.retention(layout.blueprint.detection.log_days),
                "KmsKeyId": get_att(KEY, "Arn"),
                "DataProtectionPolicy": masking(layout.blueprint),
            },
            Purpose("DAT-35, DAT-36", "What jobs print is under a key, kept, and without personal data"),
            retain=True,
        )
