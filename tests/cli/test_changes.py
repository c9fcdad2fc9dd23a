"""What people read before they consent: changed values, removals, sums, and what was not looked at."""

from __future__ import annotations

import dataclasses
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ringwork.cli.changes import count, plan_lines, summary
from ringwork.cli.values import changed
from ringwork.cloud.deploy import (
    Action,
    Change,
    Leaving,
    Orphan,
    Plan,
    PropertyChange,
    Removal,
    StackPlan,
    StackRemoval,
    What,
)
from ringwork.estate import Gap
from ringwork.workflows.deployment import Healing, blindness
from ringwork.workflows.exit import Exit

ROOT_ARN = "arn:aws:iam::111122223333:root"
USE = {"Sid": "Use", "Effect": "Allow", "Principal": {"AWS": ROOT_ARN}, "Action": "kms:Decrypt"}


def policy(*statements: dict[str, Any]) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def test_a_changed_principal_far_inside_a_policy_is_named_by_its_path() -> None:
    foreign = {**USE, "Principal": {"AWS": "arn:aws:iam::999988887777:root"}}
    assert changed("KeyPolicy", policy(USE), policy(foreign)) == (
        f'KeyPolicy.Statement[Use].Principal.AWS: "{ROOT_ARN}" -> "arn:aws:iam::999988887777:root"',
    )


def test_statements_belong_together_by_sid_wherever_they_stand() -> None:
    deny = {"Sid": "Tls", "Effect": "Deny", "Principal": "*", "Action": "s3:*"}
    allowed = {**deny, "Effect": "Allow"}
    assert changed("Policy", policy(USE, deny), policy(allowed, USE)) == (
        'Policy.Statement[Tls].Effect: "Deny" -> "Allow"',
    )


def test_statements_without_sid_are_counted_and_equal_ones_are_not_shown() -> None:
    a, b = {"Effect": "Allow", "Action": "s3:GetObject"}, {"Effect": "Allow", "Action": "s3:PutObject"}
    assert changed("Policy", policy(a), policy(b, a)) == (
        'Policy.Statement[0]: (none) -> {"Effect": "Allow", "Action": "s3:PutObject"}',
    )
    assert changed("Policy", policy(a, b), policy(a, {**b, "Action": "s3:*"})) == (
        'Policy.Statement[1].Action: "s3:PutObject" -> "s3:*"',
    )


def test_tags_are_matched_by_key_and_what_is_gone_says_so() -> None:
    before = json.dumps([{"Key": "team", "Value": "a"}, {"Key": "ring", "Value": "data"}])
    after = json.dumps([{"Key": "ring", "Value": "network"}])
    assert changed("Tags", before, after) == (
        'Tags[team]: {"Key": "team", "Value": "a"} -> (none)',
        'Tags[ring].Value: "data" -> "network"',
    )


def test_items_that_share_a_name_are_all_compared() -> None:
    one, other = {"Sid": "S", "Action": "a"}, {"Sid": "S", "Action": "b"}
    assert changed("P", json.dumps([one, other]), json.dumps([one, {**other, "Action": "c"}])) == (
        'P[1].Action: "b" -> "c"',
    )


def test_a_policy_that_stands_as_text_within_json_is_compared_inside() -> None:
    before = json.dumps({"Document": policy(USE)})
    after = json.dumps({"Document": policy({**USE, "Action": "kms:*"})})
    assert changed("P", before, after) == ('P.Document.Statement[Use].Action: "kms:Decrypt" -> "kms:*"',)


@pytest.mark.parametrize(
    ("before", "after", "line"),
    [
        ("[1, 2]", "[2, 1]", "P: the same items in another order"),
        ('{"a":1}', '{ "a": 1 }', "P: the same JSON, written differently"),
        ('{"a":true}', '{"a":1}', "P.a: true -> 1"),
        ('{"a":["x"]}', '{"a":"x"}', 'P.a: ["x"] -> "x"'),
        ('{"a":["x","y"]}', '{"a":"y"}', 'P.a[0]: "x" -> (none)'),
        ('{"a":"y"}', '{"a":["x","y"]}', 'P.a[0]: (none) -> "x"'),
        ("Enabled", "Suspended", "P: Enabled -> Suspended"),
        (None, "Enabled", "P: (none) -> Enabled"),
        ("{broken", "{broken too", "P: {broken -> {broken too"),
        ("vpc-1", "{{changeSet:KNOWN_AFTER_APPLY}}", "P: vpc-1 -> (known after deploy)"),
        ('{"a":"x"}', '{"a":"{{changeSet:KNOWN_AFTER_APPLY}}"}', 'P.a: "x" -> (known after deploy)'),
        (
            "arn:a",
            "arn:{{changeSet:KNOWN_AFTER_APPLY}}/*",
            "P: arn:a -> arn:(known after deploy)/*",
        ),
        ("a\nb", "a\x1b[2Jb\u202e", "P: a\\nb -> a\\x1b[2Jb\\u202e"),
    ],
)
def test_other_values_are_one_line(before: str | None, after: str, line: str) -> None:
    assert changed("P", before, after) == (line,)


