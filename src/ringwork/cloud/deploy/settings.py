"""Settings of an account that no CloudFormation type has: read, compared, and written after their stack.

Each is written by calls that say what shall be and change nothing where it is so already. A plan shows what
differs, so drift of a setting is seen like that of a resource. Destroying a stack takes back only what costs
(Inspector, a scheduled job): what protects the account stays.

Sources: API references of S3 Control (PutPublicAccessBlock), EC2 (EnableEbsEncryptionByDefault), Macie
(UpdateAutomatedDiscoveryConfiguration, CreateClassificationJob), Inspector (Enable, BatchGetAccountStatus).
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from botocore.exceptions import ClientError

from ringwork.cloud.errors import OperationError, code
from ringwork.cloud.session import Cloud
from ringwork.estate.stack import Setting, SettingKind, Stack

Clients: TypeAlias = Callable[[str], Any]
Arguments: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Way:
    """How one kind is read and written; each function gets clients, the account's id and the arguments."""

    what: str
    """what the setting does, for people"""
    holds: Callable[[Clients, str, Arguments], bool]
    write: Callable[[Clients, str, Arguments], object]
    reads: tuple[str, ...]
    """IAM actions"""
    writes: tuple[str, ...]
    undo: Callable[[Clients, str, Arguments], object] | None = None


# -- Amazon S3: the account's block on public access -------------------------------------------------------

_BLOCKED = {
    "BlockPublicAcls": True,
    "BlockPublicPolicy": True,
    "IgnorePublicAcls": True,
    "RestrictPublicBuckets": True,
}


def _is_blocked(client: Clients, account: str, _given: Arguments) -> bool:
    try:
        answer = client("s3control").get_public_access_block(AccountId=account)
    except ClientError as error:
        if code(error) != "NoSuchPublicAccessBlockConfiguration":
            raise
        return False
    return bool(answer["PublicAccessBlockConfiguration"] == _BLOCKED)


def _block(client: Clients, account: str, _given: Arguments) -> None:
    client("s3control").put_public_access_block(
        AccountId=account, PublicAccessBlockConfiguration=dict(_BLOCKED)
    )


# -- Amazon Macie ------------------------------------------------------------------------------------------


def _discovers(client: Clients, _account: str, _given: Arguments) -> bool:
    return bool(client("macie2").get_automated_discovery_configuration()["status"] == "ENABLED")


def _discover(client: Clients, _account: str, _given: Arguments) -> None:
    client("macie2").update_automated_discovery_configuration(status="ENABLED")


_ENDED = frozenset({"CANCELLED", "COMPLETE"})


def _job_name(given: Arguments) -> str:
    """A job never changes, so its name says what it looks into: another design, another job."""
    digest = hashlib.sha256(json.dumps(dict(given), sort_keys=True).encode()).hexdigest()[:8]
    return f"{given['name']}--{digest}"


def _jobs(client: Clients, given: Arguments) -> Iterator[Mapping[str, Any]]:
    """The jobs of this setting that still run, of this design and of earlier ones."""
    for page in client("macie2").get_paginator("list_classification_jobs").paginate():
        for job in page["items"]:
            ours = job["name"].startswith(f"{given['name']}--")
            if ours and job["jobStatus"] not in _ENDED:
                yield job


def _looks(client: Clients, _account: str, given: Arguments) -> bool:
    return [job["name"] for job in _jobs(client, given)] == [_job_name(given)]


def _look(client: Clients, account: str, given: Arguments) -> None:
    macie = client("macie2")
    name, found = _job_name(given), False
    for job in list(_jobs(client, given)):
        if job["name"] == name and not found:
            found = True
        else:
            macie.update_classification_job(jobId=job["jobId"], jobStatus="CANCELLED")
    if found:
        return
    wanted = set(given["identifiers"])
    known = {
        item["name"]: item["id"]
        for page in macie.get_paginator("list_custom_data_identifiers").paginate()
        for item in page["items"]
    }
    if wanted - known.keys():
        raise OperationError(
            f"Macie has no custom data identifier `{min(wanted - known.keys())}` in account {account}",
            help="deploy the stack that makes it, then repeat the command",
        )
    macie.create_classification_job(
        name=name,
        description="Looks into classified buckets for personal data that nobody expects there",
        clientToken=hashlib.sha256(f"{account}/{name}".encode()).hexdigest()[:64],
        jobType="SCHEDULED",
        initialRun=True,
        scheduleFrequency={"weeklySchedule": {"dayOfWeek": "SUNDAY"}},
        samplingPercentage=given["sampling"],
        managedDataIdentifierSelector="ALL",
        customDataIdentifierIds=sorted(known[each] for each in wanted),
        s3JobDefinition={"bucketDefinitions": [{"accountId": account, "buckets": list(given["buckets"])}]},
    )


