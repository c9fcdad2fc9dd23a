"""compile -> deploy -> collect gives the estate of the templates: three sources, one shape.

A property that any of the compiler, the engine, the local services or the collectors loses shows here. The
bank, with its forty accounts, lives its whole life in `make soak` (benchmarks/life.py).
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest
from tests.workflows.rings import assert_round_trip

from ringwork.cloud.emulator.cloudformation.lost import LOST
from ringwork.controls import CATALOGUE
from ringwork.workflows.target import workplace


@pytest.mark.parametrize("name", ["startup", "hospital"])
def test_the_collected_estate_is_the_estate_of_the_templates(
    name: str, examples: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = shutil.copy(examples / f"{name}.yaml", tmp_path)
    with workplace(Path(path), "local") as place:
        assert_round_trip(place, tmp_path / "out")


def test_no_control_reads_what_the_local_cloud_loses(capsys: pytest.CaptureFixture[str]) -> None:
    lost = {(type_, path.split("/")[0]) for type_, paths in LOST.items() for path in paths}
    read = {pair: record.id for record in CATALOGUE.values() for pair in record.reads}
    with capsys.disabled():
        sys.stdout.write("\nproperties that the local cloud loses:\n")
        sys.stdout.writelines(f"  {type_} {name}\n" for type_, name in sorted(lost))
    assert lost, "the table of lost properties is empty: the comparison would show nothing"
    assert {pair: read[pair] for pair in lost & set(read)} == {}
