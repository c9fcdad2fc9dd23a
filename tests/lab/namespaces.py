"""Linux network namespaces, their links, addresses, routes and rules: raised as one, and always taken down.

Everything is said as text that `ip -batch` and `nft -f` read, so that one process serves a namespace and a
whole network stands in a fraction of a second.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

PREFIX = "rw-"
"""Every namespace of ours is called `rw-PID-NAME`, so that one can tell whether its maker still lives."""
_NAMED = Path("/run/netns")
_CLONE_NEWNET = 0x40000000
_LIBC = ctypes.CDLL(None, use_errno=True)
_SETTINGS = {
    # the sender's address says nothing about the way back: routes decide alone
    "ipv4/conf/all/rp_filter": "0",
    "ipv4/conf/default/rp_filter": "0",
    # "there is a shorter way" would make hosts remember routes that no route table has
    "ipv4/conf/all/send_redirects": "0",
    "ipv4/conf/default/send_redirects": "0",
    "ipv4/conf/all/accept_redirects": "0",
    "ipv4/conf/default/accept_redirects": "0",
    # addresses are usable at once
    "ipv6/conf/all/accept_dad": "0",
    "ipv6/conf/default/accept_dad": "0",
    "ipv6/conf/default/accept_ra": "0",
    "ipv4/ip_forward": "0",
}
_NFT = ["nft", "-f", "-"]
_FORWARDS = {"ipv4/ip_forward": "1", "ipv6/conf/all/forwarding": "1"}


class LabError(Exception):
    """The kernel refused what the lab told it: a fault of the lab, never an answer."""


def unavailable() -> str | None:
    """Why no network can be raised here; None if it can."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    missing = [tool for tool in ("ip", "nft") if shutil.which(tool) is None]
    if missing:
        return f"not installed: {', '.join(missing)} (Debian: iproute2, nftables)"
    tried = subprocess.run(
        ["unshare", "--net", "nft", "-f", "-"],
        input="table inet t {\nchain c {\ntype filter hook input priority 0;\nct state new accept\n}\n}\n",
        capture_output=True,
        text=True,
        check=False,
    )
    return f"this kernel filters no packets for us: {tried.stderr.strip()}" if tried.returncode else None


@dataclass(slots=True)
class Namespace:
    """One network namespace, as it is to become."""

    name: str
    forwards: bool = False
    ip: list[str] = field(default_factory=list)
    """lines for `ip -batch`, once its links are there"""
    ip6: list[str] = field(default_factory=list)
    """lines for `ip -6 -batch`, after those"""
    nft: list[str] = field(default_factory=list)
    """lines for `nft -f`"""
    devices: set[str] = field(default_factory=set)
    settings: dict[str, str] = field(default_factory=dict)

    def rule(self, said: str) -> None:
        """A rule that chooses a routing table, for both IP versions."""
        self.ip.append(f"rule add {said}")
        self.ip6.append(f"rule add {said}")


@dataclass(frozen=True, slots=True)
class Cable:
    """A pair of virtual Ethernet devices."""

    left: str
    left_device: str
    right: str
    right_device: str


@dataclass(slots=True)
class Wiring:
    """A network of namespaces, as it is to become."""

    namespaces: dict[str, Namespace] = field(default_factory=dict)
    cables: list[Cable] = field(default_factory=list)

    def add(self, name: str, *, forwards: bool = False) -> Namespace:
        found = self.namespaces[name] = Namespace(name, forwards)
        found.ip.append("link set lo up")
        return found

    def join(self, left: Namespace, left_device: str, right: Namespace, right_device: str) -> None:
        for end, device in ((left, left_device), (right, right_device)):
            if device in end.devices or len(device) > 15:
                raise LabError(f"no device can be called `{device}` in {end.name}")
            end.devices.add(device)
            end.ip.append(f"link set {device} up")
        self.cables.append(Cable(left.name, left_device, right.name, right_device))


def path(name: str) -> Path:
    """Where the namespace is bound while it stands."""
    return _NAMED / f"{PREFIX}{os.getpid()}-{name}"


@contextlib.contextmanager
def inside(name: str) -> Iterator[None]:
    """What this thread opens or starts meanwhile belongs to the namespace, and stays there."""
    with Path("/proc/thread-self/ns/net").open() as home:
        _enter(path(name))
        try:
            yield
        finally:
            if _LIBC.setns(home.fileno(), _CLONE_NEWNET) != 0:
                os._exit(70)  # never go on in a namespace that is not the host's


def _enter(where: Path) -> None:
    with where.open() as target:
        if _LIBC.setns(target.fileno(), _CLONE_NEWNET) != 0:
            raise LabError(f"setns {where}: {os.strerror(ctypes.get_errno())}")


@contextlib.contextmanager
def raised(wiring: Wiring) -> Iterator[None]:
    """The network stands meanwhile."""
    sweep()
    try:
        _raise(wiring)
        yield
    finally:
        _take_down([path(name).name for name in wiring.namespaces])


def sweep() -> None:
    """Take down what processes that were killed have left."""
    left = []
    for entry in _NAMED.iterdir() if _NAMED.is_dir() else ():
        owner = entry.name.removeprefix(PREFIX).partition("-")[0]
        if entry.name.startswith(PREFIX) and owner.isdigit() and not Path("/proc", owner).exists():
            left.append(entry.name)
    _take_down(left)


def _take_down(names: list[str]) -> None:
    standing = [name for name in names if (_NAMED / name).exists()]
    if standing:
        _run(["ip", "-force", "-batch", "-"], "".join(f"netns del {name}\n" for name in standing))


def _raise(wiring: Wiring) -> None:
    _run(["ip", "-batch", "-"], "".join(f"netns add {path(name).name}\n" for name in wiring.namespaces))
    for namespace in wiring.namespaces.values():
        with inside(namespace.name):
            settings = _SETTINGS | (_FORWARDS if namespace.forwards else {}) | namespace.settings
            for name, value in settings.items():
                Path("/proc/sys/net", name).write_text(value)
    cables = (
        f"link add {cable.left_device} netns {path(cable.left).name} type veth "
        f"peer name {cable.right_device} netns {path(cable.right).name}\n"
        for cable in wiring.cables
    )
    _run(["ip", "-batch", "-"], "".join(cables))
    _each(wiring, lambda namespace: [(["ip", "-batch", "-"], namespace.ip)])
    _each(wiring, lambda namespace: [(["ip", "-6", "-batch", "-"], namespace.ip6), (_NFT, namespace.nft)])


def _each(wiring: Wiring, commands: Callable[[Namespace], list[tuple[list[str], list[str]]]]) -> None:
    """Run commands in every namespace, all at once."""
    started = []
    for namespace in wiring.namespaces.values():
        with inside(namespace.name):
            started += [_start(command, lines) for command, lines in commands(namespace) if lines]
    refused = [answer for running in started if (answer := _finish(*running))]
    if refused:
        raise LabError("\n".join(refused))


def _start(command: list[str], lines: list[str]) -> tuple[subprocess.Popen[str], str]:
    text = "".join(f"{line}\n" for line in lines)
    running = subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert running.stdin is not None
    running.stdin.write(text)
    running.stdin.close()
    return running, text


def _finish(running: subprocess.Popen[str], text: str) -> str:
    assert running.stdout is not None
    said = running.stdout.read()
    running.stdout.close()
    return f"{said}in:\n{text}" if running.wait() or said else ""


def _run(command: list[str], text: str) -> None:
    done = subprocess.run(command, input=text, capture_output=True, text=True, check=False)
    if done.returncode:
        raise LabError(f"{done.stderr.strip()}\nin:\n{text}")
