"""What comes first in each account, made by the same deployer, and undone by it.

Ordered: the home Region's stack, which has the roles, and then the other Regions' buckets.
Idempotent: a second run changes nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from botocore.exceptions import ClientError

from ringwork.cloud.deploy.apply import Deployment, Outcome, StackResult, deploy
from ringwork.cloud.deploy.bootstrap_template import bootstrap_template
from ringwork.cloud.deploy.destroy import Destruction, destroy
from ringwork.cloud.deploy.plan import BOOTSTRAP_STACK, ORGANIZATION_TAG, Plan, plan
from ringwork.cloud.deploy.progress import OnEvent, Patience
from ringwork.cloud.deploy.state import describe, every
from ringwork.cloud.deploy.template import template_bucket
from ringwork.cloud.errors import OperationError, code, explained
from ringwork.cloud.session import Cloud
from ringwork.estate.stack import Stack


def bootstrap_stacks(
    cloud: Cloud, *, accounts: Sequence[str], regions: Sequence[str], trusted: Sequence[str] = ()
) -> tuple[Stack, ...]:
    """The bootstrap stack of each account and Region; `regions[0]` is home.

    `trusted`: ARNs that may take the roles; none: the caller's account, which then decides by its own
    policies who may.
    """
    caller = cloud.caller()
    principals = tuple(trusted) or (f"arn:{caller.partition}:iam::{caller.account}:root",)
    return tuple(
        Stack(
            name=BOOTSTRAP_STACK,
            account=account,
            region=region,
            template=bootstrap_template(account, region, trusted=principals, home=index == 0),
            tags={"ringwork:ring": "bootstrap"},
        )
        for index, region in enumerate(dict.fromkeys(regions))
        for account in dict.fromkeys(accounts)
    )


def plan_bootstrap(
    cloud: Cloud,
    *,
    accounts: Sequence[str],
    regions: Sequence[str],
    trusted: Sequence[str] = (),
    role: str | None = None,
    patience: Patience | None = None,
) -> Plan:
    """What `bootstrap` would do."""
    first = cloud.as_first(role)
    stacks = bootstrap_stacks(first, accounts=accounts, regions=regions, trusted=trusted)
    return plan(first, stacks, patience=patience)


def bootstrap(
    cloud: Cloud,
    *,
    accounts: Sequence[str],
    regions: Sequence[str],
    trusted: Sequence[str] = (),
    role: str | None = None,
    on_event: OnEvent | None = None,
    patience: Patience | None = None,
) -> Deployment:
    """Make the roles and the template buckets of `accounts` in `regions`, home first.

    The caller's own account is entered with the base credentials, others by `role` (none: the role
    that AWS Organizations makes in new accounts).
    """
    first = cloud.as_first(role)
    stacks = bootstrap_stacks(first, accounts=accounts, regions=regions, trusted=trusted)
    home = [stack for stack in stacks if stack.region == regions[0]]
    rest = [stack for stack in stacks if stack.region != regions[0]]
    done = deploy(first, home, on_event=on_event, patience=patience)
    cloud.renew()  # what comes next is done by the roles that are there now
    if not rest:
        return done
    good = {result.stack.split("/")[0] for result in done.results if result.ok}
    more = deploy(
        first, [stack for stack in rest if stack.account in good], on_event=on_event, patience=patience
    )
    left = tuple(
        StackResult(stack.id, stack.name, Outcome.SKIPPED) for stack in rest if stack.account not in good
    )
    return Deployment((*done.results, *more.results, *left))


def undo_bootstrap(
    cloud: Cloud,
    *,
    accounts: Sequence[str],
    regions: Sequence[str],
    confirm: bool = False,
    role: str | None = None,
    on_event: OnEvent | None = None,
    patience: Patience | None = None,
) -> Destruction:
    """Remove what `bootstrap` made, the roles last.

    Raises OperationError, before anything is touched, without `confirm` or while stacks of ours are
    still in one of the accounts and Regions: without the roles nobody could remove them.
    """
    if not confirm:
        raise OperationError(
            "undoing bootstrap removes roles and template buckets and needs confirmation",
            help="repeat the command with `--yes`",
        )
    first = cloud.as_first(role)
    stacks = bootstrap_stacks(first, accounts=accounts, regions=regions)
    for stack in stacks:
        _refuse_while_used(first, stack)
    for stack in stacks:
        empty_bucket(first, stack)
    home = [stack for stack in stacks if stack.region == regions[0]]
    rest = [stack for stack in stacks if stack.region != regions[0]]
    gone = destroy(first, rest, confirm=True, on_event=on_event, patience=patience)
    if not gone.ok:
        return gone
    last = destroy(first, home, confirm=True, on_event=on_event, patience=patience)
    cloud.renew()
    return Destruction((*gone.results, *last.results))


def missing(cloud: Cloud, *, accounts: Sequence[str], regions: Sequence[str]) -> tuple[tuple[str, str], ...]:
    """Accounts and Regions that cannot be deployed to before `bootstrap`, as pairs, in the order given.

    An account whose deploy role cannot be taken is one of them.
    """
    cloud.caller()  # bad credentials of our own are no missing bootstrap
    found = []
    for account in dict.fromkeys(accounts):
        for region in dict.fromkeys(regions):
            try:
                client = cloud.client("cloudformation", account=account, region=region)
            except OperationError:
                found.append((account, region))
                continue
            with explained(f"read stack `{BOOTSTRAP_STACK}` in account {account}, Region {region}"):
                state = describe(client, BOOTSTRAP_STACK)
            if state is None or not state.updatable:
                found.append((account, region))
    return tuple(found)


def _refuse_while_used(cloud: Cloud, stack: Stack) -> None:
    client = cloud.client("cloudformation", account=stack.account, region=stack.region)
    with explained(f"list stacks in account {stack.account}, Region {stack.region}"):
        used = [
            state.name
            for state in every(client)
            if state.name != BOOTSTRAP_STACK
            and (ORGANIZATION_TAG in state.tags or state.name.startswith("ringwork-"))
            and state.status != "DELETE_COMPLETE"
        ]
    if used:
        raise OperationError(
            f"account {stack.account} still has stack `{used[0]}` in Region {stack.region}"
            + (f" and {len(used) - 1} more" if len(used) > 1 else ""),
            help="remove them first with `ringwork destroy`, then undo bootstrap",
        )


def empty_bucket(cloud: Cloud, stack: Stack) -> None:
    """Delete every version in the template bucket: copies of templates, nothing else is put there."""
    bucket = template_bucket(stack.account, stack.region)
    s3 = cloud.client("s3", account=stack.account, region=stack.region)
    with explained(f"empty the template bucket `{bucket}`"):
        while True:
            try:
                page: dict[str, Any] = s3.list_object_versions(Bucket=bucket, MaxKeys=1000)
            except ClientError as error:
                if code(error) == "NoSuchBucket":
                    return
                raise
            found = [*page.get("Versions", ()), *page.get("DeleteMarkers", ())]
            if not found:
                return
            names = [{"Key": item["Key"], "VersionId": item["VersionId"]} for item in found]
            answer = s3.delete_objects(Bucket=bucket, Delete={"Objects": names, "Quiet": True})
            if answer.get("Errors"):
                first = answer["Errors"][0]
                raise OperationError(
                    f"cannot empty the template bucket `{bucket}`: {first.get('Code')}, `{first.get('Key')}`",
                    help="delete its objects by hand, then repeat the command",
                )
