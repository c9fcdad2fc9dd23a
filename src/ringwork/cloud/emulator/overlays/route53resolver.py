"""Route 53 Resolver: DNS Firewall, and logs of queries.

What is filtered or logged is kept, not done: no query is answered here. Source: Route 53 API reference,
section "Amazon Route 53 VPC Resolver" (each operation's page); developer guide, "Route 53 VPC Resolver DNS
Firewall", "VPC Resolver query logging".
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed, Table

_LISTS, _GROUPS, _RULES = "firewall domain lists", "firewall rule groups", "firewall rules"
_ASSOCIATIONS, _CONFIGS = "firewall rule group associations", "firewall configs"
_LOGS, _LOGGED = "query log configs", "query log config associations"
_TAGS = "tags"

_FIRST, _LAST = 100, 9900
"""Priorities of associations lie between, and are neither (AssociateFirewallRuleGroup, Priority)."""


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")


def _absent(what: str, identifier: object) -> AwsError:
    return AwsError("ResourceNotFoundException", f"The {what} '{identifier}' does not exist")


def _record(call: Call, table: str, parameter: str) -> dict[str, Any]:
    found = call.table(table).get(str(call.parameters[parameter]))
    if found is None:
        raise _absent(parameter, call.parameters[parameter])
    return found


def _make(call: Call, table: str, prefix: str, kind: str | None, **values: Any) -> dict[str, Any]:
    """Keep a new record, with its tags; `kind` is the part of the ARN that names what it is."""
    identifier = f"{prefix}-{secrets.token_hex(8)}"
    made = {"Id": identifier, "CreatorRequestId": call.parameters.get("CreatorRequestId", ""), **values}
    made |= {"CreationTime": _now()}
    if kind is not None:
        made["Arn"] = f"arn:aws:route53resolver:{call.region}:{call.account}:{kind}/{identifier}"
        call.table(_TAGS)[made["Arn"]] = {
            tag["Key"]: tag["Value"] for tag in call.parameters.get("Tags") or ()
        }
    call.table(table)[identifier] = made
    return made


def _remove(call: Call, table: str, record: Mapping[str, Any]) -> dict[str, Any]:
    del call.table(table)[record["Id"]]
    call.table(_TAGS).pop(str(record.get("Arn")), None)
    return {**record, "Status": "DELETING"}


def _gives(member: str, table: str, parameter: str) -> Overlay:
    def get(call: Call, _proceed: Proceed) -> dict[str, Any]:
        return {member: dict(_record(call, table, parameter))}

    return get


def _all(member: str, table: str, *filters: str) -> Overlay:
    """Every record; those with the filters' values, where they are given."""

    def rows(call: Call, _proceed: Proceed) -> dict[str, Any]:
        wanted = {name: call.parameters[name] for name in filters if call.parameters.get(name) is not None}
        for each in call.parameters.get("Filters") or ():
            wanted[each["Name"]] = each["Values"]

        def fits(row: Mapping[str, Any]) -> bool:
            return all(
                row.get(name) in (value if isinstance(value, list) else [value])
                for name, value in wanted.items()
            )

        return {member: [dict(row) for row in call.table(table).values() if fits(row)]}

    return rows


# -- domain lists ------------------------------------------------------------------------------------------


def _create_list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    made = _make(
        call, _LISTS, "rslvr-fdl", "firewall-domain-list",
        Name=call.parameters["Name"], DomainCount=0, Status="COMPLETE", Domains=[],
    )  # fmt: skip
    return {"FirewallDomainList": _without_domains(made)}


def _without_domains(record: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in record.items() if name != "Domains"}


def _get_list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"FirewallDomainList": _without_domains(_record(call, _LISTS, "FirewallDomainListId"))}


def _update_domains(call: Call, _proceed: Proceed) -> dict[str, Any]:
    record, given = _record(call, _LISTS, "FirewallDomainListId"), list(call.parameters["Domains"])
    present = record["Domains"]
    match call.parameters["Operation"]:
        case "ADD":
            domains = [*present, *(name for name in given if name not in present)]
        case "REMOVE":
            domains = [name for name in present if name not in given]
        case _:
            domains = given
    record.update(Domains=domains, DomainCount=len(domains), ModificationTime=_now())
    return {name: record[name] for name in ("Id", "Name", "Status")}


def _domains(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"Domains": list(_record(call, _LISTS, "FirewallDomainListId")["Domains"])}


def _lists(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"FirewallDomainLists": [_without_domains(row) for row in call.table(_LISTS).values()]}


