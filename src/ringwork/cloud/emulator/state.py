"""The folder that keeps a local cloud between commands.

    ROOT/               0700, owned by the user
      key               0600, 32 random bytes: authenticates snapshots, derives access keys
      lock              held by the one process that has this cloud open
      server.json       process and port of a running server
      snapshot/
        manifest.json   versions and the digest of each part, authenticated with the key
        parts/          one file for each part, named by its SHA-256

A save writes new parts first and then replaces the manifest by a rename, so that a process killed at any
point leaves the older or the newer state, whole. Whatever does not check out is set aside under another
name, never read and never deleted: a local cloud can always be built again from templates.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import importlib.metadata
import json
import os
import secrets
import stat
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from ringwork.cloud.errors import OperationError

FORMAT = 1


class BadSnapshotError(Exception):
    """The snapshot must not be used; the message says why."""


def default_root() -> Path:
    """`RINGWORK_LOCAL_STATE`, or `ringwork/local` in the XDG state directory."""
    named = os.environ.get("RINGWORK_LOCAL_STATE")
    if named:
        return Path(named)
    base = os.environ.get("XDG_STATE_HOME")
    return (Path(base) if base else Path.home() / ".local" / "state") / "ringwork" / "local"


def versions() -> dict[str, Any]:
    """What a snapshot depends on: it is read by the same versions only."""
    return {
        "format": FORMAT,
        "ringwork": importlib.metadata.version("ringwork"),
        "moto": importlib.metadata.version("moto"),
        "python": f"{sys.version_info.major}.{sys.version_info.minor}",
    }


class StateFolder:
    """A state folder that exists, belongs to the user and is closed to others."""

    def __init__(self, root: Path) -> None:
        self.root = _private_folder(root)
        self.key = _key(self.root / "key")
        self._lock: int | None = None

    @property
    def server_file(self) -> Path:
        """Where a running server says its process and port."""
        return self.root / "server.json"

    @property
    def _snapshot(self) -> Path:
        return self.root / "snapshot"

    def try_lock(self) -> bool:
        """Take the lock if nobody has it."""
        if self._lock is not None:
            return True
        descriptor = os.open(self.root / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return False
        self._lock = descriptor
        return True

    def unlock(self) -> None:
        """Give the lock back."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None

    def digest(self, purpose: str, message: bytes) -> str:
        """HMAC-SHA256 of `message` with the folder's key, in hexadecimal."""
        return hmac.new(self.key, purpose.encode() + b"\0" + message, hashlib.sha256).hexdigest()

    def read(self) -> dict[str, str]:
        """Names of the snapshot's parts with their digests; empty when there is no snapshot.

        Raises `BadSnapshotError` when the manifest or a part does not check out.
        """
        path = self._snapshot / "manifest.json"
        if not path.exists():
            return {}
        try:
            envelope = json.loads(path.read_text(encoding="utf-8"))
            content, claimed = envelope["content"], envelope["hmac"]
            if not hmac.compare_digest(self.digest("manifest", content.encode()), claimed):
                raise BadSnapshotError(
                    "its authentication code is wrong: it was changed, or another key is in use"
                )
            manifest = json.loads(content)
        except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
            raise BadSnapshotError(f"its manifest cannot be read: {type(error).__name__}") from error
        if manifest["versions"] != versions():
            written = ", ".join(f"{name} {number}" for name, number in manifest["versions"].items())
            raise BadSnapshotError(f"it was written by other versions ({written})")
        parts: dict[str, str] = manifest["parts"]
        for name in parts:
            self.part(parts, name)
        return parts

    def part(self, parts: Mapping[str, str], name: str) -> bytes:
        """The content of one part; raises `BadSnapshotError` when it is not what the manifest names."""
        try:
            data = (self._snapshot / "parts" / parts[name]).read_bytes()
        except OSError as error:
            raise BadSnapshotError(f"its part `{name}` cannot be read") from error
        if hashlib.sha256(data).hexdigest() != parts[name]:
            raise BadSnapshotError(f"its part `{name}` was changed")
        return data

    def write(self, kept: Mapping[str, str], changed: Mapping[str, bytes]) -> dict[str, str]:
        """Replace the snapshot: parts of the last one under their digests, and new content.

        Returns all parts with their digests. Atomic: see the module's text.
        """
        folder = self._snapshot / "parts"
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        parts = dict(kept)
        for name, data in changed.items():
            parts[name] = hashlib.sha256(data).hexdigest()
            if not (folder / parts[name]).exists():
                _write(folder / parts[name], data)
        _sync_folder(folder)
        content = json.dumps({"versions": versions(), "parts": parts}, sort_keys=True)
        envelope = {"hmac": self.digest("manifest", content.encode()), "content": content}
        _write(self._snapshot / "manifest.json", json.dumps(envelope).encode())
        _sync_folder(self._snapshot)
        _sync_folder(self.root)
        self._sweep(parts.values())
        return parts

    def _sweep(self, used: Iterable[str]) -> None:
        """Remove parts that no manifest names any more."""
        keep = set(used)
        for path in (self._snapshot / "parts").iterdir():
            if path.name not in keep:
                path.unlink(missing_ok=True)

    def set_aside(self) -> Path | None:
        """Rename the snapshot so that it is not read again; returns where it is now."""
        if not self._snapshot.exists():
            return None
        stamp = time.strftime("%Y%m%dT%H%M%S", time.gmtime())
        target = self.root / f"snapshot-set-aside-{stamp}-{secrets.token_hex(3)}"
        self._snapshot.rename(target)
        _sync_folder(self.root)
        return target


def _private_folder(root: Path) -> Path:
    root = root.expanduser()
    try:
        root.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = root.lstat()
    except OSError as error:
        raise OperationError(
            f"cannot make the local cloud's state folder `{root}`: {error.strerror}",
            help="name another folder in RINGWORK_LOCAL_STATE",
        ) from error
    help_text = f"`chmod 700 {root}`, or name another folder in RINGWORK_LOCAL_STATE"
    if not stat.S_ISDIR(found.st_mode):
        raise OperationError(f"the state folder `{root}` is not a directory", help=help_text)
    if found.st_uid != os.getuid():
        raise OperationError(f"the state folder `{root}` belongs to another user", help=help_text)
    if found.st_mode & 0o077:
        raise OperationError(f"the state folder `{root}` is open to other users", help=help_text)
    return root


def _key(path: Path) -> bytes:
    """The folder's key, made when it is missing; two processes that start together agree on one."""
    if not path.exists():
        fresh = path.with_name(f"key-{secrets.token_hex(6)}")
        _write(fresh, secrets.token_bytes(32))
        try:
            os.link(fresh, path)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    found = path.lstat()
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise OperationError(
            f"the local cloud's key `{path}` is not a private file of this user",
            help=f"`chmod 600 {path}` if you trust it, or remove it: the local cloud then starts empty",
        )
    key = path.read_bytes()
    if len(key) != 32:
        raise OperationError(
            f"the local cloud's key `{path}` is damaged", help="remove it: the local cloud then starts empty"
        )
    return key


def _write(path: Path, data: bytes) -> None:
    """Write a private file durably, under its name only once it is whole."""
    draft = path.with_name(f".{path.name}-{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())
    draft.replace(path)


def _sync_folder(path: Path) -> None:
    descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
