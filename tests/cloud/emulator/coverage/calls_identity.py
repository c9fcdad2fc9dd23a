"""IAM, STS, Organizations. Expected answers: IAM, STS and Organizations API references and user guides."""

from __future__ import annotations

import json

from .recorder import Recorder


def trust(principal):
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [{"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}],
        }
    )


def policy(action, resource="*", effect="Allow"):
    return json.dumps(
        {"Version": "2012-10-17", "Statement": [{"Effect": effect, "Action": action, "Resource": resource}]}
    )


def run(r: Recorder) -> None:
    roles(r)
    policies(r)
    users(r)
    sessions(r)
    organization(r)


def roles(r: Recorder) -> None:
    r.call(
        "iam",
        "create_role",
        {"Role.Arn": f"arn:aws:iam::{r.account}:role/ml/trainer", "Role.MaxSessionDuration": 3600},
        security=True,
        RoleName="trainer",
        Path="/ml/",
        AssumeRolePolicyDocument=trust({"Service": "sagemaker.amazonaws.com"}),
    )
    r.refused(
        "iam",
        "create_role",
        "EntityAlreadyExists",
        RoleName="trainer",
        AssumeRolePolicyDocument=trust({"Service": "sagemaker.amazonaws.com"}),
    )
    r.refused(
        "iam", "create_role", "MalformedPolicyDocument", RoleName="broken", AssumeRolePolicyDocument="{}"
    )
    r.call(
        "iam",
        "put_role_policy",
        security=True,
        RoleName="trainer",
        PolicyName="read",
        PolicyDocument=policy("s3:GetObject"),
    )
    r.call(
        "iam",
        "get_role_policy",
        {"PolicyDocument.Statement[0].Action": "s3:GetObject"},
        security=True,
        RoleName="trainer",
        PolicyName="read",
    )
    r.refused(
        "iam",
        "put_role_policy",
        "MalformedPolicyDocument",
        RoleName="trainer",
        PolicyName="bad",
        PolicyDocument=json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Permit", "Action": "s3:*", "Resource": "*"}]}
        ),
    )
    r.call(
        "iam",
        "attach_role_policy",
        security=True,
        RoleName="trainer",
        PolicyArn="arn:aws:iam::aws:policy/AmazonSageMakerReadOnly",
    )
    r.call(
        "iam",
        "list_attached_role_policies",
        {"AttachedPolicies[0].PolicyName": "AmazonSageMakerReadOnly"},
        security=True,
        RoleName="trainer",
    )
    r.refused(
        "iam",
        "attach_role_policy",
        "NoSuchEntity",
        RoleName="trainer",
        PolicyArn="arn:aws:iam::aws:policy/NoSuchPolicyOfAws",
    )
    r.refused("iam", "delete_role", "DeleteConflict", RoleName="trainer")
    r.call(
        "iam",
        "update_assume_role_policy",
        security=True,
        RoleName="trainer",
        PolicyDocument=trust({"Service": "lambda.amazonaws.com"}),
    )
    r.call(
        "iam",
        "get_role",
        {"Role.AssumeRolePolicyDocument.Statement[0].Principal.Service": "lambda.amazonaws.com"},
        security=True,
        RoleName="trainer",
    )
    r.call("iam", "tag_role", security=True, RoleName="trainer", Tags=[{"Key": "team", "Value": "a"}])
    r.call("iam", "list_role_tags", {"Tags[0].Value": "a"}, security=True, RoleName="trainer")


def policies(r: Recorder) -> None:
    made = r.call(
        "iam",
        "create_policy",
        {"Policy.DefaultVersionId": "v1"},
        security=True,
        PolicyName="limit",
        PolicyDocument=policy("s3:*"),
    )
    arn = made.get("Policy", {}).get("Arn")
    r.call(
        "iam",
        "create_policy_version",
        {"PolicyVersion.VersionId": "v2", "PolicyVersion.IsDefaultVersion": True},
        security=True,
        PolicyArn=arn,
        PolicyDocument=policy("s3:Get*"),
        SetAsDefault=True,
    )
    r.refused("iam", "delete_policy_version", "DeleteConflict", PolicyArn=arn, VersionId="v2")
    r.call("iam", "put_role_permissions_boundary", security=True, RoleName="trainer", PermissionsBoundary=arn)
    r.call(
        "iam",
        "get_role",
        {"Role.PermissionsBoundary.PermissionsBoundaryArn": arn},
        security=True,
        RoleName="trainer",
    )
    r.refused("iam", "delete_policy", "DeleteConflict", PolicyArn=arn)
    r.call(
        "iam",
        "simulate_custom_policy",
        {"EvaluationResults[0].EvalDecision": "allowed", "EvaluationResults[1].EvalDecision": "implicitDeny"},
        security=True,
        PolicyInputList=[policy("s3:Get*")],
        ActionNames=["s3:GetObject", "s3:PutObject"],
    )
    r.call(
        "iam",
        "simulate_custom_policy",
        {"EvaluationResults[0].EvalDecision": "explicitDeny"},
        security=True,
        PolicyInputList=[policy("*"), policy("s3:*", effect="Deny")],
        ActionNames=["s3:GetObject"],
    )


