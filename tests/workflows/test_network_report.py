"""The page of each example: who reaches whom, and a packet from a workload to an endpoint, there and back."""

from __future__ import annotations

from pathlib import Path

import pytest

from ringwork.network.questions import Network
from ringwork.network.questions.overview import ENDPOINTS, KINDS, Flows, Overview, overview
from ringwork.workflows.reachability import from_blueprint

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"


@pytest.fixture(scope="module", params=["startup", "hospital", "bank"])
def shown(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Overview:
    folder = tmp_path_factory.mktemp("out")
    (estate,) = from_blueprint(EXAMPLES / f"{request.param}.yaml", templates_in=folder).worlds
    found = overview(Network(estate))
    assert found is not None
    return found


def test_a_workload_calls_an_endpoint_on_443_and_is_answered(shown: Overview) -> None:
    way = shown.way
    assert way is not None
    assert way.packet.endswith(":443")
    assert way.forward[-1].kind == "interface endpoint"
    assert way.answered
    assert way.forward[1].control == "security-group egress"
    assert way.back[-1].why == "receives"
    assert all(stop.passed for stop in (*way.forward, *way.back))


def test_nothing_comes_from_the_internet(shown: Overview) -> None:
    """No example blueprint asks for a way in; the bank's one gateway is for what leaves."""
    table = shown.tables[0]
    assert all(table.cell("internet", column).flows is Flows.NEVER for column in table.columns)


def test_each_workload_stands_in_a_table(shown: Overview) -> None:
    rows = {row for table in shown.tables for row in table.rows}
    assert sum("/" in row for row in rows) >= 4
    assert all(len(table.columns) <= 24 for table in shown.tables)


def test_a_firewall_is_not_counted_among_the_endpoints() -> None:
    """Its interfaces are called endpoints by AWS too, and answer nobody."""
    assert [kind for kind, name in KINDS.items() if name.endswith(ENDPOINTS)] == ["endpoint"]
