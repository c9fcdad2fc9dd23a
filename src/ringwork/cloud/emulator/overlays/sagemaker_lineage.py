"""SageMaker ML Lineage Tracking: artifacts, actions, contexts, and the associations between them.

Source: SageMaker API reference, the pages of the operations; developer guide, "Querying Lineage Entities".
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed
from ringwork.cloud.emulator.overlays.sagemaker_models import arn

_KINDS = ("artifact", "action", "context")


def _missing(kind: str, name: str) -> AwsError:
    return AwsError("ResourceNotFound", f"{kind.capitalize()} '{name}' does not exist.")


def _find(call: Call, kind: str) -> dict[str, Any]:
    table = call.table(kind)
    named = str(
        call.parameters.get(f"{kind.capitalize()}Arn") or call.parameters.get(f"{kind.capitalize()}Name")
    )
    found = table.get(named) or next(
        (record for record in table.values() if record.get(f"{kind.capitalize()}Name") == named), None
    )
    if found is None:
        raise _missing(kind, named)
    return found


def _create(kind: str) -> Overlay:
    title = kind.capitalize()

    def create(call: Call, _proceed: Proceed) -> dict[str, Any]:
        given = call.parameters
        name = given.get(f"{title}Name")
        if kind == "artifact":
            # an artifact is identified by its source
            identifier = hashlib.md5(  # noqa: S324 (an id as AWS makes one, no protection)
                str(sorted(given["Source"].items(), key=str)).encode()
            ).hexdigest()
        else:
            identifier = str(name)
        made = arn(call, kind, identifier)
        if made in call.table(kind):
            raise AwsError("ValidationException", f"{title} {made} already exists.")
        now = datetime.now(UTC)
        call.table(kind)[made] = {
            **{key: value for key, value in given.items() if key != "Tags"},
            f"{title}Arn": made,
            "CreationTime": now,
            "LastModifiedTime": now,
        }
        return {f"{title}Arn": made}

    return create


def _describe(kind: str) -> Overlay:
    return lambda call, _proceed: dict(_find(call, kind))


def _update(kind: str) -> Overlay:
    title = kind.capitalize()

    def update(call: Call, _proceed: Proceed) -> dict[str, Any]:
        record = _find(call, kind)
        for name in call.parameters.get("PropertiesToRemove") or ():
            record.get("Properties", {}).pop(name, None)
        changes = {key: value for key, value in call.parameters.items() if key != "PropertiesToRemove"}
        properties = {**record.get("Properties", {}), **changes.pop("Properties", {})}
        changes.pop(f"{title}Arn", None)
        record.update(
            changes, LastModifiedTime=datetime.now(UTC), **({"Properties": properties} if properties else {})
        )
        return {f"{title}Arn": record[f"{title}Arn"]}

    return update


def _delete(kind: str) -> Overlay:
    title = kind.capitalize()

    def delete(call: Call, _proceed: Proceed) -> dict[str, Any]:
        if kind == "artifact" and "ArtifactArn" not in call.parameters:
            source = call.parameters.get("Source")
            made = next((k for k, r in call.table(kind).items() if r["Source"] == source), None)
            if made is None:
                raise _missing(kind, str(source))
        else:
            made = _find(call, kind)[f"{title}Arn"]
        if any(made in (edge["SourceArn"], edge["DestinationArn"]) for edge in _edges(call)):
            raise AwsError("ValidationException", f"{title} {made} has associations and cannot be deleted.")
        del call.table(kind)[made]
        return {f"{title}Arn": made}

    return delete


def _list(kind: str) -> Overlay:
    title = kind.capitalize()

    def rows(call: Call, _proceed: Proceed) -> dict[str, Any]:
        given = call.parameters
        found = [
            record
            for record in call.table(kind).values()
            if given.get("SourceUri") in (None, record.get("Source", {}).get("SourceUri"))
            and given.get(f"{title}Type") in (None, record.get(f"{title}Type"))
        ]
        return {f"{title}Summaries": found}

    return rows


# associations


def _edges(call: Call) -> list[dict[str, Any]]:
    return list(call.table("association").values())


def _add(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, AddAssociation."""
    source, target = call.parameters["SourceArn"], call.parameters["DestinationArn"]
    for end in (source, target):
        kind = end.split(":", 5)[-1].partition("/")[0]
        if kind in _KINDS and end not in call.table(kind):
            raise _missing(kind, end)
    key = f"{source} {target}"
    if key in call.table("association"):
        raise AwsError("ValidationException", f"Association from {source} to {target} already exists.")
    call.table("association")[key] = {
        "SourceArn": source,
        "DestinationArn": target,
        "AssociationType": call.parameters.get("AssociationType"),
        "CreationTime": datetime.now(UTC),
    }
    return {"SourceArn": source, "DestinationArn": target}


