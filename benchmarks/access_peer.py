"""The other evaluator of IAM policies, `iam-simulate`, as a process of its own, and ours beside it.

Its licence (AGPL) does not suit ours: it is installed by `make` into an ignored folder, runs as a program
that reads cases as JSON lines, and nothing here imports it. Asked is `runSimulation`, which checks its input;
`runUnsafeSimulation` leaves session and endpoint policies out.

Where the two differ, an entry of `READINGS` must explain it: a change of the question that makes our
evaluator read one rule as the other does, with AWS's page on that rule. Ours must then come to the other's
answer, or the difference is unexplained.
"""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Literal
from unittest import mock

from ringwork.access import Levels, Policies, Policy, PolicyError, Principal, Request, evaluate, parse

OURS, THEIRS = "111122223333", "444455556666"
Case = dict[str, Any]
LAYERS = ("identity", "boundary", "session", "scp", "rcp", "resource_policy", "endpoint")

PEER = """
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
const { runSimulation } = createRequire(process.argv[1])('@cloud-copilot/iam-simulate');
for await (const line of createInterface({ input: process.stdin })) {
  let said;
  try {
    const found = await runSimulation(JSON.parse(line), {});
    const wrong = found.errors;
    const why = wrong?.message === 'policy.errors' ? JSON.stringify(wrong) : wrong?.message;
    said = found.resultType === 'error' ? { error: why }
      : found.resultType === 'wildcard' ? { error: 'all.resources' }
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
)

# ours


def resource_kind(case: Case) -> Literal["resource", "key", "trust"]:
    """What the policy of the resource is: KMS keys and roles have rules of their own."""
    service = case["action"].partition(":")[0]
    if service == "kms" and ":key/" in case["resource"]:
        return "key"
    return "trust" if service == "sts" and ":role/" in case["resource"] else "resource"


def decide(case: Case, ignored: frozenset[str] = frozenset()) -> tuple[str, list[str]]:
    """`allowed` or `denied`, and why; `ignored`: keys that the request is taken not to carry."""

    def read(document: dict[str, Any], kind: Any) -> Policy:
        return parse(document, kind=kind)

    def levels(name: Any) -> Levels | None:
        return tuple(tuple(read(p, name) for p in level) for level in case[name]) if name in case else None

    context = {
        key: tuple(value) if isinstance(value, list) else value
        for key, value in case["context"].items()
        if key.lower() not in ignored
    }
    kind = resource_kind(case)
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
    request = Request(PRINCIPALS[case["principal"]], case["action"], case["resource"], case["owner"], context)
    policies = Policies(
        identity=tuple(read(p, "identity") for p in case["identity"]),
        boundary=read(case["boundary"], "boundary") if "boundary" in case else None,
        session=(read(case["session"], "session"),) if "session" in case else None,
        scp=levels("scp"),
        rcp=levels("rcp"),
        resource=read(resource, kind) if resource is not None else None,
        resource_kind=kind,
        endpoint=read(case["endpoint"], "endpoint") if "endpoint" in case else None,
    )
    if "nothing refused" in case:
        with mock.patch.object(sys.modules["ringwork.access.evaluate"], "refused", lambda *_: False):
            decided = evaluate(request, policies)
    else:
        decided = evaluate(request, policies)
    return "allowed" if decided.allowed else "denied", [decided.explain(), *decided.unknown]


# theirs


def for_peer(case: Case) -> Case:
    who = PRINCIPALS[case["principal"]]
    resource = case.get("resource_policy")
    if resource is not None and resource_kind(case) == "trust":
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
    return [
        statement
        for policy in layers
        for statement in (
            policy["Statement"] if isinstance(policy["Statement"], list) else [policy["Statement"]]
        )
    ]


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
    context = {key.lower(): value for key, value in case["context"].items()}
    for statement in _statements(case):
        for operator, keys in statement.get("Condition", {}).items():
            for key, value in keys.items():
                names = [str(v).partition("${")[2].partition("}")[0].lower() for v in _listed(value)]
                if "Not" in operator and any(n and "," not in n and n not in context for n in names):
                    keys[key] = "*" if "Like" in operator else context.get(key.lower(), "")


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _empty_set_is_a_value(case: Case) -> None:
    empty = {key for key, value in case["context"].items() if value == []}
    for statement in _statements(case):
        condition = statement.get("Condition", {})
        for key in empty & set(condition.get("Null", {})):
            absent = str(condition["Null"].pop(key)).lower() == "true"
            if absent:
                condition.setdefault("Bool", {})["aws:ViaAWSService"] = "true"


def _nothing_refused(kind: str) -> Callable[[Case], None]:
    """As if AWS did not refuse to principals of the kind what it does, whatever policies say."""

    def change(case: Case) -> None:
        if PRINCIPALS[case["principal"]].kind == kind:
            case["nothing refused"] = True

    return change


def _roles_of_services_open(case: Case) -> None:
    if ":role/aws-service-role/" in case["resource"]:
        case["nothing refused"] = True


def _no_wildcard_in_types(case: Case) -> None:
    """Resources with a wildcard before the first slash or colon of their last part, as if not listed."""
    for statement in _statements(case):
        for name in ("Resource", "NotResource"):
            listed = statement.get(name, [])
            listed = [listed] if isinstance(listed, str) else listed
            kept = [place for place in listed if not _WILD_TYPE.match(place)]
            if len(kept) < len(listed):
                statement[name] = [*kept, "arn:aws:none:::none"]


_WILD_TYPE = re.compile(r"arn:([^:]*:){4}[^:/]*[*?][^:/]*[:/]")


@dataclass(frozen=True)
class Reading:
    """One rule of AWS's that the two read differently."""

    name: str
    right: Literal["ours", "theirs", "open"]
    """whose reading AWS's text bears out; open: it says neither"""
    reason: str
    page: str
    """AWS's page"""
    change: Callable[[Case], None]
    """makes ours read the rule as theirs does"""


