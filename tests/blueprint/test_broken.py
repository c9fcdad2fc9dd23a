"""Broken blueprints: what the user should read, and where. Written from the user's side, by hand.

`^` in a text marks the place that the message must point to, and is taken out before reading.
"""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ringwork.blueprint import examples, loads
from ringwork.blueprint.read import load
from ringwork.source import InputError, InputErrors

HEAD = "ringwork: 1\norganization: acme\nregions: [eu-central-1]\n"
TEAM = HEAD + "teams:\n  risk:\n    data: {claims: {class: restricted}}\n    models: {score: {}}\n"
TWO = TEAM + "    workloads:\n      lab: {type: notebook}\n      serve: {type: endpoint}\n  care: {}\n"
STAGED = "accounts: {layout: per-team-and-stage, stages: [dev, prod]}\n"

SERVED = TEAM + "    workloads:\n      serve: {type: endpoint, serves: [score], serving: %s}\n"
RELEASE = "{model: score, image: 'x@sha256:" + "a" * 64 + "', artifact: v1/model.tar.gz}"

PLAN = "network:\n  cidr: 10.64.0.0/12\n  existing:\n    %s\n"
ADOPTED = "{vpc: vpc-0a1b2c3d, cidr: %s, subnets: {%s}, route_tables: [%s]}"
LAB = "interactive: [subnet-0000000a, subnet-0000000b], endpoints: [subnet-0000000c, subnet-0000000d]"
SERVE = "serving: [subnet-0000000e, subnet-0000000f]"
TABLE = "rtb-0000000a"