def _delete_list(call: Call, _proceed: Proceed) -> dict[str, Any]:
    record = _record(call, _LISTS, "FirewallDomainListId")
    if any(rule["FirewallDomainListId"] == record["Id"] for rule in _kept_rules(call)):
        raise AwsError("ConflictException", f"The domain list '{record['Id']}' is in use by a rule")
    return {"FirewallDomainList": _without_domains(_remove(call, _LISTS, record))}


# -- rule groups and their rules ---------------------------------------------------------------------------


def _create_group(call: Call, _proceed: Proceed) -> dict[str, Any]:
    made = _make(
        call, _GROUPS, "rslvr-frg", "firewall-rule-group",
        Name=call.parameters["Name"], RuleCount=0, Status="COMPLETE", OwnerId=call.account,
        ShareStatus="NOT_SHARED",
    )  # fmt: skip
    return {"FirewallRuleGroup": made}


def _delete_group(call: Call, _proceed: Proceed) -> dict[str, Any]:
    record = _record(call, _GROUPS, "FirewallRuleGroupId")
    if any(row["FirewallRuleGroupId"] == record["Id"] for row in call.table(_ASSOCIATIONS).values()):
        raise AwsError("ConflictException", f"The rule group '{record['Id']}' is associated with a VPC")
    if record["RuleCount"]:
        raise AwsError("ConflictException", f"The rule group '{record['Id']}' has rules")
    return {"FirewallRuleGroup": _remove(call, _GROUPS, record)}


def _kept_rules(call: Call) -> list[dict[str, Any]]:
    return list(call.table(_RULES).values())


def _rule_key(parameters: Mapping[str, Any]) -> str:
    """What tells rules of a group apart (DeleteFirewallRule): the domain list, and the query's type."""
    return "|".join(
        str(parameters.get(name, "")) for name in ("FirewallRuleGroupId", "FirewallDomainListId", "Qtype")
    )


def _create_rule(call: Call, _proceed: Proceed) -> dict[str, Any]:
    group, given = _record(call, _GROUPS, "FirewallRuleGroupId"), dict(call.parameters)
    if given.get("FirewallDomainListId"):
        _record(call, _LISTS, "FirewallDomainListId")
    others = [rule for rule in _kept_rules(call) if rule["FirewallRuleGroupId"] == group["Id"]]
    if _rule_key(given) in call.table(_RULES):
        raise AwsError("ValidationException", "The rule group has a rule for this domain list")
    if any(rule["Priority"] == given["Priority"] for rule in others):
        raise AwsError("ValidationException", f"The priority {given['Priority']} is in use in the group")
    if given["Action"] == "BLOCK" and not given.get("BlockResponse"):
        raise AwsError("ValidationException", "BlockResponse is required for the action BLOCK")
    made = {"FirewallDomainRedirectionAction": "INSPECT_REDIRECTION_DOMAIN", **given, "CreationTime": _now()}
    call.table(_RULES)[_rule_key(given)] = made
    group["RuleCount"] += 1
    return {"FirewallRule": made}


def _existing_rule(call: Call) -> dict[str, Any]:
    found = call.table(_RULES).get(_rule_key(call.parameters))
    if found is None:
        raise _absent("firewall rule", _rule_key(call.parameters))
    return found


