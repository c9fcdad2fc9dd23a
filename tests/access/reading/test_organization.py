"""Accounts and what binds them.

Sources: Organizations user guide, "SCP evaluation", "Resource control policies"; CloudFormation template
reference, AWS::Organizations types.
"""

from __future__ import annotations

from typing import Any

from ringwork.access.authority import Account
from ringwork.estate import Gap
from ringwork.estate.organization import Fact, OrganizationFact

from .estates import (
    ACCOUNT,
    LAMBDA,
    OTHER,
    allow,
    authority,
    both,
    collected,
    deny,
    document,
    key,
    live,
    ref,
    template,
)

MANAGEMENT, ORGANIZATION = "999988887777", "o-a1b2c3d4e5"
NO_PUT = document(deny("s3:PutObject"))
OBJECT = "arn:aws:s3:::data/one"
ROLE: dict[str, Any] = {
    "R": (
        "IAM::Role",
        {
            "AssumeRolePolicyDocument": LAMBDA,
            "Policies": [{"PolicyName": "all", "PolicyDocument": document(allow())}],
        },
    )
}


def policy(content: Any, *targets: Any, type: str = "SERVICE_CONTROL_POLICY", name: str = "p") -> Any:
    return {"Name": name, "Type": type, "Content": content, "TargetIds": list(targets)}


def names(account: Account) -> list[list[str]]:
    assert account.scp is not None
    return [[one.name for one in level] for level in account.scp]


def live_policy(id: str, content: Any, *targets: str, type: str = "SERVICE_CONTROL_POLICY") -> Any:
    kind = type.lower()
    return live(
        "Organizations::Policy",
        id,
        policy(content, *targets, type=type, name=id),
        arn=f"arn:aws:organizations::{MANAGEMENT}:policy/{ORGANIZATION}/{kind}/{id}",
        account=MANAGEMENT,
        region=None,
    )


def live_role(account: str = ACCOUNT) -> Any:
    return live(
        "IAM::Role",
        "r",
        {
            "RoleName": "r",
            "AssumeRolePolicyDocument": LAMBDA,
            "Policies": [{"PolicyName": "all", "PolicyDocument": document(allow())}],
        },
        arn=f"arn:aws:iam::{account}:role/r",
        account=account,
        region=None,
    )


def live_account(id: str, *parents: str) -> Any:
    return live(
        "Organizations::Account",
        id,
        {"AccountName": f"account {id}", "ParentIds": list(parents)},
        attributes={"AccountId": id},
        account=MANAGEMENT,
        region=None,
    )


def live_unit(id: str, parent: str) -> Any:
    properties = {"Name": id, "ParentId": parent}
    return live("Organizations::OrganizationalUnit", id, properties, account=MANAGEMENT, region=None)


ROOT, UNIT, INNER = "r-ab12", "ou-ab12-11111111", "ou-ab12-22222222"
TREE = (
    live_unit(UNIT, ROOT),
    live_unit(INNER, UNIT),
    live_account(ACCOUNT, INNER),
    live_account(MANAGEMENT, ROOT),
)


def full(*targets: str) -> Any:
    return live(
        "live:organizations:aws-managed-policy",
        "p-FullAWSAccess",
        {"Name": "FullAWSAccess", "TargetIds": list(targets)},
        account=MANAGEMENT,
        region=None,
    )


EVERYWHERE = full(ROOT, UNIT, INNER, ACCOUNT, MANAGEMENT)


def test_without_an_organization_nothing_binds() -> None:
    found = authority(ROLE)
    account = found.accounts[ACCOUNT]
    # a template does not say whether its account is in one
    assert (account.scp, account.rcp, account.member, account.unknown) == (None, None, None, ())
    assert found.organization is None


def test_a_policy_binds_the_account_that_it_is_attached_to() -> None:
    found = authority({**ROLE, "P": ("Organizations::Policy", policy(NO_PUT, ACCOUNT, OTHER))})
    # the policies' own account is taken for the management account, which they do not bind
    assert found.accounts[ACCOUNT].management
    assert found.accounts[ACCOUNT].scp is None
    assert names(found.accounts[OTHER]) == [["FullAWSAccess", "p"]]
    assert found.accounts[OTHER].member
    assert any("FullAWSAccess" in text for text in found.assumptions)


def test_each_level_of_a_live_organization_has_its_policies() -> None:
    found = collected(
        [
            *TREE,
            EVERYWHERE,
            live_policy("p-root", document(allow()), ROOT),
            live_policy("p-inner", NO_PUT, INNER),
            live_policy("p-other", NO_PUT, "ou-ab12-33333333"),
            live_role(),
        ]
    )
    account = found.accounts[ACCOUNT]
    assert account.path == (ROOT, UNIT, INNER)
    assert account.name == f"account {ACCOUNT}"
    assert names(account) == [
        ["FullAWSAccess", "p-root"],
        ["FullAWSAccess"],
        ["FullAWSAccess", "p-inner"],
        ["FullAWSAccess"],
    ]
    assert account.unknown == ()
    assert found.organization == ORGANIZATION
    assert found.accounts[MANAGEMENT].management
    assert found.accounts[MANAGEMENT].scp is None
    (role,) = found.identities.values()
    assert both(found, role, "s3:PutObject", OBJECT) == (False, False)
    assert both(found, role, "s3:GetObject", OBJECT) == (True, True)


