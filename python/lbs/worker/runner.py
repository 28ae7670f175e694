"""One run from its message to its result: plan, load, benchmark, release, however it ends."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import torch

from lbs.benchmarks.needle import Cancelled
from lbs.benchmarks.needle import run as run_needle
from lbs.messages import Message
from lbs.needle_parameters import InvalidParameters, NeedleParameters
from lbs.plan import largest_prompt
from lbs.settings import Settings
from lbs.worker.checkpoint import Checkpoint, read_checkpoint
from lbs.worker.devices import Device
from lbs.worker.errors import RunError
from lbs.worker.limit import Limits, LimitTooSmall, compute_limits, size_text
from lbs.worker.loading import load
from lbs.worker.placement import place, rooms

_FIRST_DEFAULT_LENGTH = 1024


class Runner:
    """`on_state` is told loading and running; the caller tells idle."""

    def __init__(self, device: Device, settings: Settings, on_state: Callable[[str], None]) -> None:
        self._device = device
        self._settings = settings
        self._on_state = on_state

    def limits(self) -> Limits:
        available = int(psutil.virtual_memory().available)
        return compute_limits(self._settings.gpu_memory_limit, self._device.cards(), available)

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
        parameters = NeedleParameters.read(message["parameters"])
        self._device.open()
        limits = self.limits()
        self._device.apply_limit(limits)
        self._device.reset_peak()
        checkpoint = read_checkpoint(Path(message["model"]), self._settings, gpu=bool(limits.gpus))
        budget = budget_tokens(checkpoint, limits, parameters, self._settings.local_device_map)
        prompt = longest_prompt(checkpoint, parameters, budget)
        offload = message.get("offload") or self._settings.offload
        placed = place(checkpoint, limits, self._settings.local_device_map, offload, prompt, parameters.max_new_tokens)
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
            )
        result["peak_memory"] = {str(gpu["index"]): gpu["peak"] for gpu in self._device.memory()}
        result["predicted_peak"] = placed.plan.peak
        result["dtype"] = checkpoint.dtype_name
        result["offload"] = placed.offloaded
        return result

    def release(self) -> int:
        """Gives everything back but the context; bytes that this freed."""
        before = sum(gpu["used"] for gpu in self._device.memory())
        self._device.forget()
        gc.collect()
        self._device.empty_cache()
        return max(0, before - sum(gpu["used"] for gpu in self._device.memory()))

    def _explained(self, error: torch.OutOfMemoryError) -> RunError:
        held = [
            f"GPU {gpu['index']}: {size_text(gpu['peak'])} at the peak of "
            f"{size_text(gpu['budget'] or gpu['total'])} allowed, weights {size_text(gpu['weights'])}"
            for gpu in self._device.memory()
        ]
        sentence = (
            f"Out of GPU memory ({'; '.join(held)}): shorten the context, use a smaller data type, or raise "
            "LBS_GPU_MEMORY_LIMIT."
        )
        return RunError("out_of_memory", sentence, said=str(error), gpus=self._device.memory())


def let_go(error: BaseException | None) -> None:
    """Empties the frames that an exception and what led to it hold; its traceback can still be printed."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__


def budget_tokens(checkpoint: Checkpoint, limits: Limits, parameters: NeedleParameters, device_map: str) -> int | None:
    """The longest prompt that memory is predicted to hold with all weights on the GPUs; None without GPUs."""
    room = rooms(limits, device_map)
    if not room:
        return None
    numbers = checkpoint.config.to_dict()
    # All cards together for the weights; on one card that is exact, on several the working set stands on each.
    return largest_prompt(
        numbers,
        checkpoint.weights,
        parameters.max_new_tokens,
        checkpoint.item,
        sum(room.values()),
        checkpoint.max_tokens,
    )


def longest_prompt(checkpoint: Checkpoint, parameters: NeedleParameters, budget: int | None) -> int:
    """What the plan must hold: the longest length asked for, or the first default."""
    if parameters.context_lengths:
        return max(parameters.context_lengths)
    most = checkpoint.max_tokens - parameters.max_new_tokens
    return max(1, min(most, _FIRST_DEFAULT_LENGTH, budget or _FIRST_DEFAULT_LENGTH))
