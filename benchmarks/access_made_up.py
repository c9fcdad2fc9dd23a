"""Made-up cases for the comparison of evaluators: small policies that use every construct of the language."""

from __future__ import annotations

import random
from typing import Any

from access_peer import OURS, PRINCIPALS, THEIRS, Case
from ringwork.access import Principal

# what is asked: action, resource, account of the resource (None: the principal's)

ASKED: tuple[tuple[str, str, str | None], ...] = (
    ("s3:GetObject", "arn:aws:s3:::data/teams/ada/x.csv", OURS),
    ("s3:GetObject", "arn:aws:s3:::data/teams/train/y:z", OURS),
    ("s3:PutObject", "arn:aws:s3:::lake/raw/one", THEIRS),
    ("s3:ListBucket", "arn:aws:s3:::data", OURS),
    ("kms:Decrypt", f"arn:aws:kms:eu-west-1:{OURS}:key/aaaa", OURS),
    ("sqs:SendMessage", f"arn:aws:sqs:eu-west-1:{OURS}:jobs", OURS),
    ("secretsmanager:GetSecretValue", f"arn:aws:secretsmanager:eu-west-1:{OURS}:secret:db-AbCdEf", OURS),
    ("sts:AssumeRole", f"arn:aws:iam::{OURS}:role/target", OURS),
    ("sagemaker:CreateTrainingJob", f"arn:aws:sagemaker:eu-west-1:{OURS}:training-job/one", None),
    ("iam:CreateUser", f"arn:aws:iam::{OURS}:user/team/new", None),
    ("dynamodb:GetItem", f"arn:aws:dynamodb:eu-west-1:{OURS}:table/features", OURS),
    ("ec2:DescribeVpcs", "*", None),
)
WITH_POLICY = {"s3", "kms", "sqs", "secretsmanager", "sts", "dynamodb"}

# what a request carries: key -> values that it can have (a list: multivalued)

CARRIED: dict[str, tuple[str | list[str], ...]] = {
    "aws:SourceIp": ("10.1.2.3", "203.0.113.9", "2001:db8::5"),
    "aws:SourceVpce": ("vpce-1a", "vpce-2b"),
    "aws:SecureTransport": ("true", "false"),
    "aws:PrincipalOrgID": ("o-aaaa", "o-bbbb"),
    "aws:PrincipalTag/team": ("ada", "train", "a*"),
    "aws:RequestedRegion": ("eu-west-1", "us-east-1"),
    "aws:CurrentTime": ("2026-01-15T12:00:00Z", "2025-06-01T00:00:00Z"),
    "aws:MultiFactorAuthAge": ("30", "4000"),
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "aws:TagKeys": (["team"], ["team", "cost"], []),
    "aws:RequestTag/team": ("ada", "vision"),
    "aws:SourceArn": (f"arn:aws:sns:eu-west-1:{OURS}:topic", "arn:aws:s3:::lake"),
    "aws:PrincipalOrgPaths": (["o-aaaa/r-1/ou-1/"], ["o-aaaa/r-1/ou-2/"]),
    "s3:prefix": ("teams/ada/", "teams/"),
    "s3:max-keys": ("10", "1000"),
    "kms:ViaService": ("s3.eu-west-1.amazonaws.com",),
    "kms:EncryptionContext:team": ("ada",),
    "sagemaker:VpcSubnets": (["subnet-1"], ["subnet-1", "subnet-9"]),
    "sagemaker:NetworkIsolation": ("true", "false"),
    "sts:ExternalId": ("42", "43"),
}

# what a policy says

