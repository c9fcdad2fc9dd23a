"""Write the list of classes that a snapshot of the local cloud may contain, and which of moto's services
reach into which others.

Walks moto's packages, and lists every class that they define except exceptions and backends (backends are
never made by a snapshot). Run it after each change of moto's version, and read the difference before
committing it:

    python scripts/emulator_classes.py
"""

from __future__ import annotations

import ast
import importlib
import importlib.metadata
import inspect
import json
import pkgutil
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import moto
from moto.core.base_backend import BackendDict, BaseBackend

TARGET = Path(__file__).parent.parent / "src/ringwork/cloud/emulator/classes.json"
SHARED = {
    "moto.utilities.tagging_service.TaggingService",
    "moto.utilities.utils.CaseInsensitiveDict",
    "moto.utilities.utils.LowercaseDict",
}
"""Classes outside of the services' own packages that their states contain."""
SKIPPED = {"responses", "urls", "exceptions", "parser"}
ROOT = Path(moto.__file__).parent
NO_SERVICE = {"awslambda_simple", "batch_simple", "cloudformation", "core", "instance_metadata", "moto_api"}
"""Packages that are not services, and CloudFormation, which the local cloud answers itself."""
MISSING = {"xray"}
"""Services that need a Python module which Ringwork does not install."""


def services() -> list[str]:
    """moto's packages that are services whose state the local cloud keeps."""
    found = {path.parent.name for path in ROOT.glob("*/models.py")} | {
        path.parent.parent.name for path in ROOT.glob("*/models/__init__.py")
    }
    return sorted(found - NO_SERVICE - MISSING)


def reaches(service: str, known: set[str]) -> set[str]:
    """The other services whose packages a service's modules import, or get by name."""
    found = set()
    for path in (ROOT / service).rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith("moto."):
                found.add(node.module.split(".")[1])
            elif isinstance(node, ast.Call) and getattr(node.func, "id", "") == "get_backend":
                found |= {str(a.value) for a in node.args if isinstance(a, ast.Constant)}
    return (found & known) - {service}


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
    kept = services()
    found = {name for service in kept for name in classes(f"moto.{service}")}
    found |= SHARED
    document = {
        "moto": importlib.metadata.version("moto"),
        "services": {service: sorted(reaches(service, set(kept))) for service in kept},
        "classes": sorted(found),
    }
    TARGET.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    print(f"{len(found)} classes of moto {document['moto']} written to {TARGET.name}")


if __name__ == "__main__":
    main()
