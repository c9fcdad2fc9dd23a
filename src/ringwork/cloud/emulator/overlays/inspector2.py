"""Inspector: nothing is scanned here, so findings and coverage are known only where nothing is to be scanned.

Source: Inspector API reference, ListFindings, ListCoverage; user guide, "Automated scan types" (EC2
instances, container images in ECR, Lambda functions).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _ec2(account: str, region: str) -> bool:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    backend = ec2_backends[account][region]
    return any(
        instance.state != "terminated"
        for reservation in backend.reservations.values()
        for instance in reservation.instances
    )


def _ecr(account: str, region: str) -> bool:
    from moto.ecr.models import ecr_backends  # noqa: PLC0415

    return bool(ecr_backends[account][region].repositories)


def _lambda(account: str, region: str) -> bool:
    from moto.awslambda.models import lambda_backends  # noqa: PLC0415

    return bool(lambda_backends[account][region].list_functions())


_SCANNED: Mapping[str, tuple[str, Callable[[str, str], bool]]] = {
    "ec2": ("ec2", _ec2),
    "ecr": ("ecr", _ecr),
    "_lambda": ("lambda", _lambda),
    "lambda_code": ("lambda", _lambda),
}
"""moto's name of a scan type -> the service whose resources are scanned, and whether there are any"""


def _to_scan(call: Call) -> bool:
    """Whether there is anything that Inspector would scan in the accounts where this one enabled it."""
    from moto.inspector2.models import inspector2_backends  # noqa: PLC0415

    statuses = inspector2_backends[call.account][call.region].account_status
    return any(
        getattr(status, kind) == "ENABLED" and call.surroundings.has(service) and has(account, call.region)
        for account, status in statuses.items()
        for kind, (service, has) in _SCANNED.items()
    )


def _empty_where_nothing_is_scanned(member: str) -> Overlay:
    def answer(call: Call, proceed: Proceed) -> dict[str, Any]:
        return proceed() if _to_scan(call) else {member: []}

    return answer


def _update_filter(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """Inspector API reference, UpdateFilter: what is given is changed."""
    from moto.inspector2.models import inspector2_backends  # noqa: PLC0415

    given = call.parameters
    found = inspector2_backends[call.account][call.region].filters.get(given["filterArn"])
    if found is None:
        raise AwsError("ResourceNotFoundException", f"Filter {given['filterArn']} does not exist", 404)
    for member, attribute in (
        ("action", "action"),
        ("description", "description"),
        ("filterCriteria", "filter_criteria"),
        ("name", "name"),
        ("reason", "reason"),
    ):
        if member in given:
            setattr(found, attribute, given[member])
    return {"arn": found.arn}


OVERLAYS: Mapping[str, Overlay] = {
    "UpdateFilter": _update_filter,
    "ListCoverage": _empty_where_nothing_is_scanned("coveredResources"),
    "ListFindings": _empty_where_nothing_is_scanned("findings"),
}
