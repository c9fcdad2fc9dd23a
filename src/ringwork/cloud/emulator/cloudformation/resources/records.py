"""AWS::Route53::RecordSet.

Sources: template reference, AWS::Route53::RecordSet (Ref gives the name); Route 53 API reference,
ChangeResourceRecordSets.
"""

from __future__ import annotations

from typing import Any

from ringwork.cloud.emulator.cloudformation.resources.provider import (
    Change,
    Context,
    Properties,
    Provider,
    flag,
    number,
    present,
)

_SET = ("Name", "Type", "SetIdentifier", "Failover", "Region", "HealthCheckId", "MultiValueAnswer")
_TAKES = frozenset({"HostedZoneId", "Name", "Type", "TTL", "ResourceRecords", "AliasTarget", "SetIdentifier"})


def _record(properties: Properties) -> dict[str, Any]:
    alias = properties.get("AliasTarget")
    return present(
        **{name: properties.get(name) for name in _SET if name in _TAKES},
        TTL=number(properties.get("TTL")),
        ResourceRecords=[{"Value": value} for value in properties.get("ResourceRecords") or ()] or None,
        AliasTarget=None
        if alias is None
        else {**alias, "EvaluateTargetHealth": flag(alias.get("EvaluateTargetHealth", False))},
    )


def _send(context: Context, action: str, properties: Properties) -> None:
    context.client("route53").change_resource_record_sets(
        HostedZoneId=properties["HostedZoneId"],
        ChangeBatch={"Changes": [{"Action": action, "ResourceRecordSet": _record(properties)}]},
    )


def _create(context: Context, properties: Properties) -> str:
    _send(context, "CREATE", properties)
    name = str(properties["Name"])
    context.made(name)
    return name


def _set(context: Context, _name: str, change: Change) -> None:
    _send(context, "UPSERT", change.properties)


def _delete(context: Context, _name: str, properties: Properties) -> None:
    _send(context, "DELETE", properties)


PROVIDERS = {
    "AWS::Route53::RecordSet": Provider(
        create=_create,
        delete=_delete,
        takes=_TAKES,
        setters=dict.fromkeys(("TTL", "ResourceRecords", "AliasTarget", "Type"), _set),
    )
}
