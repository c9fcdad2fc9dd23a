"""Random valid blueprints, for properties that every architecture must have."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

REGIONS = ("eu-west-1", "eu-central-1", "us-east-1")
TYPES = ("studio", "notebook", "training", "processing", "pipeline", "endpoint", "batch", "enclave")
CLASSES = ("public", "internal", "confidential", "restricted")
DIGEST = "sha256:" + "0123456789abcdef" * 4
ADMINISTRATOR = "arn:aws:iam::444455556666:role/platform"
APPROVER = "arn:aws:iam::444455556666:role/risk"

TEAM_NAMES = ("ab", "credit-risk", "fraud", "x1", "vision-and-language", "ops")
PART_NAMES = ("a", "b-2", "clicks", "face-match", "night-report", "q", "record-linkage", "z9")


def _some(pool: tuple[str, ...], least: int, most: int) -> st.SearchStrategy[list[str]]:
    return st.lists(st.sampled_from(pool), min_size=least, max_size=most, unique=True)


@st.composite
def blueprints(draw: st.DrawFn) -> dict[str, Any]:
    """A blueprint as YAML would be read: every kind of part, in every account layout."""
    layout = draw(st.sampled_from(("one", "per-team", "per-team-and-stage")))
    regions = draw(_some(REGIONS, 1, 2))
    stages = draw(st.sampled_from((["dev", "prod"], ["only"]))) if layout == "per-team-and-stage" else None
    names = draw(_some(TEAM_NAMES, 1, 3))
    teams = {name: draw(_team(stages, regions)) for name in names}
    result: dict[str, Any] = {
        "ringwork": 1,
        "organization": draw(st.sampled_from(("acme", "o", "north-star"))),
        "regions": regions,
        "accounts": {"layout": layout} | ({"stages": stages} if stages else {}),
        "network": draw(_network(regions)),
        "teams": teams,
        "flows": draw(_flows(teams, stages)),
        "egress": draw(_egress()),
        "administrators": draw(st.sampled_from(([], [ADMINISTRATOR]))),
        "approvers": draw(st.sampled_from(([], [APPROVER]))),
        "perimeter": draw(st.fixed_dictionaries({"attach": st.sampled_from(("none", "canary", "all"))})),
        "detection": draw(
            st.fixed_dictionaries(
                {},
                optional={
                    "identifiers": st.just({"customer": {"regex": "C[0-9]{8}", "keywords": ["customer"]}}),
                    "log_days": st.sampled_from((30, 365)),
                    "contacts": st.just(["soc@example.com"]),
                },
            )
        ),
    }
    return result


@st.composite
def _team(draw: st.DrawFn, stages: list[str] | None, regions: list[str]) -> dict[str, Any]:
    data = {name: draw(_data_set(regions)) for name in draw(_some(PART_NAMES, 0, 3))}
    models = {name: {"class": draw(st.sampled_from(CLASSES))} for name in draw(_some(PART_NAMES, 0, 2))}
    workloads: dict[str, Any] = {}
    for name in draw(_some(PART_NAMES, 1, 4)):
        type_ = draw(st.sampled_from(TYPES))
        workload: dict[str, Any] = {"type": type_}
        if data:
            workload["reads"] = draw(_some(tuple(data), 0, 2))
            if type_ not in ("endpoint", "enclave"):
                workload["writes"] = draw(_some(tuple(data), 0, 1))
        if models:
            if type_ == "training":
                workload["produces"] = draw(_some(tuple(models), 0, 2))
            if type_ in ("endpoint", "batch", "pipeline", "enclave"):
                workload["serves"] = draw(_some(tuple(models), 0, 2))
        if stages:
            workload["stages"] = draw(st.none() | _some(tuple(stages), 1, len(stages)))
            if workload["stages"] is None:
                del workload["stages"]
        if type_ == "endpoint" and workload.get("serves") and draw(st.booleans()):
            release = {
                "model": workload["serves"][0],
                "image": f"serve@{DIGEST}",
                "artifact": "1/model.tar.gz",
            }
            workload["serving"] = {"release": release}
            if draw(st.booleans()):
                workload["serving"]["shadow"] = {**release, "artifact": "2/model.tar.gz"}
        if type_ == "enclave" and draw(st.booleans()):
            workload["enclave"] = {"measurements": {"pcr0": "ab" * 48}}
        workloads[name] = workload
    team: dict[str, Any] = {"data": data, "models": models, "workloads": workloads}
    if draw(st.booleans()):
        team["features"] = {
            "profile": {
                "record": "id",
                "time": "at",
                "columns": {"age": "Integral"},
                "online": draw(st.booleans()),
            }
        }
    if draw(st.integers(0, 3)) == 0:
        team["foundation_models"] = ["amazon.nova-lite-v1:0"]
    return team


@st.composite
def _data_set(draw: st.DrawFn, regions: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {"class": draw(st.sampled_from(CLASSES))}
    if draw(st.booleans()):
        found["retention_days"] = draw(st.sampled_from((1, 365, 3650)))
    if draw(st.integers(0, 3)) == 0:
        found["object_lock_days"] = 30
    if draw(st.integers(0, 3)) == 0:
        found["redacted"] = True
    if len(regions) > 1 and draw(st.integers(0, 3)) == 0:
        found["replicate_to"] = regions[1]
    return found


@st.composite
def _network(draw: st.DrawFn, regions: list[str]) -> dict[str, Any]:
    network: dict[str, Any] = {
        "cidr": draw(st.sampled_from(("10.0.0.0/8", "10.64.0.0/12", "100.64.0.0/10"))),
        "vpc_prefix": draw(st.sampled_from((19, 20, 22))),
        "reserve_prefix": draw(st.sampled_from((18, 19))),
        "endpoints": draw(st.sampled_from(("per-vpc", "central"))),
        "ipv6": draw(st.booleans()),
    }
    if len(regions) > 1 and draw(st.booleans()):
        network["region_pairs"] = [regions]
    return network


@st.composite
def _egress(draw: st.DrawFn) -> dict[str, Any]:
    mode = draw(st.sampled_from((None, "central", "per-vpc")))
    return {} if mode is None else {"mode": mode, "domains": [".packages.example.com", "models.example.net"]}


@st.composite
def _flows(draw: st.DrawFn, teams: dict[str, Any], stages: list[str] | None) -> list[dict[str, Any]]:
    ends = {
        f"{team}/{name}": set(workload.get("stages") or stages or ())
        for team, content in teams.items()
        for name, workload in content["workloads"].items()
    }
    pairs = [
        (source, target)
        for source, here in ends.items()
        for target, there in ends.items()
        if source != target and (not stages or here & there)
    ]
    if not pairs:
        return []
    chosen = draw(st.lists(st.sampled_from(pairs), max_size=3, unique=True))
    return [
        {"from": source, "to": target, "port": draw(st.sampled_from((443, 8443, 50051)))}
        for source, target in chosen
    ]
