"""Other tools against the local cloud's endpoint: Prowler, the AWS CLI and boto3, in other processes.

    python benchmarks/prowler.py PROWLER [--aws AWS] [--keep FOLDER]

1. an empty local cloud is started, `examples/startup.yaml` is deployed to it by `ringwork deploy`, and one
   account is filled through the endpoint with pairs of sound and unsound resources (`prowler_account.py`)
2. Prowler audits five services; its log must have no error, each service must give findings, what it says of
   the pairs must be what they are, and the local cloud must have refused nothing as not emulated
3. AWS CLI commands must succeed and say what is expected
4. all of them get a proxy for everything that is not on this machine: it must not be asked

Writes benchmarks/results/prowler.json. Exits with 1 if something does not hold.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import re
import shutil
import socketserver
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import boto3

from aws_commands import COMMANDS
from prowler_account import QUIET, REGION, fill, verdicts
from ringwork.cloud.emulator import routing
from ringwork.cloud.emulator.server import environment, start_server, stop_server

ROOT = Path(__file__).resolve().parent.parent
BLUEPRINT = ROOT / "examples" / "startup.yaml"
RESULT = ROOT / "benchmarks" / "results" / "prowler.json"
SERVICES = ("sagemaker", "ec2", "s3", "iam", "guardduty")

NOT_OF_AWS = {
    r"No Shodan API Key": "asks a service that is not AWS's, and was not told to",
    r"InvalidActionPatternError.*Service 'codestar' not found": "two tables of Prowler's own disagree",
}
"""Errors in Prowler's log that no answer of an API causes, and why."""


@contextmanager
def outside() -> Iterator[tuple[str, list[str]]]:
    """A proxy that leads nowhere: its URL, and what it was asked for."""
    asked: list[str] = []

    class Refuse(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            asked.append(self.rfile.readline(4096).decode("latin-1").strip())
            self.wfile.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Refuse) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()


def surroundings(variables: Mapping[str, str], proxy: str, home: Path) -> dict[str, str]:
    """The whole environment of the tools: nothing of the user's, so that nothing of theirs is read."""
    # S3 Control's endpoint has a user name before the host, which exceptions from a proxy must then have, too
    direct = "127.0.0.1,localhost,account@127.0.0.1"
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "AWS_CONFIG_FILE": str(home / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(home / "credentials"),
        "AWS_PAGER": "",
        **{name: proxy for base in ("http_proxy", "https_proxy") for name in (base, base.upper())},
        **dict.fromkeys(("no_proxy", "NO_PROXY"), direct),
        **{name: value for name, value in variables.items() if value},
    }


def deploy(state: Path, scratch: Path) -> str:
    """Deploy the example by the command; the account that it is in."""
    blueprint = scratch / BLUEPRINT.name
    shutil.copy(BLUEPRINT, blueprint)
    ran = subprocess.run(
        [sys.executable, "-m", "ringwork.cli", "deploy", "--yes", "--json", str(blueprint)],
        env={**os.environ, "RINGWORK_LOCAL_STATE": str(state)},
        capture_output=True,
        text=True,
        check=False,
    )
    if ran.returncode:
        sys.exit(f"the deployment failed: {ran.stdout}{ran.stderr}")
    found = re.search(r"\b(\d{12})/" + REGION, ran.stdout)
    assert found is not None
    return found[1]


def audit(program: Path, service: str, env: Mapping[str, str], folder: Path) -> dict[str, Any]:
    """Run Prowler for one service."""
    started = time.monotonic()
    log = folder / f"{service}.log"
    ran = subprocess.run(
        [
            *(str(program), "aws", "--service", service, "--filter-region", REGION, QUIET),
            *("--output-formats", "csv", "--output-directory", str(folder), "--output-filename", service),
            *("--log-level", "ERROR", "--log-file", str(log), "--no-banner", "--ignore-exit-code-3"),
        ],
        env=dict(env),
        capture_output=True,
        text=True,
        check=False,
    )
    (folder / f"{service}.out").write_text(ran.stdout + ran.stderr, encoding="utf-8")
    errors, explained = read_log(log)
    if ran.returncode or "Traceback" in ran.stderr:
        errors.append(f"exit code {ran.returncode}: {ran.stderr[-500:]}")
    written = folder / f"{service}.csv"
    rows = []
    if written.exists():
        with written.open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file, delimiter=";"))
    executing = re.search(r"Executing (\d+) checks", ran.stdout)
    return {
        "version": rows[0]["PROWLER_VERSION"] if rows else None,
        "rows": rows,
        "checks run": int(executing[1]) if executing else 0,
        "checks with findings": len({row["CHECK_ID"] for row in rows}),
        "findings": dict(sorted(Counter(row["STATUS"] for row in rows).items())),
        "API errors": errors,
        "other errors": explained,
        "seconds": round(time.monotonic() - started, 1),
    }


def read_log(log: Path) -> tuple[list[str], dict[str, int]]:
    """The errors in a log of Prowler's, and apart from them those that no API causes, counted by reason."""
    errors: list[str] = []
    explained = Counter[str]()
    text = log.read_text(encoding="utf-8") if log.exists() else ""
    for record in re.split(r'^(?=\{"timestamp")', text, flags=re.MULTILINE):
        if not record.strip():
            continue
        reason = next((why for pattern, why in NOT_OF_AWS.items() if re.search(pattern, record)), None)
        if reason is None:
            errors.append(re.sub(r'^\{"timestamp": "[^"]*", ', "{", record.strip()))
        else:
            explained[reason] += 1
    return errors, dict(explained)


