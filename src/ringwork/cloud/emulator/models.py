"""EC2's service model, parsed once in a process.

Each botocore session parses its own copy of a model, and moto makes many sessions: EC2's model, 50 ms of
parsing, would be read eight times before the first answer. `Loader.FILE_LOADER_CLASS` is where botocore lets
its reading of files be replaced. Other models are left alone: botocore changes that of S3 for its own use.
"""

from __future__ import annotations

import functools
import os
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from botocore.loaders import JSONFileLoader, Loader

_SHARED = f"{os.sep}ec2{os.sep}"
"""a part of the path of the models that are shared"""


class _Once(JSONFileLoader):  # type: ignore[misc] # botocore has no types
    """Reads the files of EC2's model once."""

    def load_file(self, file_path: str) -> Any:
        return _parsed(file_path) if _SHARED in file_path else super().load_file(file_path)


@functools.cache
def _parsed(file_path: str) -> Any:
    return JSONFileLoader().load_file(file_path)


@contextmanager
def shared() -> Iterator[None]:
    """Let all of botocore's sessions that are made meanwhile share EC2's model."""
    before = Loader.FILE_LOADER_CLASS
    Loader.FILE_LOADER_CLASS = _Once
    try:
        yield
    finally:
        Loader.FILE_LOADER_CLASS = before
