"""The table of answers that nobody may make up names operations that exist, and holds."""

from __future__ import annotations

import pytest

from ringwork.cloud.emulator import protocol, routing
from ringwork.cloud.emulator.fidelity import Fidelity
from ringwork.cloud.emulator.overlays import OVERLAYS
from ringwork.cloud.emulator.stored.refused import REFUSED


def test_every_refused_operation_is_one_of_its_service():
    strange = [
        f"{service}:{operation}"
        for service, operation in REFUSED
        if (model := protocol.service_model(service)) is None or operation not in model.operation_names
    ]
    assert strange == []


def test_nothing_but_an_overlay_answers_a_refused_operation():
    answered = [key for key in REFUSED if key not in OVERLAYS and routing.layer(*key) is not Fidelity.REFUSED]
    assert answered == []


@pytest.mark.parametrize(
    ("service", "operation"),
    [
        # each of these is "none" for whoever reads an empty list
        ("accessanalyzer", "CheckNoNewAccess"),
        ("config", "DescribeConformancePackCompliance"),
        ("guardduty", "DescribeMalwareScans"),
        ("inspector2", "ListFindingAggregations"),
        ("macie2", "ListResourceProfileDetections"),
        ("securityhub", "DescribeStandardsControls"),
        ("wafv2", "GetSampledRequests"),
    ],
)
def test_security_services_give_no_verdict_that_nobody_reached(service, operation):
    assert routing.layer(service, operation) is Fidelity.REFUSED
