"""Questions about packets, asked of whatever there is: a blueprint, templates, a recording, live accounts."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path

from ringwork import blueprint as blueprints
from ringwork.blueprint import Blueprint
from ringwork.cloud.collect import collect
from ringwork.cloud.collect.snapshot import from_snapshot
from ringwork.cloud.session import AUDIT_ROLE, Cloud
from ringwork.estate import Estate, Stack
from ringwork.estate.live import link
from ringwork.estate.sources import cloudformation
from ringwork.findings import Status
from ringwork.network import completeness
from ringwork.network.addresses import Prefix
from ringwork.network.leading import Lead, Leading
from ringwork.network.names import services
from ringwork.network.needs import NEEDS
from ringwork.network.packets import Traffic
from ringwork.network.questions import Answer, End, Flowing, Network, always, parse, reach, resolve
from ringwork.network.questions.changes import Changes, changes
from ringwork.network.questions.explain import Blocked, explain
from ringwork.network.questions.matrix import BY, Matrix, matrix
from ringwork.network.questions.scope import matching, read_scope
from ringwork.network.questions.subnets import subnets
from ringwork.network.questions.text import traffic as traffic_of
from ringwork.source import InputError, load
from ringwork.workflows.design import design, desired_estate

Progress = Callable[[str, int, int], None]
SOME_ACCOUNT, SOME_REGION = "111122223333", "us-east-1"
"""where templates are taken to be deployed, if nothing is said"""


@dataclass(frozen=True, slots=True)
class Seen:
    """What questions are asked of: every world that open conditions of templates allow."""

    target: str
    """the line that names it"""
    worlds: tuple[Estate, ...]
    blueprint: Blueprint | None = None
    path: Path | None = None


def from_path(
    path: Path,
    *,
    account: str = SOME_ACCOUNT,
    region: str = SOME_REGION,
    parameters: Mapping[str, str] | None = None,
    templates_in: Path = Path("out"),
) -> Seen:
    """What a file or folder holds: a blueprint, a template, a recording, or templates as `compile` writes
    them. Raises InputError."""
    if path.is_dir():
        return _from_folder(path, account=account, region=region, parameters=parameters or {})
    document = load(path, cloudformation=True)
    if isinstance(document.value, dict) and "ringwork" in document.value:
        return from_blueprint(path, templates_in=templates_in)
    return from_templates((path,), account=account, region=region, parameters=parameters or {})


def from_blueprint(path: Path, *, templates_in: Path = Path("out")) -> Seen:
    """What a blueprint would deploy. The templates under `templates_in` are named, not written."""
    blueprint = blueprints.load(path)
    designed = design(path, blueprint)
    estate = desired_estate(designed, templates_in)
    return Seen(f"blueprint `{path}`, as it would be deployed", (estate,), blueprint, path)


def from_templates(
    paths: Sequence[Path], *, account: str, region: str, parameters: Mapping[str, str]
) -> Seen:
    """What templates would deploy together to one account and Region."""
    named = ", ".join(f"`{path}`" for path in paths)
    target = f"{'template' if len(paths) == 1 else 'templates'} {named}, account {account}, {region}"
    places = [(path, account, region) for path in paths]
    return Seen(target, _read_together(places, parameters))


def _read_together(
    places: Sequence[tuple[Path, str, str]], parameters: Mapping[str, str]
) -> tuple[Estate, ...]:
    if len(places) == 1:
        ((path, account, region),) = places
        return cloudformation.read_template(path, account=account, region=region, parameters=parameters)
    stacks, documents = [], {}
    for path, account, region in places:
        # each alone first: its faults are told with their places
        cloudformation.read_template(path, account=account, region=region, parameters=parameters)
        document = load(path, cloudformation=True)
        declared = document.value.get("Parameters") or {}
        given = {name: value for name, value in parameters.items() if name in declared}
        stack = Stack(path.stem, account, region, document.value, given, file=str(path))
        stacks.append(stack)
        documents[stack.id] = document
    return cloudformation.read_stacks(stacks, documents=documents)


def _from_folder(folder: Path, *, account: str, region: str, parameters: Mapping[str, str]) -> Seen:
    """A recording of describe operations, or templates: by what the first file is."""
    files = sorted(path for path in folder.rglob("*") if path.suffix in (".json", ".yaml", ".yml"))
    templates = [path for path in files if _is_template(path)] if files and _is_template(files[0]) else []
    if templates:
        places = [(path, *_place(path, account, region)) for path in templates]
        return Seen(f"{len(templates)} templates in `{folder}`", _read_together(places, parameters))
    if not any(path.suffix == ".json" for path in files):
        raise InputError(
            f"`{folder}` holds neither templates nor recorded answers",
            help="record with `aws ec2 describe-vpcs > Vpcs.json` and so on, or name a blueprint",
        )
    collected = from_snapshot(folder)
    if not collected.resources:
        raise InputError(
            f"`{folder}` holds no recorded answer that is known",
            help='a file `Vpcs.json` holds `{"Vpcs": [...]}`, as `aws ec2 describe-vpcs` prints it',
        )
    return Seen(f"recording `{folder}`", (link(collected.resources, gaps=collected.gaps, handed_over=True),))


def _place(path: Path, account: str, region: str) -> tuple[str, str]:
    """`compile` writes `ACCOUNT/REGION/STACK.json`."""
    above = path.parts[-3:-1]
    if len(above) == 2 and re.fullmatch("[0-9]{12}", above[0]):
        return above[0], above[1]
    return account, region


def _is_template(path: Path) -> bool:
    try:
        value = load(path, cloudformation=True).value
    except InputError:
        return False
    return isinstance(value, dict) and isinstance(value.get("Resources"), dict)


def from_cloud(
    cloud: Cloud,
    *,
    accounts: Sequence[str],
    regions: Sequence[str],
    role: str | None = None,
    progress: Progress | None = None,
) -> Seen:
    """What is there now. Read only."""
    reader = cloud.entered_by(role or AUDIT_ROLE)
    estate = collect(reader, accounts=accounts, regions=regions, progress=progress)
    return Seen(cloud.first_line(), (estate,))


# --- one question


@dataclass(frozen=True, slots=True)
class Question:
    source: End
    destination: End
    traffic: tuple[Traffic, ...]

    @property
    def cuts(self) -> tuple[Prefix, ...]:
        return (*self.source.prefixes, *self.destination.prefixes)


@dataclass(frozen=True, slots=True)
class Asked:
    """An answer, and the network that it is about."""

    network: Network
    answer: Answer
    assumptions: tuple[str, ...]
    """what holds in the world that decided"""
    worlds: int


def question(
    source: Sequence[str], destination: Sequence[str], ports: Sequence[str] = (), protocol: str | None = None
) -> Question:
    """A question from a command line. Raises InputError."""
    if protocol is None:
        words = tuple(ports)
    elif ports:
        words = tuple(f"{protocol} {port}" for port in ports)
    else:
        words = (protocol if not protocol.isdigit() else f"protocol {protocol}",)
    return Question(parse(*source), parse(*destination), traffic_of(words))


def ask(seen: Seen, asked: Question, *, must: bool = False) -> Asked:
    """The answer in the world where it is worst. `must`: whether it can always flow, not whether it can
    never. Raises InputError for an end that is nobody."""
    order = (Status.VIOLATED, Status.UNKNOWN, Status.PROVED)
    found: list[Asked] = []
    for estate in seen.worlds:
        network = Network(estate, cuts=asked.cuts, kinds=asked.traffic)
        source, destination = resolve(network, asked.source), resolve(network, asked.destination)
        decide = always if must else reach
        answer = decide(Flowing(network), source, destination, asked.traffic)
        found.append(Asked(network, answer, estate.assumptions, len(seen.worlds)))
    worst = min(found, key=lambda each: order.index(each.answer.status))
    return replace(worst, worlds=len(found))


def explained(seen: Seen, asked: Question) -> tuple[Network, tuple[Blocked, ...]]:
    """Why a pair is blocked, in the first world. Raises InputError."""
    network = Network(seen.worlds[0], cuts=asked.cuts, kinds=asked.traffic)
    source, destination = resolve(network, asked.source), resolve(network, asked.destination)
    return network, explain(network, source, destination, asked.traffic)


def everything(seen: Seen, by: Sequence[str]) -> tuple[Network, Matrix]:
    """The matrix of the first world. Raises InputError for what is no label."""
    for label in by:
        if label not in BY and not label.startswith("tag:"):
            near = get_close_matches(label, BY, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"one of {', '.join(BY)}, or tag:KEY"
            raise InputError(f"`{label}` is nothing to group by", help=hint)
    network = Network(seen.worlds[0])
    return network, matrix(Flowing(network), tuple(by))


def changed(old: Seen, new: Seen) -> Changes:
    """What the new opens and closes, in the first world of each."""
    return changes(old.worlds[0], new.worlds[0])


def scoped(seen: Seen, path: Path) -> tuple[Network, Answer]:
    """The paths of a Network Access Scope in the world where there are most. Raises InputError."""
    scope = read_scope(load(path))
    order = (Status.VIOLATED, Status.UNKNOWN, Status.PROVED)
    found = []
    for estate in seen.worlds:
        network = Network(estate, cuts=scope.cuts, kinds=scope.kinds)
        found.append((network, matching(Flowing(network), scope)))
    return min(found, key=lambda each: order.index(each[1].status))


# --- names and endpoints

_WORST = (Status.VIOLATED, Status.UNKNOWN, Status.PROVED)


def looked_up(seen: Seen, name: str, places: Sequence[str]) -> tuple[Network, tuple[Lead, ...]]:
    """Where a name leads from each subnet that `places` name, in the world where it is worst. Raises
    InputError."""
    _check_name(name)
    found = []
    for estate in seen.worlds:
        network = Network(estate)
        leading = Leading(estate, network.model)
        leads = tuple(leading.lead(subnet, name) for subnet in subnets(network, places))
        found.append((network, leads))
    return min(found, key=lambda each: min(_WORST.index(lead.status) for lead in each[1]))


def _check_name(name: str) -> None:
    """Letters, digits, hyphens and underscores, in labels of at most 63 (RFC 1035, "Size limits")."""
    if name in services.BY_KEY:
        return
    labels = services.plain(name).split(".")
    if len(name) > 255 or not all(re.fullmatch(r"[a-z0-9_-]{1,63}", label) for label in labels):
        raise InputError(
            f"`{name}` is not a DNS name", help="such as `api.sagemaker.eu-west-1.amazonaws.com`"
        )
    if len(labels) == 1:
        near = get_close_matches(name, services.BY_KEY, n=2)
        hint = f"did you mean {' or '.join(f'`{each}`' for each in near)}?" if near else ""
        known = ", ".join(sorted(services.BY_KEY))
        raise InputError(
            f"`{name}` is neither a DNS name nor a service", help=hint or f"services are {known}"
        )


def complete(
    seen: Seen, features: Sequence[str] = (), places: Sequence[str] = ()
) -> tuple[Network, tuple[completeness.Answer, ...]]:
    """Whether what features call is reached, in the world where it is worst: where workloads run; with
    `places`, where they would. No features: all that there are. Raises InputError."""
    for feature in features:
        if feature not in NEEDS:
            near = get_close_matches(feature, NEEDS, n=1)
            hint = f"did you mean `{near[0]}`?" if near else f"one of {', '.join(NEEDS)}"
            raise InputError(f"`{feature}` is no feature", help=hint)
    chosen = tuple(features) or tuple(NEEDS)
    found = []
    for estate in seen.worlds:
        network = Network(estate)
        if places:
            answers = completeness.before(estate, network.model, subnets(network, places), chosen)
        else:
            answers = completeness.answers(estate, network.model, chosen)
        found.append((network, answers))
    return min(found, key=lambda each: _WORST.index(completeness.outcome(each[1])))
