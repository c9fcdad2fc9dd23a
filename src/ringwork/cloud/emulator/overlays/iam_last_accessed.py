"""IAM: when a principal last used which service, from the recorded calls.

Source: IAM API reference, GenerateServiceLastAccessedDetails, GetServiceLastAccessedDetails; user guide,
"Refine permissions in AWS using last accessed information". The record of the local cloud is all there is:
management events of the last 90 days, in the Region where they were made.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.access import Policy, catalogue
from ringwork.cloud.emulator import services
from ringwork.cloud.emulator.authorization import sources
from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed

_JOBS = "last accessed jobs"


def _owner(call: Call, arn: str) -> Any:
    backend = services.iam(call.account)
    every = [*backend.users.values(), *backend.roles.values(), *backend.groups.values()]
    found = next((one for one in every if one.arn == arn), None)
    if found is None:
        raise AwsError("NoSuchEntity", f"The entity {arn} cannot be found.", 404)
    return found


def _generate(call: Call, _proceed: Proceed) -> dict[str, Any]:
    arn = str(call.parameters["Arn"])
    _owner(call, arn)
    job = str(uuid.uuid4())
    call.table(_JOBS)[job] = {"Arn": arn, "JobCreationDate": datetime.now(UTC)}
    return {"JobId": job}


def _get(call: Call, _proceed: Proceed) -> dict[str, Any]:
    job = call.table(_JOBS).get(str(call.parameters["JobId"]))
    if job is None:
        raise AwsError("NoSuchEntity", "The job does not exist.", 404)
    owner = _owner(call, job["Arn"])
    allowed = _reached(sources.policies_of(call.account, owner))
    used = _used(call, job["Arn"])
    rows = []
    for prefix in sorted(allowed | used.keys()):
        row: dict[str, Any] = {
            "ServiceName": prefix,
            "ServiceNamespace": prefix,
            "TotalAuthenticatedEntities": 0,
        }
        if prefix in used:
            row.update(
                LastAuthenticated=used[prefix],
                LastAuthenticatedEntity=job["Arn"],
                LastAuthenticatedRegion=call.region,
                TotalAuthenticatedEntities=1,
            )
        rows.append(row)
    return {
        "JobStatus": "COMPLETED",
        "JobType": "SERVICE_LEVEL",
        "JobCreationDate": job["JobCreationDate"],
        "JobCompletionDate": datetime.now(UTC),
        "ServicesLastAccessed": rows,
        "IsTruncated": False,
    }


def _reached(policies: Iterable[Policy]) -> set[str]:
    """The services of which some statement allows an action, whatever its resources and conditions."""
    allowing = [s for policy in policies for s in policy.statements if s.allows]
    return {
        prefix
        for prefix in catalogue.services()
        if any(
            statement.names_action(f"{prefix}:{action}")
            for statement in allowing
            for action in catalogue.actions(prefix)
        )
    }


def _used(call: Call, arn: str) -> dict[str, datetime]:
    """Service -> when the principal last called it."""
    found: dict[str, datetime] = {}
    for event in call.surroundings.events(call.account, call.region):
        identity = event["userIdentity"]
        issuer = identity.get("sessionContext", {}).get("sessionIssuer", {}).get("arn")
        if arn in (identity.get("arn"), issuer):
            prefix = event["eventSource"].partition(".")[0]
            when = datetime.strptime(event["eventTime"], "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=UTC)
            found.setdefault(prefix, when)
    return found


OVERLAYS: Mapping[str, Overlay] = {
    "GenerateServiceLastAccessedDetails": _generate,
    "GetServiceLastAccessedDetails": _get,
}
