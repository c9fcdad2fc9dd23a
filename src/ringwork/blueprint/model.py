"""Blueprint v1: what a user writes. Every default is the safe one.

A blueprint names teams, their data, workloads and models, and who may talk to whom; accounts,
addresses, policies and keys follow from it. References between parts are names: `dataset` within the
team, `team/dataset` across teams.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, WithJsonSchema
from pydantic_core import PydanticCustomError

NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
QUALIFIED_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*(/[a-z][a-z0-9]*(-[a-z0-9]+)*)?$"
ACCOUNT_ID_PATTERN = r"^[0-9]{12}$"
REGION_PATTERN = r"^[a-z]{2,4}(-[a-z]+)+-[0-9]$"
DOMAIN_PATTERN = r"^\.?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$"
PRINCIPAL_PATTERN = r"^arn:aws[a-z-]*:iam::[0-9]{12}:(role|user)/[A-Za-z0-9_+=,.@/-]+$"
TARGET_PATTERN = r"^(local|aws(:[A-Za-z0-9_.@+-]+)?)$"
INTENT_SIDE_PATTERN = r"^(internet|any|((data|model):)?[a-z][a-z0-9-]*/(\*|[a-z][a-z0-9-]*))$"

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, min_length=1, max_length=24)]
"""Lower case letters, digits and single hyphens: every AWS name that we derive allows them."""
Qualified = Annotated[str, StringConstraints(pattern=QUALIFIED_PATTERN, max_length=49)]
"""`name`, or `team/name`."""
AccountId = Annotated[str, StringConstraints(pattern=ACCOUNT_ID_PATTERN)]
Region = Annotated[str, StringConstraints(pattern=REGION_PATTERN)]
Domain = Annotated[str, StringConstraints(pattern=DOMAIN_PATTERN, max_length=253)]
"""A DNS name; with a leading dot, the name's subdomains too (AWS Network Firewall's domain lists)."""
PrincipalArn = Annotated[str, StringConstraints(pattern=PRINCIPAL_PATTERN, max_length=2048)]


def _cidr_text(value: object) -> object:
    """A block is text with a prefix length: `ipaddress` would take numbers and bare addresses too."""
    if isinstance(value, IPv4Network) or (isinstance(value, str) and "/" in value):
        return value
    raise PydanticCustomError("cidr_text", "not an IPv4 block")


Cidr = Annotated[
    IPv4Network,
    BeforeValidator(_cidr_text),
    WithJsonSchema({"type": "string", "pattern": r"^[0-9]{1,3}(\.[0-9]{1,3}){3}/[0-9]{1,2}$"}),
]


class Part(BaseModel):
    """What all parts of a blueprint share: unknown keys are errors, values never change."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


class AccountLayout(StrEnum):
    ONE = "one"
    PER_TEAM = "per-team"
    PER_TEAM_AND_STAGE = "per-team-and-stage"


class Accounts(Part):
    """How the organization's ML accounts are cut, and their ids."""

    layout: AccountLayout = AccountLayout.ONE
    """`one` account for all, one `per-team`, or one `per-team-and-stage`: the stronger the wall the later."""
    stages: tuple[Name, ...] = Field(default=(), max_length=8)
    """For `per-team-and-stage`, in promotion order; empty there means dev, test, prod."""
    ids: dict[Name, AccountId] = Field(default_factory=dict)
    """Account name -> id. Names: `main` (one), `TEAM` (per-team), `TEAM-STAGE` (per-team-and-stage).
    The local cloud needs none."""


class Network(Part):
    """The address plan."""

    cidr: Cidr = IPv4Network("10.0.0.0/8")
    """All VPCs are cut from here."""
    vpc_prefix: int = Field(default=20, ge=16, le=22, strict=True)
    """Prefix length of a VPC's first CIDR block (VPCs allow /16 to /28)."""
    reserve_prefix: int = Field(default=18, ge=12, le=22, strict=True)
    """Prefix length reserved for each VPC, so that it can grow without overlap."""


class DataClass(StrEnum):
    PUBLIC = "public"
    INTERNAL = "internal"
    CONFIDENTIAL = "confidential"
    RESTRICTED = "restricted"


class DataSet(Part):
    """Data of one team: an encrypted, versioned bucket that only declared workloads may touch."""

    class_: DataClass = Field(default=DataClass.CONFIDENTIAL, alias="class")
    """How bad a leak would be. Each class of a team has an encryption key of its own."""
    retention_days: int | None = Field(default=None, ge=1, le=36500, strict=True)
    """Days after which old versions may expire; none: never."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Model(Part):
    """A model that a workload produces and others serve."""

    class_: DataClass = Field(default=DataClass.CONFIDENTIAL, alias="class")
    """How bad a leak would be; a model can give away what it was trained on."""
    approvers: tuple[PrincipalArn, ...] = ()
    """Who may approve versions; none: the blueprint's approvers."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class WorkloadType(StrEnum):
    STUDIO = "studio"
    NOTEBOOK = "notebook"
    TRAINING = "training"
    PROCESSING = "processing"
    PIPELINE = "pipeline"
    ENDPOINT = "endpoint"
    BATCH = "batch"
    ENCLAVE = "enclave"


