"""WAF's capacity by the documented costs, and the limits that they are held to.

Expected: AWS WAF developer guide, the WCU line on the page of each rule statement ("Using match rule
statements", "Using logical rule statements", "Rate-based rule statement"), "Web ACL capacity units (WCUs) in
AWS WAF", "AWS Managed Rules rule groups list"; API reference, UpdateWebACL, CreateRuleGroup,
ListResourcesForWebACL.
"""

from __future__ import annotations

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"
SEEN = {"SampledRequestsEnabled": True, "CloudWatchMetricsEnabled": True, "MetricName": "m"}
BALANCER = f"arn:aws:elasticloadbalancing:{REGION}:{ACCOUNT}:loadbalancer/app/a/50dc6c495c0c9188"
NONE = [{"Priority": 0, "Type": "NONE"}]


@pytest.fixture
def waf(tmp_path):
    with LocalCloud(tmp_path / "state") as cloud:
        yield cloud.session(ACCOUNT, REGION).client("wafv2")


def rule(statement, name="r", priority=0):
    managed = "ManagedRuleGroupStatement" in statement or "RuleGroupReferenceStatement" in statement
    does = {"OverrideAction": {"None": {}}} if managed else {"Action": {"Block": {}}}
    return {"Name": name, "Priority": priority, "Statement": statement, "VisibilityConfig": SEEN, **does}


def inspect(kind, field="UriPath", changes=(), **more):
    transformations = [{"Priority": n, "Type": one} for n, one in enumerate(changes)] or NONE
    match = (
        {"JsonBody": {"MatchPattern": {"All": {}}, "MatchScope": "ALL"}}
        if field == "JsonBody"
        else {field: {}}
    )
    return {kind: {"FieldToMatch": match, "TextTransformations": transformations, **more}}


def text(constraint, **more):
    return inspect("ByteMatchStatement", SearchString=b"x", PositionalConstraint=constraint, **more)


GEO = {"GeoMatchStatement": {"CountryCodes": ["CH"]}}
SIZE = {"ComparisonOperator": "GT", "Size": 10}
RATE = {"RateBasedStatement": {"Limit": 100, "AggregateKeyType": "IP"}}
CORE = {"ManagedRuleGroupStatement": {"VendorName": "AWS", "Name": "AWSManagedRulesCommonRuleSet"}}


@pytest.mark.parametrize(
    ("statement", "units"),
    [
        (GEO, 1),
        ({"LabelMatchStatement": {"Scope": "LABEL", "Key": "k"}}, 1),
        (text("EXACTLY"), 2),
        (text("STARTS_WITH"), 2),
        (text("CONTAINS"), 10),
        (text("CONTAINS_WORD"), 10),
        # each text transformation 10; all query parameters 10; a JSON body doubles the base cost
        (text("EXACTLY", changes=("LOWERCASE", "URL_DECODE")), 22),
        (text("EXACTLY", field="AllQueryArguments"), 12),
        (text("CONTAINS", field="JsonBody"), 20),
        (inspect("RegexMatchStatement", RegexString="a+"), 3),
        (inspect("SizeConstraintStatement", **SIZE), 1),
        (inspect("SqliMatchStatement"), 20),
        (inspect("SqliMatchStatement", SensitivityLevel="HIGH"), 30),
        (inspect("XssMatchStatement", changes=("HTML_ENTITY_DECODE",)), 50),
        ({"NotStatement": {"Statement": GEO}}, 1),
        ({"AndStatement": {"Statements": [GEO, text("CONTAINS")]}}, 11),
        (RATE, 2),
        ({"RateBasedStatement": {**RATE["RateBasedStatement"], "ScopeDownStatement": text("EXACTLY")}}, 4),
        (CORE, 700),
    ],
)
def test_a_statement_costs_what_its_page_says(waf, statement, units):
    assert waf.check_capacity(Scope="REGIONAL", Rules=[rule(statement)])["Capacity"] == units


