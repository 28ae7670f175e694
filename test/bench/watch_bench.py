"""What watching costs a run: sampling memory and holding the cap. Run by `npm run bench`.

Both threads share the interpreter with the one that generates, so their share of a second is the most that each token pays.
Paired runs of whole generations hide a share this small in noise: each check is timed alone, many times, beside a real model
on an emulated GPU. The cost of NVML is left out: it takes a real GPU.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from lbs.protocol.messages import WorkerMessage

CHECKS = 2000
LIMIT = 1.0
"""Percent of each token's time."""


class SilentChannel:
    """Encodes messages without sending them."""

    def send(self, message: WorkerMessage) -> None:
        from lbs.protocol.codec import encode

        encode(message)


def median_seconds(work: Callable[[], Any]) -> float:
    times = []
    for _ in range(CHECKS):
        before = time.perf_counter()
        work()
        times.append(time.perf_counter() - before)
    return statistics.median(times)


def main() -> None:
    with tempfile.TemporaryDirectory() as name:
        os.environ["HEADROOM_HOME"] = name
        bench(Path(name))


def bench(folder: Path) -> None:
    import torch
    from transformers import AutoModelForCausalLM

    from lbs.memory.limit import compute_limits
    from lbs.memory.limit_value import Limit
    from lbs.models import toy
    from lbs.settings import Settings
    from lbs.worker import guard, reporter
    from lbs.worker.cache import ModelCache
    from lbs.worker.channel import Channel
    from lbs.worker.devices.emulated import EmulatedDevice

    toy.build(folder / "toy")
    model = AutoModelForCausalLM.from_pretrained(folder / "toy").eval()
    model.generation_config.eos_token_id = None
    device = EmulatedDevice([24 << 30] * 8)
    device.open()
    limit = Limit.parse(0.8)
    limits = compute_limits(limit, device.cards(), 1 << 34)
    device.apply_limit(limits)
    device.adopt(model, {"": 0})
    limit_guard = guard.LimitGuard(device, lambda: compute_limits(limit, device.cards(), 0))
    memory_reporter = reporter.Reporter(cast(Channel, SilentChannel()), device, ModelCache(device, Settings.load()))

    def report() -> None:
        memory_reporter._last = None  # so that it always sends
        memory_reporter.report()

    check_time, report_time = median_seconds(limit_guard.check), median_seconds(report)
    share = 100 * (check_time / guard._PERIOD + report_time / reporter._QUICK)
    before = time.perf_counter()
    model.generate(torch.ones(1, 8, dtype=torch.long), max_new_tokens=64, do_sample=False, pad_token_id=0)
    token = (time.perf_counter() - before) / 64
    print(
        f"Watching eight GPUs while a model generates, median of {CHECKS}; the toy takes {1000 * token:.1f} ms a token"
    )
    print(f"  holding the cap: {1e6 * check_time:.0f} us every {guard._PERIOD:g} s")
    print(f"  reporting memory: {1e6 * report_time:.0f} us every {reporter._QUICK:g} s")
    print(f"  share of every token's time {share:26.2f} %   limit {LIMIT:g} %: {'ok' if share < LIMIT else 'OVER'}")


if __name__ == "__main__":
    main()
