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
IMAGE_PATTERN = r"^[a-z0-9][a-z0-9._/:-]*@sha256:[0-9a-f]{64}$"
ARTIFACT_PATTERN = r"^[A-Za-z0-9!_.*'()/-]+\.tar\.gz$"
MEASUREMENT_PATTERN = r"^[0-9a-f]{96}$"
FEATURE_PATTERN = r"^[a-zA-Z0-9]([_-]?[a-zA-Z0-9]){0,63}$"
INTENT_SIDE_PATTERN = r"^(internet|any|((data|model):)?[a-z][a-z0-9-]*/(\*|[a-z][a-z0-9-]*))$"

Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, min_length=1, max_length=24)]
"""Lower case letters, digits and single hyphens: every AWS name that we derive allows them."""
Image = Annotated[str, StringConstraints(pattern=IMAGE_PATTERN, max_length=255)]
"""A container image by digest, `REPOSITORY@sha256:...`: a tag can move, a digest cannot (control CMP-27)."""
Measurement = Annotated[str, StringConstraints(pattern=MEASUREMENT_PATTERN)]
"""A SHA-384 digest, 96 hex digits: one platform configuration register of a Nitro enclave."""
Email = Annotated[str, StringConstraints(pattern=r"^[^@\s]{1,64}@[^@\s]{1,255}$")]
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
    """Account name -> id. Names: `main` (one), `TEAM` (per-team), `TEAM-STAGE` (per-team-and-stage); with
    several accounts also `management`, `network`, `security` and `log-archive`, which belong to no team.
    The local cloud needs none."""


SubnetId = Annotated[str, StringConstraints(pattern=r"^subnet-[0-9a-f]{8,17}$")]
RouteTableId = Annotated[str, StringConstraints(pattern=r"^rtb-[0-9a-f]{8,17}$")]


class ExistingVpc(Part):
    """A VPC that is there already: Ringwork adds security groups, endpoints and ACLs, and builds no VPC."""

    vpc: Annotated[str, StringConstraints(pattern=r"^vpc-[0-9a-f]{8,17}$")]
    """its id"""
    cidr: Cidr
    """its first block"""
    subnets: dict[Literal["interactive", "build", "serving", "endpoints"], tuple[SubnetId, ...]]
    """tier -> ids of its subnets, one a zone, at least two"""
    route_tables: tuple[RouteTableId, ...] = ()
    """ids of the route tables that reach Amazon S3 through the gateway endpoint"""


class Network(Part):
    """The address plan, and how VPCs reach what they share."""

    cidr: Cidr = IPv4Network("10.0.0.0/8")
    """All VPCs are cut from here."""
    vpc_prefix: int = Field(default=20, ge=16, le=22, strict=True)
    """Prefix length of a VPC's first CIDR block (VPCs allow /16 to /28)."""
    reserve_prefix: int = Field(default=18, ge=12, le=22, strict=True)
    """Prefix length reserved for each VPC, so that it can grow without overlap."""
    endpoints: Literal["per-vpc", "central"] = "per-vpc"
    """Interface endpoints in each VPC (isolation), or once in a shared-services VPC behind the Transit
    Gateway (cost)."""
    ipv6: bool = False
    """Whether VPCs have IPv6 blocks (Amazon's) beside their IPv4 ones."""
    region_pairs: tuple[tuple[Region, Region], ...] = ()
    """Regions whose Transit Gateways are peered, so that a team's VPCs in both reach each other."""
    block_public_access: bool = True
    """VPC Block Public Access in each account and Region, as strict as `egress` allows."""
    existing: dict[str, ExistingVpc] = Field(default_factory=dict)
    """`ENVIRONMENT/REGION` -> a VPC to use instead of making one."""


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
    object_lock_days: int | None = Field(default=None, ge=1, le=36500, strict=True)
    """Days for which nobody, the root user included, can delete a version (compliance mode); none: no
    lock. Chosen when the bucket is made."""
    replicate_to: Region | None = None
    """A Region that gets a copy of every version, under a key there."""
    redacted: bool = False
    """True: only `processing` workloads see the data set; all other readers see its prefix `redacted/`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class FeatureGroup(Part):
    """A SageMaker feature group: named features, one record for each identifier."""

    class_: DataClass = Field(default=DataClass.CONFIDENTIAL, alias="class")
    """How bad a leak would be; its stores are under this class's key."""
    record: Annotated[str, StringConstraints(pattern=FEATURE_PATTERN)]
    """name of the feature that identifies a record"""
    time: Annotated[str, StringConstraints(pattern=FEATURE_PATTERN)]
    """name of the feature with the event's time"""
    columns: dict[
        Annotated[str, StringConstraints(pattern=FEATURE_PATTERN)],
        Literal["String", "Integral", "Fractional"],
    ] = Field(default_factory=dict)
    """further features -> type"""
    online: bool = False
    """whether it has an online store beside the offline one"""
    expire_days: int | None = Field(default=None, ge=1, le=3650, strict=True)
    """days after which an online record expires; none: never"""

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


