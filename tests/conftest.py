"""What all tests share."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from pathlib import Path

import pytest

_STATM = Path("/proc/self/statm")
_PAGES = 75_000
"""about 300 MB"""
_after = 0


_LONG = ("tests/workflows/", "tests/architecture/test_lint.py", "tests/architecture/test_random.py")
"""where few tests of a file take minutes"""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Long files first: begun last, one of two workers would run them while the other has nothing left."""
    items.sort(key=lambda item: not item.nodeid.startswith(_LONG))


@pytest.fixture(scope="module", autouse=True)
def closed_clouds_are_garbage() -> Iterator[None]:
    """Collect what a module's local clouds left, where it is much.

    A closed cloud is cyclic garbage, which Python collects only when a quarter of all objects are new: the
    larger the heap, the later, so that a worker would grow to several GB.
    """
    yield
    global _after  # noqa: PLW0603 (of this process)
    resident = int(_STATM.read_text().split()[1]) if _STATM.exists() else _after + _PAGES
    if resident - _after >= _PAGES:
        gc.collect()
        _after = int(_STATM.read_text().split()[1]) if _STATM.exists() else 0