def _stop_looking(client: Clients, _account: str, given: Arguments) -> None:
    for job in list(_jobs(client, given)):
        client("macie2").update_classification_job(jobId=job["jobId"], jobStatus="CANCELLED")


# -- Amazon Inspector --------------------------------------------------------------------------------------

_SCANS = {"EC2": "ec2", "ECR": "ecr", "LAMBDA": "lambda", "LAMBDA_CODE": "lambdaCode"}
"""Resource type -> its member in an account's state."""
_ON = frozenset({"ENABLED", "ENABLING"})


def _inspects(client: Clients, account: str, _given: Arguments) -> bool:
    answer = client("inspector2").batch_get_account_status(accountIds=[account])
    states = [found["resourceState"] for found in answer.get("accounts", ())]
    return bool(states) and all(states[0].get(member, {}).get("status") in _ON for member in _SCANS.values())


def _inspect(client: Clients, account: str, _given: Arguments) -> None:
    answer = client("inspector2").enable(accountIds=[account], resourceTypes=list(_SCANS))
    _refuse(answer, account)


def _stop_inspecting(client: Clients, account: str, _given: Arguments) -> None:
    client("inspector2").disable(accountIds=[account], resourceTypes=list(_SCANS))


def _refuse(answer: Mapping[str, Any], account: str) -> None:
    for failed in answer.get("failedAccounts", ()):
        raise OperationError(
            f"Inspector was not enabled in account {account}: "
            f"{failed.get('errorMessage') or failed.get('errorCode')}",
            help="look at the account's Inspector, then repeat the command",
        )


# -- the organization's accounts to come: what the delegated administrator says ----------------------------

_NEW = "NEW"
"""Not `ALL`: the accounts of the blueprint have detectors of their own stacks, and an administrator's member
can change and delete its detector no more (GuardDuty guide, "Understanding the relationship between GuardDuty
administrator account and member accounts")."""


def _guardduty_detector(client: Clients, account: str) -> str:
    found = client("guardduty").list_detectors()["DetectorIds"]
    if not found:
        raise OperationError(
            f"account {account} has no GuardDuty detector",
            help="deploy the stack that makes it, then repeat the command",
        )
    return str(found[0])


def _guardduty_takes_new(client: Clients, account: str) -> bool:
    answer = client("guardduty").describe_organization_configuration(
        DetectorId=_guardduty_detector(client, account)
    )
    return answer.get("AutoEnableOrganizationMembers") in (_NEW, "ALL")


def _guardduty_take_new(client: Clients, account: str) -> None:
    client("guardduty").update_organization_configuration(
        DetectorId=_guardduty_detector(client, account),
        AutoEnableOrganizationMembers=_NEW,
        Features=[{"Name": name, "AutoEnable": _NEW} for name in _PROTECTIONS],
    )


_PROTECTIONS = (
    *("AI_PROTECTION", "EBS_MALWARE_PROTECTION", "EKS_AUDIT_LOGS", "LAMBDA_NETWORK_LOGS"),
    *("RDS_LOGIN_EVENTS", "RUNTIME_MONITORING", "S3_DATA_EVENTS"),
)
_INSPECTED = {"ec2": True, "ecr": True, "lambda": True, "lambdaCode": True}


def _new_accounts(client: Clients, account: str, _given: Arguments) -> bool:
    inspector = client("inspector2").describe_organization_configuration()["autoEnable"]
    return (
        _guardduty_takes_new(client, account)
        and bool(client("macie2").describe_organization_configuration()["autoEnable"])
        and bool(client("securityhub").describe_organization_configuration()["AutoEnable"])
        and all(inspector.get(name) for name in _INSPECTED)
    )


