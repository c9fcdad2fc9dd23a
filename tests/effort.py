"""How many examples a property is tried with: RINGWORK_EFFORT times those of an ordinary run.

For properties of which an example takes long; `make soak` makes the effort.
"""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings


def examples(count: int) -> settings:
    """Settings for a property that takes long: so many examples, and no limit of time for one."""
    effort = int(os.environ.get("RINGWORK_EFFORT", "1"))
    return settings(max_examples=count * effort, deadline=None, suppress_health_check=list(HealthCheck))
