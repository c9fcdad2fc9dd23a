"""The law: whatever an estate says, reading it answers; and so does the model that it gives."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from ringwork.access import Policy, Principal, Request, evaluate
from ringwork.access.authority import Authority
from ringwork.access.reading import from_authorization_details, from_documents, read
from ringwork.estate import Estate, Gap, Reference, Resource, Text, Unknown

from .estates import ACCOUNT, LAMBDA, OTHER, document, live, template
from .test_details import DETAILS
from .whole import EVERYTHING

LIVE = (
    live("live:kms:grant", "g", {"KeyId": "k", "GranteePrincipal": "a", "Operations": ["Decrypt"]}),
    live("live:s3control:public-access-block", "account", {"BlockPublicAcls": True}),
    live(
        "live:iam:aws-managed-policy", "p", {"PolicyArn": "arn:aws:iam::aws:policy/p", "PolicyDocument": {}}
    ),
    live("live:organizations:aws-managed-policy", "p-FullAWSAccess", {"TargetIds": [OTHER]}),
    live(
        "IAM::Role",
        "live",
        {"AssumeRolePolicyDocument": LAMBDA, "Policies": [{"PolicyDocument": document()}]},
    ),
)
ESTATE = Estate((*template(EVERYTHING).resources, *LIVE))
TARGETS = tuple(resource.key for resource in ESTATE.resources)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-2, 70000),
    st.floats(allow_nan=True),
    st.sampled_from(
        [
            "",
            "*",
            "Allow",
            "arn:aws:x",
            "arn:aws:iam::aws:policy/p",
            "${aws:username}",
            "{",
            "%7B%7D",
            "r-1",
            "named",
        ]
    ),
    st.text(max_size=6),
    st.builds(Unknown, st.sampled_from(["why", "else"])),
    st.builds(Reference, st.sampled_from([*TARGETS, "nobody"]), st.sampled_from(["Ref", "Arn", "RoleId"])),
    st.builds(lambda unknown: Text(("arn:aws:", unknown, "b")), st.builds(Unknown, st.just("why"))),
)
values = st.recursive(
    scalars,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3).map(tuple),
        st.dictionaries(
            st.sampled_from(["Statement", "Effect", "Action", "Principal", "AWS", "Condition", "x"]),
            inner,
            max_size=3,
        ),
    ),
    max_leaves=5,
)


def places(value: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    yield path
    items: Any = value.items() if isinstance(value, Mapping) else ()
    if isinstance(value, (tuple, list)):
        items = enumerate(value)
    for name, item in items:
        yield from places(item, (*path, name))


def put(value: Any, path: tuple[str | int, ...], new: Any) -> Any:
    if not path:
        return new
    name, *rest = path
    if isinstance(value, (tuple, list)):
        return tuple(put(v, tuple(rest), new) if i == name else v for i, v in enumerate(value))
    return {k: put(v, tuple(rest), new) if k == name else v for k, v in value.items()}


PLACES = [
    (index, path)
    for index, resource in enumerate(ESTATE.resources)
    for path in places(resource.properties)
    if path
]


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(st.sampled_from(PLACES), values), min_size=1, max_size=4),
    st.sets(st.integers(0, len(ESTATE.resources) - 1), max_size=3),
    st.lists(
        st.builds(Gap, st.none(), st.none(), st.sampled_from([*ESTATE.types, None]), st.just("no")),
        max_size=2,
    ),
)
def test_reading_answers_whatever_is_changed_removed_or_not_known(
    changes: list[tuple[tuple[int, tuple[str | int, ...]], Any]], removed: set[int], gaps: list[Gap]
) -> None:
    resources: list[Resource] = list(ESTATE.resources)
    for (index, path), new in changes:
        try:
            properties = put(resources[index].properties, path, new)
        except (AttributeError, ValueError):
            continue  # an earlier change took the place away
        resources[index] = replace(resources[index], properties=properties)
    left = [resource for index, resource in enumerate(resources) if index not in removed]
    found = read(Estate(left, gaps=gaps))
    keys = {resource.key for resource in left}
    assert all(problem.key in keys for problem in found.problems)
    check_whole(found)


PRINCIPAL = Principal("user", OTHER, f"arn:aws:iam::{OTHER}:user/bob")


def check_whole(found: Authority) -> None:
    """Whatever the model's parts name, the model has, and every document decides."""
    assert all(identity.key == key for key, identity in found.identities.items())
    for identity in found.identities.values():
        assert identity.arn.startswith("arn:") or identity.account is None
        assert identity.trust is not None or identity.kind == "user"
        for one in (*identity.identity, identity.boundary):
            # what is not known says why
            assert one is None or one.known or one.unknown
            assert one is None or not one.unknown or identity.unknown
    for guarded in found.guarded.values():
        assert guarded.policy is None or guarded.policy.known or guarded.unknown
    for one in found.documents:
        for wider in (True, False):
            policy = one.side(wider=wider)
            assert isinstance(policy, Policy)
            statements = policy.document.get("Statement", [])
            listed = statements if isinstance(statements, list) else [statements]
            assert len(listed) == len(policy.statements)
            for index in range(len(listed)):
                key, _ = one.place(index, wider=wider)
                assert key
    someone = next(iter(found.identities.values()), None)
    for guarded in list(found.guarded.values())[::7]:
        for wider in (True, False):
            policies = found.policies(
                someone,
                guarded,
                next(iter(found.endpoints.values()), None),
                action="s3:GetObject",
                wider=wider,
            )
            who = someone.principal() if someone is not None else PRINCIPAL
            evaluate(Request(who, "s3:GetObject", guarded.arn, guarded.account), policies)


def test_the_whole_estate_that_is_changed_reads_without_a_problem() -> None:
    found = read(template(EVERYTHING))
    # nothing but one: a trust policy without statements is none
    assert [problem.pointer for problem in found.problems] == ["/AssumeRolePolicyDocument/Statement"]
    check_whole(found)
    assert {guarded.type for guarded in found.guarded.values() if guarded.policy is not None} >= {
        f"AWS::{type}"
        for type in (
            *("ApiGateway::RestApi", "Backup::BackupVault", "DynamoDB::Table", "ECR::Repository"),
            *("Events::EventBus", "IAM::Role", "KMS::Key", "Lambda::Function", "Logs::LogGroup"),
            *("OpenSearchService::Domain", "S3::AccessPoint", "S3::Bucket", "SNS::Topic", "SQS::Queue"),
            *("SageMaker::ModelPackageGroup", "SecretsManager::Secret"),
        )
    }
    assert found.endpoints
    assert found.accounts[ACCOUNT].management


details_places = [path for path in places(DETAILS) if path]
json_values = st.recursive(
    st.one_of(
        st.none(), st.booleans(), st.integers(), st.text(max_size=4), st.sampled_from(["{", "%7B", "*"])
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=3), inner, max_size=2)
    ),
    max_leaves=4,
)


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.sampled_from(details_places), json_values), max_size=3), st.booleans())
def test_reading_details_answers_whatever_they_say(changes: list[tuple[Any, Any]], encoded: bool) -> None:
    details: Any = DETAILS
    for path, new in changes:
        try:
            details = put(details, path, new)
        except (AttributeError, ValueError):
            continue
    details = json.loads(json.dumps(details))
    check_whole(from_authorization_details(details, ACCOUNT if encoded else None))


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.text(max_size=8), st.one_of(st.text(), json_values.map(json.dumps)), max_size=4))
def test_reading_files_answers_whatever_they_say(files: dict[str, str]) -> None:
    found = from_documents(files)
    assert {*found.identities, *found.guarded} == {*files}
