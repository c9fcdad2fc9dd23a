"""The reading itself: an estate in, a model out."""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.access.authority import Authority
from ringwork.access.reading.endpoints import read_endpoints
from ringwork.access.reading.exposure import Exposures
from ringwork.access.reading.guarded import read_guarded
from ringwork.access.reading.identities import read_groups, read_identities
from ringwork.access.reading.organization import COLLECTED, read_accounts, read_tree
from ringwork.access.reading.permission_sets import read_permission_sets
from ringwork.access.reading.reader import Reader
from ringwork.engine import collector_paused
from ringwork.estate import Estate, Unknown
from ringwork.estate.organization import Fact


def read(
    estate: Estate,
    *,
    managed: Mapping[str, object] | None = None,
    organization: str | None = None,
) -> Authority:
    """Who could be authorized by what. What cannot be read is in the model's `problems` and in `unknown` of
    each part; nothing raises.

    `managed`: documents of policies that AWS manages, by ARN or name. `organization`: the id of the
    organization that the estate is or will be in, where it is known.
    """
    with collector_paused():
        return _read(Reader(estate, managed=managed, organization=organization), organization)


def _read(reader: Reader, organization: str | None) -> Authority:
    estate = reader.estate
    tree = read_tree(reader)
    if tree.id is not None and organization is None:
        reader.names.organization = tree.id
    exposures = Exposures(reader)
    identities = read_identities(reader)
    identities.update(read_permission_sets(reader, identities))
    accounts = read_accounts(reader, tree, exposures)
    guarded = read_guarded(reader, exposures)
    endpoints = read_endpoints(reader)
    own: str | None = reader.names.organization
    if own is None and tree.exists:
        stand_in = reader.names.unknown(Unknown("", fact=Fact.ID))
        own = stand_in if isinstance(stand_in, str) else None
    assumptions = list(estate.assumptions)
    if tree.exists and not estate.of_type(COLLECTED):
        assumptions.append("`FullAWSAccess` is attached to every root, organizational unit and account")
    if any(owner.startswith("the entry role") for owner in reader.names.stand_ins.values()):
        assumptions.append("the role by which accounts are entered before bootstrap is none of the estate's")
    if tree.exists and not tree.members:
        assumptions.append("every account of the estate is a member of the organization")
    return Authority(
        identities=identities,
        guarded=guarded,
        accounts=accounts,
        endpoints=endpoints,
        groups=read_groups(reader),
        organization=own,
        placeholders=reader.names.stand_ins,
        assumptions=tuple(assumptions),
        problems=tuple(dict.fromkeys(reader.problems)),
    )
