"""`python -m tests.support.one_run MODEL LIMIT CONTEXT...`: one run in a process of its own, its result as JSON on stdout.

What torch reads once, such as the allocator's settings, can then be another for each run.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

from lbs.benchmarks.hooks import Hooks
from lbs.settings import Settings
from lbs.worker.devices import open_device
from tests.support.card_cases import ask, runner

if __name__ == "__main__":
    model, limit, *contexts = sys.argv[1:]
    device = open_device(Settings.load().emulated_gpus)
    try:
        lengths = [int(context) for context in contexts]
        message = ask(Path(model), lengths[0], context_lengths=lengths)
        print(json.dumps(runner(device, float(limit)).run(message, Hooks())))
    finally:
        device.close()