BROKEN = [
    # --- guard rails of an organization
    (
        "canary that is no account",
        "accounts: {layout: per-team}\nperimeter: {canary: [risk, ^riks]}\n" + TEAM,
        "there is no account `riks` for guard rails to hold",
        "did you mean `risk`?",
    ),
    (
        "canary that guard rails never hold",
        "accounts: {layout: per-team}\nperimeter: {canary: [^management]}\n" + TEAM,
        "guard rails never hold the account `management`",
        "accounts: `risk`, `network`, `security`, `log-archive`",
    ),
    (
        "canary without an organization",
        "perimeter: {canary: [^main]}\n" + TEAM,
        "there is no account `main` for guard rails to hold",
        "one account has no organization: choose another layout under `accounts`",
    ),
    (
        "people without an organization",
        "perimeter: {^people: {instance: 'arn:aws:sso:::instance/ssoins-1234567890abcdef'}}\n" + TEAM,
        "people get permission sets in the accounts of an organization, and there is one account",
        "choose another layout under `accounts`, or remove `people`",
    ),
    # --- data and enclaves
    (
        "a copy to a Region that is not there",
        HEAD + "teams:\n  risk:\n    data: {claims: {replicate_to: ^eu-west-1}}\n",
        "`eu-west-1` is not a Region of this blueprint",
        "add it to `regions`",
    ),
    (
        "a copy to where the data is",
        HEAD + "teams:\n  risk:\n    data: {claims: {replicate_to: ^eu-central-1}}\n",
        "`eu-central-1` is where the data is",
        "add a Region to `regions`",
    ),
    (
        "features that are called like data",
        TEAM + "    features: {^claims: {record: id, time: at}}\n",
        "`claims` is a data set of team `risk` too",
        "rename one of them",
    ),
    (
        "records that expire in no store",
        TEAM + "    features: {people: {record: id, time: at, ^expire_days: 7}}\n",
        "only records of an online store expire",
        "set `online: true`",
    ),
    (
        "a feature given twice",
        TEAM + "    features: {people: {record: id, time: at, columns: {^id: String}}}\n",
        "feature `id` is given twice",
        "`record` and `time` are features already",
    ),
    (
        "an enclave that anybody reads",
        TEAM
        + "    workloads:\n      vault: {type: enclave, serves: [score], enclave: {measurements: {pcr0: ^'"
        + "0" * 96
        + "'}}}\n",
        "`pcr0` is all zeros, as in debug mode",
        "nitro-cli build-enclave",
    ),
    # --- a VPC that is there already
    (
        "existing VPC of nobody",
        PLAN % ("^riks/eu-central-1: " + ADOPTED % ("10.0.0.0/16", LAB, TABLE)) + TWO,
        "there is no environment `riks/eu-central-1`",
        "did you mean `risk/eu-central-1`?",
    ),
    (
        "existing VPC without a tier",
        PLAN % ("risk/eu-central-1: " + ADOPTED.replace("subnets", "^subnets") % ("10.0.0.0/16", LAB, TABLE))
        + TWO,
        "`risk/eu-central-1` needs 2 subnets of the tier `serving`, and has 0",
        "name subnets of two zones: endpoint needs them",
    ),
    (
        "existing VPC without a way to S3",
        PLAN % ("^risk/eu-central-1: " + ADOPTED % ("10.0.0.0/16", f"{LAB}, {SERVE}", "")) + TWO,
        "`risk/eu-central-1` has no way to Amazon S3",
        "name the subnets' route tables in `route_tables`",
    ),
    (
        "existing VPC inside the plan",
        PLAN % ("risk/eu-central-1: " + ADOPTED % ("^10.65.0.0/16", f"{LAB}, {SERVE}", TABLE)) + TWO,
        "`10.65.0.0/16` of `risk/eu-central-1` overlaps the address plan `10.64.0.0/12`",
        "set `network.cidr` to a block beside it",
    ),
    (
        "subnet of two tiers",
        PLAN
        % (
            "risk/eu-central-1: "
            + ADOPTED.replace("subnets", "^subnets")
            % ("10.0.0.0/16", f"{LAB}, {SERVE}".replace("0000000f", "0000000a"), TABLE)
        )
        + TWO,
        "`subnet-0000000a` is named twice",
        "a subnet is of one tier, whose network ACL it gets",
    ),
    # --- what is served
    (
        "serving of what is no endpoint",
        TEAM + "    workloads:\n      lab: {type: notebook, ^serving: {instances: 2}}\n",
        "`risk/lab` is no endpoint, so it serves nobody",
        "remove `serving`",
    ),
    (
        "client certificates",
        SERVED % "{auth: ^mutual-tls}",
        "the private API before `risk/serve` cannot ask for client certificates",
        "use `auth: iam`",
    ),
    (
        "a candidate alone",
        SERVED % f"{{^shadow: {RELEASE}}}",
        "`risk/serve` has a candidate and no release",
        "name a `release`",
    ),
    (
        "a release of another model",
        SERVED % f"{{release: {RELEASE.replace('model: score', 'model: ^scores')}}}",
        "`risk/serve` does not serve `scores`",
        "did you mean `score`?",
    ),
    # --- the file
    ("empty", "^", "the blueprint is empty", "ringwork init"),
    ("a list", "^- a\n", "the blueprint is not a mapping", ""),
    ("a tab", "teams:\n^\trisk: {}\n", "cannot start any token", "spaces"),
    ("a key twice", TEAM + "^teams: {}\n", "key `teams` is given twice", "line 4"),
    # --- keys and their values
    (
        "no organization",
        "^ringwork: 1\nregions: [eu-central-1]\nteams: {a: {}}\n",
        "`organization` is missing",
        "",
    ),
    (
        "misspelt key",
        HEAD.replace("organiz", "^organis") + "teams: {a: {}}\n",
        "key `organisation` is not known",
        "did you mean `organization`?",
    ),
    (
        "misspelt inner key",
        TEAM + "    ^workload: {}\n",
        "key `workload` is not known in `teams.risk`",
        "`workloads`",
    ),
    (
        "key with underscore",
        TEAM + "least_depht: 2\n".replace("least", "^least"),
        "`least_depht`",
        "`least_depth`",
    ),
    (
        "wrong class",
        TEAM.replace("restricted", "^secret"),
        "`secret` is not a value of `teams.risk.data.claims.class`",
        "`restricted`",
    ),
    (
        "wrong type",
        TEAM + "    workloads: {w: {type: ^trainig}}\n",
        "`trainig` is not a value",
        "`training`?",
    ),
    (
        "no type",
        TEAM + "    workloads: {^w: {reads: [claims]}}\n",
        "`type` is missing in `teams.risk.workloads.w`",
        "`notebook`",
    ),
    (
        "format of the future",
        TEAM.replace("ringwork: 1", "ringwork: ^2"),
        "`2` is not a value of `ringwork`",
        "`1`",
    ),
    (
        "text for a list",
        TEAM + "    workloads: {w: {type: batch, reads: ^claims}}\n",
        "`teams.risk.workloads.w.reads` needs a list, not text",
        "`[claims]`",
    ),
    ("list for a mapping", HEAD + "teams: ^[risk]\n", "`teams` needs keys and values, not a list", ""),
    (
        "value left out",
        HEAD + "teams:\n  risk:\n    ^data:\n".replace("^data:", "data:^"),
        "`teams.risk.data` has no value",
        "remove the key",
    ),
    (
        "account id without quotes",
        TEAM + "accounts: {ids: {main: ^111122223333}}\n",
        "111122223333 without quotes is a number",
        'write "111122223333"',
    ),
    (
        "account id with leading zero",
        TEAM + "accounts: {ids: {main: ^012345678901}}\n",
        "`012345678901` without quotes",
        '"012345678901"',
    ),
    (
        "short account id",
        TEAM + 'accounts: {ids: {main: ^"1111"}}\n',
        "`1111` is not an account id",
        "12 digits",
    ),
    (
        "port in quotes",
        TWO + 'flows: [{from: risk/lab, to: risk/serve, port: ^"443"}]\n',
        "`flows[0].port` needs a whole number, not text",
        "without quotes",
    ),
    (
        "port too large",
        TWO + "flows: [{from: risk/lab, to: risk/serve, port: ^70000}]\n",
        "65535 or less",
        "",
    ),
    (
        "port in YAML 1.1 octal",
        TWO + "flows: [{from: risk/lab, to: risk/serve, port: ^0443}]\n",
        "`0443`",
        "",
    ),
    ("name in capitals", HEAD + "teams: {^Risk: {}}\n", "`Risk` is not a name", "lower-case"),
    ("name too long", HEAD + "teams: {^a123456789012345678901234: {}}\n", "25 characters, 24 at most", ""),
    ("no team", HEAD + "teams: ^{}\n", "`teams` has 0 entries, 1 needed", ""),
    (
        "star in a domain",
        TEAM + "egress: {domains: [^'*.example.com']}\n",
        "`*.example.com` is not a domain",
        "`.example.com`",
    ),
    ("target", TEAM + "target: ^azure\n", "`azure` is not a target", "`aws:PROFILE`"),
    (
        "bare role name",
        TEAM + "administrators: [^ml-admin]\n",
        "`ml-admin` is not the ARN of a role or user",
        "arn:aws:iam::",
    ),
    ("number for a block", TEAM + "network: {cidr: ^10}\n", "`10` is not an IPv4 block", ""),
    (
        "bits after the prefix",
        TEAM + "network: {cidr: ^10.0.0.1/8}\n",
        "`10.0.0.1/8` is not an IPv4 block",
        "zero",
    ),
    # --- names that must exist
    (
        "unknown Region",
        TEAM.replace("eu-central-1", "^eu-centrl-1"),
        "`eu-centrl-1` is not a Region",
        "`eu-central-1`?",
    ),
    ("Region twice", TEAM.replace("[eu-central-1]", "[eu-west-1, ^eu-west-1]"), "listed twice", ""),
    (
        "Regions of two partitions",
        TEAM.replace("[eu-central-1]", "[eu-west-1, ^cn-north-1]"),
        "partition",
        "",
    ),
    (
        "unknown data set",
        TEAM + "    workloads: {w: {type: batch, reads: [^claim]}}\n",
        "team `risk` has no data set `claim`",
        "did you mean `claims`?",
    ),
    (
        "another team's data set",
        TEAM + "  care: {workloads: {w: {type: batch, writes: [^claims]}}}\n",
        "team `care` has no data set `claims`",
        "`risk/claims`",
    ),
    (
        "unknown model",
        TEAM + "    workloads: {w: {type: endpoint, serves: [^scores]}}\n",
        "no model `scores`",
        "`score`?",
    ),
    (
        "unknown team",
        TEAM + "    workloads: {w: {type: batch, reads: [^rsk/claims]}}\n",
        "no team `rsk`",
        "`risk`?",
    ),
    (
        "data set twice",
        TEAM + "    workloads: {w: {type: batch, reads: [claims, ^claims]}}\n",
        "listed twice",
        "",
    ),
    (
        "flow to nobody",
        TWO + "flows: [{from: risk/lab, to: ^risk/server, port: 443}]\n",
        "team `risk` has no workload `server`",
        "`serve`?",
    ),
    (
        "flow without team",
        TWO + "flows: [{from: ^lab, to: risk/serve, port: 443}]\n",
        "which team's",
        "`risk/lab`",
    ),
    ("flow to itself", TWO + "flows: [{from: risk/lab, to: ^risk/lab, port: 443}]\n", "to itself", ""),
    (
        "flow twice",
        TWO + "flows:\n- {from: risk/lab, to: risk/serve, port: 443}\n- ^{from: risk/lab, to: risk/serve, "
        "port: 443}\n",
        "declared twice",
        "",
    ),
    (
        "intent about nobody",
        TWO + 'intents: [{rule: never, from: internet, to: ^"data:risk/claim"}]\n',
        "no data set `claim`",
        "`claims`?",
    ),
    (
        "intent with a bad side",
        TWO + "intents: [{rule: never, from: ^the-internet, to: any}]\n",
        "`the-internet` is not a side",
        "`internet`",
    ),
    # --- accounts and stages
    (
        "stages in one account",
        TEAM + "    workloads: {w: {type: batch, ^stages: [dev]}}\n",
        "per-team-and-stage",
        "",
    ),
    (
        "unknown stage",
        TEAM + "    workloads: {w: {type: batch, stages: [^prd]}}\n" + STAGED,
        "no stage `prd`",
        "`prod`?",
    ),
    (
        "no stage at all",
        TEAM + "    workloads: {w: {type: batch, stages: ^[]}}\n" + STAGED,
        "exists in no stage",
        "",
    ),
    (
        "flow over stages",
        TEAM
        + "    workloads:\n      a: {type: batch, stages: [dev]}\n      b: {type: endpoint, stages: [prod]}\n"
        + STAGED
        + "flows:\n- ^{from: risk/a, to: risk/b, port: 443}\n",
        "never exist in the same",
        "",
    ),
    ("id of no account", TEAM + 'accounts: {ids: {^risk: "111122223333"}}\n', "no account `risk`", "`main`"),
    (
        "one id twice",
        TEAM + "  care: {}\n" + 'accounts: {layout: per-team, ids: {risk: "111122223333", care: '
        '^"111122223333"}}\n',
        "given to `risk` and to `care`",
        "",
    ),
    ("AWS without ids", TEAM + "target: ^aws:prod\n", "account `main` has no id", "accounts.ids"),
    (
        "data across accounts",
        TEAM + "  care: {workloads: {w: {type: batch, reads: [^risk/claims]}}}\n"
        "accounts: {layout: per-team}\n",
        "`risk/claims` is in another account",
        "account layout `one`",
    ),
    # --- limits and addresses
    ("reserved prefix", TEAM.replace("acme", "^sthree"), "reserved by AWS", ""),
    # tally-bbbb…(24)-cccc…(24)-dddd…(12) is 5+1+24+1+24+1+12 = 68 characters
    (
        "role name too long",
        "ringwork: 1\norganization: tally\nregions: [eu-west-1]\nteams:\n  "
        + "b" * 24
        + ":\n    workloads:\n      ^"
        + "d" * 12
        + ": {type: batch}\n"
        + "accounts:\n  layout: per-team-and-stage\n  stages: ["
        + "c" * 24
        + "]\n",
        "has 68 characters, and IAM allows 64",
        "shorten",
    ),
    (
        "two teams, one name",
        HEAD + "teams: {a: {}, ^a-b: {}}\n" + "accounts: {layout: per-team-and-stage, stages: [b-c, c]}\n",
        "environment `a-b-c`",
        "rename",
    ),
    (
        "two workloads, one role",
        HEAD + "teams:\n  a: {workloads: {b-c: {type: batch}}}\n  a-b: {workloads: {^c: {type: batch}}}\n",
        "role name `acme-a-b-c`",
        "rename",
    ),
    ("public block", TEAM + "network: {cidr: ^8.0.0.0/8}\n", "not a private block", "10.0.0.0/8"),
    ("reserve too small", TEAM + "network: {vpc_prefix: 18, reserve_prefix: ^20}\n", "does not fit", ""),
    (
        "no room",
        TEAM + "  care: {}\nnetwork: {cidr: ^10.0.0.0/18}\n",
        "`10.0.0.0/18` has room for 1 of 2 VPCs",
        "larger",
    ),
    (
        "pin inside a block",
        HEAD + "teams: {a: {cidr: ^10.0.16.0/20}}\n",
        "does not start a block of /18",
        "10.0.0.0/18",
    ),
    (
        "pin of another size",
        HEAD + "teams: {a: {cidr: ^10.0.0.0/24}}\n",
        "neither the size of a VPC (/20)",
        "",
    ),
    ("pin outside", HEAD + "teams: {a: {cidr: ^192.168.0.0/18}}\n", "outside the address plan", ""),
    (
        "two pins, one block",
        HEAD + "teams: {a: {cidr: 10.0.0.0/18}, b: {cidr: ^10.0.0.0/20}}\n",
        "block",
        "another",
    ),
    (
        "pin where SageMaker is",
        HEAD + "teams: {a: {cidr: ^172.17.0.0/18}}\nnetwork: {cidr: 172.16.0.0/12}\n",
        "172.17.0.0/16",
        "",
    ),
]


