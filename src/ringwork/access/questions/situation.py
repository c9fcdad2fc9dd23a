"""What is known of the requests of a principal for a resource, before any policy is read.

Source: IAM user guide, "AWS global condition context keys".
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ringwork.access import patterns
from ringwork.access.authority import Account, Authority, Endpoint, Guarded, Identity
from ringwork.access.evaluate import Policies
from ringwork.access.policy import Policy, parse
from ringwork.access.request import Principal

EVERYTHING = parse(
    {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]},
    kind="identity",
    name="what a stranger's own account allows",
)
EVERYBODY = parse(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": "*", "Action": "*", "Resource": "*"}],
    },
    kind="resource",
    name="what lets everybody in",
)
_TAG = "aws:principaltag/"
_RESOURCE_TAG = "aws:resourcetag/"


@dataclass(frozen=True, slots=True)
class Situation:
    """Keys whose values are known, and keys that requests do not have; names in lower case."""

    fixed: Mapping[str, str | tuple[str, ...]] = field(default_factory=dict)
    absent: frozenset[str] = frozenset()

    def and_(self, other: Situation) -> Situation:
        """What both say; `other` wins."""
        fixed = {**self.fixed, **other.fixed}
        return Situation(fixed, (self.absent | other.absent) - fixed.keys())


def of_identity(authority: Authority, identity: Identity, mentioned: Iterable[str]) -> Situation:
    """What the requests of a user or a role have. `mentioned`: the keys that any policy reads."""
    fixed: dict[str, str | tuple[str, ...]] = {}
    absent: set[str] = set()
    session = identity.session_tags
    for name, value in identity.tags.items():
        key = _TAG + name.lower()
        may_differ = session.possible and (session.keys is None or _may_be_passed(name, session.keys))
        if value is not None and not may_differ:
            fixed[key] = value
    if identity.tags_known and not session.possible:
        tagged = {_TAG + name.lower() for name in identity.tags}
        absent.update(key for key in mentioned if key.startswith(_TAG) and key not in tagged)
    if identity.kind == "user":
        fixed["aws:principaltype"] = "User"
        fixed["aws:username"] = identity.name
        absent.update(("aws:federatedprovider", "aws:assumedroot"))
    else:
        fixed["aws:principaltype"] = "AssumedRole"
        absent.add("aws:username")
    account = authority.accounts.get(identity.account or "")
    return Situation(fixed, frozenset(absent)).and_(_organization(authority, account, "aws:principalorg"))


def _may_be_passed(name: str, allowed: Iterable[str]) -> bool:
    """Whether a session may bring the tag, by the patterns of keys that may be passed. Case does not tell
    tags apart (IAM user guide, "Pass session tags in AWS STS")."""
    return any(patterns.has_variable(one) or patterns.glob(one.lower())(name.lower()) for one in allowed)


def of_resource(authority: Authority, account: str | None, resource: Guarded | None) -> Situation:
    """What the requests for a resource have."""
    fixed: dict[str, str | tuple[str, ...]] = {}
    if resource is not None:
        for name, value in resource.tags.items():
            if value is not None:
                fixed[_RESOURCE_TAG + name.lower()] = value
    if account is not None:
        fixed["aws:resourceaccount"] = account
    found = authority.accounts.get(account or "")
    return Situation(fixed).and_(_organization(authority, found, "aws:resourceorg"))


def _organization(authority: Authority, account: Account | None, stem: str) -> Situation:
    if account is None or account.member is None:
        return Situation()
    if not account.member or authority.organization is None:
        return Situation(absent=frozenset((f"{stem}id", f"{stem}paths")))
    fixed: dict[str, str | tuple[str, ...]] = {f"{stem}id": authority.organization}
    if account.path is not None:
        fixed[f"{stem}paths"] = ("/".join((authority.organization, *account.path)) + "/",)
    return Situation(fixed)


def through(endpoint: Endpoint) -> Situation:
    """What the requests that come through an endpoint have."""
    fixed: dict[str, str | tuple[str, ...]] = {"aws:sourcevpce": endpoint.id}
    if endpoint.vpc_id:
        fixed["aws:sourcevpc"] = endpoint.vpc_id
    if endpoint.account:
        fixed["aws:vpceaccount"] = endpoint.account
    return Situation(fixed, frozenset(("aws:sourceip",)))


def outsider() -> tuple[Principal, Policies, Situation]:
    """Somebody of a strange account, whose own policies allow everything."""
    account = "999999999999"
    who = Principal("user", account, f"arn:aws:iam::{account}:user/outsider")
    situation = Situation(
        {
            "aws:principaltype": "User",
            "aws:principalorgid": "o-outside0000",
            "aws:principalorgpaths": ("o-outside0000/r-outs/",),
        }
    )
    return who, Policies(identity=(EVERYTHING,)), situation


def outsiders(role: str = "outsider") -> tuple[tuple[Principal, Policies, Situation], ...]:
    """What else somebody of a strange account can be, who makes roles as they like: a role of it, and of an
    account that is in no organization a user or a role.

    IAM user guide, "AWS global condition context keys": `aws:PrincipalArn` is a session's role;
    `aws:PrincipalOrgID` is there "only if the principal is a member of an organization".
    """
    user, own, situation = outsider()
    account = user.account or ""
    session = f"arn:aws:sts::{account}:assumed-role/{role.rpartition('/')[2]}/session"
    its = Principal("role", account, session, f"arn:aws:iam::{account}:role/{role}")
    organization = {key: value for key, value in situation.fixed.items() if "org" in key}
    of_role = {"aws:principaltype": "AssumedRole"}
    nowhere = frozenset(organization)
    return (
        (its, own, Situation({**organization, **of_role}, frozenset(("aws:username",)))),
        (user, own, Situation({"aws:principaltype": "User"}, nowhere)),
        (its, own, Situation(of_role, nowhere | {"aws:username"})),
    )


def anonymous() -> tuple[Principal, Policies, Situation]:
    """Somebody without credentials. ("AWS global condition context keys": `aws:PrincipalIsAWSService` is in
    "all signed API requests that use AWS credentials", and so are the principal's other keys.)"""
    absent = ("aws:principalorgid", "aws:principalorgpaths", "aws:username", "aws:userid",
              "aws:principalarn", "aws:principalaccount", "aws:principalisawsservice")  # fmt: skip
    return Principal("anonymous", None, "*"), Policies(), Situation({}, frozenset(absent))


def token(provider: str) -> tuple[Principal, Policies, Situation]:
    """Somebody with a token of an identity provider, for another subject than any that you know of.

    IAM user guide, "Available keys for AWS web identity federation" (the provider's name before `:sub`),
    "Available keys for SAML-based AWS STS federation"; `public` says which with a form.
    """
    absent = {"aws:principalorgid", "aws:principalorgpaths", "aws:username", "aws:principalarn"}
    if ":saml-provider/" in provider:
        fixed = {"saml:sub": "stranger"}
    else:
        name = provider.rpartition(":oidc-provider/")[2].lower()
        fixed = {} if name in OF_EVERYBODY else {f"{name}:sub": "stranger"}
        if name == _COGNITO:
            # whose identity pool it is stands in the audience
            fixed[f"{name}:aud"] = "eu-west-1:99999999-9999-9999-9999-999999999999"
    return Principal("token", None, provider), Policies(), Situation(fixed, frozenset(absent))


_COGNITO = "cognito-identity.amazonaws.com"
OF_EVERYBODY = frozenset(("token.actions.githubusercontent.com", "gitlab.com", "app.terraform.io"))
"""providers that give everybody tokens, each for subjects of their own: see `public`"""


def keys_of(policies: Iterable[Policy]) -> frozenset[str]:
    """The condition keys that policies read."""
    return frozenset(key for policy in policies for key in policy.keys)
