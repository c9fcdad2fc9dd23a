"""`ringwork local`: the local cloud, for other tools."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from ringwork.cli.console import ACCOUNT, REGION, Output, json_option


@click.group("local", short_help="Run the local cloud for other tools.")
def command() -> None:
    """Run the local cloud on 127.0.0.1, so that the AWS CLI and other tools see what Ringwork sees.

    Ringwork's own commands need no server: they answer AWS calls in their own process and keep the
    state between commands. While a server runs, they use it.
    """


@command.command("up")
@click.option(
    "--test-credentials",
    "pairs",
    multiple=True,
    metavar="ACCOUNT:SECRET",
    help="Let an account id be an access key of its administrator, with this secret key: for test programs "
    "that sign so. Signatures are verified all the same.",
)
@json_option
def up(pairs: tuple[str, ...], as_json: bool) -> None:
    """Start the server (127.0.0.1 only, a free port) and print what other tools need."""
    from ringwork.cloud.emulator.server import environment, start_server

    say = Output(as_json)
    info = start_server(test_credentials=[_pair(text) for text in pairs])
    say.say(f"the local cloud answers on {info.endpoint} (process {info.pid})")
    for notice in info.notices:
        say.say(f"note: {notice}")
    say.say('for other tools: eval "$(ringwork local env)"')
    say.result({"endpoint": info.endpoint, "pid": info.pid, "environment": _shown(environment(info))})


@command.command("down")
@json_option
def down(as_json: bool) -> None:
    """Stop the server; its state is kept."""
    from ringwork.cloud.emulator.server import stop_server

    say = Output(as_json)
    info = stop_server()
    say.say("no server was running" if info is None else f"stopped process {info.pid}; its state is kept")
    say.result({"stopped": info is not None})


@command.command("status")
@json_option
def status(as_json: bool) -> None:
    """Say whether a server runs, and where the state is."""
    from ringwork.cloud.emulator.server import status as server_status
    from ringwork.cloud.emulator.state import default_root

    say = Output(as_json)
    info = server_status()
    say.say(
        f"the local cloud answers on {info.endpoint} (process {info.pid})"
        if info
        else "no server runs; commands answer AWS calls in their own process"
    )
    say.say(f"state: {default_root()}")
    say.result(
        {
            "running": info is not None,
            "endpoint": info.endpoint if info else None,
            "pid": info.pid if info else None,
            "state": str(default_root()),
        }
    )


@command.command("env")
@click.option(
    "--account",
    type=ACCOUNT,
    default="000000000000",
    show_default=True,
    metavar="ID",
    help="The account to work in.",
)
@click.option("--region", type=REGION, default="us-east-1", show_default=True)
def env(account: str, region: str) -> None:
    """Print shell lines that point other tools at the running server, as the account's administrator."""
    import shlex

    from ringwork.cloud.emulator.server import environment
    from ringwork.cloud.emulator.server import status as server_status
    from ringwork.cloud.errors import OperationError

    info = server_status()
    if info is None:
        raise OperationError("no server runs", help="start one with `ringwork local up`")
    for name, value in environment(info, account=account, region=region).items():
        click.echo(f"export {name}={shlex.quote(value)}")


@command.command("doctor")
@click.option("--service", "services", multiple=True, metavar="NAME", help="Only this service, in detail.")
@json_option
def doctor(services: tuple[str, ...], as_json: bool) -> None:
    """Say what the local cloud answers of each service, and how far its answers can be trusted.

    Every answer also says it of itself, in the header `x-ringwork-fidelity`: `simulated` (done, and later
    calls see it), `stored` (kept and given back, without any rule of the service), `refused` (not done).
    """
    from rich.table import Table

    from ringwork.cloud.emulator.doctor import known_services
    from ringwork.cloud.emulator.doctor import table as rows_of
    from ringwork.source import InputError

    say = Output(as_json)
    names = list(services) or known_services()
    rows: list[Any] = []
    with say.progress("looking at") as advance:
        try:
            rows.extend(rows_of(names, lambda name: advance(name, len(rows), len(names))))
        except LookupError as error:
            raise InputError(
                f"unknown service `{error.args[0]}`", help="use botocore's name, such as `sagemaker-runtime`"
            ) from error
    if services:
        for row in rows:
            say.say(f"{row.service}: {_checked(row) or 'no calls are checked'}")
            for title, operations in (
                ("simulated by Ringwork", row.own),
                ("simulated by moto", row.moto),
                ("stored", row.stored),
                ("refused", row.refused),
            ):
                say.say(f"  {title} ({len(operations)}): {', '.join(operations) or '-'}")
    else:
        shown = Table(box=None, pad_edge=False)
        shown.add_column("service")
        for title in ("operations", "Ringwork", "moto", "stored", "refused"):
            shown.add_column(title, justify="right")
        shown.add_column("checked against AWS's documents")
        for row in rows:
            counts = (row.operations, len(row.own), len(row.moto), len(row.stored), len(row.refused))
            shown.add_row(row.service, *map(str, counts), _checked(row))
        say.say(shown)
        say.say("Ringwork, moto: simulated. stored: kept and given back, no more. refused: NotEmulated.")
        say.say("services that are not listed: what creates, reads, changes or deletes is stored.")
        say.say("one service in detail: ringwork local doctor --service NAME")
    say.result(
        [
            {
                "service": row.service,
                "simulated": {"ringwork": row.own, "moto": row.moto},
                "stored": row.stored,
                "refused": row.refused,
                "right": row.right,
                "checked": row.checked,
            }
            for row in rows
        ]
    )


@command.command("reset")
@click.option("--yes", "-y", is_flag=True, help="Do not ask.")
@json_option
def reset(yes: bool, as_json: bool) -> None:
    """Forget everything that was deployed to the local cloud."""
    from ringwork.cloud.emulator.server import reset as forget
    from ringwork.cloud.emulator.state import default_root

    say = Output(as_json)
    if not yes:
        click.confirm(f"remove all state under {default_root()}?", abort=True, err=as_json)
    forget()
    say.say("the local cloud is empty")
    say.result({"reset": True})


def _checked(row: Any) -> str:
    return f"{row.right} of {row.checked} calls right" if row.checked else ""


def _pair(text: str) -> tuple[str, str]:
    account, _, secret = text.partition(":")
    if not (account.isdigit() and len(account) == 12 and secret):
        raise click.BadParameter(
            f"`{text}` is not ACCOUNT:SECRET, an account id of 12 digits and a secret key",
            param_hint="'--test-credentials'",
        )
    return account, secret


def _shown(values: Mapping[str, str]) -> dict[str, Any]:
    """Without the secret: `ringwork local env` prints it for a shell, a log should not hold it."""
    return {name: value for name, value in values.items() if "SECRET" not in name}
