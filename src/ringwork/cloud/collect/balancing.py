"""Load balancers, their listeners and target groups."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ringwork.cloud.collect.kinds import Below, Detail, Kind, Listing, Where
from ringwork.cloud.collect.mapping import MISSING, Computed, Each, Number, Raw, Rule, look, tags

BALANCERS = Listing(
    "elbv2", "DescribeLoadBalancers", "LoadBalancers", action="elasticloadbalancing:DescribeLoadBalancers"
)
GROUPS = Listing(
    "elbv2", "DescribeTargetGroups", "TargetGroups", action="elasticloadbalancing:DescribeTargetGroups"
)


def _of(argument: str, member: str, *, many: bool = False) -> Callable[[Raw, Where], Mapping[str, Any]]:
    return lambda raw, where: {argument: [raw[member]] if many else raw[member]}


def _tags(member: str) -> Detail:
    return Detail(
        "$tags",
        "DescribeTags",
        _of("ResourceArns", member, many=True),
        result="TagDescriptions",
        action="elasticloadbalancing:DescribeTags",
    )


def _pairs(raw: Raw) -> Any:
    described = look(raw, "$tags")
    if described is MISSING:
        return MISSING
    return tags([pair for each in described for pair in each["Tags"]])


TAGS = Computed(_pairs)

BALANCER_DEFAULTS: Mapping[str, str] = {
    "access_logs.s3.enabled": "false",
    "access_logs.s3.bucket": "",
    "access_logs.s3.prefix": "",
    "client_keep_alive.seconds": "3600",
    "connection_logs.s3.enabled": "false",
    "connection_logs.s3.bucket": "",
    "connection_logs.s3.prefix": "",
    "deletion_protection.enabled": "false",
    "dns_record.client_routing_policy": "any_availability_zone",
    "health_check_logs.s3.enabled": "false",
    "health_check_logs.s3.bucket": "",
    "health_check_logs.s3.prefix": "",
    "idle_timeout.timeout_seconds": "60",
    "routing.http.desync_mitigation_mode": "defensive",
    "routing.http.drop_invalid_header_fields.enabled": "false",
    "routing.http.preserve_host_header.enabled": "false",
    "routing.http.x_amzn_tls_version_and_cipher_suite.enabled": "false",
    "routing.http.xff_client_port.enabled": "false",
    "routing.http.xff_header_processing.mode": "append",
    "routing.http2.enabled": "true",
    "secondary_ips.auto_assigned.per_subnet": "0",
    "waf.fail_open.enabled": "false",
    "zonal_shift.config.enabled": "false",
}
"""What AWS takes for an attribute that nobody set (Elastic Load Balancing API reference,
LoadBalancerAttribute)."""
GROUP_DEFAULTS: Mapping[str, str] = {
    "deregistration_delay.connection_termination.enabled": "false",
    "deregistration_delay.timeout_seconds": "300",
    "load_balancing.algorithm.anomaly_mitigation": "off",
    "load_balancing.algorithm.type": "round_robin",
    "load_balancing.cross_zone.enabled": "use_load_balancer_configuration",
    "proxy_protocol_v2.enabled": "false",
    "slow_start.duration_seconds": "0",
    "stickiness.app_cookie.duration_seconds": "86400",
    "stickiness.enabled": "false",
    "stickiness.lb_cookie.duration_seconds": "86400",
    "target_failover.on_deregistration": "no_rebalance",
    "target_failover.on_unhealthy": "no_rebalance",
    "target_group_health.dns_failover.minimum_healthy_targets.count": "1",
    "target_group_health.dns_failover.minimum_healthy_targets.percentage": "off",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.count": "1",
    "target_group_health.unhealthy_state_routing.minimum_healthy_targets.percentage": "off",
    "target_health_state.unhealthy.connection_termination.enabled": "true",
    "target_health_state.unhealthy.draining_interval_seconds": "0",
}
"""The same for TargetGroupAttribute."""
_BY_SCHEME = {"internal": "true", "internet-facing": "false"}
"""`ipv6.deny_all_igw_traffic`, by scheme."""


def _chosen(raw: Raw) -> Any:
    """The attributes that somebody chose, by key: AWS answers with all that there are."""
    found = look(raw, "$attributes")
    if found is MISSING:
        return MISSING
    kind, scheme = str(raw.get("Type")), str(raw.get("Scheme"))
    defaults = {
        **BALANCER_DEFAULTS,
        "load_balancing.cross_zone.enabled": "true" if kind == "application" else "false",
        "ipv6.deny_all_igw_traffic": _BY_SCHEME.get(scheme, "false"),
    }
    return _other_than(defaults, found)


def _chosen_of_group(raw: Raw) -> Any:
    found = look(raw, "$attributes")
    if found is MISSING:
        return MISSING
    defaults = dict(GROUP_DEFAULTS)
    defaults["stickiness.type"] = {"HTTP": "lb_cookie", "HTTPS": "lb_cookie"}.get(
        str(raw.get("Protocol")), "source_ip"
    )
    return _other_than(defaults, found)


def _other_than(defaults: Mapping[str, str], found: Any) -> list[dict[str, str]]:
    pairs = {str(each["Key"]): str(each.get("Value", "")) for each in found}
    return [{"Key": key, "Value": pairs[key]} for key in sorted(pairs) if pairs[key] != defaults.get(key)]


LOAD_BALANCER = Kind(
    "AWS::ElasticLoadBalancingV2::LoadBalancer",
    BALANCERS,
    physical=lambda raw: raw["LoadBalancerArn"],
    narrow=lambda physical: {"LoadBalancerArns": [physical]},
    details=(
        Detail(
            "$attributes",
            "DescribeLoadBalancerAttributes",
            _of("LoadBalancerArn", "LoadBalancerArn"),
            result="Attributes",
            action="elasticloadbalancing:DescribeLoadBalancerAttributes",
        ),
        _tags("LoadBalancerArn"),
    ),
    properties={
        "Name": "LoadBalancerName",
        "Type": "Type",
        "Scheme": "Scheme",
        "IpAddressType": "IpAddressType",
        "Subnets": "AvailabilityZones.SubnetId",
        "SecurityGroups": "SecurityGroups",
        "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic": (
            "EnforceSecurityGroupInboundRulesOnPrivateLinkTraffic"
        ),
        "LoadBalancerAttributes": Computed(_chosen),
        "Tags": TAGS,
    },
    attributes={"LoadBalancerArn": "LoadBalancerArn", "DNSName": "DNSName", "VpcId": "VpcId"},
    arn=lambda raw, where: raw["LoadBalancerArn"],
)


def _health_matcher(raw: Raw) -> Any:
    matcher = look(raw, "Matcher")
    return MISSING if matcher is MISSING else {k: v for k, v in matcher.items() if v}


TARGET_GROUP = Kind(
    "AWS::ElasticLoadBalancingV2::TargetGroup",
    GROUPS,
    physical=lambda raw: raw["TargetGroupArn"],
    narrow=lambda physical: {"TargetGroupArns": [physical]},
    details=(
        Detail(
            "$attributes",
            "DescribeTargetGroupAttributes",
            _of("TargetGroupArn", "TargetGroupArn"),
            result="Attributes",
            action="elasticloadbalancing:DescribeTargetGroupAttributes",
        ),
        Detail(
            "$targets",
            "DescribeTargetHealth",
            _of("TargetGroupArn", "TargetGroupArn"),
            result="TargetHealthDescriptions",
            action="elasticloadbalancing:DescribeTargetHealth",
        ),
        _tags("TargetGroupArn"),
    ),
    properties={
        "Name": "TargetGroupName",
        "Protocol": "Protocol",
        "ProtocolVersion": "ProtocolVersion",
        "Port": "Port",
        "VpcId": "VpcId",
        "TargetType": "TargetType",
        "IpAddressType": "IpAddressType",
        "HealthCheckEnabled": "HealthCheckEnabled",
        "HealthCheckProtocol": "HealthCheckProtocol",
        "HealthCheckPort": "HealthCheckPort",
        "HealthCheckPath": "HealthCheckPath",
        "HealthCheckIntervalSeconds": "HealthCheckIntervalSeconds",
        "HealthCheckTimeoutSeconds": "HealthCheckTimeoutSeconds",
        "HealthyThresholdCount": "HealthyThresholdCount",
        "UnhealthyThresholdCount": "UnhealthyThresholdCount",
        "Matcher": Computed(_health_matcher),
        "Targets": Each(
            "$targets.Target", {"Id": "Id", "Port": "Port", "AvailabilityZone": "AvailabilityZone"}
        ),
        "TargetGroupAttributes": Computed(_chosen_of_group),
        "Tags": TAGS,
    },
    attributes={"TargetGroupArn": "TargetGroupArn", "LoadBalancerArns": "LoadBalancerArns"},
    arn=lambda raw, where: raw["TargetGroupArn"],
)


def _balancer(listener: str) -> str:
    """A listener's ARN holds its load balancer's: `listener/net/NAME/ID/LISTENER`."""
    return listener.rpartition("/")[0].replace(":listener/", ":loadbalancer/")


def _mutual(raw: Raw) -> Any:
    """`off` is what a listener has that nobody asked for certificates."""
    found = look(raw, "MutualAuthentication")
    if found is MISSING or found.get("Mode", "off") == "off":
        return MISSING
    return {
        name: found[name]
        for name in ("Mode", "TrustStoreArn", "IgnoreClientCertificateExpiry", "AdvertiseTrustStoreCaNames")
        if name in found
    }


def _weighted(raw: Raw) -> Any:
    """Several target groups; one alone is repeated in `TargetGroupArn`, as a template gives it."""
    found = look(raw, "ForwardConfig.TargetGroups")
    several = isinstance(found, list) and len(found) > 1
    return raw["ForwardConfig"] if several else MISSING


ACTION: Mapping[str, Rule] = {
    "Type": "Type",
    "TargetGroupArn": "TargetGroupArn",
    "ForwardConfig": Computed(_weighted),
    "Order": "Order",
    "FixedResponseConfig": "FixedResponseConfig",
    "RedirectConfig": "RedirectConfig",
}

LISTENER = Kind(
    "AWS::ElasticLoadBalancingV2::Listener",
    Listing(
        "elbv2",
        "DescribeLoadBalancers",
        "LoadBalancers",
        action="elasticloadbalancing:DescribeLoadBalancers",
        below=Below(
            "DescribeListeners",
            "Listeners",
            _of("LoadBalancerArn", "LoadBalancerArn"),
            action="elasticloadbalancing:DescribeListeners",
        ),
    ),
    physical=lambda raw: raw["ListenerArn"],
    narrow=lambda physical: {"LoadBalancerArns": [_balancer(physical)]},
    details=(_tags("ListenerArn"),),
    properties={
        "LoadBalancerArn": "LoadBalancerArn",
        "Port": "Port",
        "Protocol": "Protocol",
        "SslPolicy": "SslPolicy",
        "AlpnPolicy": "AlpnPolicy",
        "Certificates": Each("Certificates", {"CertificateArn": "CertificateArn"}),
        "DefaultActions": Each("DefaultActions", ACTION),
        "MutualAuthentication": Computed(_mutual),
        "Tags": TAGS,
    },
    attributes={"ListenerArn": "ListenerArn"},
    arn=lambda raw, where: raw["ListenerArn"],
)

LISTENER_RULE = Kind(
    "AWS::ElasticLoadBalancingV2::ListenerRule",
    Listing(
        "elbv2",
        "DescribeLoadBalancers",
        "LoadBalancers",
        action="elasticloadbalancing:DescribeLoadBalancers",
        below=Below(
            "DescribeListeners",
            "Listeners",
            _of("LoadBalancerArn", "LoadBalancerArn"),
            action="elasticloadbalancing:DescribeListeners",
            below=Below(
                "DescribeRules",
                "Rules",
                _of("ListenerArn", "ListenerArn"),
                action="elasticloadbalancing:DescribeRules",
            ),
        ),
    ),
    deployed=False,
    physical=lambda raw: raw["RuleArn"],
    # the default rule is the listener's own
    keep=lambda raw: raw.get("IsDefault") is not True,
    properties={
        "ListenerArn": "$above.ListenerArn",
        "Priority": Number("Priority"),
        "Conditions": "Conditions",
        "Actions": Each("Actions", ACTION),
    },
    attributes={"RuleArn": "RuleArn"},
    arn=lambda raw, where: raw["RuleArn"],
)

KINDS = (LOAD_BALANCER, TARGET_GROUP, LISTENER, LISTENER_RULE)
