"""A stage for enforcement cases: accounts of one organization, and principals that act in them.

Everything is set up through the APIs, by the administrators of the accounts.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.exceptions import ClientError

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.credentials import Credentials
from ringwork.cloud.emulator.transport import new_session

MANAGEMENT, REGION = "111122223333", "us-east-1"


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def deny(action: Any, resource: Any = "*", **more: Any) -> dict[str, Any]:
    return {"Effect": "Deny", "Action": action, "Resource": resource, **more}


@dataclass
class Answer:
    """What came of a request."""

    allowed: bool
    message: str = ""


@dataclass
class Scene:
    """One local cloud with an organization of a management account and two members."""

    cloud: LocalCloud
    member: str = ""
    other: str = ""
    root: str = ""
    unit: str = ""
    _count: int = field(default=0)

    def admin(self, account: str) -> boto3.Session:
        return self.cloud.session(account, REGION)

    def organize(self) -> None:
        """member is in the OU `unit`, other in the root; SCPs and RCPs are on."""
        org = self.admin(MANAGEMENT).client("organizations")
        org.create_organization(FeatureSet="ALL")
        self.root = org.list_roots()["Roots"][0]["Id"]
        for kind in ("SERVICE_CONTROL_POLICY", "RESOURCE_CONTROL_POLICY"):
            org.enable_policy_type(RootId=self.root, PolicyType=kind)
        self.unit = org.create_organizational_unit(ParentId=self.root, Name="ml")["OrganizationalUnit"]["Id"]
        self.member, self.other = (
            org.create_account(Email=f"{name}@example.com", AccountName=name)["CreateAccountStatus"][
                "AccountId"
            ]
            for name in ("member", "other")
        )
        org.move_account(AccountId=self.member, SourceParentId=self.root, DestinationParentId=self.unit)

    def attach(self, target: str, *statements: dict[str, Any], kind: str = "SERVICE_CONTROL_POLICY") -> None:
        org = self.admin(MANAGEMENT).client("organizations")
        self._count += 1
        made = org.create_policy(
            Name=f"policy-{self._count}", Description="", Type=kind, Content=policy(*statements)
        )
        org.attach_policy(PolicyId=made["Policy"]["PolicySummary"]["Id"], TargetId=target)

    def detach_full_access(self, target: str) -> None:
        self.admin(MANAGEMENT).client("organizations").detach_policy(
            PolicyId="p-FullAWSAccess", TargetId=target
        )

    def user(
        self, account: str, *statements: dict[str, Any], boundary: list[dict[str, Any]] | None = None
    ) -> boto3.Session:
        """An IAM user with these statements, signed in with an access key."""
        self._count += 1
        name = f"user-{self._count}"
        iam = self.admin(account).client("iam")
        limits = {}
        if boundary is not None:
            made = iam.create_policy(PolicyName=f"limit-{name}", PolicyDocument=policy(*boundary))
            limits = {"PermissionsBoundary": made["Policy"]["Arn"]}
        iam.create_user(UserName=name, **limits)
        if statements:
            iam.put_user_policy(UserName=name, PolicyName="p", PolicyDocument=policy(*statements))
        key = iam.create_access_key(UserName=name)["AccessKey"]
        return self._signed(Credentials(key["AccessKeyId"], key["SecretAccessKey"]))

    def role(
        self,
        account: str,
        *statements: dict[str, Any],
        trust: list[dict[str, Any]] | None = None,
        boundary: list[dict[str, Any]] | None = None,
        tags: dict[str, str] | None = None,
    ) -> str:
        """The ARN of a role with these statements; without `trust`, its account may assume it."""
        self._count += 1
        name = f"role-{self._count}"
        iam = self.admin(account).client("iam")
        limits = {}
        if boundary is not None:
            made = iam.create_policy(PolicyName=f"limit-{name}", PolicyDocument=policy(*boundary))
            limits = {"PermissionsBoundary": made["Policy"]["Arn"]}
        trusted = trust or [
            {"Effect": "Allow", "Principal": {"AWS": account}, "Action": ["sts:AssumeRole", "sts:TagSession"]}
        ]
        arn = iam.create_role(
            RoleName=name,
            AssumeRolePolicyDocument=policy(*trusted),
            Tags=[{"Key": key, "Value": value} for key, value in (tags or {}).items()],
            **limits,
        )["Role"]["Arn"]
        if statements:
            iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*statements))
        return arn

    def assume(self, by: boto3.Session, arn: str, **parameters: Any) -> boto3.Session:
        given = by.client("sts").assume_role(RoleArn=arn, RoleSessionName="case", **parameters)["Credentials"]
        return self._signed(
            Credentials(given["AccessKeyId"], given["SecretAccessKey"], given["SessionToken"])
        )

    def session_of(self, account: str, *statements: dict[str, Any], **options: Any) -> boto3.Session:
        """A session of a new role, assumed by the account's administrator."""
        return self.assume(self.admin(account), self.role(account, *statements, **options))

    def bucket(self, account: str, *statements: dict[str, Any]) -> str:
        """A bucket with the object `k`, and a policy of these statements about it and its objects."""
        self._count += 1
        name = f"bucket-{self._count}-{account}"
        s3 = self.admin(account).client("s3")
        s3.create_bucket(Bucket=name)
        s3.put_object(Bucket=name, Key="k", Body=b"x")
        if statements:
            whole = [f"arn:aws:s3:::{name}", f"arn:aws:s3:::{name}/*"]
            s3.put_bucket_policy(
                Bucket=name, Policy=policy(*({**statement, "Resource": whole} for statement in statements))
            )
        return name

    def key(self, account: str, *statements: dict[str, Any]) -> str:
        """The ARN of a KMS key with this key policy; without statements, with the default one."""
        kms = self.admin(account).client("kms")
        given = {"Policy": policy(*statements), "BypassPolicyLockoutSafetyCheck": True} if statements else {}
        return kms.create_key(**given)["KeyMetadata"]["Arn"]

    def endpoint(self, account: str, service: str, *statements: dict[str, Any]) -> str:
        """The id of a gateway or interface endpoint with this policy; without statements, full access."""
        ec2 = self.admin(account).client("ec2")
        self._count += 1
        vpc = ec2.create_vpc(CidrBlock=f"10.{self._count}.0.0/16")["Vpc"]["VpcId"]
        given = {"PolicyDocument": policy(*statements)} if statements else {}
        kind = "Gateway" if service == "s3" else "Interface"
        made = ec2.create_vpc_endpoint(
            VpcId=vpc, ServiceName=f"com.amazonaws.{REGION}.{service}", VpcEndpointType=kind, **given
        )
        return made["VpcEndpoint"]["VpcEndpointId"]

    def through(self, session: boto3.Session, endpoint: str) -> boto3.Session:
        """The session, its requests coming through a VPC endpoint."""
        kept = session.get_credentials()
        same = self._signed(Credentials(kept.access_key, kept.secret_key, kept.token))
        same._session.get_component("event_emitter").register_first(
            "before-sign",
            lambda request, **_: request.headers.add_header("x-ringwork-vpc-endpoint", endpoint),
        )
        return same

    def _signed(self, credentials: Credentials) -> boto3.Session:
        return new_session(credentials, REGION, self.cloud._application)


_REFUSED = {
    *("AccessDenied", "AccessDeniedException", "AuthorizationError", "UnauthorizedOperation", "403"),
}
"""How services refuse ("Common Errors" in their API references)."""


def ask(session: boto3.Session, service: str, operation: str, **parameters: Any) -> Answer:
    """Make a request, and say whether it was allowed. Any other failure is raised."""
    try:
        getattr(session.client(service), operation)(**parameters)
    except ClientError as error:
        said = error.response["Error"]
        if said["Code"] in _REFUSED:
            return Answer(False, said["Message"])
        raise
    return Answer(True)
