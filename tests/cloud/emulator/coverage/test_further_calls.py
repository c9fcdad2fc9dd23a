"""At least nine in ten of the further calls are answered as AWS's documents say."""

from __future__ import annotations

import pytest

from ringwork.cloud.emulator import LocalCloud

from .further import run_all
from .recorder import RIGHT, Recorder

ACCOUNT, REGION = "111122223333", "us-east-1"


@pytest.fixture(scope="module")
def rows(tmp_path_factory):
    with LocalCloud(tmp_path_factory.mktemp("further") / "state") as cloud:
        session = cloud.session(ACCOUNT, REGION)
        clients = {}

        def client(service):
            if service not in clients:
                clients[service] = session.client(service)
            return clients[service]

        return run_all(Recorder(client, ACCOUNT, REGION)).rows


def test_nine_in_ten_are_right(rows):
    wrong = [
        f"{row.outcome} {row.service}.{row.operation}: {row.detail}"
        for row in rows
        if row.outcome not in RIGHT
    ]
    assert len(rows) >= 150
    assert len(rows) - len(wrong) >= 0.9 * len(rows), "\n".join(wrong)


def test_security_state_is_simulated(rows):
    stored = [
        f"{row.service}.{row.operation}" for row in rows if row.security_state and row.fidelity == "stored"
    ]
    assert stored == []
