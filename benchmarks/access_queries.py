"""The questions of `benchmarks/access.py`: over AWS's own policies, drawn with a fixed seed.

- existence: 200 managed policies, 12 questions of each (is there a request of the kind that it allows?)
- containment: 120 pairs of consecutive versions, both ways (is there a request that one allows and the other
  does not?)
- layers: 300 made-up principals with 1 to 8 managed policies, a boundary, three levels of SCPs (8 of AWS's
  samples each) and two of RCPs (5 each), 8 questions of each
"""

from __future__ import annotations

import itertools
import json
import random
import re
import tarfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ringwork.access import Policies, Policy, PolicyError, PolicyKind, Principal, parse
from ringwork.access.symbolic import Question, match

ACCOUNT = "111122223333"
WHO = Principal("user", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:user/alice")
FULL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
KNOWN = {"aws:username": "alice"}


@dataclass(frozen=True)
class Asked:
    name: str
    question: Question


def managed(shared: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """AWS's managed policies, the latest version of each and all of them."""
    with tarfile.open(shared / "corpora/iam/aws-managed-policies.tar.gz") as archive:
        found = []
        for name in ("managed-latest", "managed-history"):
            member = archive.extractfile(f"aws-managed-policies/{name}.json")
            assert member is not None
            found.append(json.load(member))
    return found[0], found[1]


def _kind(action: str | list[str], resource: str = "*", condition: Mapping[str, Any] | None = None) -> Policy:
    actions = action if isinstance(action, list) else [action]
    return match(*actions, resource=[resource], condition=condition)


KINDS = {
    "passrole": _kind("iam:PassRole"),
    "getobj": _kind("s3:GetObject", "arn:aws:s3:::model-bucket/*"),
    "getobj-not-vpce": _kind(
        "s3:GetObject", "arn:aws:s3:::model-bucket/*", {"StringNotEquals": {"aws:SourceVpce": "vpce-1"}}
    ),
    "train-no-vpc": _kind("sagemaker:CreateTrainingJob", "*", {"Null": {"sagemaker:VpcSubnets": "true"}}),
    "train-bad-subnet": _kind(
        "sagemaker:CreateTrainingJob",
        "*",
        {"ForAnyValue:StringNotEquals": {"sagemaker:VpcSubnets": ["subnet-a", "subnet-b"]}},
    ),
    "iam-write": _kind(["iam:Put*", "iam:Attach*", "iam:Create*", "iam:Update*"]),
    "decrypt": _kind("kms:Decrypt", f"arn:aws:kms:eu-west-1:{ACCOUNT}:key/1234"),
    "assume": _kind("sts:AssumeRole", "arn:aws:iam::*:role/*"),
    "bedrock-not-eu": _kind(
        "bedrock:InvokeModel*",
        "arn:aws:bedrock:*::foundation-model/anthropic.*",
        {"StringNotLike": {"aws:RequestedRegion": "eu-*"}},
    ),
    "any-not-ip": _kind("*", "*", {"NotIpAddress": {"aws:SourceIp": "10.0.0.0/8"}}),
    "lambda-prod": _kind("lambda:UpdateFunctionCode", "*function:prod-*"),
    "s3-other-account": _kind("s3:*", "*", {"StringNotEquals": {"aws:ResourceAccount": ACCOUNT}}),
}


def existence(latest: Mapping[str, Any], *, policies: int = 200) -> Iterator[Asked]:
    draw = random.Random(7)  # noqa: S311 (a fixed set, no secret)
    of_ml = ("sagemaker", "bedrock", "glue", "lambda", "s3", "kms", "iam")
    ml = sorted(name for name in latest if any(word in name.lower() for word in of_ml))
    names = sorted(set(draw.sample(sorted(latest), 140)) | set(draw.sample(ml, 60)))
    if len(names) < policies:
        rest = sorted(set(latest) - set(names))
        names = sorted([*names, *draw.sample(rest, policies - len(names))])
    for name in names[:policies]:
        policy = parse(latest[name]["document"], kind="identity", name=name)
        for kind, wanted in KINDS.items():
            # whatever policies say, AWS allows everybody sts:GetCallerIdentity, which the others are not told
            question = Question(
                WHO,
                wanted,
                Policies(identity=(policy,)),
                fixed=KNOWN,
                without=("sts:GetCallerIdentity",),
            )
            yield Asked(f"{name} {kind}", question)


def containment(history: Mapping[str, Any], *, pairs: int = 120) -> Iterator[Asked]:
    draw = random.Random(7)  # noqa: S311
    found = []
    for name in sorted(history):
        versions = sorted(history[name], key=lambda version: int(version[1:]))
        found += [(name, old, new) for old, new in itertools.pairwise(versions)]
    everything = match("*")
    for name, old, new in draw.sample(found, pairs):
        before, after = (
            parse(history[name][version], kind="identity", name=f"{name} {version}") for version in (old, new)
        )
        for title, inner, outer in (("gained", after, before), ("lost", before, after)):
            yield Asked(
                f"{name} {old} {new} {title}",
                Question(
                    WHO, everything, Policies(identity=(inner,)), Policies(identity=(outer,)), fixed=KNOWN
                ),
            )


_LAYERED = {
    **{name: KINDS[name] for name in ("passrole", "getobj-not-vpce", "train-no-vpc", "train-bad-subnet")},
    "bedrock-not-eu": _kind("bedrock:InvokeModel*", "*", {"StringNotLike": {"aws:RequestedRegion": "eu-*"}}),
    "decrypt": KINDS["decrypt"],
    "iam-write": _kind(["iam:Put*", "iam:Attach*", "iam:Create*"]),
    "anything": _kind("*", "*", {"StringNotEquals": {"aws:PrincipalOrgID": "o-mine"}}),
}


def layers(latest: Mapping[str, Any], shared: Path, *, principals: int = 300) -> Iterator[Asked]:
    draw = random.Random(5)  # noqa: S311
    scps = list(_samples(shared, "scp", "aws-scp-examples", "aws-data-perimeter/service_control_policies"))
    rcps = list(_samples(shared, "rcp", "aws-rcp-examples", "aws-data-perimeter/resource_control_policies"))
    names = sorted(latest)
    all_of_scp = parse(FULL, kind="scp", name="FullAWSAccess")
    for number in range(principals):
        chosen = draw.sample(names, draw.choice([1, 2, 4, 8]))
        identity = [parse(latest[name]["document"], kind="identity", name=name) for name in chosen]
        if number % 3 == 0:
            identity.insert(0, parse(FULL, kind="identity", name="AdministratorAccess"))
        limit = latest[draw.choice(names)]["document"] if number % 2 else FULL
        policies = Policies(
            identity=tuple(identity),
            boundary=parse(limit, kind="boundary", name="boundary"),
            scp=tuple((all_of_scp, *draw.sample(scps, 8)) for _ in range(3)),
            rcp=tuple(tuple(draw.sample(rcps, 5)) for _ in range(2)),
        )
        for kind, wanted in _LAYERED.items():
            yield Asked(f"{number} {kind}", Question(WHO, wanted, policies, fixed=KNOWN))


def _samples(shared: Path, kind: PolicyKind, *folders: str) -> Iterator[Policy]:
    """AWS's sample policies, their blanks filled; those that AWS itself would refuse are left out."""
    for folder in folders:
        for path in sorted((shared / "corpora/iam" / folder).rglob("*.json")):
            text = re.sub(
                r"<[^<>\"]*>|\[[A-Z][A-Z_\-]*\]", lambda found: _filled(found[0]), path.read_text("utf-8")
            )
            try:
                yield parse(text, kind=kind, name=path.stem)
            except PolicyError:
                continue


def _filled(blank: str) -> str:
    if "cidr" in blank.lower() or "ip" in blank.lower():
        return "10.0.0.0/8"
    if "account" in blank.lower():
        return ACCOUNT
    return "blank-" + re.sub(r"\W", "", blank)
