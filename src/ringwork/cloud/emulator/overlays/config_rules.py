"""Config: compliance by those managed rules that S3's, KMS's and SageMaker's own state decides.

They are evaluated whenever somebody reads the result. Other rules have never been evaluated, and the answers
say so where they can; where they could only be empty, they are refused.
Source: Config developer guide, "List of AWS Config Managed Rules" (the page of each rule); API reference,
DescribeComplianceByConfigRule (INSUFFICIENT_DATA: "AWS Config has never invoked an evaluation for the
rule"), GetComplianceDetailsByConfigRule, DescribeConfigRuleEvaluationStatus.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page

_PAGE = 100
_MOST_COUNTED = 25
_NO_PAGE = "InvalidNextTokenException"
Named = Iterator[tuple[str, Any]]
"""resource ids and moto's objects"""


def _notebooks(call: Call) -> Named:
    from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415

    for one in sagemaker_backends[call.account][call.region].notebook_instances.values():
        yield one.notebook_instance_name, one


def _endpoint_configurations(call: Call) -> Named:
    from moto.sagemaker.models import sagemaker_backends  # noqa: PLC0415

    for one in sagemaker_backends[call.account][call.region].endpoint_configs.values():
        yield one.endpoint_config_name, one


def _buckets(call: Call) -> Named:
    from moto.s3.models import s3_backends  # noqa: PLC0415

    for one in s3_backends[call.account]["aws"].buckets.values():
        if one.region_name == call.region:
            yield one.name, one


def _keys(call: Call) -> Named:
    """Customer managed symmetric keys that are not on their way out."""
    from moto.kms.models import kms_backends  # noqa: PLC0415

    for one in kms_backends[call.account][call.region].keys.values():
        if (
            one.key_spec == "SYMMETRIC_DEFAULT"
            and one.key_manager == "CUSTOMER"
            and one.key_state == "Enabled"
        ):
            yield one.id, one


def _default_encryption(bucket: Any) -> str:
    rule = (bucket.encryption or {}).get("Rule") or {}
    first = rule[0] if isinstance(rule, list) else rule
    return str((first.get("ApplyServerSideEncryptionByDefault") or {}).get("SSEAlgorithm"))


@dataclass(frozen=True, slots=True)
class _Managed:
    type: str
    service: str
    read: Callable[[Call], Named]
    complies: Callable[[Any], bool]


_NOTEBOOK = ("AWS::SageMaker::NotebookInstance", "sagemaker", _notebooks)
_BUCKET = ("AWS::S3::Bucket", "s3", _buckets)

_MANAGED: Mapping[str, _Managed] = {
    "CMK_BACKING_KEY_ROTATION_ENABLED": _Managed(
        "AWS::KMS::Key", "kms", _keys, lambda key: bool(key.key_rotation_status)
    ),
    "S3_BUCKET_VERSIONING_ENABLED": _Managed(*_BUCKET, lambda bucket: bucket.versioning_status == "Enabled"),
    "S3_DEFAULT_ENCRYPTION_KMS": _Managed(
        *_BUCKET, lambda bucket: _default_encryption(bucket).startswith("aws:kms")
    ),
    "SAGEMAKER_ENDPOINT_CONFIGURATION_KMS_KEY_CONFIGURED": _Managed(
        "AWS::SageMaker::EndpointConfig",
        "sagemaker",
        _endpoint_configurations,
        lambda one: bool(one.kms_key_id),
    ),
    "SAGEMAKER_NOTEBOOK_INSTANCE_INSIDE_VPC": _Managed(*_NOTEBOOK, lambda one: bool(one.subnet_id)),
    "SAGEMAKER_NOTEBOOK_INSTANCE_KMS_KEY_CONFIGURED": _Managed(*_NOTEBOOK, lambda one: bool(one.kms_key_id)),
    "SAGEMAKER_NOTEBOOK_INSTANCE_ROOT_ACCESS_CHECK": _Managed(
        *_NOTEBOOK, lambda one: one.root_access == "Disabled"
    ),
    "SAGEMAKER_NOTEBOOK_NO_DIRECT_INTERNET_ACCESS": _Managed(
        *_NOTEBOOK, lambda one: one.direct_internet_access == "Disabled"
    ),
}
"""Identifier of a managed rule -> what it looks at, and when that complies (without the rule's parameters)"""


def _backend(call: Call) -> Any:
    from moto.config.models import config_backends  # noqa: PLC0415

    return config_backends[call.account][call.region]


def _rules(call: Call) -> list[Any]:
    """The rules that a call names, or all."""
    known = _backend(call).config_rules
    names = call.parameters.get("ConfigRuleNames")
    if isinstance(call.parameters.get("ConfigRuleName"), str):
        names = [call.parameters["ConfigRuleName"]]
    missing = next((name for name in names or () if name not in known), None)
    if missing is not None:
        message = f"The ConfigRule '{missing}' provided in the request is invalid."
        raise AwsError("NoSuchConfigRuleException", message)
    return [known[name] for name in names] if names else list(known.values())


def _why_not(call: Call, rule: Any) -> str | None:
    """Why a rule has never been evaluated here; None when it is."""
    if rule.source.owner != "AWS" or rule.source.source_identifier not in _MANAGED:
        return f"the rule {rule.config_rule_name} is not evaluated here"
    if rule.input_parameters_dict:
        return f"the rule {rule.config_rule_name} is not evaluated here with parameters"
    if rule.scope is not None and rule.scope.tags:
        return f"the rule {rule.config_rule_name} is not evaluated here by tag"
    if not any(one.status.recording for one in _backend(call).recorders.values()):
        return "the configuration recorder is off, so that nothing is evaluated"
    return None


