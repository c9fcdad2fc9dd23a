"""Cases over AWS's own policies for the comparison of evaluators.

Managed policies, sample SCPs, sample RCPs, data perimeter policies (endpoint policies too) and published
policies with a way to escalate, from the corpora of RINGWORK_SHARED. A request is drawn from a statement: an
action that it names, a resource that it takes, and values of the keys that it and the other statements about
the action read, most of them such that the condition holds, so that much is allowed. Boundaries, sessions,
levels of an organization and policies of resources are mixed in.
"""

from __future__ import annotations

import ipaddress
import json
import random
import re
import tarfile
from pathlib import Path
from typing import Any

from access_peer import OURS, PRINCIPALS, THEIRS, Case
from ringwork.access import PolicyError, PolicyKind, Principal, catalogue, parse
from ringwork.access.patterns import glob, resource

Document = dict[str, Any]

PLACEHOLDERS: tuple[tuple[str, str], ...] = (
    ("-arn", "arn:aws:s3:::data/x1"),
    ("-resource>", "arn:aws:s3:::data/x1"),
    ("action", "s3:GetObject"),
    ("region", "eu-west-1"),
    ("org-id", "o-aaaa"),
    ("account", OURS),
    ("cidr", "203.0.113.0/24"),
    ("vpc", "vpc-1a"),
    ("millisecond", "600000"),
    ("", "x1"),
)
"""What stands for a placeholder of a sample policy: the first whose name is part of it."""

CARRIED: dict[str, tuple[str | list[str], ...]] = {
    "aws:SourceIp": ("10.1.2.3", "203.0.113.9", "2001:db8::5"),
    "aws:SourceVpc": ("vpc-1a", "vpc-2b"),
    "aws:SecureTransport": ("true", "true", "false"),
    "aws:PrincipalOrgID": ("o-aaaa", "o-bbbb"),
    "aws:ResourceOrgID": ("o-aaaa", "o-bbbb"),
    "aws:RequestedRegion": ("eu-west-1", "us-east-1"),
    "aws:CurrentTime": ("2026-01-15T12:00:00Z",),
    "aws:MultiFactorAuthPresent": ("true", "false"),
    "aws:PrincipalIsAWSService": ("false",),
    "aws:ViaAWSService": ("false", "false", "true"),
    "aws:PrincipalTag/team": ("ada", "train"),
}
"""Keys that requests carry whether or not a policy reads them."""

WITH_POLICY = {
    *("s3", "kms", "sqs", "sns", "secretsmanager", "sts", "dynamodb", "lambda", "ecr", "events", "logs"),
    *("elasticfilesystem", "glacier", "backup", "kinesis", "es", "glue", "codeartifact", "execute-api"),
}
WIDE = (
    "AdministratorAccess",
    "PowerUserAccess",
    "ReadOnlyAccess",
    "SecurityAudit",
    "job-function/ViewOnlyAccess",
)
ALL = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}
_VALUES = {"true": True, "false": False}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _statements(document: Document) -> list[Document]:
    return _listed(document["Statement"])


def _filled(text: str) -> str:
    def value(match: re.Match[str]) -> str:
        name = match[0].lower().replace("_", "-")
        return next(given for part, given in PLACEHOLDERS if part in name)

    return re.sub(r"<[^<>\"]+>|\[[A-Za-z_-]+\]|\$\{Account\}", value, text)


