"""One of everything that is read, as a template."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from .estates import ACCOUNT, LAMBDA, OTHER, allow, att, deny, document, ref
from .test_guarded import ACCESS

_ANY = document(allow("s3:*", "arn:aws:s3:::a/*"), deny("s3:PutObject", Condition={"Bool": {"a:b": "true"}}))
_INLINE = [{"PolicyName": "p", "PolicyDocument": _ANY}]


def _accessible() -> dict[str, tuple[str, dict[str, Any]]]:
    """The resources of `ACCESS`, each under a name of its own."""
    found = {}
    for number, (name, (resources, _, _)) in enumerate(ACCESS.items()):
        if name == "bucket by name":
            continue  # a second bucket of that name
        text = json.dumps(resources).replace('"Ref": "X"', f'"Ref": "X{number}"')
        for logical, (type, properties) in json.loads(
            text.replace('["X", "Arn"]', f'["X{number}", "Arn"]')
        ).items():
            found[f"{logical}{number}"] = (type, properties)
    return found


EVERYTHING: Mapping[str, tuple[str, Mapping[str, Any]]] = {
    "Role": (
        "IAM::Role",
        {
            "Path": "/ml/",
            "AssumeRolePolicyDocument": LAMBDA,
            "Policies": _INLINE,
            "ManagedPolicyArns": [ref("Managed"), "arn:aws:iam::aws:policy/AdministratorAccess"],
            "PermissionsBoundary": ref("Managed"),
            "Tags": [{"Key": "team", "Value": "vision"}],
        },
    ),
    "Named": ("IAM::Role", {"RoleName": "named", "AssumeRolePolicyDocument": document()}),
    "RolePolicy": (
        "IAM::RolePolicy",
        {"RoleName": ref("Role"), "PolicyName": "own", "PolicyDocument": _ANY},
    ),
    "Managed": (
        "IAM::ManagedPolicy",
        {"PolicyDocument": _ANY, "Roles": ["named"], "Users": [ref("User")], "Groups": [ref("Group")]},
    ),
    "Old": (
        "IAM::Policy",
        {"PolicyName": "old", "PolicyDocument": _ANY, "Roles": [ref("Role")], "Groups": [ref("Group")]},
    ),
    "User": ("IAM::User", {"UserName": "ada", "Groups": [ref("Group")], "Policies": _INLINE}),
    "UserPolicy": ("IAM::UserPolicy", {"UserName": ref("User"), "PolicyName": "u", "PolicyDocument": _ANY}),
    "Group": ("IAM::Group", {"GroupName": "team", "Policies": _INLINE}),
    "GroupPolicy": (
        "IAM::GroupPolicy",
        {"GroupName": ref("Group"), "PolicyName": "g", "PolicyDocument": _ANY},
    ),
    "Adds": ("IAM::UserToGroupAddition", {"GroupName": ref("Group"), "Users": [ref("User")]}),
    "Profile": ("IAM::InstanceProfile", {"Roles": [ref("Role")]}),
    "Linked": ("IAM::ServiceLinkedRole", {"AWSServiceName": "config.amazonaws.com"}),
    "Machine": ("EC2::Instance", {"IamInstanceProfile": ref("Profile")}),
    "Vpc": ("EC2::VPC", {"CidrBlock": "10.0.0.0/16"}),
    "Subnet": ("EC2::Subnet", {"VpcId": ref("Vpc"), "CidrBlock": "10.0.1.0/24"}),
    "Endpoint": (
        "EC2::VPCEndpoint",
        {
            "VpcId": ref("Vpc"),
            "VpcEndpointType": "Interface",
            "ServiceName": "com.amazonaws.eu-central-1.kms",
            "SubnetIds": [ref("Subnet")],
            "PolicyDocument": document(allow(Principal="*")),
        },
    ),
    "Key": ("KMS::Key", {"KeyPolicy": document(allow("kms:*", Principal={"AWS": att("Role")}))}),
    "Secret": ("SecretsManager::Secret", {"Name": "secret"}),
    "SecretPolicy": (
        "SecretsManager::ResourcePolicy",
        {"SecretId": ref("Secret"), "ResourcePolicy": document(allow(Principal="*"))},
    ),
    "Api": ("ApiGateway::RestApi", {"Policy": document(allow(resource="execute-api:/*", Principal="*"))}),
    "OldBus": (
        "Events::EventBusPolicy",
        {
            "EventBusName": "default",
            "StatementId": "x",
            "Action": "events:PutEvents",
            "Principal": "*",
            "Condition": {"Type": "StringEquals", "Key": "aws:PrincipalOrgID", "Value": "o-1"},
        },
    ),
    "Organization": ("Organizations::Organization", {"FeatureSet": "ALL"}),
    "Unit": ("Organizations::OrganizationalUnit", {"Name": "u", "ParentId": att("Organization", "RootId")}),
    "Account": (
        "Organizations::Account",
        {"AccountName": "a", "Email": "a@example.com", "ParentIds": [ref("Unit")]},
    ),
    "Scp": (
        "Organizations::Policy",
        {
            "Name": "scp",
            "Type": "SERVICE_CONTROL_POLICY",
            "Content": document(deny("s3:*")),
            "TargetIds": [OTHER, ref("Unit"), ref("Account")],
        },
    ),
    "Rcp": (
        "Organizations::Policy",
        {
            "Name": "rcp",
            "Type": "RESOURCE_CONTROL_POLICY",
            "Content": document(deny("s3:*", Principal="*")),
            "TargetIds": [ACCOUNT],
        },
    ),
    "Set": (
        "SSO::PermissionSet",
        {
            "InstanceArn": "arn:aws:sso:::instance/ssoins-1",
            "Name": "Reader",
            "InlinePolicy": _ANY,
            "ManagedPolicies": ["arn:aws:iam::aws:policy/AdministratorAccess"],
            "CustomerManagedPolicyReferences": [{"Name": "mine"}],
            "PermissionsBoundary": {"CustomerManagedPolicyReference": {"Name": "mine", "Path": "/"}},
        },
    ),
    "Assigned": (
        "SSO::Assignment",
        {
            "InstanceArn": "arn:aws:sso:::instance/ssoins-1",
            "PermissionSetArn": att("Set", "PermissionSetArn"),
            "TargetId": OTHER,
            "TargetType": "AWS_ACCOUNT",
            "PrincipalType": "USER",
            "PrincipalId": "u",
        },
    ),
    **_accessible(),
}
