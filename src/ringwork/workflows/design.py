"""Blueprint to checked stacks: read, allocate addresses, compile, check, write templates."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Network
from pathlib import Path

from ringwork import blueprint as blueprints
from ringwork.architecture import Architecture, compile_blueprint
from ringwork.architecture.check import check
from ringwork.blueprint import Blueprint, Environment
from ringwork.engine import collector_paused
from ringwork.estate import Estate, Stack
from ringwork.estate.sources import cloudformation
from ringwork.source import Document, InputError, parse_json, written
from ringwork.workflows.files import write_atomically


@dataclass(frozen=True, slots=True)
class Design:
    """A blueprint and the architecture that it compiles to."""

    path: Path
    blueprint: Blueprint
    environments: tuple[Environment, ...]
    addresses: Mapping[str, IPv4Network]
    """`environment/region` -> the block reserved for its VPC"""
    architecture: Architecture

    @property
    def stacks(self) -> tuple[Stack, ...]:
        return self.architecture.stacks

    @property
    def accounts(self) -> tuple[str, ...]:
        """Account ids, each once, teams' first, in the blueprint's order."""
        return tuple(dict.fromkeys(id for id, _ in blueprints.accounts(self.blueprint).values()))

    @property
    def regions(self) -> tuple[str, ...]:
        return self.blueprint.regions


def address_file(blueprint: Path) -> Path:
    """Where the address plan is kept: beside the blueprint, to be committed with it."""
    return blueprint.with_name(f"{blueprint.stem}.addresses.json")


def design(path: Path, blueprint: Blueprint | None = None) -> Design:
    """Read, compile and check the blueprint at `path`. Nothing is written.

    `blueprint` is what was read from `path` already, with account ids filled in. Raises
    InputError with the place in the blueprint, or naming the resource that breaks a rule.
    """
    blueprint = blueprint or blueprints.load(path)
    addresses = blueprints.allocate(blueprint, _kept_addresses(address_file(path)))
    with collector_paused():
        architecture = compile_blueprint(blueprint, addresses)
        problems = check(architecture.stacks)
    if problems:
        listed = "\n".join(f"  {problem}" for problem in problems[:20])
        raise InputError(
            f"`{path}` compiles to stacks that break {len(problems)} rule(s):\n{listed}",
            help="this is a fault in the compiler, not in the blueprint: please report it",
        )
    return Design(path, blueprint, blueprints.environments(blueprint), addresses, architecture)


def keep_addresses(designed: Design) -> Path:
    """Write the address plan beside the blueprint, so that later teams never move earlier VPCs.

    Blocks of environments that left the blueprint stay in the plan: their stacks may still stand.
    """
    path = address_file(designed.path)
    blocks = {**_kept_addresses(path), **{name: str(block) for name, block in designed.addresses.items()}}
    text = json.dumps(blocks, indent=2) + "\n"
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_atomically(path, text)
    return path


def _kept_addresses(path: Path) -> Mapping[str, str]:
    if not path.exists():
        return {}
    document = parse_json(path.read_text(encoding="utf-8"), str(path))
    if not isinstance(document.value, dict):
        raise InputError("the address plan must be an object", position=document.position())
    for name, block in document.value.items():
        try:
            IPv4Network(block)
        except (ValueError, TypeError) as error:
            raise InputError(
                f"`{block}` is not an IPv4 network",
                position=document.position(name),
                help="restore the address plan from version control, or delete it to plan addresses anew",
            ) from error
    return dict(document.value)


def template_text(stack: Stack) -> str:
    """The template as it is written to disk and blamed by line."""
    return json.dumps(stack.template, indent=2) + "\n"


def template_path(folder: Path, stack: Stack) -> Path:
    return folder / stack.account / stack.region / f"{stack.name}.json"


def write_templates(designed: Design, folder: Path) -> dict[str, Path]:
    """Write every template under `folder`: `Stack.id` -> file."""
    written = {}
    for stack in designed.stacks:
        path = template_path(folder, stack)
        write_atomically(path, template_text(stack))
        written[stack.id] = path
    return written


def desired_estate(designed: Design, folder: Path) -> Estate:
    """What would be deployed, with each property's line in the templates under `folder`.

    `folder` only names the places: the templates need not have been written yet.
    """
    with collector_paused():
        documents: dict[str, Document] = {
            stack.id: written(stack.template, str(template_path(folder, stack))) for stack in designed.stacks
        }
        (estate,) = cloudformation.read_stacks(designed.stacks, documents=documents)
    return estate
