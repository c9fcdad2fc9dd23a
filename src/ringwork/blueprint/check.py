"""What a blueprint's shape cannot say: names that must exist, limits of AWS, addresses that must fit."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from ipaddress import IPv4Network

from ringwork.blueprint.addresses import AVOIDED, allocate
from ringwork.blueprint.environment import DEFAULT_STAGES, Shared, environments, workloads
from ringwork.blueprint.environment import accounts as accounts_of
from ringwork.blueprint.model import AccountLayout, Blueprint, Team, WorkloadType
from ringwork.blueprint.regions import REGIONS, partition
from ringwork.blueprint.suggest import closest, help_for
from ringwork.source import Document, InputError, Position

ROLE_NAME_LIMIT = 64
"""Characters of an IAM role name (IAM user guide, "IAM and AWS STS quotas"). Of the names that Ringwork
derives only this one can grow too long: stacks (128) and policies (128) stay below their limits with the
longest names that a blueprint allows, and bucket names (63) get a hash."""
RESERVED_PREFIXES = ("sthree-", "amzn-s3-demo-", "sg-")
"""Bucket names may not start with the first two (Amazon S3 user guide, "General purpose bucket naming
rules"), security group names not with the third (Amazon EC2 API reference, CreateSecurityGroup)."""
PRIVATE = tuple(
    IPv4Network(block) for block in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")
)
"""RFC 1918, and RFC 6598, whose range VPCs take too (Amazon VPC user guide, "VPC CIDR blocks")."""

_Path = tuple[str | int, ...]


def check(blueprint: Blueprint, document: Document) -> list[InputError]:
    """Every fault of a blueprint whose shape is right; empty where there is none."""
    faults: list[InputError] = []
    for part in (
        _regions,
        _accounts,
        _names,
        _references,
        _flows,
        _intents,
        _network,
        _existing,
        _serving,
        _perimeter,
        _data,
        _enclaves,
    ):
        faults.extend(part(blueprint, document))
    return faults or list(_addresses(blueprint, document))


def _perimeter(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    """Guard rails hold accounts that there are, in an organization; people come in by its Identity Center."""
    wanted = blueprint.perimeter
    alone = blueprint.accounts.layout is AccountLayout.ONE
    members = [name for name in accounts_of(blueprint) if name != Shared.MANAGEMENT.value]
    for index, name in enumerate(wanted.canary):
        if alone or name not in members:
            held = name == Shared.MANAGEMENT.value and not alone
            yield InputError(
                "guard rails never hold the account `management`" if held
                else f"there is no account `{name}` for guard rails to hold",
                position=document.position("perimeter", "canary", index),
                help="one account has no organization: choose another layout under `accounts`" if alone
                else help_for(name, members, what="accounts"),
            )  # fmt: skip
    if alone and wanted.people is not None:
        yield InputError(
            "people get permission sets in the accounts of an organization, and there is one account",
            position=document.key_position("perimeter", "people"),
            help="choose another layout under `accounts`, or remove `people`",
        )


def _serving(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    """What an endpoint serves is among its models, and callers prove who they are by IAM."""
    for team, found in blueprint.teams.items():
        for name, workload in found.workloads.items():
            serving = workload.serving
            if serving is None:
                continue
            path: _Path = ("teams", team, "workloads", name, "serving")
            if workload.type is not WorkloadType.ENDPOINT:
                yield InputError(
                    f"`{team}/{name}` is no endpoint, so it serves nobody",
                    position=document.key_position(*path),
                    help="remove `serving`, or make `type` `endpoint`",
                )
            if serving.auth == "mutual-tls":
                yield InputError(
                    f"the private API before `{team}/{name}` cannot ask for client certificates",
                    position=document.position(*path, "auth"),
                    help="use `auth: iam`: API Gateway offers mutual TLS for Regional domain names only, and "
                    "a load balancer cannot call SageMaker",
                )
            if serving.shadow is not None and serving.release is None:
                yield InputError(
                    f"`{team}/{name}` has a candidate and no release whose requests it could get",
                    position=document.key_position(*path, "shadow"),
                    help="name a `release`",
                )
            for kind in ("release", "shadow"):
                release = getattr(serving, kind)
                if release is not None and release.model not in workload.serves:
                    yield InputError(
                        f"`{team}/{name}` does not serve `{release.model}`",
                        position=document.position(*path, kind, "model"),
                        help=help_for(release.model, list(workload.serves), what="models that it serves"),
                    )


def _regions(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    known = [region for regions in REGIONS.values() for region in regions]
    for index, region in enumerate(blueprint.regions):
        at = document.position("regions", index)
        if region not in known:
            yield InputError(
                f"`{region}` is not a Region of AWS",
                position=at,
                help=help_for(region, known, what="Regions"),
            )
        elif region in blueprint.regions[:index]:
            yield InputError(f"Region `{region}` is listed twice", position=at, help="remove one")
        elif partition(blueprint.regions[0]) not in (partition(region), None):
            yield InputError(
                f"Region `{region}` is in another partition of AWS than `{blueprint.regions[0]}`",
                position=at,
                help="accounts and roles do not reach across partitions: write a blueprint for each",
            )


def _accounts(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    accounts = blueprint.accounts
    staged = accounts.layout is AccountLayout.PER_TEAM_AND_STAGE
    if accounts.stages and not staged:
        yield InputError(
            f"`accounts.stages` needs the layout `per-team-and-stage`, and it is `{accounts.layout}`",
            position=document.key_position("accounts", "stages"),
            help="change `accounts.layout`, or remove `stages`",
        )
    for index, stage in enumerate(accounts.stages):
        if stage in accounts.stages[:index]:
            at = document.position("accounts", "stages", index)
            yield InputError(f"stage `{stage}` is listed twice", position=at, help="remove one")
    names = list(accounts_of(blueprint))
    owners: dict[str, str] = {}
    for name, account_id in accounts.ids.items():
        path: _Path = ("accounts", "ids", name)
        if name not in names:
            yield InputError(
                f"there is no account `{name}` with the layout `{accounts.layout}`",
                position=document.key_position(*path),
                help=help_for(name, names, what="accounts"),
            )
        if account_id in owners:
            yield InputError(
                f"account id `{account_id}` is given to `{owners[account_id]}` and to `{name}`",
                position=document.position(*path),
                help="each account has an id of its own",
            )
        owners.setdefault(account_id, name)
    absent = [name for name in names if name not in accounts.ids]
    if blueprint.target != "local" and absent:
        more = f" (and {len(absent) - 1} more)" if len(absent) > 1 else ""
        yield InputError(
            f"target is `{blueprint.target}`, but account `{absent[0]}` has no id{more}",
            position=document.position("target"),
            help=f'add `{absent[0]}: "111122223333"` below `accounts.ids`',
        )


def _names(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    """Names that Ringwork derives are unique, and within AWS's limits."""
    if f"{blueprint.organization}-".startswith(RESERVED_PREFIXES):
        yield InputError(
            f"names that start with `{blueprint.organization}-` are reserved by AWS",
            position=document.position("organization"),
            help="choose another name for the organization",
        )
    if blueprint.accounts.layout is not AccountLayout.ONE:
        for environment in environments(blueprint):
            if environment.name in [*Shared]:
                yield InputError(
                    f"`{environment.name}` is the name of an account that belongs to no team",
                    position=document.key_position("teams", environment.team),
                    help="rename the team",
                )
    seen: dict[str, str] = {}
    roles: dict[str, tuple[str, str]] = {}
    too_long: set[tuple[str, str]] = set()
    for environment in environments(blueprint):
        team = environment.team
        if environment.name in seen and seen[environment.name] != team:
            yield InputError(
                f"team `{seen[environment.name]}` has an environment `{environment.name}` too",
                position=document.key_position("teams", team),
                help="rename one of the teams",
            )
        seen.setdefault(environment.name, team)
        for name in workloads(blueprint, environment):
            role = f"{blueprint.organization}-{environment.name}-{name}"
            at = document.key_position("teams", team, "workloads", name)
            other = roles.setdefault(role, (team, name))
            if other != (team, name):
                yield InputError(
                    f"workload `{team}/{name}` gets the role name `{role}`, and so does `{'/'.join(other)}`",
                    position=at,
                    help="rename one of the two",
                )
            if len(role) > ROLE_NAME_LIMIT and (team, name) not in too_long:
                too_long.add((team, name))
                yield InputError(
                    f"role name `{role}` has {len(role)} characters, and IAM allows {ROLE_NAME_LIMIT}",
                    position=at,
                    help="shorten the organization, team, stage or workload",
                )


def _references(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    accounts = blueprint.accounts
    staged = accounts.layout is AccountLayout.PER_TEAM_AND_STAGE
    stages = accounts.stages or DEFAULT_STAGES
    for team_name, team in blueprint.teams.items():
        for name, workload in team.workloads.items():
            path: _Path = ("teams", team_name, "workloads", name)
            for field, kind in _REFERENCES:
                references: tuple[str, ...] = getattr(workload, field)
                for index, reference in enumerate(references):
                    at = document.position(*path, field, index)
                    if reference in references[:index]:
                        yield InputError(f"`{reference}` is listed twice", position=at, help="remove one")
                        continue
                    fault = _unresolved(blueprint, team_name, reference, kind, at)
                    if fault is None and not _same_account(blueprint, team_name, reference):
                        fault = InputError(
                            f"`{reference}` is in another account than `{team_name}/{name}`, and this "
                            "version grants nothing across accounts",
                            position=at,
                            help=f"move the {kind} to team `{team_name}`, or use the account layout `one`",
                        )
                    if fault is not None:
                        yield fault
            if workload.stages is None:
                continue
            if not staged:
                yield InputError(
                    f"`stages` needs the account layout `per-team-and-stage`, and it is `{accounts.layout}`",
                    position=document.key_position(*path, "stages"),
                    help="change `accounts.layout`, or remove `stages`",
                )
                continue
            if not workload.stages:
                yield InputError(
                    f"workload `{team_name}/{name}` exists in no stage",
                    position=document.position(*path, "stages"),
                    help="name a stage, or remove `stages` for all of them",
                )
            for index, stage in enumerate(workload.stages):
                at = document.position(*path, "stages", index)
                if stage not in stages:
                    yield InputError(
                        f"there is no stage `{stage}`",
                        position=at,
                        help=help_for(stage, stages, what="stages"),
                    )
                elif stage in workload.stages[:index]:
                    yield InputError(f"stage `{stage}` is listed twice", position=at, help="remove one")


_REFERENCES = (("reads", "data set"), ("writes", "data set"), ("produces", "model"), ("serves", "model"))


def _members(team: Team, kind: str) -> Collection[str]:
    by_kind: Mapping[str, Collection[str]] = {
        "data set": [*team.data, *team.features],
        "model": team.models,
        "workload": team.workloads,
    }
    return by_kind[kind]


def _unresolved(
    blueprint: Blueprint, team_name: str, reference: str, kind: str, at: Position
) -> InputError | None:
    """Why `reference`, written within `team_name`, names nothing; None where it names something."""
    owner, _, name = reference.rpartition("/")
    if owner and owner not in blueprint.teams:
        return InputError(
            f"there is no team `{owner}`", position=at, help=help_for(owner, blueprint.teams, what="teams")
        )
    here = _members(blueprint.teams[owner or team_name], kind)
    if name in here:
        return None
    elsewhere = [other for other, team in blueprint.teams.items() if name in _members(team, kind)]
    if elsewhere and closest(name, here) is None:
        help = f"to name another team's, write `{elsewhere[0]}/{name}`"
    else:
        help = help_for(name, here, what=f"{kind}s of `{owner or team_name}`")
    return InputError(f"team `{owner or team_name}` has no {kind} `{name}`", position=at, help=help)


def _same_account(blueprint: Blueprint, team: str, reference: str) -> bool:
    owner = reference.rpartition("/")[0]
    return owner in ("", team) or blueprint.accounts.layout is AccountLayout.ONE


def _flows(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    seen: set[tuple[str, str, int, str]] = set()
    for index, flow in enumerate(blueprint.flows):
        ends = (("from", flow.from_), ("to", flow.to))
        whole = True
        for side, reference in ends:
            at = document.position("flows", index, side)
            team, _, name = reference.rpartition("/")
            if not team:
                having = [t for t, value in blueprint.teams.items() if name in value.workloads]
                fault: InputError | None = InputError(
                    f"`{reference}` does not say which team's workload it is",
                    position=at,
                    help=f"write `{having[0] if having else next(iter(blueprint.teams))}/{name}`",
                )
            else:
                fault = _unresolved(blueprint, team, reference, "workload", at)
            if fault is not None:
                whole = False
                yield fault
        if not whole:
            continue
        if flow.from_ == flow.to:
            yield InputError(
                f"flow from `{flow.from_}` to itself",
                position=document.position("flows", index, "to"),
                help="remove it: a flow joins two workloads",
            )
            continue
        key = (flow.from_, flow.to, flow.port, flow.protocol)
        if key in seen:
            yield InputError(
                f"flow from `{flow.from_}` to `{flow.to}` on {flow.protocol} {flow.port} is declared twice",
                position=document.position("flows", index),
                help="remove one",
            )
        seen.add(key)
        if not _share_a_stage(blueprint, flow.from_, flow.to):
            yield InputError(
                f"`{flow.from_}` and `{flow.to}` never exist in the same stage",
                position=document.position("flows", index),
                help="give them a stage in common, or remove the flow",
            )


def _share_a_stage(blueprint: Blueprint, one: str, other: str) -> bool:
    def stages(reference: str) -> set[str | None]:
        team, _, name = reference.partition("/")
        return {
            environment.stage
            for environment in environments(blueprint)
            if environment.team == team and name in workloads(blueprint, environment)
        }

    left, right = stages(one), stages(other)
    return not left or not right or bool(left & right)


def _intents(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    for index, intent in enumerate(blueprint.intents):
        for side, reference in (("from", intent.from_), ("to", intent.to)):
            if reference in ("internet", "any"):
                continue
            at = document.position("intents", index, side)
            prefix, _, rest = reference.rpartition(":")
            kind = {"data": "data set", "model": "model"}.get(prefix, "workload")
            team = rest.partition("/")[0]
            if rest.endswith("/*") and team in blueprint.teams:
                continue
            fault = _unresolved(blueprint, team, rest, kind, at)
            if fault is not None:
                yield fault
        if intent.rule == "always" and intent.least_depth is not None:
            yield InputError(
                "`least_depth` belongs to the rule `never`",
                position=document.key_position("intents", index, "least_depth"),
                help="remove it: it counts the controls that keep something closed",
            )


def _network(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    network = blueprint.network
    if not any(network.cidr.subnet_of(block) for block in PRIVATE):
        yield InputError(
            f"`{network.cidr}` is not a private block",
            position=document.position("network", "cidr"),
            help="cut it from " + ", ".join(f"`{block}`" for block in PRIVATE),
        )
    if network.reserve_prefix > network.vpc_prefix:
        given = "reserve_prefix" if document.has("network", "reserve_prefix") else "vpc_prefix"
        yield InputError(
            f"a VPC of /{network.vpc_prefix} does not fit into a reserve of /{network.reserve_prefix}",
            position=document.position("network", given),
            help="`reserve_prefix` must be `vpc_prefix` or shorter",
        )
        return
    pins: dict[str, IPv4Network] = {}
    for name, team in blueprint.teams.items():
        if team.cidr is None:
            continue
        at = document.position("teams", name, "cidr")
        reserve = IPv4Network((int(team.cidr.network_address), 32)).supernet(
            new_prefix=network.reserve_prefix
        )
        clash = next((other for other, block in pins.items() if block.overlaps(reserve)), None)
        if team.cidr.prefixlen not in (network.vpc_prefix, network.reserve_prefix):
            yield InputError(
                f"`{team.cidr}` has neither the size of a VPC (/{network.vpc_prefix}) nor of its reserve "
                f"(/{network.reserve_prefix})",
                position=at,
                help=f"write `{reserve}`",
            )
        elif team.cidr.network_address != reserve.network_address:
            yield InputError(
                f"`{team.cidr}` does not start a block of /{network.reserve_prefix}",
                position=at,
                help=f"write `{reserve}`: VPCs start where their reserve does",
            )
        elif not reserve.subnet_of(network.cidr):
            yield InputError(
                f"`{team.cidr}` is outside the address plan `{network.cidr}`",
                position=at,
                help="choose a block inside it, or widen `network.cidr`",
            )
        elif any(reserve.overlaps(block) for block in AVOIDED):
            yield InputError(
                f"`{team.cidr}` overlaps {AVOIDED[0]}, which AWS services use",
                position=at,
                help="choose another block",
            )
        elif clash is not None:
            yield InputError(
                f"`{team.cidr}` overlaps the block {pins[clash]} of team `{clash}`",
                position=at,
                help="choose another block",
            )
        pins[name] = reserve


TIERS: Mapping[WorkloadType, str] = {
    **dict.fromkeys((WorkloadType.STUDIO, WorkloadType.NOTEBOOK), "interactive"),
    **dict.fromkeys(
        (WorkloadType.TRAINING, WorkloadType.PROCESSING, WorkloadType.PIPELINE, WorkloadType.BATCH), "build"
    ),
    **dict.fromkeys((WorkloadType.ENDPOINT, WorkloadType.ENCLAVE), "serving"),
}
"""Where a workload runs: a VPC that the blueprint names must have subnets there."""
_LEAST_SUBNETS = 2


def _existing(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    """VPCs that are used as they are: whose they are, that they have what is needed, and no address twice."""
    places = {
        f"{environment.name}/{region}": environment
        for environment in environments(blueprint)
        for region in blueprint.regions
    }
    seen: dict[str, IPv4Network] = {}
    for key, vpc in blueprint.network.existing.items():
        path: _Path = ("network", "existing", key)
        if key not in places:
            yield InputError(
                f"there is no environment `{key}`",
                position=document.key_position(*path),
                help=help_for(key, places, what="environments"),
            )
            continue
        present = workloads(blueprint, places[key]).values()
        needed = {TIERS[workload.type]: workload.type.value for workload in present}
        if needed:
            needed["endpoints"] = "every workload"
        for tier, why in needed.items():
            subnets = vpc.subnets.get(tier, ())  # type: ignore[call-overload]
            if len(subnets) < _LEAST_SUBNETS:
                yield InputError(
                    f"`{key}` needs {_LEAST_SUBNETS} subnets of the tier `{tier}`, and has {len(subnets)}",
                    position=document.key_position(*path, "subnets"),
                    help=f"name subnets of two zones: {why} needs them",
                )
        named = [subnet for subnets in vpc.subnets.values() for subnet in subnets]
        for subnet in dict.fromkeys(named):
            if named.count(subnet) > 1:
                yield InputError(
                    f"`{subnet}` is named twice",
                    position=document.key_position(*path, "subnets"),
                    help="a subnet is of one tier, whose network ACL it gets",
                )
        if needed and not vpc.route_tables:
            yield InputError(
                f"`{key}` has no way to Amazon S3",
                position=document.key_position(*path),
                help="name the subnets' route tables in `route_tables`",
            )
        at = document.position(*path, "cidr")
        if vpc.cidr.overlaps(blueprint.network.cidr):
            yield InputError(
                f"`{vpc.cidr}` of `{key}` overlaps the address plan `{blueprint.network.cidr}`",
                position=at,
                help="set `network.cidr` to a block beside it",
            )
        for other, block in seen.items():
            if vpc.cidr.overlaps(block):
                yield InputError(
                    f"`{vpc.cidr}` of `{key}` overlaps `{block}` of `{other}`",
                    position=at,
                    help="teams call each other's services: give each VPC addresses of its own",
                )
        seen[key] = vpc.cidr


def _data(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    """Copies go to a Region of the blueprint, features have names of their own and expire only online."""
    for team_name, team in blueprint.teams.items():
        for name, data_set in team.data.items():
            target = data_set.replicate_to
            at = ("teams", team_name, "data", name, "replicate_to")
            if target is None:
                continue
            if target not in blueprint.regions:
                yield InputError(
                    f"`{target}` is not a Region of this blueprint, so nothing is there to copy to",
                    position=document.position(*at),
                    help=f"add it to `regions`, or choose one of them: {', '.join(blueprint.regions)}",
                )
            elif len(blueprint.regions) == 1:
                yield InputError(
                    f"`{target}` is where the data is: a copy goes to another Region",
                    position=document.position(*at),
                    help="add a Region to `regions` and name it here, or remove `replicate_to`",
                )
        for name, group in team.features.items():
            path = ("teams", team_name, "features", name)
            if name in team.data:
                yield InputError(
                    f"`{name}` is a data set of team `{team_name}` too",
                    position=document.key_position(*path),
                    help="rename one of them: `reads` and `writes` name both",
                )
            if group.expire_days is not None and not group.online:
                yield InputError(
                    "only records of an online store expire",
                    position=document.key_position(*path, "expire_days"),
                    help="set `online: true`, or remove `expire_days`",
                )
            for column in (group.record, group.time):
                if column in group.columns:
                    yield InputError(
                        f"feature `{column}` is given twice",
                        position=document.key_position(*path, "columns", column),
                        help="remove it from `columns`: `record` and `time` are features already",
                    )


def _enclaves(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    """No measurement is that of an enclave in debug mode, whose first three are zero (Nitro Enclaves, "Where
    to get an enclave's measurements"): a key that asks for zeros opens for every such enclave."""
    for team_name, team in blueprint.teams.items():
        for name, workload in team.workloads.items():
            if workload.enclave is None or workload.enclave.measurements is None:
                continue
            for register, value in workload.enclave.measurements:
                if value is not None and set(value) == {"0"}:
                    path = ("teams", team_name, "workloads", name, "enclave", "measurements", register)
                    yield InputError(
                        f"`{register}` is all zeros, as in debug mode, where anybody reads the enclave",
                        position=document.position(*path),
                        help="build the image and give what `nitro-cli build-enclave` prints",
                    )


def _addresses(blueprint: Blueprint, document: Document) -> Iterator[InputError]:
    """Whether all VPCs fit; asked last, when all that the allocation needs is known to be right."""
    try:
        allocate(blueprint)
    except InputError as error:
        at = document.position("network", "cidr") if document.has("network", "cidr") else None
        at = at or document.key_position("network")
        yield InputError(error.message, position=at, help=error.help)
