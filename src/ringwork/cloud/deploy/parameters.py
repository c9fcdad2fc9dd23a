"""The values of a stack's parameters: given, taken from another stack's outputs, or looked up."""

from __future__ import annotations

from collections.abc import Mapping

from ringwork.cloud.errors import OperationError, explained
from ringwork.cloud.session import Cloud
from ringwork.estate.organization import Fact, OrganizationFact
from ringwork.estate.stack import KeyedOutput, PrefixListId, Stack, StackOutput


def resolve(cloud: Cloud, stack: Stack, outputs: Mapping[str, Mapping[str, str]]) -> dict[str, str | None]:
    """Parameter name -> value; None where the value is known only once another stack is deployed.

    `outputs`: `Stack.id` -> outputs of the stacks that are deployed.
    """
    values: dict[str, str | None] = {}
    for name, given in stack.parameters.items():
        match given:
            case KeyedOutput(stack=source):
                values[name] = of_key(given, outputs.get(source, {}))
            case StackOutput(stack=source, output=output):
                values[name] = outputs.get(source, {}).get(output)
            case PrefixListId(service=service):
                values[name] = prefix_list_id(cloud, stack, service)
            case OrganizationFact(fact=fact):
                values[name] = organization_fact(cloud, stack, fact)
            case _:
                values[name] = given
    return values


def of_key(given: KeyedOutput, outputs: Mapping[str, str]) -> str | None:
    """The value of the key that another output says; None where either output, or the key, is not there."""
    pairs = dict(pair.partition(":")[::2] for pair in outputs.get(given.output, "").split(","))
    return pairs.get(outputs.get(given.key, ""))


def prefix_list_id(cloud: Cloud, stack: Stack, service: str) -> str:
    """The id of the AWS-managed prefix list `com.amazonaws.REGION.SERVICE`."""
    name = f"com.amazonaws.{stack.region}.{service}"
    ec2 = cloud.client("ec2", account=stack.account, region=stack.region)
    with explained(f"look up prefix list `{name}` for stack `{stack.name}`"):
        found = ec2.describe_managed_prefix_lists(Filters=[{"Name": "prefix-list-name", "Values": [name]}])[
            "PrefixLists"
        ]
    if len(found) != 1:
        raise OperationError(
            f"stack `{stack.name}` needs one prefix list `{name}`; account {stack.account} has {len(found)}",
            help=f"check that Region {stack.region} offers gateway endpoints for `{service}`",
        )
    return str(found[0]["PrefixListId"])


def organization_fact(cloud: Cloud, stack: Stack, fact: Fact) -> str:
    """What the stack's account, which must be the management account, knows of its organization."""
    if fact is Fact.ENTRY:
        return cloud.first_role
    organizations = cloud.client("organizations", account=stack.account, region=stack.region)
    with explained(f"look up the organization for stack `{stack.name}`"):
        organization = organizations.describe_organization()["Organization"]
        roots = organizations.list_roots()["Roots"]
    if organization["MasterAccountId"] != stack.account:
        raise OperationError(
            f"account {stack.account} is not the management account of organization `{organization['Id']}`",
            help="name the management account in the blueprint under `accounts: {ids: {management: ...}}`",
        )
    if organization["FeatureSet"] != "ALL":
        raise OperationError(
            f"organization `{organization['Id']}` has consolidated billing only, and no policies",
            help="enable all features: `aws organizations enable-all-features`",
        )
    enabled = {kind["Type"] for kind in roots[0]["PolicyTypes"] if kind["Status"] == "ENABLED"}
    missing = sorted(_POLICY_TYPES - enabled)
    if missing:
        raise OperationError(
            f"organization `{organization['Id']}` has no policies of type {', '.join(missing)}",
            help="enable each: `aws organizations enable-policy-type "
            f"--root-id {roots[0]['Id']} --policy-type {missing[0]}`",
        )
    return str(organization["Id"] if fact is Fact.ID else roots[0]["Id"])


_POLICY_TYPES = frozenset({"AISERVICES_OPT_OUT_POLICY", "RESOURCE_CONTROL_POLICY", "SERVICE_CONTROL_POLICY"})
"""Those that stacks of ours make. Which are enabled, the root says (Organizations API reference, Root)."""
