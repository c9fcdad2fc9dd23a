"""Which cloud a command works on, and the boto3 clients for its accounts.

Only the target selects AWS: `local` is the embedded cloud, `aws` the default credentials,
`aws:PROFILE` a named profile. Credentials in the environment alone never do. This is the only place
that knows whether the cloud is local; all other code speaks boto3 and cannot tell.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import Any, Protocol

import boto3
import botocore.loaders
import botocore.session
from botocore.config import Config
from botocore.credentials import CredentialProvider, CredentialResolver, DeferredRefreshableCredentials
from botocore.exceptions import BotoCoreError, ClientError

from ringwork.cloud.errors import ACCESS_DENIED, OperationError, code, explain, explained, text
from ringwork.source import InputError

DEPLOY_ROLE = "ringwork-deploy"
"""The role that another account is entered by unless a caller names one; bootstrap makes it."""
AUDIT_ROLE = "ringwork-audit"
BREAK_GLASS_ROLE = "ringwork-break-glass"
ORGANIZATION_ROLE = "OrganizationAccountAccessRole"
"""AWS Organizations makes it in each account that it creates (Organizations User Guide)."""
SESSION_NAME = "ringwork"
LOCAL_ACCOUNT = "000000000000"
"""The account that a command has in the local cloud when nobody names one."""

_TARGET = re.compile(r"(?P<kind>local|aws)(?::(?P<profile>[A-Za-z0-9_.@+-]+))?")
_ACCOUNT = re.compile(r"[0-9]{12}")

CONFIG = Config(
    retries={"mode": "standard", "total_max_attempts": 10},
    max_pool_connections=32,
    connect_timeout=10,
    read_timeout=60,
    user_agent_extra="ringwork",
)
"""Standard retry mode: exponential backoff with jitter, up to 20 s (boto3 guide, Retries)."""


@dataclass(frozen=True, slots=True)
class Caller:
    """Who the base credentials are."""

    account: str
    """12 digits"""
    arn: str

    @property
    def partition(self) -> str:
        """`aws`, `aws-cn`, `aws-us-gov`."""
        return self.arn.split(":")[1]


class Sessions(Protocol):
    """Where boto3 sessions come from: AWS, or the local cloud."""

    any_account: bool
    """every 12-digit account exists, so a blueprint need not name real ones"""

    def notices(self) -> tuple[str, ...]:
        """What the user should know about the cloud itself, so far."""

    @property
    def first_role(self) -> str | None:
        """The role by which another account is entered before bootstrap made ours; None: none is needed."""

    def base(self, region: str) -> boto3.Session:
        """The session that the command started with."""

    def organize(self, management: str, accounts: Sequence[str], region: str) -> None:
        """See that `accounts` are in one organization, where this cloud can do so by itself."""

    def other(self, caller: Caller, account: str, region: str, role: str | None) -> boto3.Session:
        """A session of `role` in `account`; without a role, of whoever deploys there.

        Raises `OperationError` when the role cannot be assumed.
        """


class Cloud:
    """An open cloud: clients by service, account, Region and role. Safe to share between threads."""

    def __init__(
        self,
        target: str,
        region: str,
        sessions: Sessions,
        *,
        entry: str | None = None,
        own: str | None = DEPLOY_ROLE,
    ) -> None:
        """`entry`: the role by which other accounts are entered when a caller names none; `own`: the role
        that is taken in the caller's own account, where it can be (None: the base credentials work)."""
        self.target = target
        self.region = region
        self._sessions = sessions
        self._entry = entry
        self._own = self._wanted = own
        self._lock = threading.RLock()
        self._caller: Caller | None = None
        self._clients: dict[tuple[str, str | None, str, str | None], Any] = {}
        self._opened: dict[tuple[str | None, str, str | None], boto3.Session] = {}

    @property
    def any_account(self) -> bool:
        """Every 12-digit account exists here, so a blueprint need not name real ones."""
        return self._sessions.any_account

    @property
    def first_role(self) -> str:
        """The role by which an account is entered before bootstrap made ours."""
        return self._sessions.first_role or ORGANIZATION_ROLE

    def organize(self, management: str, accounts: Sequence[str]) -> None:
        """See that there is an organization of `management` that has `accounts` and the caller's account.

        The local cloud makes it. On AWS organizations are their owners', and nothing is done: the deployer
        says what is missing when it looks the organization up.
        """
        members = dict.fromkeys((*accounts, self.caller().account))
        self._sessions.organize(management, tuple(members), self.region)

    def as_first(self, role: str | None = None) -> Cloud:
        """The same cloud, its other accounts entered by `role` (none: the one that comes with them)
        instead of ours, and the own one by the base credentials: for bootstrap, which makes ours."""
        entry = role or self._sessions.first_role
        return Cloud(self.target, self.region, self._sessions, entry=entry, own=None)

    def entered_by(self, role: str) -> Cloud:
        """The same cloud, every account entered by `role`: for reading with fewer rights."""
        return Cloud(self.target, self.region, self._sessions, entry=role, own=role)

    def renew(self) -> None:
        """Open clients anew on their next use: by roles that were not there before, or no longer are."""
        with self._lock:
            self._clients.clear()
            self._opened.clear()
            self._own = self._wanted

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user should know about the cloud itself, so far (state that could not be read, ...)."""
        return self._sessions.notices()

    def caller(self) -> Caller:
        """Account and ARN of the base credentials (`sts:GetCallerIdentity`, asked once)."""
        with self._lock:
            if self._caller is None:
                with explained(f"find out who the credentials of target `{self.target}` are"):
                    answer = self._sessions.base(self.region).client("sts").get_caller_identity()
                self._caller = Caller(answer["Account"], answer["Arn"])
            return self._caller

    def client(
        self, service: str, *, account: str | None = None, region: str | None = None, role: str | None = None
    ) -> Any:
        """A boto3 client, made once for each service, account, Region and role.

        Without a role an account is entered by `DEPLOY_ROLE`: what we deploy admits this role and not
        whoever runs the command. The caller's own account is entered by the base credentials where there
        is no such role. Raises `OperationError` where the role of another account cannot be assumed.
        """
        region = region or self.region
        if account is not None and not _ACCOUNT.fullmatch(account):
            raise OperationError(f"`{account}` is not an AWS account id", help="account ids have 12 digits")
        with self._lock:
            if account is not None and role is None:
                if account == self.caller().account:
                    account, role = None, self._own_role()
                else:
                    role = self._entry
            key = (service, account, region, role)
            if key not in self._clients:
                session = self._session(account, region, role)
                with explained(f"open `{service}` in Region {region}"):
                    self._clients[key] = session.client(service, region_name=region)
            return self._clients[key]

    def _own_role(self) -> str | None:
        """The role to take in the caller's own account, if the caller can take it."""
        if self._own is not None:
            try:
                self._session(None, self.region, self._own)
            except OperationError:
                self._own = None
        return self._own

    def _session(self, account: str | None, region: str, role: str | None) -> boto3.Session:
        key = (account, region, role)
        if key not in self._opened:
            if account is None and role is None:
                self._opened[key] = self._sessions.base(region)
            else:
                caller = self.caller()
                self._opened[key] = self._sessions.other(caller, account or caller.account, region, role)
        return self._opened[key]

    def first_line(self) -> str:
        """What each command prints first: target, account and Region."""
        what = "the local cloud, nothing is sent to AWS" if self.target == "local" else "AWS"
        caller = self.caller()
        return f"target {self.target} ({what}), account {caller.account}, Region {self.region}"


