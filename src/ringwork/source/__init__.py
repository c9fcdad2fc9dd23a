"""YAML and JSON with line and column."""

from ringwork.source.document import Document, Place
from ringwork.source.json import parse_json
from ringwork.source.load import load
from ringwork.source.position import InputError, InputErrors, Position
from ringwork.source.written import written
from ringwork.source.yaml import parse_yaml

__all__ = [
    "Document",
    "InputError",
    "InputErrors",
    "Place",
    "Position",
    "load",
    "parse_json",
    "parse_yaml",
    "written",
]
