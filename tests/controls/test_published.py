"""Controls on templates that others published, and against the labels of another checker's unit tests."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from ringwork.controls import evaluate
from ringwork.estate.sources.cloudformation import read_template
from ringwork.findings import Status
from ringwork.source import InputError

SHARED = Path(os.environ.get("RINGWORK_SHARED", Path(__file__).parents[2].parent / "shared"))
TEMPLATES = SHARED / "corpora" / "templates"
LABELLED = SHARED / "corpora" / "templates-labelled" / "guard-registry-cases.json"


@pytest.mark.skipif(not TEMPLATES.is_dir(), reason="the published templates are not here")
def test_every_published_template_gets_its_answers() -> None:
    read = 0
    for path in sorted(TEMPLATES.iterdir()):
        if path.suffix not in (".yaml", ".yml", ".json", ".template"):
            continue
        try:
            worlds = read_template(path, account="111122223333", region="eu-central-1", parameters={})
        except InputError:
            continue
        read += 1
        for world in worlds[:2]:
            for finding in evaluate(world):
                assert finding.message
                assert bool(finding.settle) == (finding.status is Status.UNKNOWN)
    assert read > 100


SAME_QUESTION = {
    "EC2_SECURITY_GROUP_INGRESS_OPEN_TO_WORLD_RULE": "NET-03",
    "INCOMING_SSH_DISABLED": "NET-03",
    "S3_BUCKET_PUBLIC_READ_PROHIBITED": "DAT-01",
    "S3_DEFAULT_ENCRYPTION_KMS": "DAT-07",
}
"""cfn-guard's rule -> our control, where a failure there is a failure here"""
WE_DIFFER = {
    "S3 Bucket PublicAccessBlockConfiguration missing, FAIL": "new buckets block all four since April 2023",
    "S3 Bucket Encryption set to SSE AES 256, PASS": "DAT-07 asks for a customer's key",
    "S3 Bucket Encryption set to SSE AWS KMS key, PASS": "DAT-07 asks for a bucket key too",
}
"""case -> why our answer is another"""


def labelled() -> list[Any]:
    if not LABELLED.is_file():
        return []
    cases = json.loads(LABELLED.read_text(encoding="utf-8"))["cases"]
    return [case for case in cases if case["rule"] in SAME_QUESTION and case["expect"] != "SKIP"]


@pytest.mark.skipif(not LABELLED.is_file(), reason="the labelled templates are not here")
def test_cfn_guards_own_cases_get_cfn_guards_answers(tmp_path: Path) -> None:
    cases = labelled()
    assert len(cases) >= 9
    for case in cases:
        path = tmp_path / "template.json"
        path.write_text(json.dumps(case["template"]), encoding="utf-8")
        worlds = read_template(path, account="111122223333", region="eu-central-1", parameters={})
        control = SAME_QUESTION[case["rule"]]
        violated = any(
            finding.status is Status.VIOLATED for world in worlds for finding in evaluate(world, [control])
        )
        agrees = violated == (case["expect"] == "FAIL")
        assert agrees == (case["name"] not in WE_DIFFER), (control, case["name"])