def users(r: Recorder) -> None:
    r.call("iam", "create_user", {"User.UserName": "ada"}, security=True, UserName="ada")
    r.call("iam", "create_group", security=True, GroupName="scientists")
    r.call("iam", "add_user_to_group", security=True, UserName="ada", GroupName="scientists")
    r.call(
        "iam", "list_groups_for_user", {"Groups[0].GroupName": "scientists"}, security=True, UserName="ada"
    )
    r.refused("iam", "delete_user", "DeleteConflict", UserName="ada")
    r.call(
        "iam",
        "create_service_linked_role",
        {"Role.Path": "/aws-service-role/guardduty.amazonaws.com/"},
        security=True,
        AWSServiceName="guardduty.amazonaws.com",
    )
    r.call("iam", "update_account_password_policy", security=True, MinimumPasswordLength=14)
    r.call("iam", "get_account_password_policy", {"PasswordPolicy.MinimumPasswordLength": 14}, security=True)


def sessions(r: Recorder) -> None:
    r.call(
        "iam",
        "create_role",
        security=True,
        RoleName="visited",
        AssumeRolePolicyDocument=trust({"AWS": r.account}),
    )
    visited = f"arn:aws:iam::{r.account}:role/visited"
    r.call(
        "sts",
        "assume_role",
        {"AssumedRoleUser.Arn": f"arn:aws:sts::{r.account}:assumed-role/visited/one"},
        security=True,
        RoleArn=visited,
        RoleSessionName="one",
    )
    r.refused(
        "sts",
        "assume_role",
        "AccessDenied",
        RoleArn=f"arn:aws:iam::{r.account}:role/absent",
        RoleSessionName="one",
    )
    r.refused(
        "sts", "assume_role", "ValidationError", RoleArn=visited, RoleSessionName="one", DurationSeconds=7200
    )
    r.refused(
        "sts", "assume_role", "MalformedPolicyDocument", RoleArn=visited, RoleSessionName="one", Policy="{}"
    )
    r.call("sts", "get_caller_identity", {"Account": r.account}, security=True)


def organization(r: Recorder) -> None:
    r.call(
        "organizations",
        "create_organization",
        {"Organization.MasterAccountId": r.account},
        security=True,
        FeatureSet="ALL",
    )
    root = (r.call("organizations", "list_roots", security=True).get("Roots") or [{}])[0].get("Id")
    r.call(
        "organizations", "enable_policy_type", security=True, RootId=root, PolicyType="SERVICE_CONTROL_POLICY"
    )
    r.refused(
        "organizations",
        "enable_policy_type",
        "PolicyTypeAlreadyEnabledException",
        RootId=root,
        PolicyType="SERVICE_CONTROL_POLICY",
    )
    unit = (
        r.call(
            "organizations",
            "create_organizational_unit",
            {"OrganizationalUnit.Name": "ml"},
            security=True,
            ParentId=root,
            Name="ml",
        )
        .get("OrganizationalUnit", {})
        .get("Id")
    )
    r.call(
        "organizations",
        "list_policies_for_target",
        {"Policies[0].Id": "p-FullAWSAccess"},
        security=True,
        TargetId=unit,
        Filter="SERVICE_CONTROL_POLICY",
    )
    r.refused(
        "organizations",
        "detach_policy",
        "ConstraintViolationException",
        PolicyId="p-FullAWSAccess",
        TargetId=unit,
    )
    r.refused(
        "organizations",
        "create_policy",
        "MalformedPolicyDocumentException",
        Name="bad",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content='{"Statement": [{"Effect": "Allow"}]}',
    )
    made = r.call(
        "organizations",
        "create_policy",
        {"Policy.PolicySummary.AwsManaged": False},
        security=True,
        Name="deny",
        Description="",
        Type="SERVICE_CONTROL_POLICY",
        Content=policy("s3:DeleteBucket", effect="Deny"),
    )
    scp = made.get("Policy", {}).get("PolicySummary", {}).get("Id")
    r.call("organizations", "attach_policy", security=True, PolicyId=scp, TargetId=unit)
    r.refused(
        "organizations", "attach_policy", "DuplicatePolicyAttachmentException", PolicyId=scp, TargetId=unit
    )
    r.refused("organizations", "delete_policy", "PolicyInUseException", PolicyId=scp)
    account = (
        r.call(
            "organizations",
            "create_account",
            {"CreateAccountStatus.State": lambda s: s in ("IN_PROGRESS", "SUCCEEDED")},
            security=True,
            Email="ml@example.com",
            AccountName="ml",
        )
        .get("CreateAccountStatus", {})
        .get("AccountId")
    )
    r.call(
        "organizations",
        "move_account",
        security=True,
        AccountId=account,
        SourceParentId=root,
        DestinationParentId=unit,
    )
    r.call("organizations", "list_parents", {"Parents[0].Id": unit}, security=True, ChildId=account)
    r.call(
        "sts",
        "assume_role",
        security=True,
        RoleSessionName="owner",
        RoleArn=f"arn:aws:iam::{account}:role/OrganizationAccountAccessRole",
    )