@pytest.mark.parametrize(
    ("text", "fragment", "help"), [row[1:] for row in BROKEN], ids=[row[0] for row in BROKEN]
)
def test_a_broken_blueprint_gives_one_clear_message_at_its_place(text: str, fragment: str, help: str) -> None:
    before, marker, after = text.partition("^")
    assert marker
    line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
    with pytest.raises(InputError) as caught:
        loads(before + after, "b.yaml")
    error = caught.value
    assert not isinstance(error, InputErrors), str(error)
    assert fragment in error.message
    assert help in (error.help or "")
    assert str(error.position) == f"b.yaml:{line}:{column}"


def test_messages_are_in_the_blueprints_words() -> None:
    """Lower case, no full stop, one line, and nothing of the library that checks."""
    for _, text, _, _ in BROKEN:
        with pytest.raises(InputError) as caught:
            loads(text.replace("^", "", 1), "b.yaml")
        message = caught.value.message
        assert not re.search(r"(?i)pydantic|input should|validation|extra inputs|tuple|dict\b", message)
        assert "\n" not in message
        assert not message.endswith(".")
        assert message.startswith("`") or message[0].islower() or message.startswith("Region ")


def test_several_faults_are_reported_together_in_file_order() -> None:
    text = TEAM.replace("restricted", "secret") + "    workloads: {w: {type: gpu}}\nleast_depth: 0\n"
    with pytest.raises(InputErrors) as caught:
        loads(text, "b.yaml")
    lines = [error.position.line for error in caught.value.errors if error.position]
    assert lines == [6, 8, 9]