@pytest.mark.parametrize(("position", "units"), [("FIRST", 1), ("ANY", 5)])
def test_a_set_of_addresses_costs_more_when_any_position_counts(waf, position, units):
    arn = waf.create_ip_set(Name="s", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=["10.0.0.0/8"])[
        "Summary"
    ]["ARN"]
    forwarded = {"HeaderName": "X-Forwarded-For", "FallbackBehavior": "MATCH", "Position": position}
    statement = {"IPSetReferenceStatement": {"ARN": arn, "IPSetForwardedIPConfig": forwarded}}
    assert waf.check_capacity(Scope="REGIONAL", Rules=[rule(statement)])["Capacity"] == units


def test_the_cost_of_another_vendor_s_group_is_not_made_up(waf):
    other = {"ManagedRuleGroupStatement": {"VendorName": "Vendor", "Name": "Rules"}}
    with pytest.raises(ClientError, match="NotEmulated"):
        waf.check_capacity(Scope="REGIONAL", Rules=[rule(other)])


# web ACLs


def acl(waf, *rules, name="acl"):
    made = waf.create_web_acl(
        Name=name, Scope="REGIONAL", DefaultAction={"Allow": {}}, VisibilityConfig=SEEN, Rules=list(rules)
    )
    return made["Summary"]


def shown(waf, summary):
    return waf.get_web_acl(Name=summary["Name"], Id=summary["Id"], Scope="REGIONAL")["WebACL"]


def update(waf, summary, **changes):
    return waf.update_web_acl(
        Name=summary["Name"],
        Id=summary["Id"],
        Scope="REGIONAL",
        LockToken=summary["LockToken"],
        VisibilityConfig=SEEN,
        **{"DefaultAction": {"Allow": {}}, **changes},
    )


def code_of(call):
    with pytest.raises(ClientError) as error:
        call()
    return error.value.response["Error"]["Code"]


def expensive(count):
    # 40 WCUs and twenty transformations of 10 each
    one = inspect("XssMatchStatement", changes=("LOWERCASE",) * 10)
    return [rule(one, f"r{n}", n) for n in range(count)]


def test_the_capacity_of_a_web_acl_is_the_sum(waf):
    assert shown(waf, acl(waf, rule(RATE, "a", 0), rule(CORE, "b", 1)))["Capacity"] == 702


def test_a_web_acl_has_at_most_5000_units(waf):
    # 35 rules of 140 are 4900, 36 are 5040
    acl(waf, *expensive(35), name="fits")
    assert code_of(lambda: acl(waf, *expensive(36))) == "WAFInvalidParameterException"
    summary = acl(waf)
    assert code_of(lambda: update(waf, summary, Rules=expensive(36))) == "WAFInvalidParameterException"


def test_an_update_replaces_the_rules_even_by_none(waf):
    summary = acl(waf, rule(RATE))
    update(waf, summary, DefaultAction={"Block": {}})
    found = shown(waf, summary)
    assert found["Rules"] == []
    assert found["DefaultAction"] == {"Block": {}}
    assert found["Capacity"] == 0


def test_web_acls_are_listed(waf):
    made = {acl(waf, name=name)["ARN"] for name in ("one", "two")}
    first = waf.list_web_acls(Scope="REGIONAL", Limit=1)
    second = waf.list_web_acls(Scope="REGIONAL", Limit=1, NextMarker=first["NextMarker"])
    assert {one["ARN"] for one in first["WebACLs"] + second["WebACLs"]} == made
    assert waf.list_web_acls(Scope="CLOUDFRONT")["WebACLs"] == []


