"""The table of ways to more: whole, and made of actions and keys that exist."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from ringwork.access import catalogue
from ringwork.access.escalation.paths import paths

SPLIT = {"sm-job-misc-new": ("sm-job-misc-new", "sm-job-managed-new")}
"""What is one way in the corpus and two here: jobs that run SageMaker's own code reach data alone (SageMaker
API reference, CreateCompilationJob and so on)."""


def exists(action: str) -> bool:
    prefix, _, name = action.partition(":")
    return name.lower() in catalogue.actions(prefix)


def test_every_action_of_every_way_exists() -> None:
    named = {action for path in paths() for action in (*path.actions, *path.optional)}
    assert len(named) > 150
    assert [action for action in sorted(named) if not exists(action)] == []


def test_every_guard_is_a_condition_key_that_exists() -> None:
    unknown = {
        key
        for path in paths()
        for key in path.guards
        if catalogue.key_type(key.replace("${TagKey}", "team").replace("<key>", "team")) is None
    }
    assert unknown == set()


def test_ids_are_unique() -> None:
    assert len({path.id for path in paths()}) == len(paths())


def test_a_way_that_passes_a_role_says_to_whom_and_the_others_say_what_works_as_it() -> None:
    for path in paths():
        if path.kind == "pass":
            assert path.passed_to, path.id
            assert "iam:PassRole" in path.needs, path.id
        else:
            assert path.passed_to is None, path.id
            assert "iam:PassRole" not in path.needs, path.id
        if path.kind == "existing":
            assert path.service, path.id
            assert bool(path.through) != path.ephemeral, path.id


def test_every_way_of_the_collected_corpus_is_here_with_its_facts() -> None:
    shared = os.environ.get("RINGWORK_SHARED")
    if not shared:
        pytest.skip("set RINGWORK_SHARED to the folder with the collected policies")
    corpus = json.loads((Path(shared) / "corpora/iam/privesc.json").read_text(encoding="utf-8"))["paths"]
    assert len(corpus) == 112
    ours = {path.id: path for path in paths()}
    for theirs in corpus:
        parts = [ours[id] for id in SPLIT.get(theirs["id"], (theirs["id"],))]
        path = parts[0]
        assert list(path.needs) == theirs["required"], path.id
        if len(parts) == 1:
            assert [list(group) for group in path.any_of] == theirs["any_of"], path.id
        else:
            (group,) = theirs["any_of"]
            assert sorted(action for part in parts for action in part.any_of[0]) == sorted(group), path.id
        assert list(path.optional) == theirs["optional"], path.id
        assert path.passed_to == theirs["passed_to_service"], path.id
        assert list(path.guards) == theirs["guard_condition_keys"], path.id
        assert path.reaches == theirs["impact"], path.id
        assert path.evidence == theirs["evidence"], path.id
        assert path.title != theirs["description"], path.id
