"""botocore's service models, parsed once in a process.

Each botocore session parses its own copy of a model, and moto makes many sessions: EC2's model, 50 ms of
parsing, would be read eight times before the first answer. `Loader.FILE_LOADER_CLASS` is where botocore lets
its reading of files be replaced. Sessions only read the models, so they can share them.
"""

from __future__ import annotations

import functools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

_KEPT = 64
"""models that stay in memory; more than a command uses"""


class _Once(JSONFileLoader):  # type: ignore[misc] # botocore has no types
    """Reads each file once."""

    def load_file(self, file_path: str) -> Any:
        return _parsed(file_path)


@functools.lru_cache(maxsize=_KEPT)
def _parsed(file_path: str) -> Any:
    return JSONFileLoader().load_file(file_path)


@contextmanager
def shared() -> Iterator[None]:
    """Let all of botocore's sessions that are made meanwhile share the models they read."""
    before = Loader.FILE_LOADER_CLASS
    Loader.FILE_LOADER_CLASS = _Once
    try:
        yield
    finally:
        Loader.FILE_LOADER_CLASS = before
