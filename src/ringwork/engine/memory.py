"""Work that makes many objects and no garbage."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def collector_paused() -> Iterator[None]:
    """Without Python's cycle collector, which would look at every object made so far, again and again.

    For work that keeps what it makes and that makes few cycles. What was made counts as old afterwards: it is
    looked at when the collector next looks at everything, and not with the first small object that is made.
    """
    running = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if running:
            if not gc.get_freeze_count():  # else others have frozen objects, which must stay so
                gc.freeze()
                gc.unfreeze()  # into the oldest generation; no object is looked at
            gc.enable()