def _update_rule(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rule = _existing_rule(call)
    rule.update({name: value for name, value in call.parameters.items() if value is not None})
    rule["ModificationTime"] = _now()
    return {"FirewallRule": dict(rule)}


def _delete_rule(call: Call, _proceed: Proceed) -> dict[str, Any]:
    rule = _existing_rule(call)
    del call.table(_RULES)[_rule_key(call.parameters)]
    call.table(_GROUPS)[rule["FirewallRuleGroupId"]]["RuleCount"] -= 1
    return {"FirewallRule": rule}


def _rules(call: Call, _proceed: Proceed) -> dict[str, Any]:
    group = _record(call, _GROUPS, "FirewallRuleGroupId")["Id"]
    rows = [dict(rule) for rule in _kept_rules(call) if rule["FirewallRuleGroupId"] == group]
    return {"FirewallRules": sorted(rows, key=lambda rule: int(rule["Priority"]))}


# -- what VPCs have ----------------------------------------------------------------------------------------


def _vpc(call: Call, identifier: str) -> str:
    call.load("ec2")
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    if identifier not in ec2_backends[call.account][call.region].vpcs:
        raise _absent("VPC", identifier)
    return identifier


def _associate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    group, given = _record(call, _GROUPS, "FirewallRuleGroupId"), call.parameters
    vpc, priority = _vpc(call, str(given["VpcId"])), int(given["Priority"])
    if not _FIRST < priority < _LAST:
        message = f"The priority must be higher than {_FIRST} and lower than {_LAST}"
        raise AwsError("ValidationException", message)
    for row in call.table(_ASSOCIATIONS).values():
        if row["VpcId"] == vpc and (row["FirewallRuleGroupId"], row["Priority"]) != (group["Id"], priority):
            if priority == row["Priority"]:
                raise AwsError("ValidationException", f"The priority {priority} is in use in the VPC")
        elif row["VpcId"] == vpc:
            raise AwsError("ConflictException", "The rule group is associated with the VPC")
    made = _make(
        call, _ASSOCIATIONS, "rslvr-frgassoc", "firewall-rule-group-association",
        FirewallRuleGroupId=group["Id"], VpcId=vpc, Name=given.get("Name", ""), Priority=priority,
        MutationProtection=given.get("MutationProtection") or "DISABLED", Status="COMPLETE",
    )  # fmt: skip
    return {"FirewallRuleGroupAssociation": made}


def _update_association(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """`MutationProtection` "disallows modification or removal": only it can be turned off."""
    record = _record(call, _ASSOCIATIONS, "FirewallRuleGroupAssociationId")
    changed = {
        name: call.parameters[name]
        for name in ("Name", "Priority", "MutationProtection")
        if call.parameters.get(name) is not None
    }
    if record["MutationProtection"] == "ENABLED" and changed.get("MutationProtection") != "DISABLED":
        raise AwsError("ConflictException", f"The association '{record['Id']}' is protected from changes")
    record.update(changed, ModificationTime=_now())
    return {"FirewallRuleGroupAssociation": dict(record)}


def _disassociate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    record = _record(call, _ASSOCIATIONS, "FirewallRuleGroupAssociationId")
    if record["MutationProtection"] == "ENABLED":
        raise AwsError("ConflictException", f"The association '{record['Id']}' is protected from removal")
    return {"FirewallRuleGroupAssociation": _remove(call, _ASSOCIATIONS, record)}


def _config(call: Call, vpc: str) -> dict[str, Any]:
    kept = call.table(_CONFIGS).get(vpc, {})
    return {
        "Id": f"rslvr-fc-{vpc.removeprefix('vpc-')}",
        "ResourceId": vpc,
        "OwnerId": call.account,
        "FirewallFailOpen": kept.get("FirewallFailOpen", "DISABLED"),
    }


def _get_config(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"FirewallConfig": _config(call, _vpc(call, str(call.parameters["ResourceId"])))}


def _update_config(call: Call, _proceed: Proceed) -> dict[str, Any]:
    vpc = _vpc(call, str(call.parameters["ResourceId"]))
    call.table(_CONFIGS)[vpc] = {"FirewallFailOpen": call.parameters["FirewallFailOpen"]}
    return {"FirewallConfig": _config(call, vpc)}


def _configs(call: Call, _proceed: Proceed) -> dict[str, Any]:
    return {"FirewallConfigs": [_config(call, vpc) for vpc in call.table(_CONFIGS)]}


# -- logs of queries ---------------------------------------------------------------------------------------


def _create_logs(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    made = _make(
        call, _LOGS, "rqlc", "resolver-query-log-config",
        Name=given["Name"], DestinationArn=given["DestinationArn"], OwnerId=call.account,
        Status="CREATED", ShareStatus="NOT_SHARED", AssociationCount=0,
    )  # fmt: skip
    return {"ResolverQueryLogConfig": made}


def _delete_logs(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """DeleteResolverQueryLogConfig: VPCs must be disassociated first."""
    record = _record(call, _LOGS, "ResolverQueryLogConfigId")
    if record["AssociationCount"]:
        message = f"The configuration '{record['Id']}' is associated with VPCs"
        raise AwsError("InvalidRequestException", message)
    return {"ResolverQueryLogConfig": _remove(call, _LOGS, record)}


def _log(call: Call, _proceed: Proceed) -> dict[str, Any]:
    config = _record(call, _LOGS, "ResolverQueryLogConfigId")
    vpc = _vpc(call, str(call.parameters["ResourceId"]))
    for row in call.table(_LOGGED).values():
        if (row["ResolverQueryLogConfigId"], row["ResourceId"]) == (config["Id"], vpc):
            raise AwsError("ResourceExistsException", "The VPC is associated with the configuration")
    made = _make(
        call, _LOGGED, "rqlca", None,
        ResolverQueryLogConfigId=config["Id"], ResourceId=vpc, Status="ACTIVE", Error="NONE",
    )  # fmt: skip
    made.pop("CreatorRequestId")
    config["AssociationCount"] += 1
    return {"ResolverQueryLogConfigAssociation": made}


def _unlog(call: Call, _proceed: Proceed) -> dict[str, Any]:
    config, vpc = call.parameters["ResolverQueryLogConfigId"], call.parameters["ResourceId"]
    table: Table = call.table(_LOGGED)
    for row in table.values():
        if (row["ResolverQueryLogConfigId"], row["ResourceId"]) == (config, vpc):
            call.table(_LOGS)[str(config)]["AssociationCount"] -= 1
            return {"ResolverQueryLogConfigAssociation": _remove(call, _LOGGED, row)}
    raise _absent("association", f"{config} with {vpc}")


# -- tags --------------------------------------------------------------------------------------------------


def _tagging(act: Callable[[Call, dict[str, Any]], dict[str, Any]]) -> Overlay:
    """Tags of what is kept here; moto has those of the rest."""

    def overlay(call: Call, proceed: Proceed) -> dict[str, Any]:
        kept = call.table(_TAGS).get(str(call.parameters["ResourceArn"]))
        return proceed() if kept is None else act(call, kept)

    return overlay


def _tag(call: Call, kept: dict[str, Any]) -> dict[str, Any]:
    kept.update({tag["Key"]: tag["Value"] for tag in call.parameters["Tags"]})
    return {}


def _untag(call: Call, kept: dict[str, Any]) -> dict[str, Any]:
    for key in call.parameters["TagKeys"]:
        kept.pop(key, None)
    return {}


def _tags(_call: Call, kept: dict[str, Any]) -> dict[str, Any]:
    return {"Tags": [{"Key": key, "Value": value} for key, value in kept.items()]}


OVERLAYS: Mapping[str, Overlay] = {
    "AssociateFirewallRuleGroup": _associate,
    "AssociateResolverQueryLogConfig": _log,
    "CreateFirewallDomainList": _create_list,
    "CreateFirewallRule": _create_rule,
    "CreateFirewallRuleGroup": _create_group,
    "CreateResolverQueryLogConfig": _create_logs,
    "DeleteFirewallDomainList": _delete_list,
    "DeleteFirewallRule": _delete_rule,
    "DeleteFirewallRuleGroup": _delete_group,
    "DeleteResolverQueryLogConfig": _delete_logs,
    "DisassociateFirewallRuleGroup": _disassociate,
    "DisassociateResolverQueryLogConfig": _unlog,
    "GetFirewallConfig": _get_config,
    "GetFirewallDomainList": _get_list,
    "GetFirewallRuleGroup": _gives("FirewallRuleGroup", _GROUPS, "FirewallRuleGroupId"),
    "GetFirewallRuleGroupAssociation": _gives(
        "FirewallRuleGroupAssociation", _ASSOCIATIONS, "FirewallRuleGroupAssociationId"
    ),
    "GetResolverQueryLogConfig": _gives("ResolverQueryLogConfig", _LOGS, "ResolverQueryLogConfigId"),
    "GetResolverQueryLogConfigAssociation": _gives(
        "ResolverQueryLogConfigAssociation", _LOGGED, "ResolverQueryLogConfigAssociationId"
    ),
    "ListFirewallConfigs": _configs,
    "ListFirewallDomainLists": _lists,
    "ListFirewallDomains": _domains,
    "ListFirewallRuleGroupAssociations": _all(
        "FirewallRuleGroupAssociations", _ASSOCIATIONS, "FirewallRuleGroupId", "VpcId", "Priority", "Status"
    ),
    "ListFirewallRuleGroups": _all("FirewallRuleGroups", _GROUPS),
    "ListFirewallRules": _rules,
    "ListResolverQueryLogConfigAssociations": _all("ResolverQueryLogConfigAssociations", _LOGGED),
    "ListResolverQueryLogConfigs": _all("ResolverQueryLogConfigs", _LOGS),
    "ListTagsForResource": _tagging(_tags),
    "TagResource": _tagging(_tag),
    "UntagResource": _tagging(_untag),
    "UpdateFirewallConfig": _update_config,
    "UpdateFirewallDomains": _update_domains,
    "UpdateFirewallRule": _update_rule,
    "UpdateFirewallRuleGroupAssociation": _update_association,
}
