"""Blueprint to stacks, one file for each ring."""

from ringwork.architecture.compile import Architecture, compile_blueprint

__all__ = ["Architecture", "compile_blueprint"]
