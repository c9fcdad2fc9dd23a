"""What the local cloud answers as AWS documents it, call by call, with plain moto beside it in the same run.

    python benchmarks/emulator_coverage.py --shared FOLDER [--moto PROGRAM] [--rows FILE]

Two sets of calls, each over HTTP against a fresh local cloud and against a fresh `moto_server`:

published: `prototypes/emulator/coverage.py` of the shared folder (also RINGWORK_SHARED), unchanged
further:   tests/cloud/emulator/coverage, written from AWS's pages before the handlers

Right is `ok` (answered with what the documents say) or `strict` (refused with a documented code). A call
that the local cloud says it does not emulate is `unimplemented`, also where a refusal was expected. The
fidelity is the header of each answer of the local cloud; a call about security state must not be `stored`.

Writes benchmarks/results/emulator_coverage.json and what `ringwork local doctor` tells of it,
src/ringwork/cloud/emulator/checked.json. Without `--moto` it looks for .venv-moto/bin/moto_server
(`make coverage` installs it). Exits with 1 when the local cloud falls short of what it promises.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path
from typing import Any

import boto3
from botocore import xform_name
from botocore.config import Config

from ringwork.cloud.emulator import LocalCloud, protocol
from ringwork.cloud.emulator.fidelity import HEADER
from ringwork.cloud.emulator.request import from_environ

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "emulator_coverage.json"
CHECKED = ROOT / "src" / "ringwork" / "cloud" / "emulator" / "checked.json"
ACCOUNT, REGION = "111122223333", "us-east-1"
CONFIG = Config(
    retries={"max_attempts": 1, "mode": "standard"},
    connect_timeout=5,
    read_timeout=30,
    s3={"addressing_style": "path"},
    inject_host_prefix=False,
)

RIGHT = ("ok", "strict")
REFUSALS = ("strict", "lenient", "miscoded")
SECURITY = re.compile(
    r".*(polic|permission|grant|acl|public_access|route|security_group|endpoint|encryption|lock|kms|key"
    r"|trust|boundary|guardrail).*"
)
"""Operations, by botocore's names, that are about security state: policies, routes, keys, endpoints, block
public access, groups."""


@dataclass
class Row:
    """One call: what came of it, and how far the answer can be trusted."""

    service: str
    operation: str
    outcome: str
    detail: str = ""
    security: bool = False
    fidelity: str = ""


@dataclass
class Watch:
    """A WSGI application that notes service, operation and fidelity of each answer of the one beneath."""

    application: Callable[..., Iterable[bytes]]
    seen: list[tuple[str, str, str]] = field(default_factory=list)

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        request = from_environ(environ)
        environ["wsgi.input"] = io.BytesIO(request.body)
        scope = request.scope()
        if scope is None:
            return self.application(environ, start_response)
        service = protocol.service_of(request, scope.service)
        operation = protocol.operation_of(request, service).name

        def start(status: str, headers: list[tuple[str, str]], *rest: Any) -> Any:
            fidelity = next((value for name, value in headers if name.lower() == HEADER), "")
            self.seen.append((service, xform_name(operation), fidelity))
            return start_response(status, headers, *rest)

        return self.application(environ, start)


@contextmanager
def local_cloud() -> Iterator[tuple[str, Watch]]:
    """A fresh local cloud over HTTP: its endpoint, and what it answered."""
    with (
        tempfile.TemporaryDirectory(prefix="ringwork-coverage-") as folder,
        LocalCloud(Path(folder) / "state") as cloud,
        cloud.serve(test_credentials=[(ACCOUNT, "secret")]) as serving,
    ):
        watch = serving._application = Watch(serving._application)
        yield serving.endpoint, watch


@contextmanager
def plain_moto(program: Path) -> Iterator[tuple[str, Path]]:
    """A fresh `moto_server`: its endpoint, and its log."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with tempfile.TemporaryDirectory(prefix="moto-") as folder:
        log = Path(folder) / "log"
        with log.open("w") as output:
            process = subprocess.Popen(
                [program, "-H", "127.0.0.1", "-p", str(port)],
                env={**os.environ, "MOTO_ACCOUNT_ID": ACCOUNT},
                stdout=output,
                stderr=subprocess.STDOUT,
            )
        try:
            _await_port(port, process)
            yield f"http://127.0.0.1:{port}", log
        finally:
            process.terminate()
            process.wait()


