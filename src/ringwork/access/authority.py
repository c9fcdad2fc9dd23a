"""Who could be authorized by what: one neutral model that every question about access reads.

Keys are the `Resource.key` of the estate (for other input: ARNs), so that every answer can name the line of a
template or the API call behind it. Nothing here evaluates: `Authority.policies` gives what `evaluate` takes.

What is not known is never absent. A policy of which some part is not known is read twice (`Document`), and
an ARN that AWS assigns at deployment is a placeholder, the same one wherever the resource is named
(`Authority.placeholders`).
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from ringwork.access.evaluate import Levels, Policies
from ringwork.access.grants import Grant
from ringwork.access.policy import Policy
from ringwork.access.request import Principal
from ringwork.findings import Origin

Path: TypeAlias = tuple[str | int, ...]
ResourceKind: TypeAlias = Literal["resource", "key", "trust"]


@dataclass(frozen=True, slots=True)
class Problem:
    """What could not be read, or what AWS would not accept: bad input gets one of these and never a crash."""

    key: str
    """the resource"""
    message: str
    """lower case, no full stop, names in backticks"""
    pointer: str = ""
    """JSON pointer within the resource's properties: `/PolicyDocument/Statement/0/Effect`"""
    origins: tuple[Origin, ...] = ()


@dataclass(frozen=True, slots=True)
class Document:
    """A policy document, as wide and as narrow as it may turn out.

    Under `wider` at least that is allowed which is allowed in fact, under `narrower` at most that: what an
    Allow holds and is not known is anything in `wider` and left out in `narrower`, and the other way round in
    a Deny. So *not allowed* is proved with every document at its widest, and a request that is allowed is
    found with every document at its narrowest. Where all is known both are one object.

    A document of which nothing is known allows everything in `wider` and denies everything in `narrower`.
    """

    name: str
    """what explanations call it"""
    key: str
    """the resource in which it is written; the ARN of a policy that AWS manages"""
    path: Path
    """where in that resource's properties"""
    wider: Policy
    narrower: Policy
    unknown: tuple[str, ...] = ()
    """what of it is not known, and why"""
    wider_places: tuple[tuple[str, Path], ...] | None = None
    """(resource's key, path in its properties) of each statement of `wider`; None: they stand below `path`
    in their order"""
    narrower_places: tuple[tuple[str, Path], ...] | None = None
    attached: bool = True
    """False: it may not be attached at all. For a permissions boundary `wider` is then none; of other kinds
    `wider` has the Allows alone and `narrower` the Denies"""

    @property
    def known(self) -> bool:
        """Whether nothing of it is unknown."""
        return self.wider is self.narrower

    def side(self, *, wider: bool) -> Policy:
        return self.wider if wider else self.narrower

    def place(self, index: int, *, wider: bool) -> tuple[str, Path]:
        """Where a statement of that side stands: the resource's key and the path in its properties."""
        places = self.wider_places if wider else self.narrower_places
        if places is not None:
            return places[index] if index < len(places) else (self.key, self.path)
        listed = isinstance(self.side(wider=wider).document.get("Statement"), list)
        return self.key, (*self.path, "Statement", index) if listed else (*self.path, "Statement")


Attached: TypeAlias = tuple[tuple[Document, ...], ...]
"""The documents at each level of an organization, from the root down to the account; as `Levels`."""


@dataclass(frozen=True, slots=True)
class SessionTags:
    """Which tags a session of a role can carry that the role itself has not.

    IAM user guide, "Pass session tags in AWS STS": whoever passes tags needs `sts:TagSession`, in the trust
    policy as well.
    """

    possible: bool = False
    """whether an Allow of the trust policy names `sts:TagSession`"""
    values: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """tag -> values, where every statement that allows it demands one of them (`aws:RequestTag/...`)"""
    keys: tuple[str, ...] | None = None
    """patterns of the only keys that may be passed (`ForAllValues:... aws:TagKeys`); None: any"""


@dataclass(frozen=True, slots=True)
class Identity:
    """A user or a role: who can ask."""

    key: str
    arn: str
    account: str | None
    kind: Literal["user", "role"]
    name: str
    path: str = "/"
    identity: tuple[Document, ...] = ()
    """inline and managed policies, and those of a user's groups"""
    boundary: Document | None = None
    trust: Document | None = None
    """of a role"""
    tags: Mapping[str, str | None] = field(default_factory=dict)
    """None: the value is not known"""
    tags_known: bool = True
    """False: it may have other tags than these"""
    session_tags: SessionTags = field(default_factory=SessionTags)
    service_linked: bool = False
    services: frozenset[str] = frozenset()
    """the service principals that its trust policy lets assume it, at its widest"""
    workloads: tuple[str, ...] = ()
    """keys of the resources that name it as their role"""
    placeholder: bool = False
    """AWS assigns the name at deployment: the ARN is a stand-in"""
    unknown: tuple[str, ...] = ()
    """why what applies to it is not fully known"""
    groups: tuple[str, ...] = ()
    """keys of the groups that a user is in"""

    def principal(self, session: str = "session") -> Principal:
        """As a request has it: the user, or a session of the role."""
        if self.kind == "user":
            return Principal("user", self.account, self.arn)
        partition = self.arn.split(":")[1]
        return Principal(
            "role",
            self.account,
            f"arn:{partition}:sts::{self.account or ''}:assumed-role/{self.name}/{session}",
            self.arn,
            self.service_linked,
        )