ACTIONS = (
    *("*", "s3:*", "s3:Get*", "s3:?etObject", "S3:getobject", "kms:*", "kms:Decrypt", "sqs:SendMessage"),
    *("secretsmanager:Get*", "sts:AssumeRole", "sts:*", "sagemaker:Create*", "iam:*", "dynamodb:*"),
    *("ec2:Describe*", "s3:ListBucket", "s3:Put*"),
)
RESOURCES = (
    *("*", "arn:aws:s3:::data/*", "arn:aws:s3:::data", "arn:aws:s3:::data/teams/${aws:PrincipalTag/team}/*"),
    *("arn:aws:s3:::*/teams/*", "arn:aws:s3:::data/teams/${aws:PrincipalTag/team, 'ada'}/?.csv"),
    *(f"arn:aws:kms:*:{OURS}:key/*", "arn:aws:kms:eu-*:*:key/aaaa", f"arn:aws:sqs:eu-west-1:{OURS}:j?bs"),
    *(
        f"arn:aws:secretsmanager:*:{OURS}:secret:db-*",
        f"arn:aws:iam::{OURS}:role/*",
        "arn:aws:iam::*:user/team/*",
    ),
    *(
        f"arn:aws:sagemaker:*:{OURS}:training-job/*",
        "arn:aws:dynamodb:*:*:table/feat*",
        "arn:aws:s3:::lake/*",
    ),
    *("arn:aws:s3:::data/teams/${aws:username}/*",),
)
CONDITIONS: tuple[tuple[str, tuple[str, ...], tuple[Any, ...]], ...] = (
    (
        "IpAddress",
        ("aws:SourceIp",),
        ("10.0.0.0/8", ["10.1.2.3", "192.0.2.0/24"], "2001:db8::/32", "0.0.0.0/0"),
    ),
    ("NotIpAddress", ("aws:SourceIp",), ("10.0.0.0/8", ["203.0.113.0/24", "2001:db8::/32"])),
    (
        "StringEquals",
        ("aws:SourceVpce", "aws:PrincipalOrgID", "aws:RequestedRegion"),
        ("vpce-1a", "o-aaaa", ["eu-west-1", "o-bbbb"]),
    ),
    (
        "StringNotEquals",
        ("aws:SourceVpce", "aws:PrincipalOrgID", "sts:ExternalId"),
        ("vpce-1a", "o-aaaa", ["42", "43"]),
    ),
    ("StringEqualsIgnoreCase", ("aws:PrincipalTag/team", "aws:RequestedRegion"), ("ADA", "EU-west-1")),
    ("StringNotEqualsIgnoreCase", ("aws:PrincipalTag/team",), ("ADA", "Train")),
    (
        "StringLike",
        ("s3:prefix", "aws:PrincipalTag/team", "kms:ViaService"),
        ("teams/*", "a?a", "*", "${aws:PrincipalTag/team}", "s3.*", "teams/${aws:PrincipalTag/team, 'ada'}/"),
    ),
    (
        "StringNotLike",
        ("s3:prefix", "aws:PrincipalTag/team", "aws:RequestTag/team"),
        ("teams/*", "a*", "${aws:PrincipalTag/team}"),
    ),
    (
        "StringEquals",
        ("aws:RequestTag/team", "kms:EncryptionContext:team"),
        ("${aws:PrincipalTag/team}", "ada"),
    ),
    (
        "ArnLike",
        ("aws:SourceArn", "aws:PrincipalArn"),
        (
            f"arn:aws:sns:*:{OURS}:*",
            f"arn:aws:iam::{OURS}:role/*",
            "arn:aws:s3:::*",
            "arn:aws:iam::*:user/ada",
        ),
    ),
    ("ArnEquals", ("aws:PrincipalArn",), (f"arn:aws:iam::{OURS}:role/train", f"arn:aws:iam::{OURS}:user/a*")),
    ("ArnNotLike", ("aws:PrincipalArn",), (f"arn:aws:iam::{OURS}:role/*",)),
    ("ArnNotEquals", ("aws:SourceArn",), ("arn:aws:s3:::lake",)),
    ("NumericLessThan", ("aws:MultiFactorAuthAge", "s3:max-keys"), ("100", 30, "30.0")),
    ("NumericLessThanEquals", ("aws:MultiFactorAuthAge", "s3:max-keys"), ("30", 10)),
    ("NumericGreaterThan", ("s3:max-keys",), ("10", 999)),
    ("NumericGreaterThanEquals", ("s3:max-keys",), ("10", "1000.5")),
    ("NumericEquals", ("s3:max-keys",), ("10.0", 1000)),
    ("NumericNotEquals", ("s3:max-keys",), ("10",)),
    ("DateGreaterThan", ("aws:CurrentTime",), ("2026-01-01T00:00:00Z", "1750000000")),
    ("DateLessThan", ("aws:CurrentTime",), ("2026-01-01T00:00:00Z",)),
    ("DateGreaterThanEquals", ("aws:CurrentTime",), ("2026-01-15T12:00:00Z",)),
    ("DateLessThanEquals", ("aws:CurrentTime",), ("2025-06-01",)),
    ("DateEquals", ("aws:CurrentTime",), ("2026-01-15T12:00:00Z",)),
    ("DateNotEquals", ("aws:CurrentTime",), ("2026-01-15T12:00:00Z",)),
    (
        "Bool",
        ("aws:SecureTransport", "aws:MultiFactorAuthPresent", "sagemaker:NetworkIsolation"),
        ("true", "false", True),
    ),
    (
        "Null",
        ("aws:SourceVpce", "aws:TagKeys", "sagemaker:VpcSubnets", "aws:MultiFactorAuthAge"),
        ("true", "false", True),
    ),
    (
        "ForAllValues:StringEquals",
        ("aws:TagKeys", "sagemaker:VpcSubnets"),
        (["team", "cost"], "team", ["subnet-1", "subnet-2"]),
    ),
    ("ForAnyValue:StringEquals", ("aws:TagKeys", "sagemaker:VpcSubnets"), (["team"], "subnet-9")),
    ("ForAllValues:StringNotEquals", ("aws:TagKeys",), ("cost",)),
    ("ForAnyValue:StringNotEquals", ("aws:TagKeys", "sagemaker:VpcSubnets"), (["team", "cost"], "subnet-1")),
    ("ForAnyValue:StringLike", ("aws:PrincipalOrgPaths", "aws:TagKeys"), ("o-aaaa/*/ou-1/*", "te*")),
    ("ForAllValues:StringNotLike", ("aws:TagKeys",), ("co*",)),
)
IF_EXISTS = 0.2

