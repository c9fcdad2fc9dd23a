"""The schema of intents: what a file of them may say. Field docstrings become the descriptions in editors."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints, model_validator

NAME_PATTERN = r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, max_length=64)]
Severity = Literal["low", "medium", "high", "critical"]


def _listed(value: Any) -> Any:
    """One text stands for a list of one; a number is a port."""
    items = value if isinstance(value, (list, tuple)) else [value]
    return [str(item) if isinstance(item, int) and not isinstance(item, bool) else item for item in items]


Texts = Annotated[
    tuple[Annotated[str, StringConstraints(min_length=1, max_length=256)], ...],
    BeforeValidator(_listed, json_schema_input_type=str | int | list[str | int]),
    Field(min_length=1),
]
"""One text or several: then any of them."""


class Part(BaseModel):
    model_config = ConfigDict(
        extra="forbid", frozen=True, populate_by_name=True, use_attribute_docstrings=True
    )


class NetworkStatement(Part):
    """Who sends what to whom."""

    from_: Texts = Field(alias="from")
    """who opens the connection: `team=fraud`, `fraud/train`, `type=notebook`, `tag:env=prod`, `internet`,
    `external=*`, `10.0.0.0/8`, an id, an ARN, a logical id; with a comma between: all of them hold"""
    to: Texts
    """who is connected to: as `from`, and `aws:SERVICE` (`aws:s3`, `aws:dns`)"""
    traffic: Texts = ("all",)
    """`tcp 443`, `tcp 1024-65535`, `udp 53`, `icmp 8`, `443` (TCP and UDP), `protocol 47`, `all`"""
    except_traffic: Texts | None = None
    """what does not count"""
    unless_through: tuple[Literal["private-link", "firewall", "load-balancer", "transit-gateway"], ...] = ()
    """ways through one of these do not count"""


class AccessKind(Part):
    """A kind of request, in the shape of an IAM statement."""

    Action: Texts | None = None
    """as in IAM: `sagemaker:CreateTrainingJob`, `s3:Get*`"""
    NotAction: Texts | None = None
    """as in IAM: every other action"""
    Resource: Texts = ("*",)
    """as in IAM: ARNs, with `*`. Or resources that are there, by label: `team=fraud`, `team!=fraud`,
    `type=AWS::S3::Bucket`, `tag:KEY=VALUE`, `account=NAME`; with a comma between: all of them hold"""
    NotResource: Texts | None = None
    """as in IAM: every other resource"""
    Condition: dict[str, dict[str, Any]] = Field(default_factory=dict)
    """as in IAM: operator -> key -> values. Only such requests count"""

    @model_validator(mode="after")
    def _one_action(self) -> AccessKind:
        if (self.Action is None) == (self.NotAction is None):
            raise ValueError("name either `Action` or `NotAction`")
        return self


class AccessStatement(AccessKind):
    """Who may do what, in the shape of an IAM statement."""

    principal: Texts
    """a principal's ARN (with `*`); `any` for every user and role; `outside` for those of no account of ours;
    or by label: `team=NAME`, `workload=*`, `type=notebook`, `duty=author`, `service=sagemaker.amazonaws.com`
    (roles that it can assume), `tag:KEY=VALUE`, `account=NAME`, `name=PATTERN`, `kind=user`; `!=` for another
    value; with a comma between: all of them hold"""
    beside: AccessKind | None = None
    """a second kind of request: only a principal that can make both counts"""


class _Intent(Part):
    because: Annotated[str, StringConstraints(min_length=1, max_length=500)]
    """why it must hold, for whoever has to mend what breaks it"""
    severity: Severity = "high"
    """how bad it is if it does not hold"""
    least_depth: int | None = Field(default=None, ge=1, le=9, strict=True)
    """independent controls that must fail before it breaks. Not checked yet"""


class NetworkIntent(_Intent):
    """What packets must never, or must always, be able to do."""

    must_never: NetworkStatement | None = None
    """no packet of this may arrive, answered or not"""
    must_always: NetworkStatement | None = None
    """such a connection can be opened, and is answered"""
    for_each: Literal["team", "stage", "account", "vpc", "workload"] | None = None
    """once for each value that there is; `{team}` (or `{stage}`, ...) in `from` and `to` becomes it"""

    @model_validator(mode="after")
    def _one(self) -> NetworkIntent:
        if (self.must_never is None) == (self.must_always is None):
            raise ValueError("name either `must_never` or `must_always`")
        return self

    @property
    def statement(self) -> NetworkStatement:
        found = self.must_never or self.must_always
        assert found is not None  # noqa: S101 (the validator holds it)
        return found


class AccessIntent(_Intent):
    """What callers must never, or must always, be allowed."""

    must_never: AccessStatement | None = None
    """no such request may be allowed"""
    must_always: AccessStatement | None = None
    """every such request is allowed"""
    assuming: dict[str, Texts] = Field(default_factory=dict)
    """what is known of every request: condition key -> the values that it may have, with `*` and `?`;
    `absent`: no request has it"""
    for_each: Literal["team", "stage", "account"] | None = None
    """once for each value that there is; `{team}` (or `{stage}`, ...) in texts becomes it"""
    says: Annotated[str, StringConstraints(min_length=1, max_length=200)] | None = None
    """what holds, in words, for reports; otherwise the statement is told"""

    @model_validator(mode="after")
    def _one(self) -> AccessIntent:
        if (self.must_never is None) == (self.must_always is None):
            raise ValueError("name either `must_never` or `must_always`")
        if self.must_always is not None and self.must_always.beside is not None:
            raise ValueError("`beside` has a meaning for `must_never` alone")
        return self

    @property
    def statement(self) -> AccessStatement:
        found = self.must_never or self.must_always
        assert found is not None  # noqa: S101 (the validator holds it)
        return found


class Intents(Part):
    """What must never happen in an estate, and what must always be possible."""

    intents: Literal[1]
    """the format's version"""
    built_in: bool = True
    """whether the built-in set for machine learning is checked, too"""
    without: tuple[Name, ...] = ()
    """names of the built-in set that are left out"""
    network: dict[Name, NetworkIntent] = Field(default_factory=dict)
    """name -> what packets must (not) do"""
    access: dict[Name, AccessIntent] = Field(default_factory=dict)
    """name -> what callers must (not) be allowed"""