@contextmanager
def open_cloud(target: str, *, region: str) -> Iterator[Cloud]:
    """Open `local`, `aws` or `aws:PROFILE`; the local cloud's state is kept when the block ends."""
    match = _TARGET.fullmatch(target)
    if match is None or (match["kind"] == "local" and match["profile"]):
        raise InputError(f"unknown target `{target}`", help="use `local`, `aws` or `aws:PROFILE`")
    with ExitStack() as stack:
        sessions: Sessions
        if match["kind"] == "local":
            from ringwork.cloud.emulator import LocalCloud  # noqa: PLC0415 (moto loads only when used)

            sessions = LocalSessions(stack.enter_context(LocalCloud(None)))
        else:
            sessions = AwsSessions(match["profile"])
        yield Cloud(target, region, sessions)


class LocalSessions:
    """The embedded cloud, where every account exists."""

    any_account = True
    first_role: str | None = "ringwork-local-administrator"

    def __init__(self, local: Any) -> None:
        self._local = local

    def notices(self) -> tuple[str, ...]:
        return tuple(self._local.notices)

    def base(self, region: str) -> boto3.Session:
        return self._local.session(LOCAL_ACCOUNT, region)

    def organize(self, management: str, accounts: Sequence[str], region: str) -> None:
        from ringwork.cloud.emulator.organization import organize  # noqa: PLC0415 (loads when used)

        organize(self._local.session, management, accounts, region, visitor=LOCAL_ACCOUNT)

    def other(self, caller: Caller, account: str, region: str, role: str | None) -> boto3.Session:
        if role == self.first_role:
            return self._local.session(account, region)
        try:
            return self._local.session(account, region, role=role or DEPLOY_ROLE, by=caller.account)
        except OperationError:
            if role is not None:
                raise
            # an account that nobody bootstrapped: its administrator is all that there is
            return self._local.session(account, region)