def _await_port(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(600):
        if process.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port)).close()
            return
        except ConnectionRefusedError:
            time.sleep(0.1)
    raise SystemExit("moto_server does not answer")


def published(script: Path, endpoint: str, log: Path | None = None) -> list[Row]:
    """Run the published script, unchanged."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "out.json"
        command = [sys.executable, str(script), "--name", "it", "--endpoint", endpoint, "--out", str(out)]
        subprocess.run([*command, *(["--log", str(log)] if log else [])], capture_output=True, check=True)
        rows = json.loads(out.read_text(encoding="utf-8"))["it"]["rows"]
    return [
        Row(
            row["service"],
            row["op"],
            _outcome(row["outcome"], row.get("detail", "")),
            row.get("detail", ""),
            SECURITY.fullmatch(row["op"]) is not None,
        )
        for row in rows
    ]


def _outcome(outcome: str, detail: str) -> str:
    """That there is no answer is no refusal, and no error of AWS's."""
    return "unimplemented" if "NotEmulated" in detail else outcome


def further(endpoint: str) -> list[Row]:
    """Make the calls of the test suite."""
    sys.path.insert(0, str(ROOT / "tests" / "cloud" / "emulator"))
    from coverage.further import run_all  # type: ignore[import-not-found]  # noqa: PLC0415
    from coverage.recorder import Recorder  # type: ignore[import-not-found]  # noqa: PLC0415

    session = boto3.Session(ACCOUNT, "secret", region_name=REGION)
    clients: dict[str, Any] = {}

    def client(service: str) -> Any:
        if service not in clients:
            # S3 Control puts `ACCOUNT.` in front, a name that leads nowhere here: make it a user name
            where = endpoint.replace("//", "//account@") if service == "s3control" else endpoint
            clients[service] = session.client(service, endpoint_url=where, config=CONFIG)
        return clients[service]

    rows = run_all(Recorder(client, ACCOUNT, REGION)).rows
    return [Row(r.service, r.operation, r.outcome, r.detail, r.security_state) for r in rows]


def add_fidelities(rows: list[Row], seen: list[tuple[str, str, str]]) -> None:
    """Both are in order, but a row may have made no call, and a call may belong to no row."""
    position = 0
    for row in rows:
        for index in range(position, len(seen)):
            if seen[index][:2] == (row.service, row.operation):
                row.fidelity = seen[index][2]
                position = index + 1
                break


def summary(rows: list[Row], *, fidelity: bool) -> dict[str, Any]:
    outcomes = Counter(row.outcome for row in rows)
    negatives = sum(outcomes[name] for name in REFUSALS)
    found: dict[str, Any] = {
        "calls": len(rows),
        "right": sum(outcomes[name] for name in RIGHT),
        "unimplemented": outcomes["unimplemented"],
        "refusals": f"{outcomes['strict']} of {negatives}",
        "outcomes": dict(sorted(outcomes.items())),
    }
    if fidelity:
        found["fidelity"] = dict(sorted(Counter(row.fidelity or "no answer" for row in rows).items()))
        security = [row for row in rows if row.security]
        found["security state"] = {
            "calls": len(security),
            "right": sum(row.outcome in RIGHT for row in security),
            "simulated": sum(row.fidelity == "simulated" for row in security),
            "stored": sorted(f"{r.service}.{r.operation}" for r in security if r.fidelity == "stored"),
        }
        found["wrong"] = [
            f"{row.outcome} {row.service}.{row.operation}" for row in rows if row.outcome not in RIGHT
        ]
    return found