_OPERATORS = "IAM user guide, IAM JSON policy elements: Condition operators"
_VARIABLES = "IAM user guide, IAM policy elements: Variables and tags"

READINGS: tuple[Reading, ...] = (
    Reading(
        "IfExists with ForAnyValue",
        "ours",
        "without the key, a condition with IfExists is true; theirs is false",
        _OPERATORS,
        _missing_is_false,
    ),
    Reading(
        "variables before 2012",
        "ours",
        "in a policy of version 2008-10-17 variables are text; theirs replaces them",
        "IAM user guide, IAM JSON policy elements: Version",
        _variables_of_2012,
    ),
    Reading(
        "NotResource without a value, Allow",
        "open",
        "a resource whose variable has no value matches nothing; NotResource of nothing would be all. Theirs "
        "allows all; ours allows nothing by it and names the reading",
        _VARIABLES,
        _no_value_no_resource(takes_in=False),
    ),
    Reading(
        "NotResource without a value, Deny",
        "open",
        "the same in a Deny: ours denies, theirs does not",
        _VARIABLES,
        _no_value_no_resource(takes_in=True),
    ),
    Reading(
        "negated operator, variable without a value",
        "ours",
        "nothing equals a value that is missing, so a negated operator holds; theirs does not",
        _VARIABLES,
        _no_value_is_alike,
    ),
    Reading(
        "Null of an empty set",
        "ours",
        "an empty set is a null data set, which Null asks for; theirs takes it for a value",
        "IAM user guide, Set operators for multivalued context keys",
        _empty_set_is_a_value,
    ),
    Reading(
        "seconds since 1970",
        "ours",
        "a date may be epoch time, in seconds; theirs reads the policy's number as milliseconds",
        _OPERATORS,
        _epoch_in_milliseconds,
    ),
    Reading(
        "0.0.0.0/0",
        "ours",
        "CIDR: it holds all of IPv4; theirs matches no address",
        _OPERATORS,
        _empty_block_of_addresses,
    ),
    Reading(
        "root and roles",
        "ours",
        "STS refuses root users; theirs knows no root user",
        "IAM user guide, Methods to assume a role",
        _nothing_refused("root"),
    ),
    Reading(
        "federated users and STS",
        "ours",
        "the credentials of a federated user call no operation of STS but GetCallerIdentity; theirs admits "
        "them like a role's",
        "STS API reference, GetFederationToken; IAM user guide, Compare AWS STS credentials",
        _nothing_refused("federated"),
    ),
    Reading(
        "roles of services",
        "ours",
        "only its service changes the trust policy or the boundary of a service-linked role; theirs knows "
        "the roles of IAM Identity Center alone",
        "IAM user guide, Service-linked roles; IAM API reference, UnmodifiableEntity",
        _roles_of_services_open,
    ),
    Reading(
        "grants to sessions",
        "ours",
        "a grant to a role's or a federated user's session, or to everybody, is not limited by an implicit "
        "deny in the session policy; theirs is",
        "IAM user guide, Permissions boundaries for IAM entities; Policies and permissions: session policies",
        _session_like_role,
    ),
    Reading(
        "wildcard in the type of a resource",
        "open",
        "AWS advises against it (`user` in the ARN of a user), and its own managed policies have it "
        "(`arn:*:ds:*:*:*/*`) and would allow nothing if it matched nothing. Ours matches, theirs does not",
        "IAM user guide, IAM identifiers; AWS managed policy reference",
        _no_wildcard_in_types,
    ),
)


