"""Every file of `iam-vulnerable` gives its way to more, none of the false alarms does, and each is closed."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from ringwork.access.escalation.mend import mend
from ringwork.access.escalation.paths import by_id
from ringwork.access.escalation.reach import reach

from .iam_vulnerable import EXPECTED, Told, cases, common, key, tell

FALSE_ALARMS = ("fp1", "fp2", "fp3", "fp4", "fp5")


@pytest.fixture(scope="module")
def told() -> dict[str, Told]:
    shared = os.environ.get("RINGWORK_SHARED")
    if not shared:
        pytest.skip("set RINGWORK_SHARED to the folder with the collected policies")
    trust = common(Path(shared))
    return {case.file: tell(case, trust) for case in cases(Path(shared))}


def test_the_corpus_has_the_files_that_are_spoken_of(told: dict[str, Told]) -> None:
    named = [file for file in told if told[file].case.expected is not None]
    assert len([file for file in named if file.startswith("privesc")]) == 32
    assert len([file for file in named if file.startswith("fn")]) == 4
    assert {file[:3] for file in told.keys() - set(named)} == set(FALSE_ALARMS)
    assert len(told) == 41
    assert set(EXPECTED.values()) <= by_id().keys()


def test_every_file_gives_the_way_that_it_is_named_for(told: dict[str, Told]) -> None:
    wrong = {
        file: sorted(one.paths)
        for file, one in told.items()
        if one.case.expected is not None and one.case.expected not in one.paths
    }
    assert wrong == {}


def test_every_file_leads_to_everything_but_the_role_without_rights(told: dict[str, Told]) -> None:
    not_all = {
        file
        for file, one in told.items()
        if one.case.expected is not None and not any(found.administrates for found in one.reaches)
    }
    # its role has no policy: whoever assumes it gains nothing but the role
    assert not_all == {"privesc-permissive-role-trust"}
    (found,) = told["privesc-permissive-role-trust"].reaches
    assert set(found.chains) == {key("Role", "privesc-permissive-role-trust")}


def test_no_false_alarm_gives_a_way(told: dict[str, Told]) -> None:
    for file, one in told.items():
        if file.startswith(FALSE_ALARMS):
            assert one.reaches, file
            for found in one.reaches:
                assert dict(found.chains) == {}, file
                assert found.unknown == (), file


def test_every_request_of_every_edge_is_allowed_by_the_evaluator(told: dict[str, Told]) -> None:
    looked = 0
    for file, one in told.items():
        for edge in one.edges:
            assert edge.steps, (file, edge.path)
            for step in edge.steps:
                assert step.allowed, (file, edge.path, step.request)
                looked += 1
    assert looked > 100


def test_a_policy_of_ours_closes_every_file(told: dict[str, Told]) -> None:
    closed = 0
    for file, one in told.items():
        if one.case.expected is None:
            continue
        for source in (found.source for found in one.reaches if found.chains):
            mended = mend(one.authority, one.graph.sight, source)
            assert mended.left == (), (file, source, [edge.path for edge in mended.left])
            assert all(statement["Effect"] == "Deny" for statement in mended.document["Statement"])
            again = reach(type(one.graph)(mended.authority, one.graph.sight), source)
            assert dict(again.chains) == {}, (file, source)
            assert again.unknown == (), (file, source)
            closed += 1
    assert closed >= 36