def test_a_property_of_which_nothing_is_known_says_nothing() -> None:
    assert changed("P", None, None) == ()


def test_long_texts_are_shown_from_a_little_before_their_first_difference() -> None:
    same = "x" * 300
    assert changed("P", f"{same}old", f"{same}new") == (f"P: ...{'x' * 20}old -> ...{'x' * 20}new",)


def test_of_a_value_that_is_new_the_beginning_is_shown_and_the_rest_is_counted() -> None:
    assert changed("P", None, "y" * 610) == (f"P: (none) -> {'y' * 600}... (10 more characters)",)


def test_eight_paths_are_shown_and_the_others_are_counted() -> None:
    before, after = ({f"k{i}": value for i in range(11)} for value in (1, 2))
    lines = changed("P", json.dumps(before), json.dumps(after))
    assert lines == (*(f"P.k{i}: 1 -> 2" for i in range(8)), "and 3 more")


def stack(what: What, *changes: Change, name: str = "s", notes: tuple[str, ...] = ()) -> StackPlan:
    return StackPlan(f"1/eu-west-1/{name}", name, "1", "eu-west-1", what, changes, notes=notes)


def shown(*stacks: StackPlan, **options: Any) -> list[str]:
    return [line.plain for line in plan_lines(Plan(stacks), every_resource=False, **options)]


@pytest.mark.parametrize(
    ("action", "recreates", "words"),
    [
        (Action.REPLACE, "always", "(template, replaces it)"),
        (Action.MAY_REPLACE, "always", "(template, replaces it if the value changes)"),
        (Action.MAY_REPLACE, "conditionally", "(template, may replace it)"),
        (Action.CHANGE, "never", "(template)"),
    ],
)
def test_a_property_does_not_claim_more_than_the_sum(action: Action, recreates: str, words: str) -> None:
    change = Change("X", "T", action, properties=(PropertyChange("P", "template", recreates, "a", "b"),))
    assert f"      P: a -> b  {words}" in shown(stack(What.UPDATE, change))


def test_what_is_released_is_kept_in_the_account() -> None:
    lines = shown(stack(What.UPDATE, Change("X", "AWS::S3::Bucket", Action.RELEASE)))
    assert "  - X  kept in the account  AWS::S3::Bucket" in lines
    assert lines[-1] == "plan: 1 to release and keep; 0 of 1 stack unchanged"


def leaving(logical: str, type_: str, *, data: bool = False) -> Leaving:
    return Leaving(logical, type_, f"{logical}-1", data)


OLD = StackRemoval(
    "1/eu-west-1/old", "old", "1", "eu-west-1", "CREATE_COMPLETE", True,
    goes=(leaving("A", "AWS::EC2::Route"), leaving("B", "AWS::EC2::Route"), leaving("C", "AWS::IAM::Role")),
    retained=(leaving("Data", "AWS::S3::Bucket"),),
)  # fmt: skip


def test_pruned_stacks_stand_in_the_plan_with_what_goes_and_what_stays() -> None:
    lines = shown(stack(What.NOTHING), removal=Removal((OLD,)))
    assert lines == [
        "delete old  account 1, eu-west-1: no longer in the blueprint",
        "  - 2 EC2::Route, 1 IAM::Role",
        "  - Data  kept in the account  AWS::S3::Bucket  Data-1",
        "plan: 3 to remove, 1 to release and keep, 1 stack to delete; 1 of 1 stack unchanged",
    ]


def test_data_that_pruning_destroys_is_named_at_the_end() -> None:
    gone = StackRemoval(
        "1/e/o", "o", "1", "e", "CREATE_COMPLETE", False, (leaving("D", "AWS::S3::Bucket", data=True),), ()
    )
    lines = shown(stack(What.NOTHING), removal=Removal((gone,)))
    assert "  - D  AWS::S3::Bucket  D-1  destroys data" in lines
    assert lines[-1] == "destroys data: D (AWS::S3::Bucket); refused without --allow-data-loss"


def test_without_prune_a_stack_that_is_left_over_is_only_mentioned() -> None:
    plan = Plan((stack(What.NOTHING),), (Orphan("old", "1", "eu-west-1", "CREATE_COMPLETE"),))
    first, last = (line.plain for line in plan_lines(plan, every_resource=False))
    assert first.startswith("left over: 1/eu-west-1/old")
    assert last == "plan: nothing to do; 1 of 1 stack unchanged"


def test_a_stack_that_was_not_compared_is_not_called_unchanged() -> None:
    absent = stack(What.NOTHING, name="b", notes=("the stack is not deployed",))
    lines = shown(stack(What.NOTHING, name="a"), absent, unread=[absent.stack])
    assert lines == [
        "b  account 1, eu-west-1: the stack is not deployed",
        "plan: nothing to do; 1 of 2 stacks unchanged, 1 not compared",
    ]