NAMED: tuple[Any, ...] = (
    "*",
    {"AWS": "*"},
    {"AWS": OURS},
    {"AWS": f"arn:aws:iam::{THEIRS}:root"},
    *({"AWS": who.arn} for who in PRINCIPALS if who.kind in ("user", "role", "federated")),
    *({"AWS": who.role} for who in PRINCIPALS if who.kind == "role"),
    {"Service": "sagemaker.amazonaws.com"},
    {"Service": ["ec2.amazonaws.com", "sagemaker.amazonaws.com"]},
    {"AWS": [OURS, f"arn:aws:iam::{THEIRS}:user/bob"], "Service": "ec2.amazonaws.com"},
)


class Generator:
    """Cases, the same for the same seed."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)  # noqa: S311

    def case(self) -> Case:
        choose, chance = self.random.choice, self.random.random
        who = choose(PRINCIPALS)
        action, resource, owner = choose(ASKED)
        if resource != "*" and owner is None:
            owner = OURS
        keyed = who.kind not in ("service", "anonymous")
        service = action.partition(":")[0]
        given: Case = {
            "principal": PRINCIPALS.index(who),
            "action": action,
            "resource": resource,
            "owner": owner or who.account or OURS,
            "context": self.context(who),
            "identity": [self.policy(action, resource) for _ in range(1 + (chance() < 0.3))] if keyed else [],
        }
        if keyed and chance() < 0.3:
            given["scp"] = [[self.policy(action, resource, wide=0.7)] for _ in range(2)]
        if service in WITH_POLICY and chance() < 0.25:
            given["rcp"] = [[self.policy(action, resource, denies=True, everyone=True)]]
        if service in WITH_POLICY and (chance() < 0.6 or service in ("sts", "kms")):
            given["resource_policy"] = self.policy(action, resource, principals=True)
        if who.kind in ("user", "role") and chance() < 0.3:
            given["boundary"] = self.policy(action, resource, wide=0.5)
        if (who.kind == "role" and chance() < 0.3) or who.kind == "federated":
            given["session"] = self.policy(action, resource, wide=0.5)
        if who.kind != "service" and chance() < 0.15:
            given["endpoint"] = self.policy(action, resource, wide=0.5, everyone=True)
        return given

    def context(self, who: Principal) -> dict[str, Any]:
        found = {
            key: self.random.choice(values) for key, values in CARRIED.items() if self.random.random() < 0.6
        }
        if who.kind == "service":
            for key in ("aws:PrincipalOrgID", "aws:PrincipalTag/team", "aws:PrincipalOrgPaths"):
                found.pop(key, None)
        if who.kind not in ("service", "anonymous"):
            found["aws:PrincipalArn"] = who.role if who.kind == "role" and who.role else who.arn
        if who.kind == "user":
            found["aws:username"] = who.arn.rpartition("/")[2]
        return found

    def policy(
        self,
        action: str,
        resource: str,
        *,
        wide: float = 0.2,
        denies: bool = False,
        principals: bool = False,
        everyone: bool = False,
    ) -> dict[str, Any]:
        chance = self.random.random
        statements = (
            [] if denies or chance() >= wide else [self.whole(principals=principals, everyone=everyone)]
        )
        count = self.random.randint(0 if statements else 1, 2)
        statements += [self.statement(action, resource, denies, principals, everyone) for _ in range(count)]
        return {
            "Version": "2008-10-17" if chance() < 0.05 and not everyone else "2012-10-17",
            "Statement": statements,
        }

    def whole(self, *, principals: bool, everyone: bool) -> dict[str, Any]:
        named = (
            {"Principal": "*"} if everyone else {"Principal": self.random.choice(NAMED)} if principals else {}
        )
        return {"Effect": "Allow", "Action": "*", "Resource": "*", **named}

    def statement(
        self, action: str, resource: str, denies: bool, principals: bool, everyone: bool
    ) -> dict[str, Any]:
        choose, chance = self.random.choice, self.random.random
        made: dict[str, Any] = {"Effect": "Deny" if denies or chance() < 0.2 else "Allow"}
        if everyone:
            made["Principal"] = "*"
        elif principals:
            made["Principal"] = choose(NAMED)
        about = action if chance() < 0.7 else choose(ACTIONS)
        if everyone and about == "*":
            about = action
        made["NotAction" if chance() < 0.1 and not everyone else "Action"] = (
            [about, choose(ACTIONS[1:])] if chance() < 0.4 else about
        )
        place = resource if chance() < 0.4 else choose(RESOURCES)
        made["NotResource" if chance() < 0.1 else "Resource"] = (
            [place, choose(RESOURCES)] if chance() < 0.3 else place
        )
        if chance() < 0.5:
            made["Condition"] = self.conditions()
        return made

    def conditions(self) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for _ in range(self.random.randint(1, 2)):
            operator, keys, values = self.random.choice(CONDITIONS)
            if operator != "Null" and self.random.random() < IF_EXISTS:
                operator += "IfExists"
            found.setdefault(operator, {})[self.random.choice(keys)] = self.random.choice(values)
        return found
