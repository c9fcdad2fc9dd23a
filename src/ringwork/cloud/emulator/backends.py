"""moto's state in this process: loaded from a snapshot when a service is first asked, saved when it changed.

moto keeps one backend object for each service, account and Region, in dictionaries that are global to the
process. So a process can have one local cloud open at a time.
"""

from __future__ import annotations

import pickle
import re
import sys
from collections.abc import Callable
from typing import Any

from ringwork.cloud.emulator import models, pickles, services
from ringwork.cloud.emulator.pickles import BackendName
from ringwork.cloud.emulator.state import BadSnapshotError, StateFolder

_SHARED = {
    *("ecr", "events", "kms", "lambda", "logs", "organizations", "ram", "s3", "s3control", "secretsmanager"),
    *("sns", "sqs"),
}
"""Services where a call from one account can change what another account owns."""

_CROSSING = re.compile(r".*(Peering|TransitGateway|ManagedPrefixList|EndpointService|EndpointConnection).*")
"""Operations of EC2 that can."""


class MotoBackends:
    """The live backends of one local cloud, and which of them are newer than the snapshot."""

    def __init__(
        self, folder: StateFolder, parts: dict[str, str], discard: Callable[[BadSnapshotError], None]
    ) -> None:
        """`parts` is what the snapshot holds; `discard` is called when a part of it turns out unreadable."""
        self._folder = folder
        self._discard = discard
        self._parts = parts
        self._loaded: set[str] = set()
        self._changed_accounts: set[str] = set()
        self._changed_services: set[str] = set()
        """moto's packages whose state may have changed in any account"""
        self.notices: list[str] = []

    def prepare(self, service: str) -> None:
        """Have the state of `service`, and of those it reads, in memory.

        When it cannot be read, the whole local cloud starts over empty.
        """
        package = services.package(service)
        needed = ("iam", "organizations", package, *pickles.reaches().get(package, ()))
        if self._loaded.issuperset(needed):
            return
        try:
            with models.staying():
                for name in needed:
                    self._load(name)
        except BadSnapshotError as error:
            self.forget()
            self._discard(error)

    def has(self, service: str) -> bool:
        """Whether there is any state of `service`; what is saved is then in memory."""
        package = services.package(service)
        if package not in self._loaded:
            if any(name.startswith(f"moto/{package}/") for name in self._parts):
                self.prepare(service)
            else:
                return f"moto.{package}.models" in sys.modules
        return True

    def forget(self) -> None:
        """Drop the snapshot and everything in memory."""
        self._parts = {}
        self.clear()

    def changed(self, service: str, account: str, region: str, operation: str = "") -> None:
        """Remember that a call to `service` in `account` may have changed state."""
        del region
        self._changed_accounts.add(account)
        if service in _SHARED or (service == "ec2" and _CROSSING.fullmatch(operation)):
            self._changed_services.add(services.package(service))

    def _load(self, service: str) -> None:
        if service in self._loaded or service not in pickles.reaches():
            return
        self._loaded.add(service)
        names = [name for name in map(_parse, self._parts) if name is not None and name[0] == service]
        if not names:
            return
        # empty backends first, because states refer to one another
        shells = {name: _shell(name) for name in names}
        for name, shell in shells.items():
            data = self._folder.part(self._parts, _part(name))
            try:
                vars(shell).update(pickles.load(data, self._referred))
            except pickle.UnpicklingError as error:
                raise BadSnapshotError(f"its part `{_part(name)}` cannot be read: {error}") from error
        if service == "organizations":
            masters = pickles.backends_of(service).master_accounts
            for (_, account, partition), backend in shells.items():
                masters.update({member.id: (account, partition) for member in backend.accounts})
        if service == "s3":
            known = pickles.backends_of("s3").bucket_accounts
            for (_, account, partition), backend in shells.items():
                known.update(dict.fromkeys(backend.buckets, (partition, account)))

    def _referred(self, name: BackendName) -> Any:
        service, account, region = name
        self._load(service)
        return pickles.backends_of(service)[account][region]

    def changes(self) -> dict[str, bytes]:
        """The parts that differ from the snapshot, as bytes."""
        from moto.core.base_backend import BackendDict  # noqa: PLC0415

        found: dict[str, bytes] = {}
        for service in list(BackendDict._instances):
            package = pickles.service_of(service.backend)
            if package not in pickles.reaches():
                continue
            for account, region, backend in list(service.iter_backends()):
                name = _part((package, account, region))
                if name in self._parts and package not in self._loaded:
                    continue  # made empty by a call from elsewhere: what is saved is better
                stale = account in self._changed_accounts or package in self._changed_services
                if name not in self._parts or stale:
                    try:
                        with models.uncollected():
                            found[name] = pickles.dump(backend)
                    except pickle.PicklingError as error:
                        notice = f"the local cloud cannot keep the state of `{name}`: {error}"
                        if notice not in self.notices:
                            self.notices.append(notice)
        return found

    def saved(self, parts: dict[str, str]) -> None:
        """Everything up to now is in the snapshot, whose parts are `parts`."""
        self._parts = parts
        self._changed_accounts.clear()
        self._changed_services.clear()

    @staticmethod
    def clear() -> None:
        """Forget all of moto's state in this process, if moto is in use at all."""
        if "moto.core.base_backend" not in sys.modules:
            return
        from moto.core.base_backend import BackendDict  # noqa: PLC0415

        # as BackendDict.reset does, but without making every backend anew first; S3 has files to close
        for service in BackendDict._instances:
            if pickles.service_of(service.backend) == "s3":
                for _, _, backend in service.iter_backends():
                    if "buckets" in vars(backend):  # it was loaded to the end
                        backend.reset()
                service.bucket_accounts.clear()
            if pickles.service_of(service.backend) == "organizations":
                service.master_accounts.clear()
            service.clear()
        BackendDict._instances.clear()


def _part(name: BackendName) -> str:
    return "moto/" + "/".join(name)


def _parse(part: str) -> BackendName | None:
    kind, _, rest = part.partition("/")
    if kind != "moto":
        return None
    service, account, region = rest.split("/")
    return service, account, region


def _shell(name: BackendName) -> Any:
    """A backend without state, in its place in moto's dictionaries."""
    service, account, region = name
    backends = pickles.backends_of(service)
    shell = backends.backend.__new__(backends.backend)
    vars(shell).update(account_id=account, region_name=region)
    dict.__setitem__(backends[account], region, shell)
    return shell
