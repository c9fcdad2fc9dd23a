"""Write the list of classes that a snapshot of the local cloud may contain.

Walks moto's packages for the services whose state the local cloud keeps, and lists every class that they
define except exceptions and backends (backends are never made by a snapshot). Run it after each change of
moto's version, and read the difference before committing it:

    python scripts/emulator_classes.py
"""

from __future__ import annotations

import importlib
import importlib.metadata
import inspect
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

from moto.core.base_backend import BackendDict, BaseBackend

from ringwork.cloud.emulator.backends import KEPT

TARGET = Path(__file__).parent.parent / "src/ringwork/cloud/emulator/classes.json"
SHARED = {
    "moto.utilities.tagging_service.TaggingService",
    "moto.utilities.utils.CaseInsensitiveDict",
    "moto.utilities.utils.LowercaseDict",
}
"""Classes outside of the services' own packages that their states contain."""
SKIPPED = {"responses", "urls", "exceptions"}


def modules(package: str) -> Iterator[ModuleType]:
    root = importlib.import_module(package)
    yield root
    for found in pkgutil.walk_packages(root.__path__, f"{package}."):
        if not SKIPPED & set(found.name.split(".")):
            yield importlib.import_module(found.name)


def classes(package: str) -> Iterator[str]:
    for module in modules(package):
        for name, value in vars(module).items():
            if not inspect.isclass(value) or value.__module__ != module.__name__:
                continue
            if not issubclass(value, BaseException | BaseBackend | BackendDict):
                yield f"{module.__name__}.{name}"


def main() -> None:
    packages = [f"moto.{service}" for service in KEPT]
    found = {name for package in packages for name in classes(package)}
    found |= SHARED
    document = {"moto": importlib.metadata.version("moto"), "classes": sorted(found)}
    TARGET.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{len(found)} classes of moto {document['moto']} written to {TARGET.name}")


if __name__ == "__main__":
    main()
