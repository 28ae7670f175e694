"""One run from its message to its result: plan, load, benchmark, release, however it ends."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch

from lbs.benchmarks.needle import Cancelled
from lbs.benchmarks.needle import run as run_needle
from lbs.host_memory import host_available
from lbs.limit import Limits, LimitTooSmall, compute_limits, size_text
from lbs.messages import Message
from lbs.needle_parameters import InvalidParameters, NeedleParameters
from lbs.plan import Plan, in_words
from lbs.settings import Settings
from lbs.worker.checkpoint import read_checkpoint
from lbs.worker.devices import Device
from lbs.worker.errors import RunError
from lbs.worker.loading import load
from lbs.worker.log_lines import UNCACHED, log, log_release
from lbs.worker.out_of_memory import parse_out_of_memory, taught
from lbs.worker.placement import Planner, place

_SOME_WAY = "shorten the context, use a smaller data type, or raise LBS_GPU_MEMORY_LIMIT"


class Runner:
    """`on_state` is told loading and running; the caller tells idle."""

    def __init__(self, device: Device, settings: Settings, on_state: Callable[[str], None]) -> None:
        self._device = device
        self._settings = settings
        self._on_state = on_state
        self._plan: Plan | None = None

    def limits(self) -> Limits:
        return compute_limits(self._settings.gpu_memory_limit, self._device.cards(), host_available())

    def run(
        self, message: Message, on_progress: Callable[[int, int, str], None], cancelled: Callable[[], bool]
    ) -> dict[str, Any]:
        """The result. Fails with a RunError, or with what nobody foresaw; nothing but the context is held after it."""
        failure: Exception | None = None
        result: dict[str, Any] = {}
        try:
            result = self._run(message, on_progress, cancelled)
        except Exception as error:
            let_go(error)
            failure = self._told(error)
        # Not inside the handler: an exception in flight holds the frames that hold the model, and nothing would be freed.
        self.release()
        log_release("after", self._device.memory())
        if failure is not None:
            raise failure
        return result

    def _told(self, error: Exception) -> Exception:
        """As a RunError where we know what it means; itself where not."""
        if isinstance(error, Cancelled):
            return RunError("cancelled", "Cancelled.")
        if isinstance(error, InvalidParameters):
            return RunError("invalid_parameters", str(error))
        if isinstance(error, LimitTooSmall):
            return RunError("does_not_fit", str(error))
        return self._explained(error) if isinstance(error, torch.OutOfMemoryError) else error

    def _run(
        self, message: Message, on_progress: Callable[[int, int, str], None], cancelled: Callable[[], bool]
    ) -> dict[str, Any]:
        self._on_state("loading")
        log(UNCACHED)
        self._plan = None
        parameters = NeedleParameters.read(message["parameters"])
        self._device.open()
        limits = self.limits()
        self._device.apply_limit(limits)
        self._device.reset_peak()
        checkpoint = read_checkpoint(Path(message["model"]), self._settings, gpu=bool(limits.gpus))
        planner = Planner(checkpoint, limits, self._settings, cuda=self._device.kind == "cuda")
        budget = None if parameters.context_lengths else planner.longest(parameters)
        self._plan = planner.plan(parameters, budget)
        placed = place(self._plan, message.get("offload") or self._settings.offload)
        try:
            loaded = load(checkpoint, placed, limits, self._device, self._settings)
            self._on_state("running")
            with self._device.running(loaded.model):
                result = run_needle(
                    loaded.model,
                    loaded.tokenizer,
                    parameters,
                    context_limit=checkpoint.max_tokens,
                    budget_limit=budget,
                    on_progress=on_progress,
                    cancelled=cancelled,
                    relieve=self._relieve,
                )
        finally:
            # Here, where the model is still held.
            log_release("before", self._device.memory())
        held = self._device.memory()
        if not result["prefill_chunk_size"]:
            planner.remember(placed.plan, {gpu["index"]: gpu["peak"] - gpu["context"] for gpu in held})
        result["peak_memory"] = {str(gpu["index"]): gpu["peak"] for gpu in held}
        result["plan"] = placed.plan.as_json()
        result["predicted_peak"] = result["plan"]["total"]
        result["dtype"] = checkpoint.dtype_name
        result["offload"] = placed.offloaded
        return result

    def _relieve(self) -> None:
        """After an out-of-memory that will be tried again with less: what the failed try held is given back."""
        gc.collect()
        self._device.empty_cache()

    def release(self) -> int:
        """Gives everything back but the context; bytes that this freed."""
        before = sum(gpu["used"] for gpu in self._device.memory())
        self._device.forget()
        gc.collect()
        self._device.empty_cache()
        return max(0, before - sum(gpu["used"] for gpu in self._device.memory()))

    def unreleased(self) -> int:
        """Bytes of GPU memory that a release did not bring back: somebody still holds a model, or the working set of one."""
        return sum(max(0, gpu["allocated"] - self._device.kept) for gpu in self._device.memory())

    def _explained(self, error: torch.OutOfMemoryError) -> RunError:
        """What was held, what was asked, and the smallest changes that would fit by what this very run has shown."""
        gpus = self._device.memory()
        held = [
            f"GPU {gpu['index']}: {size_text(gpu['peak'])} at the peak of "
            f"{size_text(gpu['budget'] or gpu['total'])} allowed, weights {size_text(gpu['weights'])}"
            for gpu in gpus
        ]
        plan = self._plan and taught(self._plan, str(error), gpus)
        way = f"what would fit: {in_words(plan.ways_out)}" if plan and plan.ways_out else _SOME_WAY
        return RunError(
            "out_of_memory",
            f"Out of GPU memory ({'; '.join(held)}): {way}.",
            said=str(error),
            parsed=parse_out_of_memory(str(error)),
            gpus=gpus,
            allocator=self._device.statistics(),
            plan=self._plan and self._plan.as_json(),
            ways_out=plan.ways_out if plan else [],
        )


def let_go(error: BaseException | None) -> None:
    """Empties the frames that an exception and what led to it hold; its traceback can still be printed."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
