"""Writes the blueprint's JSON Schema, which editors read, into the package."""

from __future__ import annotations

from pathlib import Path

from ringwork.blueprint import schema


def main() -> None:
    path = Path(schema.__file__).with_name(schema.FILE)
    path.write_text(schema.text(), encoding="utf-8")
    print(path)


if __name__ == "__main__":
    main()