def explain(case: Case, ignored: frozenset[str], theirs: str) -> tuple[str, ...] | None:
    """The fewest other readings under which ours gives their answer."""
    for count in (1, 2, 3):
        for chosen in itertools.combinations(READINGS, count):
            changed = json.loads(json.dumps(case))
            for reading in chosen:
                reading.change(changed)
            if decide(changed, ignored)[0] == theirs:
                return tuple(reading.name for reading in chosen)
    return None


def compare(folder: Path, cases: Iterable[Case], refusals: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Both answers to every case, counted; each difference with its explanation.

    `refusals`: what theirs may refuse to answer, because its catalogue of actions is older or coarser; such
    cases are counted and not compared.
    """
    asked = list(cases)
    started = time.monotonic()
    said = ask_peer(folder, asked)
    seconds = round(time.monotonic() - started, 1)
    answers: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    refused: Counter[str] = Counter()
    hinges: Counter[str] = Counter()
    layers: Counter[str] = Counter()
    unexplained = []
    for case, answer in zip(asked, said, strict=True):
        if "error" in answer:
            why = re.sub(r"key \S+ not", "key ... not", answer["error"])
            refused[why[:300]] += 1
            if why not in refusals:
                unexplained.append({"case": case, "theirs": answer})
            continue
        ignored = frozenset(key.lower() for key in answer["ignored"])
        theirs = "allowed" if answer["result"] == "Allowed" else "denied"
        try:
            ours, because = decide(case, ignored)
        except PolicyError as error:
            unexplained.append({"case": case, "theirs": answer, "ours": [str(error)]})
            continue
        answers[f"both {ours}" if ours == theirs else f"{ours} by ours, {theirs} by theirs"] += 1
        layers.update(name for name in LAYERS if case.get(name))
        if ours == theirs:
            continue
        reason = explain(case, ignored, theirs)
        if reason is None:
            unexplained.append({"case": case, "theirs": answer, "ours": because})
        else:
            reasons[" + ".join(reason)] += 1
            hinges.update(reason)
    return {
        "asked": len(asked),
        "compared": sum(answers.values()),
        "answers": dict(sorted(answers.items())),
        "with": {name: layers[name] for name in LAYERS},
        "not answered by theirs": dict(refused.most_common()),
        "differences": sum(reasons.values()) + len(unexplained),
        "explained": dict(reasons.most_common()),
        "readings": {
            r.name: {"right": r.right, "reason": r.reason, "source": r.page, "cases": hinges[r.name]}
            for r in READINGS
            if hinges[r.name]
        },
        "unexplained": unexplained,
        "seconds of theirs": seconds,
    }


def version(folder: Path) -> str:
    """The peer's name and version."""
    about = folder / "node_modules/@cloud-copilot/iam-simulate/package.json"
    return f"iam-simulate {json.loads(about.read_text(encoding='utf-8'))['version']}"
