"""Makes calls and notes whether each was answered as AWS's documents say.

Outcomes: `ok`; `partial` (answered, something expected is missing or different); `unimplemented`; `error`;
`blocked` (an earlier call did not give what it needs); for calls that AWS refuses: `strict` (refused with the
documented code), `lenient` (accepted), `miscoded` (refused with another code).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import jmespath
from botocore.exceptions import ClientError

RIGHT = ("ok", "strict")


@dataclass
class Row:
    """One call and its outcome."""

    service: str
    operation: str
    outcome: str
    detail: str = ""
    security_state: bool = False
    fidelity: str = ""


@dataclass
class Recorder:
    """`client(service, region=None)` gives boto3 clients of one account."""

    client: Callable[..., Any]
    account: str
    region: str
    rows: list[Row] = field(default_factory=list)

    def call(
        self,
        service: str,
        operation: str,
        expect: Mapping[str, Any] | None = None,
        *,
        security: bool = False,
        where: Any = None,
        **parameters: Any,
    ) -> dict[str, Any]:
        """Make a call that AWS answers. `expect`: JMESPath -> value, type, or predicate. `security`: it is
        about security state, so its answer must be simulated. Returns the answer, or {} without one."""
        row = Row(service, operation, "ok", security_state=security)
        self.rows.append(row)
        if _missing(parameters):
            row.outcome = "blocked"
            return {}
        try:
            answer = getattr(where or self.client(service), operation)(**parameters)
        except ClientError as error:
            said = error.response.get("Error", {})
            row.outcome = "unimplemented" if said.get("Code") == "NotEmulated" else "error"
            row.detail = f"{said.get('Code')}: {said.get('Message')}"
            return {}
        except Exception as error:  # noqa: BLE001 (botocore raises many kinds for an answer it cannot read)
            row.outcome, row.detail = "error", f"{type(error).__name__}: {error}"
            return {}
        headers = answer.get("ResponseMetadata", {}).get("HTTPHeaders", {})
        row.fidelity = headers.get("x-ringwork-fidelity", "")
        wrong = [
            f"{path} is {found!r}"
            for path, wanted in (expect or {}).items()
            if not _holds(found := _at(path, answer), wanted)
        ]
        if wrong:
            row.outcome, row.detail = "partial", "; ".join(wrong)
        return dict(answer)

    def refused(
        self, service: str, operation: str, *codes: str, where: Any = None, **parameters: Any
    ) -> None:
        """Make a call that AWS refuses with one of `codes`."""
        row = Row(service, operation, "lenient", security_state=True)
        self.rows.append(row)
        if _missing(parameters):
            row.outcome = "blocked"
            return
        try:
            getattr(where or self.client(service), operation)(**parameters)
        except ClientError as error:
            code = error.response.get("Error", {}).get("Code", "")
            row.outcome = "strict" if code in codes else "miscoded"
            if code == "NotEmulated":
                row.outcome = "unimplemented"
            row.detail = f"{code} instead of {codes}" if code not in codes else ""
        except Exception as error:  # noqa: BLE001 (as above: another emulator's page is no refusal)
            row.outcome, row.detail = "error", f"{type(error).__name__}: {error}"

    @property
    def right(self) -> int:
        """How many calls were answered as documented."""
        return sum(row.outcome in RIGHT for row in self.rows)


def _at(path: str, answer: Mapping[str, Any]) -> Any:
    try:
        return jmespath.search(path, answer)
    except jmespath.exceptions.JMESPathError:  # the length of what is not there
        return None


def _missing(value: Any) -> bool:
    if value is None:
        return True
    if isinstance(value, Mapping):
        return any(_missing(item) for item in value.values())
    return isinstance(value, list) and any(_missing(item) for item in value)


def _holds(found: Any, wanted: Any) -> bool:
    if isinstance(wanted, type):
        return isinstance(found, wanted)
    if callable(wanted):
        try:
            return bool(wanted(found))
        except (TypeError, AttributeError, ValueError):
            return False
    return bool(found == wanted)