def test_an_update_of_a_stacks_own_settings_is_not_nothing() -> None:
    assert summary(Plan((stack(What.UPDATE),))).startswith("plan: only stack settings to change;")


def test_drift_that_only_a_call_undoes_is_not_nothing() -> None:
    assert summary(Plan((stack(What.NOTHING),)), calls=2).startswith("plan: 2 to undo by API call;")


def test_a_request_that_is_accepted_is_shown_and_is_not_nothing() -> None:
    asked = "account 2, eu-west-1 accepts the Transit Gateway attachment `AttachmentId`"
    for what in (What.UPDATE, What.NOTHING):
        lines = shown(dataclasses.replace(stack(what), accepts=(asked,)))
        assert f"  > {asked}" in lines
        assert "1 request to accept" in lines[-1]


def test_one_is_singular() -> None:
    assert [count(n, "stack") for n in (0, 1, 2)] == ["0 stacks", "1 stack", "2 stacks"]


def test_gaps_of_one_reason_are_one_line() -> None:
    denied = "cannot assume role `r`: access denied"
    found = blindness(
        [
            Gap("1", None, "AWS::IAM::Role", f"`iam:ListRoles` failed: OperationError: {denied}"),
            Gap("1", "eu-west-1", "AWS::EC2::Route", f"`ec2:DescribeRouteTables` failed: {denied}"),
            Gap("1", "eu-west-1", "AWS::EC2::Route", f"`ec2:DescribeRouteTables` failed: {denied}"),
            Gap("2", None, "AWS::KMS::Key", "another reason"),
        ]
    )
    assert [str(item) for item in found] == [
        f"could not look at 2 types in 1: {denied}",
        "could not look at AWS::KMS::Key in 2: another reason",
    ]


class Seen:
    """Unseen drift, as far as an exit code needs it."""

    def __init__(self, drift: int = 0, gaps: int = 0) -> None:
        self.drift, self.gaps = (object(),) * drift, (object(),) * gaps


@pytest.mark.parametrize(
    ("absent", "undecided", "drift", "gaps", "healed", "code"),
    [
        ((), (), 0, 0, False, Exit.HOLDS),
        (("a",), ("b",), 0, 1, True, Exit.VIOLATED),
        ((), (), 1, 0, False, Exit.VIOLATED),
        ((), (), 1, 0, True, Exit.HOLDS),
        ((), ("b",), 1, 0, True, Exit.UNDECIDED),
        ((), (), 0, 1, False, Exit.UNDECIDED),
    ],
)
def test_what_stays_violated_outranks_what_is_undecided(
    absent: tuple[str, ...], undecided: tuple[str, ...], drift: int, gaps: int, healed: bool, code: Exit
) -> None:
    unseen: Any = Seen(drift, gaps)
    healing = Healing(Plan((stack(What.NOTHING),)), unseen, absent, undecided)
    assert healing.exit(healed=healed) is code


Run = Callable[..., Any]


def test_healing_what_is_not_deployed_is_one_message_and_exit_code_4(run: Run, blueprint: Path) -> None:
    ran = run("deploy", blueprint, "--revert-drift", "--yes")
    assert ran.code == 4
    assert ran.err.splitlines() == [f"error: not deployed: run `ringwork deploy {blueprint}`"]
    assert "nothing has drifted" not in ran.out


def test_pruning_is_planned_consented_to_and_accounted_for(
    run: Run, blueprint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run("deploy", blueprint, "--yes").code == 0
    text = blueprint.read_text(encoding="utf-8")
    team = text.split("teams:\n", 1)[1].split(":", 1)[0].strip()
    blueprint.write_text(text.replace(team, f"{team}2"), encoding="utf-8")
    assert run("deploy", blueprint, "--yes").code == 0

    dry = run("deploy", blueprint, "--prune", "--dry-run")
    assert dry.code == 0
    left = {f"ringwork-acme-{team}-{ring}" for ring in ("network", "data", "identity", "compute")}
    assert all(f"delete {name}" in dry.out for name in left)
    assert "kept in the account" in dry.out
    assert "nothing to do" not in dry.out

    monkeypatch.setattr("sys.stdin", io.StringIO("n\n"))
    refused = run("deploy", blueprint, "--prune")
    assert refused.code == 130
    number = sum(line.startswith("delete ringwork-") for line in dry.out.splitlines())
    assert number >= len(left)
    assert f"delete {number} stacks?" in refused.out

    # people's files lie on a notebook's volume, which goes with it
    kept = run("deploy", blueprint, "--prune", "--yes")
    assert kept.code == 4
    assert "(AWS::SageMaker::NotebookInstance)" in kept.err + kept.out
    done = run("deploy", blueprint, "--prune", "--yes", "--allow-data-loss")
    assert done.code == 0
    assert done.out.count("removed ringwork-") == number
    stays = dry.out.count("kept in the account")
    assert done.out.count("kept: ") == stays > 0
    assert "nothing to do" in run("deploy", blueprint, "--prune", "--yes").out
