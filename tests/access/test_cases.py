"""Cases that `possible` does not ask about are those that it would call impossible."""

from __future__ import annotations

import pytest
from tests.access.authorities import OURS, ROOT, STRANGER, THEIRS, WHO, authority, bucket, document, key

from ringwork.access import Grant
from ringwork.access.authority import Authority, Guarded, Identity
from ringwork.access.questions import cases as module
from ringwork.access.questions.asker import asker
from ringwork.access.questions.cases import cases
from ringwork.access.questions.possible import possible
from ringwork.access.symbolic import match


@pytest.mark.parametrize(
    ("resource", "asked", "outcome"),
    [
        (bucket(STRANGER), False, "impossible"),
        (bucket({"Service": "logs.amazonaws.com"}), False, "impossible"),
        (bucket(ROOT, effect="Deny"), False, "impossible"),
        (bucket(ROOT), True, "possible"),
        (bucket({"AWS": WHO}), True, "possible"),
        (bucket({"AWS": OURS}), True, "possible"),
        (bucket("*"), True, "possible"),
        # of a user or a role that was deleted: an id, which tells no account
        (bucket({"AWS": "AROAEXAMPLEEXAMPLE"}), True, "impossible"),
        # what is not known is asked, and unknown
        (bucket(STRANGER, unknown=("its policy",)), True, "unknown"),
        # in one account an identity's own policies will do
        (bucket(STRANGER, owner=OURS), True, "possible"),
        # but not for a key
        (key(STRANGER), False, "impossible"),
        (key(ROOT), True, "possible"),
        (key(STRANGER, grants=(Grant(WHO, frozenset({"Decrypt"})),)), True, "possible"),
        (key(STRANGER, grants_known=False), True, "unknown"),
    ],
)
def test_a_resource_is_asked_about_if_its_policy_could_admit_the_asker(
    resource: Guarded, asked: bool, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    kind = match("s3:GetObject" if resource.key == "bucket" else "kms:Decrypt", resource=("arn:aws:*",))
    given = authority(resource)
    who = asker(given, given.identities["lab"])
    among = frozenset((resource.key,))
    assert [case.resource is resource for case in cases(given, who, kind, among)] == ([True] if asked else [])
    assert possible(given, who, kind, among=among).outcome == outcome
    # and asking would have said the same
    monkeypatch.setattr(module, "_unnamed", lambda *_: False)
    again = authority(resource)
    assert possible(again, asker(again, again.identities["lab"]), kind, among=among).outcome == outcome


def test_a_question_may_be_about_some_resources_alone() -> None:
    here, there = bucket(ROOT), bucket(ROOT)
    there = Guarded("there", "arn:aws:s3:::other", THEIRS, None, here.type, here.policy)
    given = Authority(authority(here).identities, {"bucket": here, "there": there})
    who = asker(given, given.identities["lab"])
    found = possible(given, who, match("s3:GetObject"), among=frozenset(("there",)))
    assert found.witness is not None
    assert found.witness.resource.startswith("arn:aws:s3:::other")
    assert possible(given, who, match("s3:GetObject"), among=frozenset()).outcome == "impossible"


@pytest.mark.parametrize(
    ("allowed", "action", "asked", "outcome"),
    [
        ("logs:*", "sagemaker:CreateTrainingJob", False, "impossible"),
        ("sagemaker:Describe*", "sagemaker:CreateTrainingJob", True, "impossible"),
        ("sagemaker:*", "sagemaker:CreateTrainingJob", True, "possible"),
        ("*", "sagemaker:CreateTrainingJob", True, "possible"),
        # everybody may ask that
        ("logs:*", "sts:GetCallerIdentity", True, "possible"),
    ],
)
def test_who_is_granted_nothing_of_a_service_is_not_asked_about_what_has_no_policy(
    allowed: str, action: str, asked: bool, outcome: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    some = document("identity", {"Effect": "Allow", "Action": allowed, "Resource": "*"})
    lab = Identity("lab", WHO, OURS, "role", "lab", identity=(some,))
    given = Authority({"lab": lab})
    who, kind = asker(given, lab), match(action)
    assert len(list(cases(given, who, kind))) == asked
    assert possible(given, who, kind).outcome == outcome
    monkeypatch.setattr(module, "_grants_nothing", lambda *_: False)
    assert possible(given, who, kind).outcome == outcome


def test_who_is_not_wholly_known_is_asked_about_all_the_same() -> None:
    some = document("identity", {"Effect": "Allow", "Action": "logs:*", "Resource": "*"})
    lab = Identity("lab", WHO, OURS, "role", "lab", identity=(some,), unknown=("a policy",))
    given = Authority({"lab": lab})
    assert possible(given, asker(given, lab), match("sagemaker:CreateTrainingJob")).outcome == "unknown"
