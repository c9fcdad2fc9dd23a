"""Recorded networks of Batfish with their known answers, and that the comparison can say no."""

from __future__ import annotations

import os
from collections import Counter
from pathlib import Path

import pytest
from tests.network.conformance.recordings import read_expectations
from tests.network.conformance.snapshots import compare
from tests.network.conformance.units import units

from ringwork.source import InputError

FOLDER = Path(os.environ.get("RINGWORK_SHARED", "")) / "corpora" / "network" / "batfish"
recorded = pytest.mark.skipif(
    not os.environ.get("RINGWORK_SHARED") or not FOLDER.is_dir(), reason="the recorded networks are not here"
)


@recorded
def test_every_verified_flow_holds_in_reachability_and_deciding_control() -> None:
    expected = read_expectations(FOLDER)
    lines = [line for each in expected["snapshots"] for line in compare(FOLDER, each)]
    assert [str(line) for line in lines if line.status == "WRONG"] == []
    flows = Counter(
        line.status for line in lines if " any packet " not in line.what and " loads" not in line.what
    )
    # of 29 verified flows two say themselves that they are about Batfish's model (flows.NOT_AWS)
    assert flows == {"ok": 27, "explained": 2, "not verified": 9}
    pairs = Counter(line.status for line in lines if " any packet " in line.what)
    assert set(pairs) == {"ok"}


@recorded
def test_every_unit_holds() -> None:
    lines = list(units(FOLDER, read_expectations(FOLDER)["unit"]))
    assert [str(line) for line in lines if line.status == "WRONG"] == []
    # three rules that EC2 refuses (units.REFUSED)
    assert Counter(line.status for line in lines)["explained"] == 3


@recorded
def test_a_turned_expectation_is_wrong() -> None:
    expected = read_expectations(FOLDER)
    (peering,) = [each for each in expected["snapshots"] if each["snapshot"] == "test-vpc-peering"]
    flows = [
        {**peering["flows"][0], "reachable": True},
        {**peering["flows"][0], "stopped_at": "vpc-00a31ce9d0c06675c"},
        {**peering["flows"][2], "stopped_at": "subnet-0ebf6378a79a3e534"},
        {**peering["flows"][1], "hops": ["tgw-1"]},
    ]
    turned = {**peering, "flows": flows, "batfish_any_packet_sources_by_destination": None}
    statuses = [line.status for line in compare(FOLDER, turned) if not line.what.endswith(" loads")]
    assert statuses == ["WRONG"] * 4


def test_a_folder_without_expectations_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        read_expectations(tmp_path)
    (tmp_path / "expectations.json").write_text('{"snapshots": [\n {"dir": "gone"}\n]}', encoding="utf-8")
    with pytest.raises(InputError, match=r"expectations.json:2:10: `gone` is no folder beside it"):
        read_expectations(tmp_path)