class Workload(Part):
    """Something that computes: it gets its own execution role and security group."""

    type: WorkloadType
    """What runs: it decides which AWS services the role trusts and which endpoints the network has."""
    reads: tuple[Qualified, ...] = ()
    """data sets it may read; `team/dataset` where another team owns it (account layout `one` only)"""
    writes: tuple[Qualified, ...] = ()
    """data sets it may write (and not read, unless `reads` names them too)"""
    produces: tuple[Qualified, ...] = ()
    """models whose artifacts it may write"""
    serves: tuple[Qualified, ...] = ()
    """models whose artifacts it may read"""
    stages: tuple[Name, ...] | None = None
    """the stages it exists in; none: all"""


class Team(Part):
    """People who build and run models together; teams reach each other only where it is declared."""

    data: dict[Name, DataSet] = Field(default_factory=dict)
    """Name -> data set."""
    workloads: dict[Name, Workload] = Field(default_factory=dict)
    """Name -> workload."""
    models: dict[Name, Model] = Field(default_factory=dict)
    """Name -> model."""
    cidr: Cidr | None = None
    """Pins the team's first VPC (its first environment in the home Region); none: allocated."""


class Protocol(StrEnum):
    TCP = "tcp"
    UDP = "udp"


class Flow(Part):
    """`from` may open connections to `to` on `port`; everything undeclared is refused."""

    from_: Qualified = Field(alias="from")
    """`team/workload`"""
    to: Qualified
    """`team/workload`"""
    port: int = Field(ge=1, le=65535, strict=True)
    """the port that `to` listens on"""
    protocol: Protocol = Protocol.TCP
    """`tcp` or `udp`"""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Egress(Part):
    """What may leave to the internet. No domains, the default: no internet gateway at all."""

    domains: tuple[Domain, ...] = ()
    """DNS names that may be reached; with a leading dot, their subdomains too"""
    mode: Literal["central", "per-vpc"] = "per-vpc"
    """`central`: through one inspection VPC (the Transit Gateway ring); `per-vpc`: NAT in each VPC"""


IntentSide = Annotated[str, StringConstraints(pattern=INTENT_SIDE_PATTERN, max_length=64)]
"""`internet`, `any`, `team/workload`, `team/*`, `data:team/dataset` or `model:team/model`."""


class Intent(Part):
    """What must never or must always hold between two sides, network and access taken together."""

    rule: Literal["never", "always"]
    """`never`: no path may exist; `always`: it must"""
    from_: IntentSide = Field(alias="from")
    """`internet`, `any`, `team/workload` or `team/*`"""
    to: IntentSide
    """`any`, `team/workload`, `team/*`, `data:team/dataset` or `model:team/model`"""
    port: int | None = Field(default=None, ge=1, le=65535, strict=True)
    """none: every port"""
    least_depth: int | None = Field(default=None, ge=1, le=9, strict=True)
    """independent controls that must fail before a `never` opens; none: the blueprint's"""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Blueprint(Part):
    """The whole ML organization."""

    ringwork: Literal[1]
    """the blueprint format's version"""
    organization: Name
    """short name; all names in AWS start with it"""
    regions: tuple[Region, ...] = Field(min_length=1, max_length=8)
    """the first is home: IAM resources are made from there"""
    target: Annotated[str, StringConstraints(pattern=TARGET_PATTERN)] = "local"
    """`local`: the embedded cloud; `aws` or `aws:PROFILE`: AWS"""
    accounts: Accounts = Accounts()
    """how the AWS accounts are cut"""
    network: Network = Network()
    """the address plan"""
    teams: dict[Name, Team] = Field(min_length=1, max_length=100)
    """name -> team"""
    flows: tuple[Flow, ...] = ()
    """who may connect to whom; everything else is refused"""
    egress: Egress = Egress()
    """what may leave to the internet; by default nothing"""
    administrators: tuple[PrincipalArn, ...] = ()
    """who may change the architecture, besides the deploy role"""
    approvers: tuple[PrincipalArn, ...] = ()
    """who may approve model versions"""
    intents: tuple[Intent, ...] = ()
    """what must never, and what must always be possible"""
    least_depth: int = Field(default=2, ge=1, le=9, strict=True)
    """independent controls that must fail before an intent breaks, where the intent names no number"""
