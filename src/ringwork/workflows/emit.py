"""Templates for other people's pipelines: a manifest that a program reads, and a page that a person reads."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import yaml

from ringwork.architecture import landing_zone
from ringwork.blueprint import accounts
from ringwork.estate import Stack, StackOutput
from ringwork.estate.organization import OrganizationFact
from ringwork.estate.stack import KeyedOutput, PrefixListId
from ringwork.workflows.design import Design, template_path, write_templates
from ringwork.workflows.files import write_atomically

CAPABILITIES = ("CAPABILITY_NAMED_IAM",)
"""What CloudFormation wants acknowledged: our templates make roles with names (CloudFormation API reference,
CreateStack, Capabilities)."""


def emit(designed: Design, folder: Path) -> dict[str, Path]:
    """Write every template, `manifest.json` and `README.md` below `folder`; `Stack.id` -> template."""
    written = write_templates(designed, folder)
    write_atomically(folder / "manifest.json", json.dumps(manifest(designed, folder), indent=2) + "\n")
    write_atomically(folder / "README.md", readme(designed, folder))
    return written


def emit_landing_zone(designed: Design, folder: Path) -> Path:
    """Write `lza/network-config.yaml` below `folder`, and return its path.

    Raises InputError where the Landing Zone Accelerator's configuration has no words for what the blueprint
    asks.
    """
    landing_zone.refuse_what_has_no_words(designed.blueprint)
    names = {account: name for name, (account, _) in accounts(designed.blueprint).items()}
    config = landing_zone.network_config(designed.stacks, names)
    path = folder / "lza" / "network-config.yaml"
    write_atomically(path, yaml.safe_dump(config, sort_keys=False, width=110))
    return path


def manifest(designed: Design, folder: Path) -> dict[str, Any]:
    """The stacks in deployment order, with all that a deployment needs to know beside the templates."""
    return {
        "organization": designed.blueprint.organization,
        "stacks": [
            {
                "id": stack.id,
                "name": stack.name,
                "account": stack.account,
                "region": stack.region,
                "template": str(template_path(folder, stack).relative_to(folder)),
                "capabilities": list(CAPABILITIES),
                "parameters": {name: _source(value) for name, value in stack.parameters.items()},
                "tags": dict(stack.tags),
                "needs": sorted(stack.needs),
                "sets": [
                    {"what": setting.kind.value, "arguments": setting.arguments} for setting in stack.settings
                ],
                "accepts": [
                    {
                        "what": acceptance.kind.value,
                        "output": acceptance.output,
                        "account": acceptance.account,
                        "region": acceptance.region,
                    }
                    for acceptance in stack.acceptances
                ],
                "settings": [
                    {"what": setting.kind.value, "arguments": dict(setting.arguments)}
                    for setting in stack.settings
                ],
            }
            for stack in designed.stacks
        ],
        "notes": list(designed.architecture.notes),
    }


def _source(value: object) -> Any:
    """A parameter's source: a literal, or where its value is found."""
    match value:
        case KeyedOutput(stack=stack, output=output, key=key):
            return {"stack": stack, "output": output, "value_of_the_key_in_output": key}
        case StackOutput(stack=stack, output=output):
            return {"stack": stack, "output": output}
        case PrefixListId(service=service):
            return {"prefix_list": f"com.amazonaws.REGION.{service}"}
        case OrganizationFact():
            return {"organization": value.fact.value}
    return value