@dataclass(frozen=True, slots=True)
class Group:
    """A group: what its members may do. Whoever joins it gets its policies."""

    key: str
    arn: str
    account: str | None
    name: str
    identity: tuple[Document, ...] = ()
    unknown: tuple[str, ...] = ()
    """why its policies are not fully known"""


@dataclass(frozen=True, slots=True)
class Block:
    """S3 Block Public Access, of a bucket, an access point or an account. None: not known.

    S3 user guide, "Blocking public access to your Amazon S3 storage".
    """

    block_public_acls: bool | None = None
    ignore_public_acls: bool | None = None
    block_public_policy: bool | None = None
    restrict_public_buckets: bool | None = None


@dataclass(frozen=True, slots=True)
class Exposure:
    """What decides, beside policies, whether a bucket or an access point of S3 is public."""

    block: Block
    """its own"""
    account: Block
    """of its account; the stricter of both holds"""
    ownership: str | None = None
    """`BucketOwnerEnforced` (ACLs have no effect), `BucketOwnerPreferred`, `ObjectWriter`; None: not known"""
    acl: str | None = None
    """canned ACL; None: not known"""
    bucket: str | None = None
    """of an access point: the key of its bucket, else its name"""
    vpc: str | None = None
    """of an access point that one VPC alone reaches: the VPC's id"""


@dataclass(frozen=True, slots=True)
class Guarded:
    """A resource: what can be asked for."""

    key: str
    arn: str
    account: str | None
    region: str | None
    type: str
    policy: Document | None = None
    """None: it has none, so that identities alone decide in its account"""
    policy_kind: ResourceKind = "resource"
    grants: tuple[Grant, ...] = ()
    """on a KMS key"""
    grants_known: bool = True
    """False: there may be others"""
    exposure: Exposure | None = None
    """of S3"""
    tags: Mapping[str, str | None] = field(default_factory=dict)
    """None: the value is not known"""
    tags_known: bool = True
    """False: it may have other tags than these"""
    placeholder: bool = False
    """AWS assigns the ARN at deployment: it is a stand-in"""
    unknown: tuple[str, ...] = ()
    """why what guards it is not fully known"""
    covers: tuple[str, ...] = ()
    """patterns of the ARNs that it may have, where it is not known which resource this is"""


@dataclass(frozen=True, slots=True)
class Account:
    """An account, and what the organization lets it do."""

    id: str
    name: str | None = None
    path: tuple[str, ...] | None = None
    """ids from the root down to the organizational unit; None: not known"""
    management: bool = False
    member: bool | None = None
    """of the organization; None: not known"""
    scp: Attached | None = None
    """None: no service control policy binds it (management account, no organization)"""
    rcp: Attached | None = None
    """None: no resource control policy binds it"""
    block: Block = field(default_factory=Block)
    """S3 Block Public Access of the whole account"""
    collected: bool = False
    """it was read, so that of its resources only those are not in sight that `unknown` tells of"""
    unknown: tuple[str, ...] = ()
    """why what binds it, or what is in it, is not fully known"""