class Corpora:
    """The policies, by kind."""

    def __init__(self, shared: Path) -> None:
        root = shared / "corpora" / "iam"
        with tarfile.open(root / "aws-managed-policies.tar.gz") as archive:
            member = archive.extractfile("aws-managed-policies/managed-latest.json")
            assert member is not None
            self.managed: dict[str, Document] = {
                name: found["document"] for name, found in json.load(member).items()
            }
        perimeter = root / "aws-data-perimeter"
        self.left_out: list[str] = []
        self.scp = self._folder("scp", root / "aws-scp-examples", perimeter / "service_control_policies")
        controls = perimeter / "resource_control_policies"
        self.rcp = self._folder(
            "rcp", root / "aws-rcp-examples", controls, but=controls / "service_specific_controls"
        )
        self.resource = self._folder("resource", controls / "service_specific_controls")
        self.endpoint = self._folder("endpoint", perimeter / "vpc_endpoint_policies")
        self.escalating = [
            d
            for d in self._documents(root / "iam-vulnerable" / "policies.json")
            if self._reads(d, "identity")
        ]
        self.by_service: dict[str, list[Document]] = {}
        for document in self.managed.values():
            named = {
                str(action).partition(":")[0].lower()
                for statement in _statements(document)
                for action in _listed(statement.get("Action", []))
            }
            for service in named - {"*"}:
                self.by_service.setdefault(service, []).append(document)

    def _folder(self, kind: PolicyKind, *folders: Path, but: Path | None = None) -> list[Document]:
        found = []
        for path in sorted(p for folder in folders for p in folder.rglob("*.json") if p.parent != but):
            try:
                document = json.loads(_filled(path.read_text(encoding="utf-8")))
            except ValueError:
                self.left_out.append(path.name)
                continue
            if self._reads(document, kind):
                found.append(document)
            else:
                self.left_out.append(path.name)
        return found

    def _reads(self, document: Document, kind: PolicyKind) -> bool:
        try:
            parse(document, kind=kind)
        except PolicyError:
            return False
        return True

    def _documents(self, path: Path) -> list[Document]:
        found: list[Document] = []

        def look(value: Any) -> None:
            if isinstance(value, dict):
                if "Statement" in value:
                    found.append(value)
                    return
                value = list(value.values())
            if isinstance(value, list):
                for item in value:
                    look(item)

        look(json.loads(path.read_text(encoding="utf-8")))
        return found