def test_a_file_is_named_in_the_message(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_text(HEAD, encoding="utf-8")
    with pytest.raises(InputError, match=re.escape(f"{path}:1:1: `teams` is missing")):
        load(path)


PIECES = [
    "~",
    "[]",
    "{}",
    "[x]",
    "{a: b}",
    "-1",
    "0",
    "3",
    "1e9",
    "true",
    "x",
    '"',
    "'",
    ":",
    "- ",
    "&a ",
    "*a",
    "<<",
    "!x ",
    "#",
    "\t",
    "\n",
    "  ",
    "é",
    "\x00",
    "012",
    "10.0.0.0/8",
    "a/b",
    "data:a/b",
    "|",
    ",",
    "]",
    "}",
]


@settings(max_examples=400, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.data())
def test_any_mutation_loads_or_is_refused_with_a_place_in_the_file(data: st.DataObject) -> None:
    text = examples.text(data.draw(st.sampled_from(["startup", "hospital"])))
    for _ in range(data.draw(st.integers(1, 3))):
        tokens = list(re.finditer(r"[\w./-]+|[^\w\s]|\s+", text))
        token = tokens[data.draw(st.integers(0, len(tokens) - 1))]
        other = st.sampled_from(tokens).map(lambda match: match[0])
        new = data.draw(st.just("") | st.sampled_from(PIECES) | other)
        text = text[: token.start()] + new + text[token.end() :]
    try:
        loads(text, "b.yaml")
    except InputError as error:
        faults = error.errors if isinstance(error, InputErrors) else (error,)
        lines = (text + "x").splitlines()
        for fault in faults:
            assert fault.position is not None
            assert 1 <= fault.position.line <= len(lines)
            assert 1 <= fault.position.column <= len(lines[fault.position.line - 1]) + 1
