"""Several processes on one state folder: each sees what the others saved, and no write is lost."""

from __future__ import annotations

import subprocess
import sys

from ringwork.cloud.emulator import LocalCloud
from ringwork.cloud.emulator.server import start_server, stop_server

WORK = """
import sys
from pathlib import Path
from ringwork.cloud.emulator import LocalCloud
state, name, rounds = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
for number in range(rounds):
    with LocalCloud(state, patience=300.0) as cloud:
        session = cloud.session("111122223333", "us-east-1")
        session.client("s3").create_bucket(Bucket=f"{name}-{number}")
        session.client("detective").create_graph(Tags={"n": f"{name}-{number}"})
"""


def run_together(state, processes, rounds):
    running = [
        subprocess.Popen([sys.executable, "-c", WORK, str(state), f"process-{number}", str(rounds)])
        for number in range(processes)
    ]
    assert [process.wait() for process in running] == [0] * processes


def check(state, processes, rounds):
    with LocalCloud(state) as cloud:
        session = cloud.session("111122223333", "us-east-1")
        buckets = {bucket["Name"] for bucket in session.client("s3").list_buckets()["Buckets"]}
        graphs = session.client("detective").list_graphs()["GraphList"]
        assert cloud.notices == []
    assert buckets == {f"process-{p}-{r}" for p in range(processes) for r in range(rounds)}
    assert len({graph["Arn"] for graph in graphs}) == processes * rounds


def test_eight_processes_that_take_turns_lose_no_write(tmp_path):
    run_together(tmp_path / "state", 8, 2)
    check(tmp_path / "state", 8, 2)


def test_eight_processes_through_one_server_lose_no_write(tmp_path):
    start_server(tmp_path / "state")
    try:
        run_together(tmp_path / "state", 8, 2)
    finally:
        stop_server(tmp_path / "state")
    check(tmp_path / "state", 8, 2)
