"""One run from its message to its result: plan, make room, load, benchmark, release or keep, however it ends."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from lbs.benchmarks.hooks import Cancelled, Hooks
from lbs.benchmarks.parameters import InvalidParameters
from lbs.memory.host import host_available
from lbs.memory.limit import Limits, LimitTooSmall, compute_limits
from lbs.memory.out_of_memory import is_out_of_memory
from lbs.plan import Plan
from lbs.protocol.messages import Message
from lbs.settings import Settings
from lbs.worker.cache import Entry, Key, ModelCache
from lbs.worker.devices import Device
from lbs.worker.errors import RunError
from lbs.worker.explain import Seen, limit_breach, look, out_of_memory
from lbs.worker.guard import Guard
from lbs.worker.jobs import Job, job_of
from lbs.worker.loading.checkpoint import Checkpoint, read_checkpoint
from lbs.worker.loading.load import load, read_tokenizer
from lbs.worker.loading.placement import Placed, Planner, place
from lbs.worker.loading.progress import now_and_then
from lbs.worker.log_lines import UNCACHED, log, log_release
from lbs.worker.pace import Pace, layers_of
from lbs.worker.settling import settle

_RESUMED = "{count} items were finished by the run that this one resumes, under the settings of that run."


class Runner:
    """`on_state` is told loading and running; the caller tells idle."""

    def __init__(self, device: Device, settings: Settings, on_state: Callable[[str], None]) -> None:
        self._device = device
        self._settings = settings
        self._on_state = on_state
        self._plan: Plan | None = None
        self._seen: Seen | None = None
        self._settled = False
        self._guard = Guard(device, self._limits_of_now)
        self.cache = ModelCache(device, settings)

    def limits(self) -> Limits:
        return compute_limits(self._settings.gpu_memory_limit, self._device.cards(), host_available())

    def _limits_of_now(self) -> Limits:
        self._device.remeasure()
        # The guard looks often, and at the GPUs alone.
        return compute_limits(self._settings.gpu_memory_limit, self._device.cards(), host_available=0)

    def run(self, message: Message, hooks: Hooks) -> dict[str, Any]:
        """The result. Fails with a RunError, or with what nobody foresaw; nothing but the context and the cache is held
        after it."""
        failure: Exception | None = None
        result: dict[str, Any] = {}
        try:
            result = self._run(message, hooks)
        except Exception as error:
            seen = self._seen or look(self._device, self.cache)
            let_go(error)
            failure = self._told(error, seen)
        # Not inside the handler: an exception in flight holds the frames that hold the model, and nothing would be freed.
        try:
            self._collect()
        except RuntimeError as error:
            # A GPU that answers no more hides neither the result nor why there is none; check_device meets it again.
            log(f"[Runner] GPU memory could not be given back: {error}")
        log_release("after", self._device.readable())
        if failure is not None:
            raise failure
        return result

    def _told(self, error: Exception, seen: Seen) -> Exception:
        """As a RunError where we know what it means; itself where not."""
        if self._guard.breach:
            return limit_breach(self._guard.breach, seen, self._settings.gpu_memory_limit, self._plan)
        if isinstance(error, Cancelled):
            return RunError("cancelled", "Cancelled.")
        if isinstance(error, InvalidParameters):
            return RunError("invalid_parameters", str(error))
        if isinstance(error, LimitTooSmall):
            return RunError("does_not_fit", str(error))
        if is_out_of_memory(error):
            return out_of_memory(error, seen, self._plan)
        return error

    def _run(self, message: Message, hooks: Hooks) -> dict[str, Any]:
        self._on_state("loading")
        self._plan, self._seen, self._guard.breach = None, None, None
        job = job_of(message, self._settings)
        if not job.cached:
            log(UNCACHED)
            self.cache.clear("an uncached run has the GPUs to itself")
            self._collect()
        self._device.open()
        if not self._settled:
            settle(self._device.others)
            self._settled = True
        limits = self.limits()
        self._device.apply_limit(limits)
        self._device.reset_peak()
        self._say_allocator()
        checkpoint = read_checkpoint(Path(message["model"]), self._settings, gpu=bool(limits.gpus))
        tokenizer = read_tokenizer(checkpoint, self._settings)
        planner = Planner(
            checkpoint, limits, self._settings, cuda=self._device.kind == "cuda", others=self._device.others()
        )
        hooks = replace(hooks, cancelled=partial(self._ended, hooks.cancelled), relieve=self._relieve)
        hooks.on_stage("planning", 0.0)
        self._plan = job.plan(planner, tokenizer)
        placed = place(self._plan, message.get("offload") or self._settings.offload)
        with self._guard.watching(limits):
            entry = self._loaded(checkpoint, tokenizer, placed, limits, hooks)
            try:
                result = self._benchmark(job, entry, placed, hooks)
            except BaseException:
                self._seen = look(self._device, self.cache)
                self.cache.discard(entry)
                raise
            finally:
                # Here, where the model is still held.
                log_release("before", self._device.readable())
        if hooks.done:
            result["notes"].append(_RESUMED.format(count=len(hooks.done)))
        self._stamp(result, placed, checkpoint, planner)
        if job.cached and self._settings.use_model_cache and not placed.offloaded:
            self.cache.put(entry, limits)
        else:
            self.cache.discard(entry)
        return result

    def _say_allocator(self) -> None:
        """What was asked for and is not in force must not stay unsaid."""
        found, asked = self._device.expandable(), self._settings.enable_memory_management
        if found is not None and found != asked:
            log(f"[Runner] expandable_segments is {found} although LBS_ENABLE_MEMORY_MANAGEMENT asks for {asked}")

    def _ended(self, cancelled: Callable[[], bool]) -> bool:
        return self._guard.breach is not None or cancelled()

    def _loaded(self, checkpoint: Checkpoint, tokenizer: Any, placed: Placed, limits: Limits, hooks: Hooks) -> Entry:
        """From the cache or from disk; idle models give way to it first."""
        key = Key.of(checkpoint, self._settings)
        entry = self.cache.take(key, placed.map)
        needed = {gpu.gpu.card.index: gpu.reserved_peak for gpu in placed.plan.gpus}
        self.cache.make_room(limits, needed, f"{checkpoint.path.name} needs the room")
        self._collect()
        if entry:
            self.cache.unpark(entry)
            log(f"[Runner] Using the cached model {checkpoint.path} ({entry.hits} times so far)")
            return entry
        tell = now_and_then(lambda share: hooks.on_stage("loading", share))

        def step(share: float) -> None:
            hooks.check()
            tell(share)

        loaded = load(checkpoint, tokenizer, placed, limits, self._device, self._settings, step)
        return Entry(key, loaded, placed.map, loaded.gpus, loaded.host)

    def _benchmark(self, job: Job, entry: Entry, placed: Placed, hooks: Hooks) -> dict[str, Any]:
        model, pace = entry.loaded.model, Pace(self._device.synchronize)
        self._on_state("running")
        with ExitStack() as stack:
            if placed.offloaded:
                stack.enter_context(pace.watching(model, layers_of(placed.map)))
            stack.enter_context(self._device.running(model))
            result = job.run(entry.loaded, hooks)
        if self._guard.breach:
            raise Cancelled
        return result | {"offload_slowdown": pace.slowdown}

    def _stamp(self, result: dict[str, Any], placed: Placed, checkpoint: Checkpoint, planner: Planner) -> None:
        """What was predicted, what was measured, and what the result was made with."""
        held, beside, work = self._device.readable(), self.cache.bytes_per_gpu, placed.plan.ask.work
        # A run that had to halve something has measured another workload than the plan's.
        if (result.get("prefill_chunk_size"), result.get("batch_size", work.batch)) == (work.chunk, work.batch):
            own = {gpu["index"]: gpu["peak"] - gpu["context"] - beside.get(gpu["index"], 0) for gpu in held}
            planner.remember(placed.plan, own)
        result["peak_memory"] = {str(gpu["index"]): gpu["peak"] for gpu in held}
        result["cached_beside"] = {str(index): size for index, size in beside.items()}
        result["plan"] = placed.plan.as_json()
        result["predicted_peak"] = placed.plan.placed_total + sum(beside.values())
        result["dtype"] = checkpoint.dtype_name
        result["expandable_segments"] = self._device.expandable()
        result["allocator"] = self._device.statistics()
        result["offload"] = placed.offloaded
        result["offload_share"] = placed.offloaded / max(1, placed.plan.demand.weights)

    def _relieve(self) -> None:
        """After an out-of-memory that is tried again with less: idle models give way, too."""
        self.cache.clear("memory ran out")
        self._collect()

    def _collect(self) -> None:
        """What nobody refers to any more is given back to the GPUs."""
        gc.collect()
        self._device.empty_cache()

    def release(self) -> int:
        """Gives everything back but the context, cached models too; bytes that this freed."""
        before = sum(gpu["used"] for gpu in self._device.memory())
        self.cache.clear("the GPUs' memory was to be cleared")
        self._collect()
        return max(0, before - sum(gpu["used"] for gpu in self._device.memory()))

    def unreleased(self) -> dict[int, int]:
        """Bytes per GPU that a release did not bring back: somebody still holds a model, or the working set of one."""
        cached, kept = self.cache.bytes_per_gpu, self._device.kept
        held = {index: size - kept - cached.get(index, 0) for index, size in self._device.referred().items()}
        return {index: size for index, size in held.items() if size > 0}

    def check_device(self) -> None:
        """Fails with whatever a GPU says that answers this process no more, as after an illegal access or an Xid."""
        self._device.synchronize()

    def evidence(self) -> dict[str, Any]:
        """What is held now, by whom, and what the allocator counted."""
        return look(self._device, self.cache).evidence


def let_go(error: BaseException | None) -> None:
    """Empties the frames that an exception and what led to it hold; its traceback can still be printed."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
