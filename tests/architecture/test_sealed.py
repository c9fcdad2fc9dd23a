"""The sealed key of an enclave, asked by the evaluator: who decrypts, under which measurements.

KMS developer guide, "AWS KMS condition keys for attested platforms": a request with an attestation document
carries its measurements; without one, none of these keys is there.
"""

from __future__ import annotations

import json
from typing import Any

import pytest

from ringwork.access import Decision, Policies, Principal, Request, evaluate, parse

ACCOUNT, REGION = "111122223333", "eu-west-1"
KEY = f"arn:aws:kms:{REGION}:{ACCOUNT}:key/1234abcd-12ab-34cd-56ef-1234567890ab"
PCR0, PCR2, PCR8, OTHER = "ab" * 48, "12" * 48, "cd" * 48, "ef" * 48
ATTESTATION = "kms:RecipientAttestation:"
GOOD = {f"{ATTESTATION}ImageSha384": PCR0, f"{ATTESTATION}PCR2": PCR2, f"{ATTESTATION}PCR8": PCR8}


def filled(value: Any) -> Any:
    """The template's value with its pseudo parameters in place."""
    if isinstance(value, dict):
        if set(value) == {"Fn::Sub"}:
            text = value["Fn::Sub"].replace("${AWS::Partition}", "aws").replace("${AWS::Region}", REGION)
            return text.replace("${AWS::AccountId}", ACCOUNT)
        return {name: filled(item) for name, item in value.items()}
    return [filled(item) for item in value] if isinstance(value, list) else value


def vault(measurements: dict[str, str] | None) -> dict[str, Any]:
    enclave = {} if measurements is None else {"enclave": {"measurements": measurements}}
    team = {
        "models": {"finder": {"class": "restricted"}},
        "workloads": {"vault": {"type": "enclave", "serves": ["finder"], **enclave}},
    }
    return {"teams": {"imaging": team}, "flows": []}


@pytest.fixture(scope="module")
def key_policy(compiling: Any) -> Any:
    def of(measurements: dict[str, str] | None) -> Any:
        compiled = compiling(**vault(measurements))
        key = compiled.of_type("AWS::KMS::Key", "imaging", "compute")["VaultSealedKey"]
        return filled(key["KeyPolicy"])

    return of


MEASURED = {"pcr0": PCR0, "pcr2": PCR2, "pcr8": PCR8}
EVERYTHING = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}


def role(name: str) -> Principal:
    arn = f"arn:aws:iam::{ACCOUNT}:role/{name}"
    return Principal("role", ACCOUNT, f"arn:aws:sts::{ACCOUNT}:assumed-role/{name}/session", role=arn)


ROOT = Principal("root", ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")
ENCLAVE = role("clinic-imaging-vault")
EVERYBODY = (
    ENCLAVE,
    ROOT,
    *(role(f"ringwork-{name}") for name in ("audit", "break-glass", "deploy")),
    role("clinic-imaging--operator"),
    role("administrator"),
)


def ask(policy: Any, who: Principal, action: str, attested: dict[str, str] | None = None) -> Decision:
    """Everybody may do everything by a policy of their own: only the key stands in the way."""
    context = {
        "aws:PrincipalArn": who.role or who.arn,
        "aws:PrincipalAccount": ACCOUNT,
        "kms:CallerAccount": ACCOUNT,
        **(attested or {}),
    }
    policies = Policies(
        identity=() if who is ROOT else (parse(EVERYTHING, kind="identity"),),
        resource=parse(json.loads(json.dumps(policy)), kind="key"),
        resource_kind="key",
    )
    return evaluate(Request(who, action, KEY, ACCOUNT, context), policies)


@pytest.mark.parametrize("action", ["kms:Decrypt", "kms:GenerateDataKey"])
def test_the_measured_image_decrypts(key_policy: Any, action: str) -> None:
    assert ask(key_policy(MEASURED), ENCLAVE, action, GOOD).allowed


@pytest.mark.parametrize("action", ["kms:Decrypt", "kms:DeriveSharedSecret", "kms:GenerateDataKey"])
@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.arn)
def test_nobody_decrypts_without_a_document(key_policy: Any, who: Principal, action: str) -> None:
    assert not ask(key_policy(MEASURED), who, action).allowed


@pytest.mark.parametrize("name", list(GOOD))
@pytest.mark.parametrize("wrong", [OTHER, "0" * 96, None])
@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.arn)
def test_nobody_decrypts_where_one_measurement_is_another(
    key_policy: Any, who: Principal, name: str, wrong: str | None
) -> None:
    attested = {key: value for key, value in GOOD.items() if key != name}
    if wrong is not None:
        attested[name] = wrong
    assert not ask(key_policy(MEASURED), who, "kms:Decrypt", attested).allowed


def test_measurements_are_read_in_either_case(key_policy: Any) -> None:
    upper = {name: value.upper() for name, value in GOOD.items()}
    assert ask(key_policy(MEASURED), ENCLAVE, "kms:Decrypt", upper).allowed


@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.arn)
def test_without_measurements_nobody_decrypts_at_all(key_policy: Any, who: Principal) -> None:
    for attested in (None, GOOD):
        assert not ask(key_policy(None), who, "kms:Decrypt", attested).allowed


@pytest.mark.parametrize(
    "action", ["kms:CreateGrant", "kms:ReEncryptFrom", "kms:ReEncryptTo", "kms:ReplicateKey"]
)
@pytest.mark.parametrize("who", EVERYBODY, ids=lambda who: who.arn)
def test_there_is_no_way_around_with_or_without_a_document(
    key_policy: Any, who: Principal, action: str
) -> None:
    for attested in (None, GOOD):
        assert not ask(key_policy(MEASURED), who, action, attested).allowed


@pytest.mark.parametrize("who", EVERYBODY[1:], ids=lambda who: who.arn)
def test_nobody_else_decrypts_even_with_the_right_document(key_policy: Any, who: Principal) -> None:
    assert not ask(key_policy(MEASURED), who, "kms:Decrypt", GOOD).allowed


def test_the_key_stays_manageable(key_policy: Any) -> None:
    for measurements in (MEASURED, None):
        policy = key_policy(measurements)
        for action in ("kms:PutKeyPolicy", "kms:DescribeKey", "kms:ScheduleKeyDeletion"):
            assert ask(policy, role("ringwork-deploy"), action).allowed
            assert ask(policy, ROOT, action).allowed
        assert not ask(policy, ENCLAVE, "kms:PutKeyPolicy", GOOD).allowed
        assert not ask(policy, role("administrator"), "kms:PutKeyPolicy").allowed


def test_operators_seal_and_do_not_open(key_policy: Any) -> None:
    operator = role("clinic-imaging--operator")
    assert ask(key_policy(MEASURED), operator, "kms:Encrypt").allowed
    assert not ask(key_policy(MEASURED), operator, "kms:Decrypt", GOOD).allowed


def test_the_plan_says_which_key_decrypts_for_nobody(compiling: Any) -> None:
    assert any("imaging/vault" in note for note in compiling(**vault(None)).architecture.notes)
    said = [note for note in compiling(**vault(MEASURED)).architecture.notes if "sealed key" in note]
    assert said == []