def readme(designed: Design, folder: Path) -> str:
    """How to deploy the templates without Ringwork."""
    stacks = designed.stacks
    accepts = [(stack, acceptance) for stack in stacks for acceptance in stack.acceptances]
    lines = [
        f"# {designed.blueprint.organization}: CloudFormation templates",
        "",
        f"Compiled by Ringwork from `{designed.path.name}`: {len(stacks)} stacks in {len(designed.accounts)} "
        f"account(s) and {len(designed.regions)} Region(s). Do not edit them; change the blueprint and "
        "compile again. `ringwork deploy` does all that follows; this page is for pipelines that do it "
        "themselves.",
        "",
        "## Deploying",
        "",
        "1. Deploy the stacks in the order below, each in its account and Region. Independent ones may go at",
        "   once: `needs` in `manifest.json` says what each waits for.",
        f"2. Acknowledge `{' '.join(CAPABILITIES)}`, and set the stack's tags of the manifest on it.",
        "3. Fill each parameter from the source that `parameters` names there: an output of another stack,",
        "   the id of an AWS-managed prefix list in the Region, or a fact about the organization",
        "   (`aws organizations describe-organization`, `list-roots`).",
        "4. Templates over 51,200 bytes must lie in an S3 bucket: `aws cloudformation deploy` takes",
        "   `--s3-bucket`.",
        "",
        "One stack by hand:",
        "",
        "```sh",
        *_example(stacks, folder),
        "```",
        "",
    ]
    if accepts:
        lines += [
            "## Accepting",
            "",
            "CloudFormation cannot accept what one account asks of another. Accept each of these requests as",
            "soon as its stack has made it: CloudFormation waits for some, so not only after the stack.",
            "",
            "| stack | request | output with its id | accepted by |",
            "|---|---|---|---|",
            *(
                f"| `{stack.name}` | {acceptance.kind.value} | `{acceptance.output}` | "
                f"{acceptance.account}, {acceptance.region} |"
                for stack, acceptance in accepts
            ),
            "",
        ]
    if any(stack.settings for stack in stacks):
        lines += [
            "## Setting",
            "",
            "Some settings of an account have no CloudFormation type. A stack's `sets` in the manifest are",
            "those that Ringwork sets by an API call in its account and Region.",
            "",
        ]
    lines += [
        "## Stacks, in order",
        "",
        "| | stack | account | Region | resources | template |",
        "|---:|---|---|---|---:|---|",
        *(
            f"| {index} | `{stack.name}` | {stack.account} | {stack.region} | "
            f"{len(stack.template['Resources'])} | `{template_path(folder, stack).relative_to(folder)}` |"
            for index, stack in enumerate(stacks, start=1)
        ),
        "",
    ]
    if designed.architecture.notes:
        lines += ["## Notes", "", *(f"- {note}" for note in designed.architecture.notes), ""]
    return "\n".join(lines)


def _example(stacks: Sequence[Stack], folder: Path) -> list[str]:
    """The commands for the first stack that takes an output, or the first one."""
    stack = next((s for s in stacks if s.needs), stacks[0])
    lines = []
    given = []
    for name, value in stack.parameters.items():
        match value:
            case StackOutput(stack=source, output=output):
                account, region, other = source.split("/")
                lines.append(
                    f"{name}=$(aws cloudformation describe-stacks --region {region} --stack-name {other} \\"
                )
                lines.append(
                    f"  --query \"Stacks[0].Outputs[?OutputKey=='{output}'].OutputValue\" --output text)"
                    f"  # in account {account}"
                )
                given.append(f'{name}="${name}"')
            case PrefixListId(service=service):
                lines.append(f"{name}=$(aws ec2 describe-managed-prefix-lists --region {stack.region} \\")
                lines.append(
                    f"  --filters Name=prefix-list-name,Values=com.amazonaws.{stack.region}.{service} \\"
                )
                lines.append("  --query PrefixLists[0].PrefixListId --output text)")
                given.append(f'{name}="${name}"')
            case str():
                given.append(f'{name}="{value}"')
    tags = " ".join(f'"{key}={value}"' for key, value in sorted(stack.tags.items()))
    lines += [
        f"aws cloudformation deploy --region {stack.region} --stack-name {stack.name} \\",
        f"  --template-file {template_path(folder, stack).relative_to(folder)} \\",
        f"  --capabilities {' '.join(CAPABILITIES)} \\",
        *([f"  --parameter-overrides {' '.join(given)} \\"] if given else []),
        f"  --tags {tags}",
    ]
    return lines