def table(ours: list[Row], moto: list[Row]) -> dict[str, dict[str, str | int]]:
    """Services: calls, and how many each answered right."""
    found: dict[str, dict[str, str | int]] = defaultdict(dict)
    for name, rows in (("ringwork", ours), ("moto", moto)):
        calls = Counter(row.service for row in rows)
        right = Counter(row.service for row in rows if row.outcome in RIGHT)
        for service in calls:
            found[service]["calls"] = calls[service]
            found[service][name] = right[service]
    return dict(sorted(found.items()))


def short_of(name: str, told: dict[str, Any]) -> list[str]:
    """Where the local cloud does not reach what it promises (the coverage tests hold the same numbers)."""
    least = {"published": 700, "further": 0.9 * told["calls"]}[name]
    found = [] if told["right"] >= least else [f"{name}: {told['right']} right, {least:.0f} promised"]
    if name == "published":
        if told["unimplemented"] > 5:
            found.append(f"{name}: {told['unimplemented']} unimplemented, 5 allowed")
        if told["outcomes"].get("strict", 0) < 30:
            found.append(f"{name}: {told['refusals']} refusals, 30 promised")
    if told["security state"]["stored"]:
        found.append(f"{name}: security state only stored: {told['security state']['stored']}")
    return found


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--shared", type=Path, default=os.environ.get("RINGWORK_SHARED"))
    parser.add_argument("--moto", type=Path, default=ROOT / ".venv-moto" / "bin" / "moto_server")
    parser.add_argument("--rows", type=Path, help="write every row here, as JSON")
    given = parser.parse_args()
    if given.shared is None:
        print("the published script is not here: name its folder with --shared", file=sys.stderr)
        return 2
    if not given.moto.exists():
        print("plain moto is not here: run `make coverage`, or name it with --moto", file=sys.stderr)
        return 2
    script = Path(given.shared) / "prototypes" / "emulator" / "coverage.py"
    runs: dict[str, dict[str, list[Row]]] = {"published": {}, "further": {}}
    for name, run in (
        ("published", lambda endpoint, log=None: published(script, endpoint, log)),
        ("further", lambda endpoint, log=None: further(endpoint)),
    ):
        with local_cloud() as (endpoint, watch):
            rows = run(endpoint)
            add_fidelities(rows, watch.seen)
            runs[name]["ringwork"] = rows
        with plain_moto(given.moto) as (endpoint, log):
            runs[name]["moto"] = run(endpoint, log)
    result: dict[str, Any] = {"versions": {name: version(name) for name in ("ringwork", "moto", "botocore")}}
    for name, each in runs.items():
        result[name] = {who: summary(rows, fidelity=who == "ringwork") for who, rows in each.items()}
    ours, moto = ([row for each in runs.values() for row in each[who]] for who in ("ringwork", "moto"))
    result["services"] = table(ours, moto)
    RESULT.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for row in ours:
        outcomes[row.service][row.outcome] += 1
    checked = {service: dict(sorted(outcomes[service].items())) for service in sorted(outcomes)}
    CHECKED.write_text(_one_service_a_line(checked), encoding="utf-8")
    if given.rows is not None:
        every = {n: {who: [vars(row) for row in rows] for who, rows in e.items()} for n, e in runs.items()}
        given.rows.write_text(json.dumps(every, indent=1) + "\n", encoding="utf-8")
    short = [line for name in runs for line in short_of(name, result[name]["ringwork"])]
    for name in runs:
        for who, told in result[name].items():
            print(
                f"{name:9} {who:8} {told['right']} of {told['calls']} right, "
                f"{told['unimplemented']} unimplemented, {told['refusals']} refusals; "
                f"{told.get('fidelity', '')}"
            )
    print(*short, sep="\n")
    return 1 if short else 0


def _one_service_a_line(checked: dict[str, dict[str, int]]) -> str:
    lines = ",\n".join(f"  {json.dumps(name)}: {json.dumps(outcomes)}" for name, outcomes in checked.items())
    return f'{{"services": {{\n{lines}\n}}}}\n'


if __name__ == "__main__":
    sys.exit(main())