def _results(call: Call, rule: Any) -> list[dict[str, Any]]:
    """The results of a rule, looked at now; a result keeps the time when it came about."""
    managed = _MANAGED[rule.source.source_identifier]
    types = rule.scope.compliance_resource_types if rule.scope is not None else None
    only = rule.scope.compliance_resource_id if rule.scope is not None else None
    if types and managed.type not in types:
        return []
    call.load(managed.service)
    table, now = call.table("evaluations"), datetime.now(UTC)
    found = []
    for identifier, one in managed.read(call):
        if only and identifier != only:
            continue
        kind = "COMPLIANT" if managed.complies(one) else "NON_COMPLIANT"
        key = f"{rule.config_rule_id}/{identifier}"
        if table.get(key, {}).get("type") != kind:
            table[key] = {"type": kind, "time": now}
        when = table[key]["time"]
        qualifier = {
            "ConfigRuleName": rule.config_rule_name,
            "ResourceType": managed.type,
            "ResourceId": identifier,
            "EvaluationMode": "DETECTIVE",
        }
        found.append(
            {
                "EvaluationResultIdentifier": {
                    "EvaluationResultQualifier": qualifier,
                    "OrderingTimestamp": when,
                },
                "ComplianceType": kind,
                "ResultRecordedTime": when,
                "ConfigRuleInvokedTime": when,
            }
        )
    return found


def _decided(call: Call, rules: list[Any]) -> None:
    reason = next((why for why in (_why_not(call, rule) for rule in rules) if why), None)
    if reason is not None:
        raise NotEmulatedError(call.service, call.operation, reason)


def _wanted(call: Call, rows: list[dict[str, Any]], read: Callable[[dict[str, Any]], str]) -> list[Any]:
    types = call.parameters.get("ComplianceTypes")
    return [row for row in rows if not types or read(row) in types]


def _details(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rules = _rules(call)
    _decided(call, rules)
    rows = _wanted(call, _results(call, rules[0]), lambda row: str(row["ComplianceType"]))
    return page(call, "EvaluationResults", rows, most=_PAGE, names=("Limit", "NextToken"), invalid=_NO_PAGE)


def _details_of_resource(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rules = _rules(call)
    _decided(call, rules)
    given = call.parameters
    rows = [
        row
        for rule in rules
        for row in _results(call, rule)
        if (q := row["EvaluationResultIdentifier"]["EvaluationResultQualifier"])["ResourceId"]
        == given.get("ResourceId")
        and q["ResourceType"] == given.get("ResourceType")
    ]
    rows = _wanted(call, rows, lambda row: str(row["ComplianceType"]))
    return page(call, "EvaluationResults", rows, most=_PAGE, names=("Limit", "NextToken"), invalid=_NO_PAGE)


def _compliance(call: Call, rule: Any) -> dict[str, Any]:
    results = _results(call, rule) if _why_not(call, rule) is None else []
    bad = sum(row["ComplianceType"] == "NON_COMPLIANT" for row in results)
    if not results:
        return {"ComplianceType": "INSUFFICIENT_DATA"}
    if not bad:
        return {"ComplianceType": "COMPLIANT"}
    count = {"CappedCount": min(bad, _MOST_COUNTED), "CapExceeded": bad > _MOST_COUNTED}
    return {"ComplianceType": "NON_COMPLIANT", "ComplianceContributorCount": count}


def _by_rule(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rows = [
        {"ConfigRuleName": rule.config_rule_name, "Compliance": _compliance(call, rule)}
        for rule in _rules(call)
    ]
    rows = _wanted(call, rows, lambda row: str(row["Compliance"]["ComplianceType"]))
    return page(
        call,
        "ComplianceByConfigRules",
        rows,
        most=_PAGE,
        names=("Limit", "NextToken"),
        invalid=_NO_PAGE,
    )


def _summary(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, GetComplianceSummaryByConfigRule: how many rules are compliant, and how many are not."""
    rules = _rules(call)
    _decided(call, rules)
    kinds = [_compliance(call, rule)["ComplianceType"] for rule in rules]
    good, bad = kinds.count("COMPLIANT"), kinds.count("NON_COMPLIANT")
    return {
        "ComplianceSummary": {
            name: {"CappedCount": min(count, _MOST_COUNTED), "CapExceeded": count > _MOST_COUNTED}
            for name, count in (("CompliantResourceCount", good), ("NonCompliantResourceCount", bad))
        }
        | {"ComplianceSummaryTimestamp": datetime.now(UTC)}
    }


def _status(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rows = []
    for rule in _rules(call):
        evaluated = _why_not(call, rule) is None
        now = datetime.now(UTC)
        times = ("LastSuccessfulEvaluationTime", "LastSuccessfulInvocationTime")
        rows.append(
            {
                "ConfigRuleName": rule.config_rule_name,
                "ConfigRuleArn": rule.config_rule_arn,
                "ConfigRuleId": rule.config_rule_id,
                "FirstEvaluationStarted": evaluated,
                **(dict.fromkeys(times, now) if evaluated else {}),
            }
        )
    return page(
        call,
        "ConfigRulesEvaluationStatus",
        rows,
        most=_PAGE,
        names=("Limit", "NextToken"),
        invalid=_NO_PAGE,
    )


def _start(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """API reference, StartConfigRulesEvaluation: the rules must be there."""
    _rules(call)
    return {}


OVERLAYS: Mapping[str, Overlay] = {
    "DescribeComplianceByConfigRule": _by_rule,
    "DescribeConfigRuleEvaluationStatus": _status,
    "GetComplianceDetailsByConfigRule": _details,
    "GetComplianceDetailsByResource": _details_of_resource,
    "GetComplianceSummaryByConfigRule": _summary,
    "StartConfigRulesEvaluation": _start,
}
