"""Blueprint v1: what a user writes. Every default is the safe one.

A blueprint names teams, their data, workloads and models, and who may talk to whom; accounts,
addresses, policies and keys follow from it. References between parts are names: `dataset` within the
team, `team/dataset` across teams.
"""

from __future__ import annotations

from enum import StrEnum
from ipaddress import IPv4Network
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints
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


Cidr = Annotated[IPv4Network, BeforeValidator(_cidr_text)]


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
    class_: DataClass = Field(default=DataClass.CONFIDENTIAL, alias="class")
    retention_days: int | None = Field(default=None, ge=1, le=36500, strict=True)
    """Days after which old versions may expire; none: never."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Model(Part):
    """A model that a workload produces and others serve."""

    class_: DataClass = Field(default=DataClass.CONFIDENTIAL, alias="class")
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
    reads: tuple[Qualified, ...] = ()
    """data sets it may read; `team/dataset` where another team owns it (same account layout only)"""
    writes: tuple[Qualified, ...] = ()
    produces: tuple[Qualified, ...] = ()
    """models whose artifacts it may write"""
    serves: tuple[Qualified, ...] = ()
    """models whose artifacts it may read"""
    stages: tuple[Name, ...] | None = None
    """the stages it exists in; none: all"""


class Team(Part):
    data: dict[Name, DataSet] = Field(default_factory=dict)
    workloads: dict[Name, Workload] = Field(default_factory=dict)
    models: dict[Name, Model] = Field(default_factory=dict)
    cidr: Cidr | None = None
    """Pins the team's first VPC; none: allocated."""


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
    protocol: Protocol = Protocol.TCP

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Egress(Part):
    """What may leave to the internet. No domains, the default: no internet gateway at all."""

    domains: tuple[Domain, ...] = ()
    mode: Literal["central", "per-vpc"] = "per-vpc"
    """`central`: through one inspection VPC (the Transit Gateway ring); `per-vpc`: NAT in each VPC"""


IntentSide = Annotated[str, StringConstraints(pattern=INTENT_SIDE_PATTERN, max_length=64)]
"""`internet`, `any`, `team/workload`, `team/*`, `data:team/dataset` or `model:team/model`."""


class Intent(Part):
    """What must never or must always hold between two sides; `ringwork prove` decides it."""

    rule: Literal["never", "always"]
    from_: IntentSide = Field(alias="from")
    to: IntentSide
    port: int | None = Field(default=None, ge=1, le=65535, strict=True)
    least_depth: int | None = Field(default=None, ge=1, le=9, strict=True)
    """independent controls that must fail before a `never` opens; none: the blueprint's"""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Blueprint(Part):
    """The whole ML organization."""

    ringwork: Literal[1]
    """the blueprint format's version"""
    organization: Name
    regions: tuple[Region, ...] = Field(min_length=1, max_length=8)
    """the first is home: IAM resources are made from there"""
    target: Annotated[str, StringConstraints(pattern=TARGET_PATTERN)] = "local"
    accounts: Accounts = Accounts()
    network: Network = Network()
    teams: dict[Name, Team] = Field(min_length=1, max_length=100)
    flows: tuple[Flow, ...] = ()
    egress: Egress = Egress()
    administrators: tuple[PrincipalArn, ...] = ()
    """who may change the architecture, besides the deploy role"""
    approvers: tuple[PrincipalArn, ...] = ()
    """who may approve model versions"""
    intents: tuple[Intent, ...] = ()
    least_depth: int = Field(default=2, ge=1, le=9, strict=True)