def answered(session: boto3.Session, since: datetime) -> dict[str, Any]:
    """What the local cloud itself says of the calls since then, from its record: an error that a tool does
    not log is in it, too."""
    errors: dict[str, Counter[str]] = {}
    calls = 0
    operations = set()
    for region in (REGION, QUIET):
        client = session.client("cloudtrail", region_name=region)
        for page in client.get_paginator("lookup_events").paginate(StartTime=since):
            for found in page["Events"]:
                event = json.loads(found["CloudTrailEvent"])
                name = f"{event['eventSource'].partition('.')[0]}:{event['eventName']}"
                calls += 1
                operations.add(name)
                if "errorCode" in event:
                    errors.setdefault(event["errorCode"], Counter())[name] += 1
    stored = sorted(name for name in operations if routing.layer(*name.split(":")) == "stored")
    return {
        "management calls": calls,
        "operations": len(operations),
        "refused": {code: dict(sorted(names.items())) for code, names in sorted(errors.items())},
        "answered from what was stored only": stored,
    }


def compare(rows: list[dict[str, str]], made: dict[str, str], account: str) -> dict[str, Any]:
    """Prowler's verdicts beside what the resources are."""
    right, wrong = 0, []
    for check, named, verdict in verdicts(made, account):
        said = {
            row["STATUS"]
            for row in rows
            if row["CHECK_ID"] == check and row["REGION"] == REGION and named in row["RESOURCE_UID"]
        }
        if said == {verdict}:
            right += 1
        else:
            wrong.append(f"{check} of {named}: {' and '.join(sorted(said)) or 'nothing'}, not {verdict}")
    return {"as they should be": right, "wrong": wrong}


def command_line(program: Path, env: Mapping[str, str], places: Mapping[str, str]) -> dict[str, Any]:
    """Run the AWS CLI's commands; those that failed, or said something else than expected."""
    version = subprocess.run(
        [str(program), "--version"], env=dict(env), capture_output=True, text=True, check=False
    )
    failed = []
    for command in COMMANDS:
        words = [_placed(word, places) for word in command.words]
        ran = subprocess.run(
            [str(program), *words], env=dict(env), capture_output=True, text=True, check=False
        )
        said = ran.stdout.strip()
        expected = _placed(command.says, places) if command.says is not None else None
        if ran.returncode:
            failed.append(f"{' '.join(words)}: {ran.stderr.strip()[-400:]}")
        elif expected is not None and said != expected:
            failed.append(f"{' '.join(words)}: `{said}`, not `{expected}`")
    return {
        "version": (version.stdout or version.stderr).split()[0],
        "commands": len(COMMANDS),
        "services": sorted({command.words[0] for command in COMMANDS}),
        "failed": failed,
    }


def _placed(text: str, places: Mapping[str, str]) -> str:
    """`text` with `{name}` replaced; templates have other braces, which stay."""
    for name, value in places.items():
        text = text.replace(f"{{{name}}}", value)
    return text


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("prowler", type=Path, help="the program `prowler`")
    parser.add_argument("--aws", type=Path, help="the program `aws` (default: beside Prowler)")
    parser.add_argument("--keep", type=Path, help="a folder for the logs, the findings and the state")
    given = parser.parse_args()
    prowler = given.prowler.absolute()
    aws = given.aws.absolute() if given.aws else prowler.with_name("aws")
    with tempfile.TemporaryDirectory(prefix="ringwork-prowler-") as temporary:
        scratch = given.keep.absolute() if given.keep else Path(temporary)
        scratch.mkdir(parents=True, exist_ok=True)
        state = scratch / "state"
        info = start_server(state)
        try:
            account = deploy(state, scratch)
            variables = environment(info, account=account, region=REGION)
            with outside() as (proxy, asked):
                result = run(prowler, aws, surroundings(variables, proxy, scratch), scratch)
            result["asked of the internet"] = asked
        finally:
            stop_server(state)
    print(json.dumps(result, indent=2))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=2) + "\n", encoding="utf-8")
    return 1 if bad(result) else 0


def run(prowler: Path, aws: Path, env: dict[str, str], scratch: Path) -> dict[str, Any]:
    """Fill the account, and let each tool work on it."""
    os.environ.update(env)  # for boto3 in this process, which is another than the server's
    session = boto3.Session()
    account = session.client("sts").get_caller_identity()["Account"]
    made = fill(session, account)
    begun = datetime.now(UTC)
    audits = {service: audit(prowler, service, env, scratch) for service in SERVICES}
    rows = [row for found in audits.values() for row in found.pop("rows")]
    versions = {found.pop("version") for found in audits.values()}
    record = answered(session, begun)
    places = {**{name.replace(" ", "_"): value for name, value in made.items()}, "account": account}
    (scratch / "data.csv").write_text("1,2\n", encoding="utf-8")
    return {
        "prowler": next(iter(versions - {None}), None),
        "account": f"examples/{BLUEPRINT.name} and benchmarks/prowler_account.py",
        "services": audits,
        "verdicts": compare(rows, made, account),
        "the local cloud's record": record,
        "aws cli": command_line(aws, env, {**places, "scratch": str(scratch)}),
    }


def bad(result: Mapping[str, Any]) -> bool:
    """Whether something does not hold."""
    return bool(
        any(found["API errors"] or not found["findings"] for found in result["services"].values())
        or result["verdicts"]["wrong"]
        or "NotEmulated" in result["the local cloud's record"]["refused"]
        or result["aws cli"]["failed"]
        or result["asked of the internet"]
    )


if __name__ == "__main__":
    sys.exit(main())
