"""A CloudFormation stack as Ringwork passes it around: the compiler writes it, the deployer deploys it,
the estate reads it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from ringwork.estate.organization import OrganizationFact


@dataclass(frozen=True, slots=True)
class StackOutput:
    """A parameter value that another stack's output gives: the deployer fills it in.

    Never an Export: exports stay within one account and Region and freeze what they export.
    """

    stack: str
    """`Stack.id` of the stack that has the output"""
    output: str


@dataclass(frozen=True, slots=True)
class KeyedOutput(StackOutput):
    """The value of one key in an output that lists pairs, `KEY:VALUE,KEY:VALUE`: the deployer picks it.

    Network Firewall gives its endpoints that way, by zone and in no order (AWS::NetworkFirewall::Firewall,
    EndpointIds), and no function of CloudFormation finds one by a zone's name that only the account knows.
    """

    key: str
    """the output, of the same stack, that says the key"""


@dataclass(frozen=True, slots=True)
class PrefixListId:
    """A parameter value that the deployer looks up: the id of the AWS-managed prefix list of a gateway
    endpoint's service in the stack's Region (`com.amazonaws.REGION.SERVICE`; VPC guide, AWS-managed
    prefix lists). AWS assigns it per Region, so it cannot be computed.
    """

    service: str
    """`s3` or `dynamodb`"""


class Acceptable(StrEnum):
    """What one account asks of another: only an API call answers it, no type of CloudFormation."""

    TRANSIT_GATEWAY_ATTACHMENT = "Transit Gateway attachment"
    TRANSIT_GATEWAY_PEERING = "Transit Gateway peering"
    ENDPOINT_CONNECTION = "VPC endpoint connection"


@dataclass(frozen=True, slots=True)
class Acceptance:
    """A request that a stack makes and that another account (or Region) accepts before it works."""

    kind: Acceptable
    output: str
    """the stack's output with the request's id; its value is a `Ref` of the resource that asks"""
    account: str
    """12 digits: whose Transit Gateway or endpoint service is asked"""
    region: str


class SettingKind(StrEnum):
    """A setting of an account that no CloudFormation type has."""

    PUBLIC_ACCESS_BLOCK = "S3 public access block"
    VOLUME_ENCRYPTION = "EBS encryption by default"
    MACIE_DISCOVERY = "Macie automated discovery"
    MACIE_JOB = "Macie classification job"
    INSPECTOR = "Inspector"
    NEW_ACCOUNTS = "detectors of new accounts"
    """of the delegated administrator"""


@dataclass(frozen=True, slots=True)
class Setting:
    """What the deployer sets by an API call, in the stack's account and Region, once the stack stands."""

    kind: SettingKind
    arguments: Mapping[str, Any] = field(default_factory=dict)
    """plain JSON"""


@dataclass(frozen=True, slots=True)
class Stack:
    """One stack: where it goes, its template, and how its parameters are filled."""

    name: str
    """CloudFormation stack name"""
    account: str
    """12 digits"""
    region: str
    template: Mapping[str, Any]
    parameters: Mapping[str, str | StackOutput | PrefixListId | OrganizationFact] = field(
        default_factory=dict
    )
    tags: Mapping[str, str] = field(default_factory=dict)
    acceptances: tuple[Acceptance, ...] = ()
    """what the deployer accepts for it: a stack that needs this one comes after that"""
    settings: tuple[Setting, ...] = ()
    """what the deployer sets once it stands"""
    last: bool = False
    """whether it could stop the deployment of the others, and so comes after them all"""
    after: frozenset[str] = frozenset()
    """ids of further stacks that it comes after"""
    file: str | None = None
    """where the template was read from or written to, for messages"""

    @property
    def id(self) -> str:
        """`account/region/name`: unique in an architecture."""
        return f"{self.account}/{self.region}/{self.name}"

    @property
    def needs(self) -> frozenset[str]:
        """Ids of the stacks whose outputs this one takes, and of those that it comes after."""
        return self.after.union(v.stack for v in self.parameters.values() if isinstance(v, StackOutput))