class Release(Part):
    """A model version that somebody approved: what an endpoint serves, by digest and by key."""

    model: Qualified
    """one of the workload's `serves`"""
    image: Image
    """the container that serves it"""
    artifact: Annotated[str, StringConstraints(pattern=ARTIFACT_PATTERN, max_length=512)]
    """key below `approved/MODEL/` in the team's artifact bucket"""


ObjectUri = Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9.-]{3,63}/[^\s]{1,900}$")]
CertificateArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]{36}$")
]


class Serving(Part):
    """How an endpoint serves. Without a release everything around it stands, and the endpoint waits."""

    release: Release | None = None
    """what it serves"""
    shadow: Release | None = None
    """a candidate that gets a copy of the requests and answers nobody"""
    instance_type: Annotated[str, StringConstraints(pattern=r"^ml\.[a-z0-9-]+\.[a-z0-9-]+$")] = "ml.m7i.large"
    """of each variant"""
    instances: int = Field(default=2, ge=1, le=1000, strict=True)
    """of the production variant; two stand in two zones"""
    capture_percent: int = Field(default=100, ge=0, le=100, strict=True)
    """share of requests and answers that is kept for drift detection and forensics"""
    requests_per_second: int = Field(default=50, ge=1, le=10000, strict=True)
    """of all callers together, at the API in front"""
    burst: int = Field(default=100, ge=1, le=5000, strict=True)
    """requests at once, at the API in front"""
    monitor: bool = True
    """whether SageMaker Model Monitor looks at its captures every day; AWS takes no new customers for it"""
    request_kilobytes: int = Field(default=64, ge=1, le=10240, strict=True)
    """the largest request; up to 64 the web ACL refuses what is larger, above it sees the first 64"""
    auth: Literal["iam", "mutual-tls"] = "iam"
    """how callers of the API in front prove who they are"""
    trust_store: Annotated[str, StringConstraints(pattern=r"^s3://[a-z0-9.-]{3,63}/[^\s]{1,900}$")] | None = (
        None
    )
    """for `mutual-tls`: where the bundle of client authorities lies"""
    certificate: (
        Annotated[
            str,
            StringConstraints(pattern=r"^arn:aws[a-z-]*:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]{36}$"),
        ]
        | None
    ) = None
    """for `mutual-tls`: the load balancer's certificate"""


class Measurements(Part):
    """What the enclave's image measures; `nitro-cli build-enclave` prints them."""

    pcr0: Measurement
    """the whole image"""
    pcr1: Measurement | None = None
    """kernel and boot"""
    pcr2: Measurement | None = None
    """the application"""
    pcr3: Measurement | None = None
    """the parent instance's role; none: not asked for"""
    pcr8: Measurement | None = None
    """the certificate that signed the image"""


class Enclave(Part):
    """A Nitro enclave and its parent instance."""

    measurements: Measurements | None = None
    """none: the key decrypts for nobody until they are known"""
    instance_type: Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+\.[a-z0-9-]+$")] = "m7i.xlarge"
    """of the parent instance"""
    instances: int = Field(default=1, ge=1, le=20, strict=True)
    """parent instances"""
    image: Annotated[str, StringConstraints(pattern=r"^ami-[0-9a-f]{8,17}$")] | None = None
    """the parent's AMI; none: the current Amazon Linux 2023, as its public SSM parameter says"""


class Workload(Part):
    """Something that computes: it gets its own execution role and security group."""

    type: WorkloadType
    """What runs: it decides which AWS services the role trusts and which endpoints the network has."""
    reads: tuple[Qualified, ...] = ()
    """data sets and feature groups it may read; `team/dataset` where another team owns it (account layout
    `one` only)"""
    writes: tuple[Qualified, ...] = ()
    """data sets and feature groups it may write (and not read, unless `reads` names them too)"""
    produces: tuple[Qualified, ...] = ()
    """models whose artifacts it may write"""
    serves: tuple[Qualified, ...] = ()
    """models whose artifacts it may read"""
    stages: tuple[Name, ...] | None = None
    """the stages it exists in; none: all"""
    image: Image | None = None
    """its container; none: whichever of the environment's own registry the job names"""
    serving: Serving | None = None
    """for `endpoint`"""
    enclave: Enclave | None = None
    """for `enclave`"""