def _take_new_accounts(client: Clients, account: str, _given: Arguments) -> None:
    _guardduty_take_new(client, account)
    client("macie2").update_organization_configuration(autoEnable=True)
    client("securityhub").update_organization_configuration(AutoEnable=True)
    client("inspector2").update_organization_configuration(autoEnable=dict(_INSPECTED))


WAYS: Mapping[SettingKind, _Way] = {
    SettingKind.PUBLIC_ACCESS_BLOCK: _Way(
        "no bucket of the account can be public (control DAT-02)",
        _is_blocked,
        _block,
        ("s3:GetAccountPublicAccessBlock",),
        ("s3:PutAccountPublicAccessBlock",),
    ),
    SettingKind.VOLUME_ENCRYPTION: _Way(
        "every new Amazon EBS volume is encrypted (control CMP-37)",
        lambda client, account, given: bool(
            client("ec2").get_ebs_encryption_by_default()["EbsEncryptionByDefault"]
        ),
        lambda client, account, given: client("ec2").enable_ebs_encryption_by_default(),
        ("ec2:GetEbsEncryptionByDefault",),
        ("ec2:EnableEbsEncryptionByDefault",),
    ),
    SettingKind.MACIE_DISCOVERY: _Way(
        "Macie samples all buckets for sensitive data by itself (control DAT-23)",
        _discovers,
        _discover,
        ("macie2:GetAutomatedDiscoveryConfiguration",),
        ("macie2:UpdateAutomatedDiscoveryConfiguration",),
    ),
    SettingKind.MACIE_JOB: _Way(
        "Macie looks into classified buckets every week",
        _looks,
        _look,
        ("macie2:ListClassificationJobs", "macie2:ListCustomDataIdentifiers"),
        ("macie2:CreateClassificationJob", "macie2:UpdateClassificationJob"),
        _stop_looking,
    ),
    SettingKind.INSPECTOR: _Way(
        "Inspector scans images, hosts and functions (control DET-30)",
        _inspects,
        _inspect,
        ("inspector2:BatchGetAccountStatus",),
        ("inspector2:Disable", "inspector2:Enable"),
        _stop_inspecting,
    ),
    SettingKind.NEW_ACCOUNTS: _Way(
        "accounts that join the organization have GuardDuty, Macie, Security Hub and Inspector at once",
        _new_accounts,
        _take_new_accounts,
        (
            *("guardduty:DescribeOrganizationConfiguration", "guardduty:ListDetectors"),
            *("inspector2:DescribeOrganizationConfiguration", "macie2:DescribeOrganizationConfiguration"),
            "securityhub:DescribeOrganizationConfiguration",
        ),
        (
            *("guardduty:UpdateOrganizationConfiguration", "inspector2:UpdateOrganizationConfiguration"),
            *("macie2:UpdateOrganizationConfiguration", "securityhub:UpdateOrganizationConfiguration"),
        ),
    ),
}
READS = tuple(action for way in WAYS.values() for action in way.reads)
WRITES = tuple(action for way in WAYS.values() for action in way.writes)


def sentence(setting: Setting) -> str:
    """What deploying does, in one line."""
    return f"set: {WAYS[setting.kind].what}"


def differing(cloud: Cloud, stack: Stack) -> tuple[Setting, ...]:
    """Those of the stack's settings that are not so in its account and Region."""
    client = _clients(cloud, stack)
    return tuple(
        setting
        for setting in stack.settings
        if not WAYS[setting.kind].holds(client, stack.account, setting.arguments)
    )


def write_all(cloud: Cloud, stack: Stack) -> None:
    """Write those that differ."""
    client = _clients(cloud, stack)
    for setting in differing(cloud, stack):
        WAYS[setting.kind].write(client, stack.account, setting.arguments)


def take_back(cloud: Cloud, stack: Stack) -> None:
    """Before the stack goes: what it set and what costs."""
    client = _clients(cloud, stack)
    for setting in stack.settings:
        way = WAYS[setting.kind]
        if way.undo is not None and way.holds(client, stack.account, setting.arguments):
            way.undo(client, stack.account, setting.arguments)


def _clients(cloud: Cloud, stack: Stack) -> Clients:
    return lambda service: cloud.client(service, account=stack.account, region=stack.region)