class AwsSessions:
    """AWS: a profile or the default credentials, and roles assumed from them."""

    any_account = False

    def notices(self) -> tuple[str, ...]:
        return ()

    first_role: str | None = ORGANIZATION_ROLE

    def organize(self, management: str, accounts: Sequence[str], region: str) -> None:
        """Nothing: who joins an organization on AWS is for its owners to say."""

    def __init__(self, profile: str | None) -> None:
        self._profile = profile
        self._bases: dict[str, boto3.Session] = {}
        self._credentials: dict[str, DeferredRefreshableCredentials] = {}
        # one for all sessions: each would parse and keep its own copy of every service's model
        self._loader = botocore.loaders.create_loader()

    def base(self, region: str) -> boto3.Session:
        if region not in self._bases:
            with explained(f"use profile `{self._profile or 'default'}`"):
                plain = botocore.session.Session(profile=self._profile)
                plain.set_default_client_config(CONFIG)
                plain.register_component("data_loader", self._loader)
                self._bases[region] = boto3.Session(botocore_session=plain, region_name=region)
        return self._bases[region]

    def other(self, caller: Caller, account: str, region: str, role: str | None) -> boto3.Session:
        arn = f"arn:{caller.partition}:iam::{account}:role/{role or DEPLOY_ROLE}"
        if arn not in self._credentials:
            self._credentials[arn] = self._assumed(caller, arn, region)
        session = botocore.session.Session()
        session.set_default_client_config(CONFIG)
        session.register_component("data_loader", self._loader)
        session.register_component(
            "credential_provider", CredentialResolver([_Given(self._credentials[arn])])
        )
        return boto3.Session(botocore_session=session, region_name=region)

    def _assumed(self, caller: Caller, arn: str, region: str) -> DeferredRefreshableCredentials:
        """Credentials of a role; botocore renews them ten minutes before they expire."""
        sts = self.base(region).client("sts")

        def refresh() -> dict[str, str]:
            given = sts.assume_role(RoleArn=arn, RoleSessionName=SESSION_NAME)["Credentials"]
            return {
                "access_key": given["AccessKeyId"],
                "secret_key": given["SecretAccessKey"],
                "token": given["SessionToken"],
                "expiry_time": given["Expiration"].isoformat(),
            }

        credentials = DeferredRefreshableCredentials(refresh, "assume-role")
        try:
            credentials.get_frozen_credentials()
        except ClientError as error:
            if code(error) not in ACCESS_DENIED:
                raise explain(error, f"assume role `{arn}`") from error
            raise OperationError(
                f"cannot assume role `{arn}` as `{caller.arn}`: {text(error)}",
                help="run `ringwork bootstrap` for that account, and check that the role trusts this caller",
            ) from error
        except BotoCoreError as error:
            raise explain(error, f"assume role `{arn}`") from error
        return credentials


class _Given(CredentialProvider):  # type: ignore[misc] # botocore has no types
    """A credential provider for credentials that we already have: nothing else is ever tried."""

    METHOD = "ringwork-assume-role"

    def __init__(self, credentials: DeferredRefreshableCredentials) -> None:
        super().__init__()
        self._given = credentials

    def load(self) -> DeferredRefreshableCredentials:
        return self._given