def test_a_web_acl_knows_what_it_protects_and_stays_while_it_does(waf):
    summary = acl(waf)
    waf.associate_web_acl(WebACLArn=summary["ARN"], ResourceArn=BALANCER)
    assert waf.list_resources_for_web_acl(WebACLArn=summary["ARN"])["ResourceArns"] == [BALANCER]
    pools = waf.list_resources_for_web_acl(WebACLArn=summary["ARN"], ResourceType="COGNITO_USER_POOL")
    assert pools["ResourceArns"] == []
    named = {"Name": "acl", "Id": summary["Id"], "Scope": "REGIONAL", "LockToken": summary["LockToken"]}
    assert code_of(lambda: waf.delete_web_acl(**named)) == "WAFAssociatedItemException"
    waf.disassociate_web_acl(ResourceArn=BALANCER)
    waf.delete_web_acl(**named)


# rule groups


def group(waf, capacity, *rules):
    made = waf.create_rule_group(
        Name="g", Scope="REGIONAL", Capacity=capacity, VisibilityConfig=SEEN, Rules=list(rules)
    )
    return made["Summary"]


def test_the_rules_of_a_group_stay_within_its_capacity(waf):
    assert code_of(lambda: group(waf, 1, rule(RATE))) == "WAFInvalidParameterException"
    summary = group(waf, 2, rule(RATE))

    def change(*rules):
        return waf.update_rule_group(
            Name="g",
            Scope="REGIONAL",
            Id=summary["Id"],
            LockToken=summary["LockToken"],
            VisibilityConfig=SEEN,
            Rules=list(rules),
        )

    assert code_of(lambda: change(rule(text("CONTAINS")))) == "WAFInvalidParameterException"
    change(rule(text("EXACTLY")))
    found = waf.get_rule_group(Name="g", Scope="REGIONAL", Id=summary["Id"])["RuleGroup"]
    assert found["Capacity"] == 2
    assert "ByteMatchStatement" in found["Rules"][0]["Statement"]


def test_a_reference_to_a_group_costs_the_capacity_of_the_group(waf):
    """WCUs of a rule group: those that its owner assigned, whatever its rules need."""
    arn = group(waf, 50, rule(RATE))["ARN"]
    reference = {"RuleGroupReferenceStatement": {"ARN": arn}}
    assert waf.check_capacity(Scope="REGIONAL", Rules=[rule(reference)])["Capacity"] == 50


def test_a_group_has_at_most_5000_units(waf):
    assert code_of(lambda: group(waf, 5001)) == "WAFInvalidParameterException"


def test_what_a_rule_refers_to_cannot_be_deleted(waf):
    made = waf.create_ip_set(Name="s", Scope="REGIONAL", IPAddressVersion="IPV4", Addresses=[])["Summary"]
    summary = acl(waf, rule({"IPSetReferenceStatement": {"ARN": made["ARN"]}}))
    named = {"Name": "s", "Id": made["Id"], "Scope": "REGIONAL", "LockToken": made["LockToken"]}
    assert code_of(lambda: waf.delete_ip_set(**named)) == "WAFAssociatedItemException"
    update(waf, summary)
    waf.delete_ip_set(**named)


# what is managed, and what is seen


def test_aws_s_own_groups_are_listed_with_their_costs(waf):
    names = {
        one["Name"] for one in waf.list_available_managed_rule_groups(Scope="REGIONAL")["ManagedRuleGroups"]
    }
    assert {"AWSManagedRulesCommonRuleSet", "AWSManagedRulesKnownBadInputsRuleSet"} <= names
    core = waf.describe_managed_rule_group(
        VendorName="AWS", Name="AWSManagedRulesCommonRuleSet", Scope="REGIONAL"
    )
    assert core["Capacity"] == 700
    assert "EC2MetaDataSSRF_BODY" in {one["Name"] for one in core["Rules"]}


def test_no_traffic_is_not_an_answer(waf):
    window = {"StartTime": "2026-11-01T00:00:00Z", "EndTime": "2026-11-01T01:00:00Z"}
    with pytest.raises(ClientError, match="NotEmulated"):
        waf.get_sampled_requests(
            WebAclArn=acl(waf)["ARN"], RuleMetricName="m", Scope="REGIONAL", TimeWindow=window, MaxItems=5
        )
