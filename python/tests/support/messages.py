"""The message that starts a run, for tests of the worker."""

from __future__ import annotations

from pathlib import Path

from lbs.protocol.messages import JsonObject, StartRun

NEEDLE = "NeedleInAHaystack/NeedleInAHaystack"


def start_run(model: Path, parameters: JsonObject, dataset: str = NEEDLE) -> StartRun:
    return StartRun("r", str(model), dataset, parameters, offload=None, done={})
