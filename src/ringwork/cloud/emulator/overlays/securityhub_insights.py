"""Security Hub's insights: findings that match filters, counted by one of their attributes.

Source: Security Hub API reference, CreateInsight, GetInsights, GetInsightResults, UpdateInsight; user guide,
"Insights in Security Hub".
"""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError, NotEmulatedError
from ringwork.cloud.emulator.overlays import securityhub
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.pages import page
from ringwork.cloud.emulator.overlays.securityhub_filters import path_of, values

_MOST_VALUES = 100
_MEMBERS = ("Name", "Filters", "GroupByAttribute")


def _create(call: Call, _proceed: Proceed) -> dict[str, Any]:
    path_of(call.operation, str(call.parameters["GroupByAttribute"]))
    arn = f"arn:aws:securityhub:{call.region}:{call.account}:insight/{call.account}/custom/{uuid.uuid4()}"
    call.table("insights")[arn] = {"InsightArn": arn, **{name: call.parameters[name] for name in _MEMBERS}}
    return {"InsightArn": arn}


def _insight(call: Call, arn: str) -> dict[str, Any]:
    found = call.table("insights").get(arn)
    if found is not None:
        return found
    if arn.startswith("arn:aws:securityhub:::insight/"):
        raise NotEmulatedError(
            call.service, call.operation, "the service's managed insights are not known here"
        )
    raise AwsError("ResourceNotFoundException", f"The insight {arn} does not exist.", 404)


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    wanted = call.parameters.get("InsightArns")
    rows = [_insight(call, arn) for arn in wanted or call.table("insights")]
    return page(
        call,
        "Insights",
        rows,
        most=100,
        names=("MaxResults", "NextToken"),
        invalid="InvalidInputException",
    )


def _update(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    _insight(call, str(given["InsightArn"])).update({name: given[name] for name in _MEMBERS if name in given})
    return {}


def _delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
    arn = str(_insight(call, str(call.parameters["InsightArn"]))["InsightArn"])
    del call.table("insights")[arn]
    return {"InsightArn": arn}


def _results(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """The values of the attribute with the most findings first, at most 100 of them."""
    insight = _insight(call, str(call.parameters["InsightArn"]))
    path = path_of(call.operation, str(insight["GroupByAttribute"]))
    counts: Counter[str] = Counter()
    for finding in securityhub.matching(call, insight["Filters"]):
        counts.update({str(value) for value in values(finding, path)})
    rows = [
        {"GroupByAttributeValue": value, "Count": count} for value, count in counts.most_common(_MOST_VALUES)
    ]
    found = {name: insight[name] for name in ("InsightArn", "GroupByAttribute")}
    return {"InsightResults": {**found, "ResultValues": rows}}


OVERLAYS: Mapping[str, Overlay] = {
    "CreateInsight": _create,
    "DeleteInsight": _delete,
    "GetInsightResults": _results,
    "GetInsights": _get,
    "UpdateInsight": _update,
}
