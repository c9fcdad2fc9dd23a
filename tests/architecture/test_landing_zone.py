"""The network in the words of AWS's Landing Zone Accelerator says what the templates say."""

from __future__ import annotations

import json
from typing import Any

import pytest

from ringwork.architecture import compile_blueprint
from ringwork.architecture.landing_zone import network_config, refuse_what_has_no_words
from ringwork.blueprint import accounts, allocate, loads
from ringwork.source import InputError

SURGERY: dict[str, Any] = {
    "ringwork": 1,
    "organization": "clinic",
    "regions": ["eu-west-1"],
    "accounts": {"layout": "per-team"},
    "network": {"cidr": "10.0.0.0/8", "endpoints": "central"},
    "teams": {
        "a": {"workloads": {"lab": {"type": "notebook"}, "serve": {"type": "endpoint"}}},
        "b": {"workloads": {"train": {"type": "training"}}},
    },
    "flows": [{"from": "a/lab", "to": "a/serve", "port": 8443}],
}


def config(**changes: Any) -> dict[str, Any]:
    blueprint = loads(json.dumps(SURGERY | changes), "surgery.json")
    stacks = compile_blueprint(blueprint, allocate(blueprint)).stacks
    return network_config(stacks, {id: name for name, (id, _) in accounts(blueprint).items()})


def test_each_team_has_its_vpc_in_its_account_and_a_table_of_its_own() -> None:
    found = config()
    vpcs = {vpc["account"]: vpc for vpc in found["vpcs"]}
    assert set(vpcs) == {"a", "b", "network"}
    assert vpcs["a"]["cidrs"] == ["10.0.0.0/20"]
    (gateway,) = found["transitGateways"]
    assert gateway["shareTargets"] == {"accounts": ["a", "b"]}
    tables = {table["name"]: table["routes"] for table in gateway["routeTables"]}
    own = [
        name
        for team in "ab"
        for attachment in vpcs[team]["transitGatewayAttachments"]
        for name in attachment["routeTableAssociations"]
    ]
    assert len(set(own)) == 2
    for name in own:
        assert {"destinationCidrBlock": "10.0.0.0/8", "blackhole": True} in tables[name]
        reached = {r["attachment"]["account"] for r in tables[name] if "attachment" in r}
        assert reached == {"network"}
    for vpc in found["vpcs"]:
        for attachment in vpc.get("transitGatewayAttachments", ()):
            assert attachment["routeTablePropagations"] == []


def test_every_subnet_names_a_table_and_an_acl_of_its_vpc() -> None:
    for vpc in config()["vpcs"]:
        tables = {table["name"] for table in vpc["routeTables"]}
        names = {subnet["name"] for subnet in vpc["subnets"]}
        assert {subnet["routeTable"] for subnet in vpc["subnets"]} <= tables
        assert {name for acl in vpc["networkAcls"] for name in acl["subnetAssociations"]} == names


def test_acl_lines_are_those_of_the_templates() -> None:
    """The declared flow crosses from the interactive to the serving tier on 8443; both tiers' ACLs say so."""
    (vpc,) = [vpc for vpc in config()["vpcs"] if vpc["account"] == "a"]
    acls = {acl["name"]: acl for acl in vpc["networkAcls"]}
    (serving,) = [acl for name, acl in acls.items() if name.endswith("-serving")]
    line = {"protocol": 6, "action": "allow", "source": "10.0.0.0/22", "fromPort": 8443, "toPort": 8443}
    assert [r for r in serving["inboundRules"] if line.items() <= r.items()]
    assert not [r for r in serving["outboundRules"] if r.get("fromPort") == 8443]


@pytest.mark.parametrize(
    "changes",
    [
        {"network": {"ipv6": True}},
        {"egress": {"mode": "central", "domains": ["a.example.com"]}},
    ],
)
def test_what_it_has_no_words_for_is_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="Landing"):
        refuse_what_has_no_words(loads(json.dumps(SURGERY | changes), "surgery.json"))
