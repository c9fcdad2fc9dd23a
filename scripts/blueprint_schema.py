"""Writes the JSON Schemas of blueprints and of intents, and the examples into the package."""

from __future__ import annotations

from pathlib import Path

from ringwork.blueprint import examples, schema
from ringwork.intents import schema as intents


def main() -> None:
    path = Path(schema.__file__).with_name(schema.FILE)
    path.write_text(schema.text(), encoding="utf-8")
    print(path)
    published = Path(__file__).parents[1] / "docs" / "intents.schema.json"
    published.write_text(intents.text(), encoding="utf-8")
    print(published)
    for name in examples.NAMES:
        source = Path(__file__).parents[1] / "examples" / f"{name}.yaml"
        copy = Path(examples.__file__).with_name(source.name)
        copy.write_text(examples.published(source.read_text(encoding="utf-8")), encoding="utf-8")
        print(copy)


if __name__ == "__main__":
    main()