def test_a_level_from_which_full_access_was_detached_allows_what_it_names() -> None:
    found = collected(
        [
            *TREE,
            full(ROOT, INNER, ACCOUNT),
            live_policy("p-list", document(allow("s3:GetObject")), UNIT),
            live_role(),
        ]
    )
    assert names(found.accounts[ACCOUNT])[1] == ["p-list"]
    (role,) = found.identities.values()
    assert both(found, role, "s3:GetObject", OBJECT) == (True, True)
    assert both(found, role, "s3:PutObject", OBJECT) == (False, False)


def test_a_unit_whose_accounts_are_not_known_may_bind() -> None:
    found = collected([live_policy("p-unit", NO_PUT, UNIT), live_role()])
    (role,) = found.identities.values()
    assert both(found, role, "s3:PutObject", OBJECT) == (False, True)
    assert both(found, role, "s3:GetObject", OBJECT) == (True, True)
    assert "is not known" in found.accounts[ACCOUNT].unknown[0]


def test_a_policy_that_may_be_attached_may_bind() -> None:
    found = collected(
        [
            live_role(),
            *(
                resource
                for resource in template(
                    {"P": ("Organizations::Policy", policy(NO_PUT, ref("Where")))},
                    Parameters={"Where": {"Type": "String"}},
                ).resources
                if resource.type == "AWS::Organizations::Policy"
            ),
            live("Organizations::Organization", "o", {}, attributes={"ManagementAccountId": MANAGEMENT}),
        ]
    )
    (role,) = found.identities.values()
    assert both(found, role, "s3:PutObject", OBJECT) == (False, True)


def test_resource_policies_of_the_organization_bind_the_owner() -> None:
    deny_all = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}
    found = collected(
        [
            *TREE,
            EVERYWHERE,
            live_policy("p-rcp", document(deny_all), ROOT, type="RESOURCE_CONTROL_POLICY"),
            live("S3::Bucket", "data", {"BucketName": "data"}, arn="arn:aws:s3:::data"),
            live_role(),
        ]
    )
    (role,) = found.identities.values()
    assert both(found, role, "s3:PutObject", OBJECT) == (False, False)
    assert both(found, role, "s3:GetObject", OBJECT) == (True, True)


def test_other_kinds_of_policies_authorize_nothing() -> None:
    found = authority({"P": ("Organizations::Policy", policy({"tags": {}}, OTHER, type="TAG_POLICY"))})
    assert found.problems == ()
    assert list(found.documents) == []


def test_policies_that_could_not_be_read_may_bind() -> None:
    gap = Gap(MANAGEMENT, None, "AWS::Organizations::Policy", "access denied")
    found = collected([live_role(), *TREE, EVERYWHERE], gaps=[gap])
    (role,) = found.identities.values()
    # without sight of them there may be any or none, and the management account is not known
    assert both(found, role, "s3:GetObject", OBJECT) == (False, True)
    assert any("access denied" in reason for reason in found.accounts[ACCOUNT].unknown)


def test_what_of_an_account_could_not_be_read_is_said() -> None:
    found = collected([live_role()], gaps=[Gap(ACCOUNT, None, "AWS::KMS::Key", "access denied")])
    assert found.accounts[ACCOUNT].unknown == ("AWS::KMS::Key could not be read: access denied",)


def test_a_member_read_alone_does_not_know_what_binds_it() -> None:
    organization = live(
        "Organizations::Organization",
        ORGANIZATION,
        {},
        attributes={"Id": ORGANIZATION, "ManagementAccountId": MANAGEMENT},
        region=None,
    )
    found = collected([live_role(), organization])
    assert found.organization == ORGANIZATION
    (role,) = found.identities.values()
    assert both(found, role, "s3:GetObject", OBJECT) == (False, True)
    assert MANAGEMENT in found.accounts[ACCOUNT].unknown[0]


def test_the_organizations_id_is_one_stand_in_wherever_it_is_named() -> None:
    given = {"Org": OrganizationFact(Fact.ID), "Entry": OrganizationFact(Fact.ENTRY)}
    outside = {"StringNotEquals": {"aws:ResourceOrgID": ref("Org")}}
    found = authority(
        {
            "P": (
                "Organizations::Policy",
                policy(
                    document(
                        deny("s3:*", Condition=outside),
                        deny("iam:*", Condition={"ArnNotLike": {"aws:PrincipalArn": {"Fn::Sub": ENTRY}}}),
                    ),
                    OTHER,
                ),
            ),
        },
        given=given,
        Parameters={"Org": {"Type": "String"}, "Entry": {"Type": "String"}},
    )
    assert found.organization is not None
    assert found.placeholders[found.organization] == "the id of the organization"
    account = found.accounts[OTHER]
    assert account.unknown == ()
    assert account.scp is not None
    document_ = account.scp[0][1]
    assert document_.known
    first, second = document_.wider.document["Statement"]
    assert first["Condition"]["StringNotEquals"]["aws:ResourceOrgID"] == found.organization
    role = second["Condition"]["ArnNotLike"]["aws:PrincipalArn"]
    assert found.placeholders[role.rpartition("/")[2]] == "the entry role of the organization"


ENTRY = "arn:aws:iam::*:role/${Entry}"


def test_a_broken_policy_binds_in_no_way_that_is_known() -> None:
    found = authority({**ROLE, "P": ("Organizations::Policy", policy(document({"Effect": "No"}), OTHER))})
    (problem,) = found.problems
    assert problem.pointer.startswith("/Content/Statement/0")
    assert problem.key == key("Organizations::Policy", "P")
    assert found.accounts[OTHER].unknown