class RealCases:
    """Cases, the same for the same seed and corpora."""

    def __init__(self, corpora: Corpora, seed: int) -> None:
        self.corpora = corpora
        self.random = random.Random(seed)  # noqa: S311
        self.names = sorted(corpora.managed)
        self.services = sorted(catalogue.services())
        self.account = OURS
        """that owns what is asked for"""

    def case(self) -> Case:
        """One case. Tries again where a statement gives no request."""
        while True:
            found = self._case()
            if found is not None:
                return found

    def _case(self) -> Case | None:
        choose, chance = self.random.choice, self.random.random
        source = self.random.choices(("managed", "scp", "rcp", "escalating", "endpoint"), (60, 18, 10, 8, 4))[
            0
        ]
        who = choose([*PRINCIPALS[:4], *PRINCIPALS[:3], *PRINCIPALS[:3], *PRINCIPALS])
        if source == "managed":
            focus = self.corpora.managed[choose(self.names)]
        else:
            focus = choose(getattr(self.corpora, source))
        statement = choose(_statements(focus))
        action = self.action(statement)
        if action is None:
            return None
        service = action.partition(":")[0].lower()
        keyed = who.kind not in ("service", "anonymous")
        self.account = who.account if who.account and chance() < 0.75 else choose((OURS, THEIRS))
        context = self.base_context(who)
        asked = self.resource(action, statement, context)
        if asked is None:
            return None
        owner = next((a for a in (OURS, THEIRS) if f":{a}:" in asked), OURS if chance() < 0.85 else THEIRS)
        if who.account is not None and asked == "*":
            owner = who.account
        case: Case = {
            "principal": PRINCIPALS.index(who),
            "action": action,
            "resource": asked,
            "owner": owner,
            "context": context,
            "identity": [],
        }
        near = self.corpora.by_service.get(service, [])

        def another() -> Document:
            wide = [self.corpora.managed[n.rpartition("/")[2]] for n in WIDE]
            return choose(near) if near and chance() < 0.5 else choose(wide)

        if keyed:
            case["identity"] = [focus] if source in ("managed", "escalating") else [another()]
            if chance() < 0.25:
                case["identity"].append(another())
            if source == "scp" or chance() < 0.25:
                mine = focus if source == "scp" else choose(self.corpora.scp)
                wide = chance() < 0.9
                case["scp"] = [[ALL], [mine, choose(self.corpora.scp), *([ALL] if wide else [])]]
        if who.kind in ("user", "role") and chance() < 0.25:
            case["boundary"] = another()
        if (who.kind == "role" and chance() < 0.25) or who.kind == "federated":
            case["session"] = another()
        if source == "rcp" or (service in WITH_POLICY and chance() < 0.25):
            mine = focus if source == "rcp" else choose(self.corpora.rcp)
            case["rcp"] = [[], [mine, choose(self.corpora.rcp)]]
        if who.kind != "service" and (source == "endpoint" or chance() < 0.08):
            case["endpoint"] = focus if source == "endpoint" else choose(self.corpora.endpoint)
        if asked != "*" and service in WITH_POLICY:
            has_one = ":role/" in asked if service == "sts" else ":key/" in asked  # roles, keys: always
            if service == "sts" and not has_one:
                pass
            elif has_one or chance() < (0.85 if owner != who.account else 0.3):
                case["resource_policy"] = self.resource_policy(who, action, asked)
        self.fill_context(case, action, statement)
        return case

    # what is asked

    def action(self, statement: Document) -> str | None:
        """An action that the statement names, in the case that AWS writes."""
        pattern = str(self.random.choice(_listed(statement.get("Action", "*"))))
        prefix, _, name = pattern.partition(":")
        service = prefix.lower() if name else self.random.choice(self.services)
        known = catalogue.actions(service)
        matches = glob(name or "*", any_case=True)
        left = [found["name"] for key, found in sorted(known.items()) if matches(key)]
        if "NotAction" in statement:
            excluded = [glob(str(p), any_case=True) for p in _listed(statement["NotAction"])]
            inside = [n for n in left if not any(m(f"{service}:{n}") for m in excluded)]
            left = inside or left
        return f"{service}:{self.random.choice(left)}" if left else None

    def resource(self, action: str, statement: Document, context: dict[str, Any]) -> str | None:
        """A resource that the statement and the action take, else one that the action takes."""
        service, _, name = action.partition(":")
        kinds = catalogue.actions(service)[name.lower()]["resourceTypes"]
        if not kinds:
            return "*"
        types = catalogue.resource_types(service)
        templates = [types[k["name"]]["arn"] for k in kinds if k["name"] in types]
        templates = [t for t in templates if t.startswith("arn:") and "," not in t]
        if not templates:
            return None
        asked = [str(p) for p in _listed(statement.get("Resource", "*"))]
        self.random.shuffle(templates)
        for pattern in self.random.sample(asked, len(asked)):
            plain = self.plain(pattern, context)
            for template in templates:
                made = self.joined(template, plain)
                if made is not None:
                    return made
        return self.joined(templates[0], "*")

    def joined(self, template: str, pattern: str) -> str | None:
        """An ARN of the template's form that the pattern takes in."""
        whole = "arn:*:*:*:*:*" if pattern.strip("*") == "" else pattern
        given, wanted = template.split(":", 5), whole.split(":", 5)
        wanted += ["*"] * (6 - len(wanted))
        parts = []
        for place, (mine, theirs) in enumerate(zip(given, wanted, strict=True)):
            if place == 5:
                form = "".join(
                    ".+?" if n % 2 else re.escape(part)
                    for n, part in enumerate(re.split(r"\$\{([^}]*)\}", mine))
                )
                tries = [self.fill(theirs) for _ in range(3)]
                tries += [re.sub(r"\$\{[^}]*\}", lambda _: self.name(), mine) for _ in range(2)]
                parts.append(next((t for t in tries if re.fullmatch(form, t)), tries[-1]))
            elif "${" in mine and "*" not in theirs and "?" not in theirs and theirs:
                parts.append(theirs)
            else:
                parts.append(re.sub(r"\$\{([^}]*)\}", self.standing, mine))
        made = ":".join(parts)
        if "*" in made or "?" in made or "${" in made:
            return None
        return made if pattern.strip("*") == "" or resource(pattern, completed=True)(made) else None

    def standing(self, variable: re.Match[str]) -> str:
        """What stands for a variable of an ARN's first parts."""
        known = {"Region": "eu-west-1", "Account": self.account, "Partition": "aws"}
        return known.get(variable[1], "x1")

    def name(self) -> str:
        return self.random.choice(("x1", "data", "team-a", "aaaa"))

    def fill(self, pattern: str) -> str:
        """A text that the pattern matches."""
        return "".join(self.name() if c == "*" else "q" if c == "?" else c for c in pattern)

    def plain(self, pattern: str, context: dict[str, Any]) -> str:
        """A pattern with its variables replaced by what the request carries (else by a star)."""
        carried = {k.lower(): v for k, v in context.items()}

        def value(match: re.Match[str]) -> str:
            found = carried.get(match[1].partition(",")[0].strip().lower())
            return found if isinstance(found, str) else "x1"

        return re.sub(r"\$\{([^}]*)\}", value, pattern)

    # what the request carries

    def base_context(self, who: Principal) -> dict[str, Any]:
        found: dict[str, Any] = {
            key: self.random.choice(values) for key, values in CARRIED.items() if self.random.random() < 0.5
        }
        if who.kind in ("service", "anonymous"):
            for key in ("aws:PrincipalOrgID", "aws:PrincipalTag/team"):
                found.pop(key, None)
        else:
            found["aws:PrincipalArn"] = who.role if who.kind == "role" and who.role else who.arn
            found["aws:PrincipalAccount"] = str(who.account)
        if who.kind == "user":
            found["aws:username"] = who.arn.rpartition("/")[2]
        if who.kind == "service":
            found["aws:PrincipalIsAWSService"] = "true"
            found["aws:PrincipalServiceName"] = who.arn
            found["aws:SourceAccount"] = OURS
        return found

    def fill_context(self, case: Case, action: str, statement: Document) -> None:
        """Values for the keys of the statements about the action; of the focus, most often such that hold."""
        fixed = {"aws:principalarn", "aws:principalaccount", "aws:username", "aws:principalisawsservice"}
        documents = [
            *case["identity"],
            *(d for name in ("scp", "rcp") for level in case.get(name, ()) for d in level),
            *(case[name] for name in ("boundary", "session", "endpoint", "resource_policy") if name in case),
        ]
        others = [
            s for d in documents for s in _statements(d) if s is not statement and self.about(s, action)
        ]
        self.random.shuffle(others)
        for mine in (statement, *others):
            share = 0.8 if mine["Effect"] == "Allow" else 0.5 if mine is statement else 0.25
            for operator, keys in mine.get("Condition", {}).items():
                for key, values in keys.items():
                    seen = next((k for k in case["context"] if k.lower() == key.lower()), None)
                    if key.lower() in fixed or (seen is not None and mine is not statement):
                        continue
                    made = self.value(operator, key, [self.text(v) for v in _listed(values)], share, case)
                    if seen is not None:
                        del case["context"][seen]
                    if made is not None:
                        case["context"][key] = made

    def about(self, statement: Document, action: str) -> bool:
        named = _listed(statement.get("Action", statement.get("NotAction", [])))
        found = any(glob(str(p), any_case=True)(action) for p in named)
        return found != ("NotAction" in statement)

    def text(self, value: Any) -> str:
        return str(value).lower() if isinstance(value, bool) else str(value)

    def value(
        self, operator: str, key: str, wanted: list[str], share: float, case: Case
    ) -> str | list[str] | None:
        """A value of the key (None: missing) under which the condition holds in a `share` of the cases."""
        draw = self.random.random()
        over, colon, name = operator.lower().partition(":")
        name = name if colon else over
        negated, name = "not" in name, name.removesuffix("ifexists")
        if not wanted or (name != "null" and draw > 0.9):
            return None
        if name == "null":
            absent = (wanted[0] == "true") == (draw < share)
            return None if absent else self.shaped(key, "x1")
        positive = (draw < share) != negated
        one = self.plain(self.random.choice(wanted), case["context"])
        if not positive:
            return self.shaped(key, self.other(name, one))
        made = self.shaped(key, self.alike(name, one))
        if isinstance(made, list) and self.random.random() < 0.3:
            made.append(self.plain(self.fill(self.random.choice(wanted)), case["context"]))
        return made

    def shaped(self, key: str, value: str) -> str | list[str]:
        kind = catalogue.key_type(key) or "String"
        return [value] if kind.startswith("ArrayOf") else value

    def alike(self, name: str, wanted: str) -> str:
        """A value that compares with `wanted`."""
        if name.startswith("numeric"):
            step = -1 if "lessthan" in name else 1 if "greaterthan" in name else 0
            return str(int(float(wanted)) + step)
        if name.startswith("date"):
            return "2000-01-01T00:00:00Z" if "lessthan" in name else "2040-01-01T00:00:00Z"
        if "ipaddress" in name:
            return str(ipaddress.ip_network(wanted, strict=False)[1 if "/" in wanted else 0])
        return self.fill(wanted)

    def other(self, name: str, wanted: str) -> str:
        """A value that does not."""
        if name == "bool":
            return "false" if wanted == "true" else "true"
        if name.startswith("numeric"):
            return str(int(float(wanted)) + (1 if "lessthan" in name else -1))
        if name.startswith("date"):
            return "2040-01-01T00:00:00Z" if "lessthan" in name else "2000-01-01T00:00:00Z"
        if "ipaddress" in name:
            return "198.51.100.7"
        return f"other-{self.fill(wanted)}" if not wanted.startswith("arn:") else "arn:aws:none:::none"

    # whose resource it is

    def resource_policy(self, who: Principal, action: str, asked: str) -> Document:
        """A policy of the resource: a grant, often to the asking principal, at times with a sample's Deny."""
        choose, chance = self.random.choice, self.random.random
        named: list[Any] = ["*", {"AWS": "*"}, {"AWS": OURS}, {"AWS": f"arn:aws:iam::{THEIRS}:root"}]
        if who.kind == "service":
            named += [{"Service": who.arn}] * 6
        elif who.kind != "anonymous":
            named += [{"AWS": who.arn}] * 2 + [{"AWS": f"arn:aws:iam::{who.account}:root"}] * 4
            if who.kind == "role":
                named += [{"AWS": who.role}] * 2
        service = action.partition(":")[0]
        place = self.random.choice(("*", asked, asked))
        about = choose((action, f"{service}:*", f"{service}:{action.partition(':')[2][:3]}*"))
        allow: Document = {"Effect": "Allow", "Principal": choose(named), "Action": about, "Resource": place}
        if chance() < 0.3:
            allow["Condition"] = choose(
                (
                    {"StringEquals": {"aws:PrincipalOrgID": "o-aaaa"}},
                    {"StringEquals": {"aws:SourceAccount": OURS}},
                    {"ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{OURS}:role/*"}},
                    {"Bool": {"aws:SecureTransport": "true"}},
                )
            )
        statements = [allow]
        samples = (s for document in self.corpora.resource for s in _statements(document))
        statements += [
            {k: v for k, v in sample.items() if k != "Sid"}
            for sample in samples
            if self.about(sample, action) and chance() < 0.5
        ]
        if chance() < 0.25:
            sample = choose(_statements(choose(self.corpora.rcp)))
            statements.append({**{k: v for k, v in sample.items() if k != "Sid"}, "Resource": "*"})
        if chance() < 0.06 and who.kind in ("user", "role") and service != "sts":
            listed = [who.arn, f"arn:aws:iam::{who.account}:root", *([who.role] if who.role else [])]
            statements.append(
                {"Effect": "Deny", "NotPrincipal": {"AWS": listed}, "Action": about, "Resource": "*"}
            )
        return {"Version": "2012-10-17", "Statement": statements}
