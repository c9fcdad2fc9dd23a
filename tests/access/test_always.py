"""Whether every request of a kind is allowed, under all layers; a counterexample is one that is refused."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from tests.access.authorities import OTHERS, OURS, ROOT, STRANGER, THEIRS, WHO, bucket, document, key

from ringwork.access import evaluate, parse
from ringwork.access.authority import Account, Authority, Document, Guarded, Identity
from ringwork.access.questions.always import always
from ringwork.access.questions.asker import asker, policies
from ringwork.access.questions.situation import Situation
from ringwork.access.symbolic import match

READS = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::data/*"}
ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
PLAIN = {
    "Effect": "Deny",
    "Action": "s3:*",
    "Resource": "*",
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}
KIND = match("s3:GetObject", resource=("arn:aws:s3:::data/*",))


def found(
    *resources: Guarded,
    identity: tuple[Document, ...] = (document("identity", READS),),
    kind: Any = KIND,
    situation: Situation | None = None,
    account: Account | None = None,
    **more: Any,
) -> tuple[str, Any]:
    lab = Identity("lab", WHO, OURS, "role", "lab", identity=identity, **more)
    given = Authority(
        {"lab": lab}, {each.key: each for each in resources}, {OURS: account} if account else {}
    )
    who = asker(given, lab)
    answer = always(given, who, kind, situation=situation)
    if answer.outcome == "refused":
        assert answer.witness is not None
        resource = given.guarded.get(answer.resource or "")
        assert not evaluate(answer.witness, policies(given, who, resource, wider=True)).allowed
        assert answer.decision is not None
        assert not answer.decision.allowed
    return answer.outcome, answer


def scp(*statements: Mapping[str, Any]) -> Account:
    return Account(OURS, member=True, scp=((document("scp", *statements),),))


def test_what_nothing_refuses_is_always_allowed() -> None:
    assert found()[0] == "always"
    assert found(bucket(STRANGER, owner=OURS))[0] == "always"
    assert found(bucket(ROOT))[0] == "always"
    assert found(account=scp(ALL), boundary=document("boundary", ALL))[0] == "always"


def test_one_object_that_no_policy_allows_is_a_counterexample() -> None:
    narrower = {**READS, "Resource": "arn:aws:s3:::data/public/*"}
    outcome, answer = found(identity=(document("identity", narrower),))
    assert outcome == "refused"
    assert not answer.witness.resource.startswith("arn:aws:s3:::data/public/")
    assert answer.decision.explain() == "denied: no identity-based policy allows it"


@pytest.mark.parametrize(
    ("more", "explained"),
    [
        ({"boundary": document("boundary", {**ALL, "Action": "logs:*"})}, "permissions boundary"),
        ({"account": scp({**ALL, "Action": "logs:*"})}, "service control policy"),
        ({"account": scp(ALL, {**ALL, "Effect": "Deny"})}, "service control policy"),
        ({"identity": ()}, "identity-based policy"),
    ],
)
def test_each_layer_can_refuse(more: dict[str, Any], explained: str) -> None:
    outcome, answer = found(**more)
    assert outcome == "refused"
    assert explained in answer.decision.explain()


def test_across_accounts_and_for_keys_the_resource_must_allow_too() -> None:
    outcome, answer = found(bucket(STRANGER, owner=THEIRS))
    assert (outcome, answer.resource) == ("refused", "bucket")
    decrypt = match("kms:Decrypt", resource=(f"arn:aws:kms:eu-west-1:{OURS}:key/1",))
    everything = (document("identity", ALL),)
    assert found(key(ROOT), identity=everything, kind=decrypt)[0] == "always"
    assert found(key({"AWS": OTHERS}), identity=everything, kind=decrypt)[0] == "refused"


def test_what_requests_carry_is_said_or_a_request_without_it_is_found() -> None:
    own = (document("identity", READS, PLAIN),)
    outcome, answer = found(identity=own)
    assert outcome == "refused"
    assert answer.witness.context["aws:securetransport"] == "false"
    assert found(identity=own, situation=Situation({"aws:securetransport": "true"}))[0] == "always"


def test_what_is_not_known_is_not_called_always() -> None:
    assert found(unknown=("a policy",))[0] == "unknown"
    wider = parse({"Version": "2012-10-17", "Statement": [READS]}, kind="identity")
    narrower = parse(
        {"Version": "2012-10-17", "Statement": [READS, {**ALL, "Effect": "Deny"}]}, kind="identity"
    )
    doubtful = Document("policy", "key", (), wider, narrower, ("a parameter",))
    outcome, answer = found(identity=(doubtful,))
    assert (outcome, answer.reasons) == ("unknown", ("a parameter",))
    unseen = match("kms:Decrypt", resource=(f"arn:aws:kms:eu-west-1:{OURS}:key/2",))
    assert found(identity=(document("identity", ALL),), kind=unseen)[0] == "unknown"
