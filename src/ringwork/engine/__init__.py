"""One function over many objects, on every core.

Only pure functions belong here: each runs in a process of its own, which sees what the caller saw and can
change nothing of it.
"""

from ringwork.engine.memory import collector_paused
from ringwork.engine.processes import each

__all__ = ["collector_paused", "each"]
