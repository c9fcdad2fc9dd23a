from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.blueprint import loads
from ringwork.blueprint.model import AccountLayout, DataClass, WorkloadType
from ringwork.blueprint.questions import QUESTIONS, compose
from ringwork.source import InputError


def test_there_are_five_questions_and_every_default_is_an_answer() -> None:
    assert len(QUESTIONS) == 5
    for question in QUESTIONS:
        assert question.fault(question.default) is None


def test_the_answers_are_in_the_blueprint() -> None:
    text = compose(
        {
            "organization": "mercy",
            "region": "eu-west-3",
            "teams": "imaging, triage",
            "data_class": "restricted",
            "workloads": "training enclave",
        }
    )
    blueprint = loads(text)
    assert blueprint.organization == "mercy"
    assert blueprint.regions == ("eu-west-3",)
    assert list(blueprint.teams) == ["imaging", "triage"]
    assert blueprint.accounts.layout is AccountLayout.PER_TEAM
    for team in blueprint.teams.values():
        assert {w.type for w in team.workloads.values()} == {WorkloadType.TRAINING, WorkloadType.ENCLAVE}
        assert {d.class_ for d in team.data.values()} == {DataClass.RESTRICTED}


def test_one_team_shares_one_account() -> None:
    assert loads(compose({"teams": "solo"})).accounts.layout is AccountLayout.ONE


@pytest.mark.parametrize("name", ["no", "on", "true", "null", "a-b", "x"])
def test_names_that_yaml_would_read_as_something_else_stay_names(name: str) -> None:
    blueprint = loads(compose({"organization": name, "teams": name}))
    assert blueprint.organization == name
    assert list(blueprint.teams) == [name]


@pytest.mark.parametrize(
    ("question", "answer", "fragment"),
    [
        ("organization", "ACME Ltd", "`ACME Ltd` is not a name"),
        ("organization", "sthree", "reserved by AWS"),
        ("region", "eu-cental-1", "did you mean `eu-central-1`?"),
        ("teams", "risk, Care", "`Care` is not a name"),
        ("data_class", "secret", "`secret` is not one of the answers"),
        ("workloads", "trainig", "did you mean `training`?"),
    ],
)
def test_a_wrong_answer_is_explained_in_one_line(question: str, answer: str, fragment: str) -> None:
    fault = next(q for q in QUESTIONS if q.id == question).fault(answer)
    assert fault is not None
    assert fragment in fault
    assert "\n" not in fault
    with pytest.raises(InputError):
        compose({question: answer})


words = st.sampled_from
answers = st.fixed_dictionaries(
    {},
    optional={
        "organization": st.from_regex(r"[a-z][a-z0-9]{0,10}(-[a-z0-9]{1,6})?", fullmatch=True).filter(
            lambda name: not f"{name}-".startswith(("sthree-", "sg-"))
        ),
        "region": words(["us-east-1", "ap-southeast-2", "cn-north-1"]),
        "teams": st.lists(words(["a", "b-c", "research", "no"]), max_size=4).map(", ".join),
        "data_class": words([kind.value for kind in DataClass]),
        "workloads": st.lists(words([kind.value for kind in WorkloadType]), max_size=8).map(" ".join),
    },
)


@settings(deadline=None)
@given(answers)
def test_what_the_answers_make_always_loads(given_answers: dict[str, str]) -> None:
    assert loads(compose(given_answers)).ringwork == 1


@settings(deadline=None)
@given(words([question.id for question in QUESTIONS]), st.text(max_size=30))
def test_any_answer_is_taken_or_explained(question_id: str, answer: str) -> None:
    question = next(q for q in QUESTIONS if q.id == question_id)
    fault = question.fault(answer)
    if fault is None:
        loads(compose({question_id: answer}))
    else:
        assert "\n" not in fault
