"""Other linters on what we compile: cfn-lint and Checkov over every template of the examples.

Run by `make peers`. Writes benchmarks/results/peers.json. Exit 1 where one of them finds something that no
`Metadata.checkov.skip` of ours explains.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path
from typing import Any

from ringwork.workflows.design import design, write_templates

ROOT = Path(__file__).resolve().parent.parent
RESULT = ROOT / "benchmarks" / "results" / "peers.json"


def main(checkov: str) -> int:
    results: dict[str, Any] = {}
    for path in sorted((ROOT / "examples").glob("*.yaml")):
        with tempfile.TemporaryDirectory() as folder:
            designed = design(path)
            files = [str(written) for written in write_templates(designed, Path(folder)).values()]
            results[path.stem] = {
                "templates": len(files),
                "resources": sum(len(stack.template["Resources"]) for stack in designed.stacks),
                "cfn-lint": _cfn_lint(files),
                "checkov": _checkov(checkov, folder),
            }
        print(path.stem, json.dumps(results[path.stem], indent=1))
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(results, indent=2) + "\n", encoding="utf-8")
    bad = [name for name, r in results.items() if r["cfn-lint"]["messages"] or r["checkov"]["failed"]]
    return 1 if bad else 0


def _cfn_lint(files: list[str]) -> dict[str, Any]:
    started = time.monotonic()
    program = str(Path(sys.executable).with_name("cfn-lint"))
    ran = subprocess.run(
        [program, "--format", "json", "--", *files], capture_output=True, text=True, check=False
    )
    messages = json.loads(ran.stdout or "[]")
    return {
        "messages": len(messages),
        "rules": dict(Counter(message["Rule"]["Id"] for message in messages)),
        "seconds": round(time.monotonic() - started, 1),
    }


def _checkov(program: str, folder: str) -> dict[str, Any]:
    started = time.monotonic()
    ran = subprocess.run(
        [program, "-d", folder, "--framework", "cloudformation", "--skip-download", "-o", "json"],
        capture_output=True,
        text=True,
        check=False,
    )
    said = json.loads(ran.stdout)
    report = said[0] if isinstance(said, list) else said
    failed = report["results"].get("failed_checks", [])
    skipped = report["results"].get("skipped_checks", [])
    return {
        "version": report["summary"]["checkov_version"],
        "passed": report["summary"]["passed"],
        "failed": len(failed),
        "failures": sorted({f"{check['check_id']} {check['resource']}" for check in failed}),
        "skipped with a reason": dict(
            Counter(
                f"{check['check_id']}: {check['check_result'].get('suppress_comment')}" for check in skipped
            )
        ),
        "parsing errors": report["summary"]["parsing_errors"],
        "seconds": round(time.monotonic() - started, 1),
    }


if __name__ == "__main__":
    sys.exit(main(sys.argv[1] if len(sys.argv) > 1 else "checkov"))
