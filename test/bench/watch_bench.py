"""What watching costs a run: sampling memory and keeping the cap. Run by `npm run bench`.

Both threads work beside the one that generates and share its interpreter, so that their share of a second is what each
token pays at most. Paired runs of a whole generate drown a share this small in the machine's noise: each look is timed
alone, many times, beside a real model on an emulated card. NVML's own cost is not in it: that takes a real card.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

LOOKS = 2000
LIMIT = 1.0


class Silent:
    """The worker's channel, with nobody at its other end."""

    def say(self, kind: str, **fields: Any) -> None:
        from lbs.protocol.messages import encode

        encode({"type": kind, **fields})


def each(work: Callable[[], Any]) -> float:
    """Median seconds of one call."""
    times = []
    for _ in range(LOOKS):
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
    limits = compute_limits(0.8, device.cards(), 1 << 34)
    device.apply_limit(limits)
    device.adopt(model, {"": 0})
    watching = guard.Guard(device, lambda: compute_limits(0.8, device.cards(), 0))
    telling = reporter.Reporter(cast(Channel, Silent()), device, ModelCache(device, Settings.load()))

    def tell() -> None:
        telling._last = None  # as if something had changed: then it is told
        telling.report()

    look, report = each(watching.look), each(tell)
    share = 100 * (look / guard._PERIOD + report / reporter._QUICK)
    before = time.perf_counter()
    model.generate(torch.ones(1, 8, dtype=torch.long), max_new_tokens=64, do_sample=False, pad_token_id=0)
    token = (time.perf_counter() - before) / 64
    print(
        f"Watching eight cards while a model generates (median of {LOOKS} looks; the toy takes {1000 * token:.1f} ms a token)"
    )
    print(
        f"  keeping the cap: {1e6 * look:.0f} us every {guard._PERIOD:g} s; telling: {1e6 * report:.0f} us every {reporter._QUICK:g} s"
    )
    print(f"  share of every token's time {share:26.2f} %   limit {LIMIT:g} %: {'ok' if share < LIMIT else 'OVER'}")


if __name__ == "__main__":
    main()