@dataclass(frozen=True, slots=True)
class Endpoint:
    """A VPC endpoint through which requests may come."""

    key: str
    id: str
    """`aws:SourceVpce`"""
    vpc: str
    """key of the VPC; empty: not known"""
    vpc_id: str
    """`aws:SourceVpc`; empty: not known"""
    account: str | None
    region: str | None
    service: str
    """`com.amazonaws.REGION.SERVICE`; empty: not known"""
    gateway: bool = False
    """a gateway endpoint, of S3 or DynamoDB"""
    policy: Document | None = None
    """None: full access"""
    subnets: tuple[str, ...] = ()
    """keys of the subnets of an interface endpoint"""
    placeholder: bool = False
    """AWS assigns the id at deployment: it is a stand-in"""
    unknown: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Authority:
    """Everything that could authorize a request, in one world."""

    identities: Mapping[str, Identity] = field(default_factory=dict)
    guarded: Mapping[str, Guarded] = field(default_factory=dict)
    """every resource that has an ARN or a policy"""
    accounts: Mapping[str, Account] = field(default_factory=dict)
    """by id"""
    endpoints: Mapping[str, Endpoint] = field(default_factory=dict)
    organization: str | None = None
    """`o-...`: known, or a placeholder; None: there is no organization in sight"""
    placeholders: Mapping[str, str] = field(default_factory=dict)
    """what stands in for an ARN or an id that AWS assigns at deployment -> what it belongs to: a resource's
    key, or in words"""
    assumptions: tuple[str, ...] = ()
    """what is taken for granted, in words; answers should repeat it"""
    problems: tuple[Problem, ...] = ()
    groups: Mapping[str, Group] = field(default_factory=dict)
    _identity_by_arn: dict[str, Identity] = field(init=False, repr=False, compare=False)
    _guarded_by_arn: dict[str, Guarded] = field(init=False, repr=False, compare=False)
    _endpoint_by_id: dict[str, Endpoint] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        by_arn: dict[str, Guarded] = {}
        for each in self.guarded.values():
            by_arn.setdefault(each.arn.removesuffix(":*"), each)
        object.__setattr__(self, "_identity_by_arn", {one.arn: one for one in self.identities.values()})
        object.__setattr__(self, "_guarded_by_arn", by_arn)
        object.__setattr__(self, "_endpoint_by_id", {one.id: one for one in self.endpoints.values()})

    @property
    def documents(self) -> Iterator[Document]:
        """Every document, some more than once."""
        for identity in self.identities.values():
            yield from identity.identity
            yield from (one for one in (identity.boundary, identity.trust) if one is not None)
        for resource in self.guarded.values():
            if resource.policy is not None:
                yield resource.policy
        for account in self.accounts.values():
            for levels in (account.scp, account.rcp):
                yield from (one for level in levels or () for one in level)
        for endpoint in self.endpoints.values():
            if endpoint.policy is not None:
                yield endpoint.policy

    def identity(self, name: str) -> Identity | None:
        """The user or role with this key or ARN; a session's ARN gives its role."""
        found = self.identities.get(name) or self._identity_by_arn.get(name)
        if found is None and ":assumed-role/" in name:
            before, _, after = name.partition(":assumed-role/")
            account, role = before.rpartition(":")[2], after.partition("/")[0]
            # a session's ARN leaves out the path, and a role's name is unique in its account
            found = next(
                (
                    one
                    for one in self.identities.values()
                    if one.kind == "role" and one.account == account and one.name == role
                ),
                None,
            )
        return found

    def resource(self, name: str) -> Guarded | None:
        """The resource with this key or ARN, or the one in which it lies: an object's bucket, a stream's log
        group, a package's group. None: it is not here."""
        found = self.guarded.get(name)
        if found is not None or not name.startswith("arn:"):
            return found
        arn = name.removesuffix(":*")
        if ":sagemaker:" in arn and ":model-package/" in arn:
            # SageMaker developer guide, "Model groups": the group's policy covers its packages
            arn = arn.replace(":model-package/", ":model-package-group/", 1).rpartition("/")[0]
        while arn.count(":") >= 5:
            found = self._guarded_by_arn.get(arn)
            if found is not None:
                return found
            cut = max(arn.rfind("/"), arn.rfind(":"))
            if arn.count(":") == 5 and arn[cut] == ":":
                return None
            arn = arn[:cut]
        return None

    def endpoint(self, name: str) -> Endpoint | None:
        """The endpoint with this key or id."""
        return self.endpoints.get(name) or self._endpoint_by_id.get(name)

    def policies(
        self,
        identity: Identity | None,
        resource: Guarded | None = None,
        endpoint: Endpoint | None = None,
        *,
        action: str,
        wider: bool,
    ) -> Policies:
        """What applies when `identity` (None: a service or somebody outside) asks to do `action` with
        `resource` (None: the action has none), through `endpoint` (None: from elsewhere).

        `wider`: at least what is allowed, else at most. A role's trust policy is about assuming it and says
        nothing of `iam:PassRole` (IAM user guide, "How IAM roles work": role trust policy).
        """
        boundary = None if identity is None else identity.boundary
        if boundary is not None and wider and not boundary.attached:
            boundary = None
        document = None if resource is None else resource.policy
        if resource is not None and resource.policy_kind == "trust" and not action.lower().startswith("sts:"):
            document = None
        through = None if endpoint is None else endpoint.policy
        asking = self.accounts.get((identity.account if identity else None) or "")
        owner = resource.account if resource is not None else identity.account if identity else None
        owning = self.accounts.get(owner or "")
        return Policies(
            identity=tuple(one.side(wider=wider) for one in identity.identity) if identity else (),
            boundary=None if boundary is None else boundary.side(wider=wider),
            scp=_levels(asking.scp if asking else None, wider=wider),
            rcp=_levels(owning.rcp if owning else None, wider=wider),
            resource=None if document is None else document.side(wider=wider),
            resource_kind="resource" if resource is None or document is None else resource.policy_kind,
            endpoint=None if through is None else through.side(wider=wider),
            grants=() if resource is None else resource.grants,
        )


def _levels(attached: Attached | None, *, wider: bool) -> Levels | None:
    if attached is None:
        return None
    return tuple(tuple(one.side(wider=wider) for one in level) for level in attached)
