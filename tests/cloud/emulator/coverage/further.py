"""All further calls, in the order in which they depend on each other."""

from __future__ import annotations

from . import calls_detection, calls_identity, calls_ml, calls_network, calls_storage
from .recorder import Recorder


def run_all(recorder: Recorder) -> Recorder:
    for part in (calls_identity, calls_network, calls_storage, calls_ml, calls_detection):
        part.run(recorder)
    return recorder
