"""`ringwork local doctor`: each operation of a service stands in one column, and the columns are true."""

from __future__ import annotations

import json

import botocore.session
import pytest

from ringwork.cloud.emulator import LocalCloud

ACCOUNT, REGION = "111122223333", "us-east-1"


def operations(service):
    return set(botocore.session.get_session().get_service_model(service).operation_names)


def test_the_table_counts_every_operation_once(run, monkeypatch):
    monkeypatch.setattr("ringwork.cloud.emulator.doctor.known_services", lambda: ["sns", "sqs", "sts"])
    ran = run("local", "doctor")
    assert ran.code == 0
    for service in ("sns", "sqs", "sts"):
        (row,) = [line.split() for line in ran.out.splitlines() if line.split()[:1] == [service]]
        total, *parts = map(int, row[1:6])
        assert total == len(operations(service)) == sum(parts), row


def test_the_json_names_every_operation_once(run):
    ran = run("local", "doctor", "--service", "lambda", "--service", "bedrock", "--json")
    assert ran.code == 0
    document = json.loads(ran.out)
    rows = (
        document if isinstance(document, list) else next(v for v in document.values() if isinstance(v, list))
    )
    assert [row["service"] for row in rows] == ["lambda", "bedrock"]
    for row in rows:
        named = [*row["simulated"]["ringwork"], *row["simulated"]["moto"], *row["stored"], *row["refused"]]
        assert sorted(named) == sorted(operations(row["service"]))
    assert "Invoke" in rows[0]["simulated"]["ringwork"]


def test_one_service_in_detail_names_its_operations(run):
    ran = run("local", "doctor", "--service", "sts")
    assert ran.code == 0
    assert "AssumeRole" in ran.out


def test_a_service_that_is_not_there_is_an_error_of_input(run):
    ran = run("local", "doctor", "--service", "sagemakr")
    assert ran.code == 2
    assert "`sagemakr`" in ran.err


@pytest.mark.parametrize(
    ("service", "method", "operation"),
    [
        ("sqs", "list_queues", "ListQueues"),
        ("iam", "list_users", "ListUsers"),
        ("guardduty", "list_detectors", "ListDetectors"),
        ("sagemaker", "list_models", "ListModels"),
        ("bedrock", "list_foundation_models", "ListFoundationModels"),
        ("sagemaker", "list_hubs", "ListHubs"),
    ],
)
def test_an_answer_says_of_itself_what_the_doctor_says(run, tmp_path, service, method, operation):
    """The header `x-ringwork-fidelity` of the answer."""
    document = json.loads(run("local", "doctor", "--service", service, "--json").out)
    (row,) = (
        document if isinstance(document, list) else next(v for v in document.values() if isinstance(v, list))
    )
    said = {
        "simulated": {*row["simulated"]["ringwork"], *row["simulated"]["moto"]},
        "stored": set(row["stored"]),
        "refused": set(row["refused"]),
    }
    (expected,) = [name for name, names in said.items() if operation in names]
    with LocalCloud(tmp_path / "other") as cloud:
        client = cloud.session(ACCOUNT, REGION).client(service)
        try:
            answer = getattr(client, method)()
        except client.exceptions.ClientError as error:
            answer = error.response
    assert answer["ResponseMetadata"]["HTTPHeaders"]["x-ringwork-fidelity"] == expected
