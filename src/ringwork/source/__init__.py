"""YAML and JSON with line and column."""

from ringwork.source.position import InputError, InputErrors, Position

__all__ = ["InputError", "InputErrors", "Position"]
