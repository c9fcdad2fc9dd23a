"""One part of a topology: a team's or an environment's, with what touches it."""

from __future__ import annotations

from dataclasses import replace

from ringwork.report.topology import Place, Topology


def focus(seen: Topology, *, team: str = "", environment: str = "") -> Topology:
    """The places of `team`, or of `environment` (`TEAM` or `TEAM-STAGE`), the route tables that route them
    and the services that they offer and take. No places where there is none of that name."""
    places = tuple(place for place in seen.places if _wanted(place, team, environment))
    keys = {place.key for place in places}
    held = {place.account for place in places}
    transits = tuple(
        replace(
            gateway,
            tables=tuple(
                table for table in gateway.tables if any(each.vpc in keys for each in table.attached)
            ),
            loose=tuple(each for each in gateway.loose if each.vpc in keys),
        )
        for gateway in seen.transits
    )
    return replace(
        seen,
        places=places,
        elsewhere=(),
        transits=tuple(gateway for gateway in transits if gateway.tables or gateway.loose),
        links=tuple(link for link in seen.links if {link.provider, link.consumer} & keys),
        accounts=tuple(account for account in seen.accounts if account.id in held),
    )


def _wanted(place: Place, team: str, environment: str) -> bool:
    if environment:
        return place.environment == environment
    return bool(team) and place.team == team