class Team(Part):
    """People who build and run models together; teams reach each other only where it is declared."""

    data: dict[Name, DataSet] = Field(default_factory=dict)
    """Name -> data set."""
    workloads: dict[Name, Workload] = Field(default_factory=dict)
    """Name -> workload."""
    models: dict[Name, Model] = Field(default_factory=dict)
    """Name -> model."""
    features: dict[Name, FeatureGroup] = Field(default_factory=dict)
    """Name -> feature group."""
    foundation_models: tuple[
        Annotated[str, StringConstraints(pattern=r"^[a-z0-9-]+\.[a-z0-9.:-]+$", max_length=140)], ...
    ] = ()
    """Amazon Bedrock model ids that its workloads may call, through its guardrail; none: no Bedrock"""
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


GroupId = Annotated[
    str, StringConstraints(pattern=r"^([0-9a-f]{10}-)?[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$")
]
"""A group's id in the identity store."""
InstanceArn = Annotated[
    str, StringConstraints(pattern=r"^arn:aws[a-z-]*:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}$")
]


class IdentityCenter(Part):
    """People, by group: what each may do in the teams' accounts (IAM Identity Center permission sets)."""

    instance: Annotated[
        str, StringConstraints(pattern=r"^arn:aws[a-z-]*:sso:::instance/(sso)?ins-[a-zA-Z0-9-.]{16}$")
    ]
    """ARN of the organization's IAM Identity Center instance"""
    authors: GroupId | None = None
    """who builds models"""
    approvers: GroupId | None = None
    """who approves model versions"""
    operators: GroupId | None = None
    """who runs what is approved"""
    auditors: GroupId | None = None
    """who reads configuration"""


class Perimeter(Part):
    """The organization's guard rails: service and resource control policies. They need several accounts."""

    attach: Literal["none", "canary", "all"] = "canary"
    """Where they are attached: nowhere, to the accounts in `canary`, or to all but the management account"""
    canary: tuple[Name, ...] = ()
    """account names; none: the first team's first account"""
    exempt: tuple[PrincipalArn, ...] = ()
    """roles that the perimeter does not hold: give as few as can be"""
    services: tuple[Annotated[str, StringConstraints(pattern=r"^[a-z0-9.-]+\.amazonaws\.com$")], ...] = ()
    """further AWS services that may act for the organization from outside its networks"""
    people: IdentityCenter | None = None
    """permission sets for people; none: people come in by the roles that bootstrap made"""


class Identifier(Part):
    """A pattern of the organization's own for personal data: a Macie custom data identifier."""

    regex: Annotated[str, StringConstraints(min_length=1, max_length=512)]
    """what it looks like (Macie's subset of PCRE)"""
    keywords: tuple[Annotated[str, StringConstraints(min_length=3, max_length=90)], ...] = Field(
        default=(), max_length=50
    )
    """one of these must stand near"""
    distance: int = Field(default=50, ge=1, le=300, strict=True)
    """characters between keyword and match, at most"""


class Detection(Part):
    """What is watched, how long it is kept, and who is told."""

    identifiers: dict[Name, Identifier] = Field(default_factory=dict)
    """name -> pattern of personal data that Macie looks for beside its own"""
    log_days: int = Field(default=365, ge=1, le=3653, strict=True)
    """how long logs are kept"""
    lock_days: int | None = Field(default=365, ge=1, le=36500, strict=True)
    """how long nobody can delete from the log archive (compliance mode); none: no lock"""
    contacts: tuple[Email, ...] = ()
    """who is mailed when an alarm rings"""
    macie_sampling: int = Field(default=100, ge=1, le=100, strict=True)
    """percent of objects that a Macie job looks into"""
    inspector: bool = True
    """Amazon Inspector for images, hosts and functions"""


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
    lake_formation: bool = False
    """Whether data sets are registered with AWS Lake Formation, and read by its grants too."""
    perimeter: Perimeter = Perimeter()
    """guard rails of the whole organization"""
    detection: Detection = Detection()
    """what is watched, and who is told"""
    administrators: tuple[PrincipalArn, ...] = ()
    """who may change the architecture, besides the deploy role"""
    approvers: tuple[PrincipalArn, ...] = ()
    """who may approve model versions"""
    intents: tuple[Intent, ...] = ()
    """what must never, and what must always be possible"""
    least_depth: int = Field(default=2, ge=1, le=9, strict=True)
    """independent controls that must fail before an intent breaks, where the intent names no number"""