def _remove(call: Call, _proceed: Proceed) -> dict[str, Any]:
    source, target = call.parameters["SourceArn"], call.parameters["DestinationArn"]
    if call.table("association").pop(f"{source} {target}", None) is None:
        raise AwsError("ResourceNotFound", f"Association from {source} to {target} does not exist.")
    return {"SourceArn": source, "DestinationArn": target}


def _associations(call: Call, _proceed: Proceed) -> dict[str, Any]:
    given = call.parameters
    wanted = [name for name in ("SourceArn", "DestinationArn", "AssociationType") if name in given]
    rows = []
    for edge in _edges(call):
        if any(edge.get(name) != given[name] for name in wanted):
            continue
        ends = {end: _entity(call, edge[f"{end}Arn"]) for end in ("Source", "Destination")}
        row = {key: value for key, value in edge.items() if value is not None}
        for end, entity in ends.items():
            row.update({f"{end}{name}": value for name, value in entity.items() if value is not None})
        rows.append(row)
    return {"AssociationSummaries": rows}


def _entity(call: Call, end: str) -> dict[str, Any]:
    kind = end.split(":", 5)[-1].partition("/")[0]
    record = call.table(kind).get(end, {}) if kind in _KINDS else {}
    return {"Type": record.get(f"{kind.capitalize()}Type"), "Name": record.get(f"{kind.capitalize()}Name")}


_LINEAGE_TYPES = {"artifact": "Artifact", "action": "Action", "context": "Context"}
_DEFAULT_DEPTH = 10


def _query(call: Call, _proceed: Proceed) -> dict[str, Any]:
    """SageMaker API reference, QueryLineage: from the start entities, along associations, up to MaxDepth."""
    given = call.parameters
    starts = list(given.get("StartArns") or ())
    direction = given.get("Direction", "Both")
    seen, used = set(starts), []
    ahead = set(starts)
    for _ in range(int(given.get("MaxDepth") or _DEFAULT_DEPTH)):
        reached: set[str] = set()
        for edge in _edges(call):
            source, target = edge["SourceArn"], edge["DestinationArn"]
            down = direction in ("Descendants", "Both") and source in ahead
            up = direction in ("Ascendants", "Both") and target in ahead
            if not (down or up):
                continue
            if edge not in used:
                used.append(edge)
            reached.update(end for end, taken in ((target, down), (source, up)) if taken and end not in seen)
        seen |= reached
        ahead = reached
        if not ahead:
            break
    vertices = [_vertex(call, end) for end in sorted(seen - set(starts))]
    answer: dict[str, Any] = {
        "Vertices": [v for v in vertices if _wanted(call, v, given.get("Filters") or {})]
    }
    if given.get("IncludeEdges", True):
        answer["Edges"] = [
            {key: value for key, value in edge.items() if key != "CreationTime" and value is not None}
            for edge in used
        ]
    return answer


def _vertex(call: Call, end: str) -> dict[str, Any]:
    kind = end.split(":", 5)[-1].partition("/")[0]
    row = {"Arn": end, "Type": _entity(call, end)["Type"], "LineageType": _LINEAGE_TYPES.get(kind)}
    return {key: value for key, value in row.items() if value is not None}


def _wanted(call: Call, vertex: Mapping[str, Any], filters: Mapping[str, Any]) -> bool:
    """SageMaker API reference, QueryFilters."""
    for name, member in (("Types", "Type"), ("LineageTypes", "LineageType")):
        if filters.get(name) and vertex.get(member) not in filters[name]:
            return False
    kind = vertex["Arn"].split(":", 5)[-1].partition("/")[0]
    record = call.table(kind).get(vertex["Arn"], {}) if kind in _KINDS else {}
    properties: Iterable[tuple[str, str]] = (filters.get("Properties") or {}).items()
    return all(record.get("Properties", {}).get(key) == value for key, value in properties)


OVERLAYS: Mapping[str, Overlay] = {
    **{f"Create{kind.capitalize()}": _create(kind) for kind in _KINDS},
    **{f"Describe{kind.capitalize()}": _describe(kind) for kind in _KINDS},
    **{f"Update{kind.capitalize()}": _update(kind) for kind in _KINDS},
    **{f"Delete{kind.capitalize()}": _delete(kind) for kind in _KINDS},
    **{f"List{kind.capitalize()}s": _list(kind) for kind in _KINDS},
    "AddAssociation": _add,
    "DeleteAssociation": _remove,
    "ListAssociations": _associations,
    "QueryLineage": _query,
}
