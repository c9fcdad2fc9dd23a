"""Customer-managed prefix lists: rules and routes name them, so what they hold must be right.

moto forgets the name and the size at each change, takes any version, and keeps what was deleted. Source: EC2
API reference, CreateManagedPrefixList, ModifyManagedPrefixList, DeleteManagedPrefixList, "Error codes".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ringwork.cloud.emulator.errors import AwsError
from ringwork.cloud.emulator.overlays.call import Call, Overlay, Proceed


def _backend(call: Call) -> Any:
    from moto.ec2.models import ec2_backends  # noqa: PLC0415

    return ec2_backends[call.account][call.region]


def _list(call: Call) -> Any:
    id = str(call.parameters["PrefixListId"])
    found = _backend(call).managed_prefix_lists.get(id)
    if found is None or found.state == "delete-complete":
        raise AwsError("InvalidPrefixListID.NotFound", f"The prefix list ID '{id}' does not exist")
    return found


def _own(call: Call) -> Any:
    found = _list(call)
    if found.owner_id != call.account:
        message = f"You are not authorized to change the prefix list '{found.id}', which AWS manages."
        raise AwsError("UnauthorizedOperation", message, 403)
    return found


def _size(entries: list[Any], most: Any) -> None:
    if most is not None and len(entries) > int(most):
        message = f"The prefix list has {len(entries)} entries, more than its maximum of {most}."
        raise AwsError("PrefixListMaxEntriesExceeded", message)


def _create(call: Call, proceed: Proceed) -> dict[str, Any]:
    _size(call.parameters.get("Entries") or [], call.parameters.get("MaxEntries"))
    return proceed()


def _modify(call: Call, proceed: Proceed) -> dict[str, Any]:
    given, found = call.parameters, _own(call)
    added, removed = given.get("AddEntries") or [], given.get("RemoveEntries") or []
    most = given.get("MaxEntries")
    if (added or removed) and most is not None:
        message = "You cannot modify the entries of a prefix list and its maximum size at the same time."
        raise AwsError("InvalidParameterCombination", message)
    if (added or removed) and "CurrentVersion" not in given:
        raise AwsError("MissingParameter", "The request must contain the parameter CurrentVersion")
    if "CurrentVersion" in given and int(given["CurrentVersion"]) != found.version:
        message = "The prefix list has the incorrect version number"
        raise AwsError("PrefixListVersionMismatch", message)
    entries = {entry["Cidr"]: entry for entry in found.entries.get(found.version) or ()}
    for entry in removed:
        if entries.pop(entry["Cidr"], None) is None:
            raise AwsError("InvalidParameterValue", f"The prefix list has no entry {entry['Cidr']}")
    entries.update({entry["Cidr"]: dict(entry) for entry in added})
    _size(list(entries), found.max_entries if most is None else most)
    name = found.prefix_list_name
    answer = proceed()
    if added or removed:
        found.entries[found.version] = list(entries.values())
    found.prefix_list_name = given.get("PrefixListName") or name
    answer["PrefixList"]["PrefixListName"] = found.prefix_list_name
    if most is not None:
        found.max_entries = answer["PrefixList"]["MaxEntries"] = int(most)
    return answer


def _uses(backend: Any, id: str) -> bool:
    """Whether a rule of a security group or a route names the list."""
    rules = (
        rule
        for groups in backend.groups.values()
        for group in groups.values()
        for rule in (*group.ingress_rules, *group.egress_rules)
    )
    routes = (route for table in backend.route_tables.values() for route in table.routes)
    return any(rule.prefix_list_id == id for rule in rules) or any(
        getattr(route.destination_prefix_list, "id", None) == id for route in routes
    )


def _delete(call: Call, proceed: Proceed) -> dict[str, Any]:
    """All references to it must be removed first (DeleteManagedPrefixList; the page names no code)."""
    found = _own(call)
    if _uses(_backend(call), found.id):
        message = f"The prefix list '{found.id}' is referenced by other resources and cannot be deleted."
        raise AwsError("DependencyViolation", message)
    answer = proceed()
    del _backend(call).managed_prefix_lists[found.id]
    return answer


def _entries(call: Call, proceed: Proceed) -> dict[str, Any]:
    _list(call)
    return proceed()


OVERLAYS: Mapping[str, Overlay] = {
    "CreateManagedPrefixList": _create,
    "DeleteManagedPrefixList": _delete,
    "GetManagedPrefixListEntries": _entries,
    "ModifyManagedPrefixList": _modify,
}
