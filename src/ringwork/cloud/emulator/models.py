"""botocore's large data files, parsed once in a process.

Each botocore session parses its own copy of a service model and of the list of endpoints, and moto makes
many sessions: EC2's model would be read eight times before the first answer, the endpoints five times.
`Loader.FILE_LOADER_CLASS` is where botocore lets its reading of files be replaced. Other models are left
alone: botocore changes that of S3 for its own use.
"""

from __future__ import annotations

import functools
import gc
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

_EC2 = f"{os.sep}ec2{os.sep}"
_ENDPOINTS = f"{os.sep}endpoints"


def _is_shared(file_path: str) -> bool:
    return _EC2 in file_path or file_path.endswith(_ENDPOINTS)


class _Once(JSONFileLoader):  # type: ignore[misc] # botocore has no types
    """Reads the files that are shared once."""

    def load_file(self, file_path: str) -> Any:
        return _parsed(file_path) if _is_shared(file_path) else super().load_file(file_path)


@functools.cache
def _parsed(file_path: str) -> Any:
    with staying():
        return JSONFileLoader().load_file(file_path)


@contextmanager
def uncollected() -> Iterator[None]:
    """No garbage collection meanwhile, for what makes a great many objects that all live: the collector
    would look at them again and again as they grow."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


@contextmanager
def staying() -> Iterator[None]:
    """No garbage collection meanwhile, nor later of what is made: models, modules and state, which stay as
    long as the local cloud is open. A fifth of the time to the first answer. `released` undoes it."""
    with uncollected():
        yield
        gc.freeze()


def released() -> None:
    """The local cloud is closed: what it held is garbage like any other."""
    gc.unfreeze()


@functools.cache
def share_moto_loader() -> None:
    """Let moto read all its models by one loader. A loader looks through the folders of all 400 services
    before its first, and moto makes one for each service; threads take turns at each folder."""
    from moto.core import utils  # noqa: PLC0415 (moto is not loaded before it is asked)

    utils.create_loader = functools.cache(utils.create_loader)


@contextmanager
def shared() -> Iterator[None]:
    """Let all of botocore's sessions that are made meanwhile share EC2's model and the endpoints."""
    before = Loader.FILE_LOADER_CLASS
    Loader.FILE_LOADER_CLASS = _Once
    try:
        yield
    finally:
        Loader.FILE_LOADER_CLASS = before
