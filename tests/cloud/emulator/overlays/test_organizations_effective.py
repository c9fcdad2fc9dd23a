"""Effective management policies. The examples are those of the Organizations user guide, "Inheritance
examples", with the results given there."""

from __future__ import annotations

import json

import pytest
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.overlays.organizations_effective import UndecidedError, effective

MANAGEMENT, REGION = "111122223333", "us-east-1"


def tags(name, **settings):
    return {"tags": {name: settings}}


A = tags(
    "costcenter",
    tag_key={"@@assign": "CostCenter"},
    tag_value={"@@assign": ["Development", "Support"]},
)
B = tags(
    "costcenter",
    tag_key={"@@assign": "CostCenter"},
    tag_value={"@@assign": ["Sandbox"]},
    enforced_for={"@@assign": ["redshift:*", "dynamodb:table"]},
)
C = tags(
    "costcenter",
    tag_key={"@@assign": "CostCenter"},
    tag_value={"@@append": ["Marketing"]},
    enforced_for={"@@append": ["redshift:*", "dynamodb:table"]},
)
D = tags(
    "costcenter",
    tag_key={"@@assign": "CostCenter"},
    tag_value={"@@remove": ["Development", "Marketing"]},
    enforced_for={"@@remove": ["redshift:*", "dynamodb:table"]},
)
ALLOWED = "@@operators_allowed_for_child_policies"


def test_example_1_a_child_overwrites_values():
    assert effective([[A], [B], []]) == tags(
        "costcenter",
        tag_key="CostCenter",
        tag_value=["Sandbox"],
        enforced_for=["redshift:*", "dynamodb:table"],
    )


def test_example_2_a_child_appends_values():
    assert effective([[A], [C], []]) == tags(
        "costcenter",
        tag_key="CostCenter",
        tag_value=["Development", "Support", "Marketing"],
        enforced_for=["redshift:*", "dynamodb:table"],
    )


def test_example_3_an_account_removes_values():
    assert effective([[A], [C], [D]]) == tags("costcenter", tag_key="CostCenter", tag_value=["Support"])


def test_example_4_a_locked_key_stays_and_values_are_appended():
    root = tags(
        "project",
        tag_key={ALLOWED: ["@@none"], "@@assign": "Project"},
        tag_value={ALLOWED: ["@@append"], "@@assign": ["Maintenance", "Escalations"]},
    )
    child = tags(
        "project",
        tag_key={"@@assign": "PROJECT"},
        tag_value={"@@append": ["Escalations - research"]},
    )
    assert effective([[root], [child], []]) == tags(
        "project", tag_key="Project", tag_value=["Maintenance", "Escalations", "Escalations - research"]
    )


def test_example_5_of_what_two_policies_of_one_level_allow_the_intersection_is_allowed():
    first = tags("project", tag_value={ALLOWED: ["@@append"], "@@assign": ["Maintenance"]})
    second = tags("project", tag_value={ALLOWED: ["@@append", "@@remove"]})
    child = tags("project", tag_value={"@@remove": ["Maintenance"], "@@append": ["Escalations"]})
    assert effective([[first, second], [child]]) == tags("project", tag_value=["Maintenance", "Escalations"])


def test_example_6_of_two_policies_of_one_level_the_first_attached_assigns():
    first = tags("project", tag_key={"@@assign": "PROJECT"}, tag_value={"@@append": ["Maintenance"]})
    second = tags("project", tag_key={"@@assign": "project"})
    assert effective([[first, second]]) == tags("project", tag_key="PROJECT", tag_value=["Maintenance"])


def test_a_grandchild_cannot_allow_again_what_the_root_forbids():
    """Inheritance operators: "you can't reverse that rule in a child policy"."""
    root = tags("project", tag_value={ALLOWED: ["@@none"], "@@assign": ["Maintenance"]})
    child = tags("project", tag_value={ALLOWED: ["@@all"]})
    account = tags("project", tag_value={"@@assign": ["Anything"]})
    assert effective([[root], [child], [account]]) == tags("project", tag_value=["Maintenance"])


def test_nothing_is_added_to_a_locked_container():
    """AI services opt-out policy syntax and examples: `@@none` under `services` keeps accounts from adding
    services of their own."""
    root = {
        "services": {
            ALLOWED: ["@@none"],
            "default": {"opt_out_policy": {ALLOWED: ["@@none"], "@@assign": "optOut"}},
        }
    }
    child = {"services": {"lex": {"opt_out_policy": {"@@assign": "optIn"}}}}
    assert effective([[root], [child]]) == {"services": {"default": {"opt_out_policy": "optOut"}}}


def test_what_the_documents_leave_open_is_not_decided():
    root = {"services": {ALLOWED: ["@@none"], "default": {"opt_out_policy": {"@@assign": "optOut"}}}}
    child = {"services": {"default": {"opt_out_policy": {"@@assign": "optIn"}}}}
    with pytest.raises(UndecidedError, match="services/default/opt_out_policy"):
        effective([[root], [child]])


def code(call, **parameters):
    with pytest.raises(ClientError) as refused:
        call(**parameters)
    return refused.value.response["Error"]["Code"]


def test_an_account_sees_what_the_root_its_unit_and_itself_were_given(tmp_path):
    with LocalCloud(tmp_path / "s") as cloud:
        organizations = cloud.session(MANAGEMENT, REGION).client("organizations")
        organizations.create_organization(FeatureSet="ALL")
        root = organizations.list_roots()["Roots"][0]["Id"]
        unit = organizations.create_organizational_unit(ParentId=root, Name="u")["OrganizationalUnit"]["Id"]
        member = organizations.create_account(Email="m@example.com", AccountName="m")["CreateAccountStatus"][
            "AccountId"
        ]
        organizations.move_account(AccountId=member, SourceParentId=root, DestinationParentId=unit)
        # "this policy type is not enabled"
        assert code(organizations.describe_effective_policy, PolicyType="TAG_POLICY") == (
            "EffectivePolicyNotFoundException"
        )
        organizations.enable_policy_type(RootId=root, PolicyType="TAG_POLICY")
        for place, name, content in ((root, "a", A), (unit, "c", C), (member, "d", D)):
            policy = organizations.create_policy(
                Content=json.dumps(content), Description="d", Name=name, Type="TAG_POLICY"
            )["Policy"]["PolicySummary"]["Id"]
            organizations.attach_policy(PolicyId=policy, TargetId=place)

        def content(client, **target):
            described = client.describe_effective_policy(PolicyType="TAG_POLICY", **target)
            return json.loads(described["EffectivePolicy"]["PolicyContent"])

        wanted = tags("costcenter", tag_key="CostCenter", tag_value=["Support"])
        assert content(organizations, TargetId=member) == wanted
        assert content(organizations)["tags"]["costcenter"]["tag_value"] == ["Development", "Support"]
        theirs = cloud.session(member, REGION).client("organizations")
        assert content(theirs) == wanted
        for client, target, wanted_code in (
            (theirs, MANAGEMENT, "AccessDeniedException"),
            (organizations, unit, "InvalidInputException"),
            (organizations, "999988887777", "TargetNotFoundException"),
        ):
            assert (
                code(client.describe_effective_policy, PolicyType="TAG_POLICY", TargetId=target)
                == wanted_code
            )
