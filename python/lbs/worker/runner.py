"""One run from its message to its result: plan, make room, load, benchmark, then release or cache the model."""

from __future__ import annotations

import gc
import traceback
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any

from lbs.benchmarks.generation import NonFiniteLogits
from lbs.benchmarks.hooks import Cancelled, Hooks
from lbs.benchmarks.notes import add_note
from lbs.benchmarks.parameters import InvalidParameters
from lbs.memory.host import host_available
from lbs.memory.limit import Limits, LimitTooSmall, compute_limits
from lbs.memory.out_of_memory import is_out_of_memory
from lbs.plan import Plan, WorkloadError, remember
from lbs.protocol.messages import HeldMemory, JsonObject, StartRun, WorkerState
from lbs.sentences import say, sentence_of
from lbs.settings import Settings
from lbs.worker.cache import CacheKey, Entry, ModelCache
from lbs.worker.devices import Device
from lbs.worker.devices.live import LivePeak
from lbs.worker.errors import RunError
from lbs.worker.explain import MemoryAtFailure, capture, learn_from, limit_breach, non_finite, out_of_memory
from lbs.worker.guard import LimitGuard
from lbs.worker.jobs import Job, accepted_changes, job_of, least_context
from lbs.worker.kv_cache import marked, note_cache
from lbs.worker.loading.checkpoint import Checkpoint, read_checkpoint
from lbs.worker.loading.load import load, read_tokenizer
from lbs.worker.loading.placement import Placed, Planner, permitted_cards, place
from lbs.worker.loading.progress import now_and_then
from lbs.worker.log_lines import UNCACHED, log, log_choices, log_release
from lbs.worker.pace import Pace, layers_of
from lbs.worker.provenance import provenance
from lbs.worker.settling import settle


class Runner:
    """Calls `on_state` with loading and running; its caller sends idle."""

    def __init__(self, device: Device, settings: Settings, on_state: Callable[[WorkerState], None]) -> None:
        self._device = device
        self._settings = settings
        self._on_state = on_state
        self._plan: Plan | None = None
        self._at_failure: MemoryAtFailure | None = None
        self._settled = False
        self._guard = LimitGuard(device, self._current_limits)
        self.cache = ModelCache(device, settings)

    def limits(self) -> Limits:
        return compute_limits(self._settings.gpu_memory_limit, self._device.cards(), host_available())

    def _current_limits(self) -> Limits:
        self._device.remeasure()
        # The guard checks often, and only the GPUs.
        return compute_limits(self._settings.gpu_memory_limit, self._device.cards(), host_available=0)

    def run(self, message: StartRun, hooks: Hooks) -> JsonObject:
        """Returns the result. Raises RunError, or an unforeseen error. Only the CUDA context and the cache stay held."""
        failure: Exception | None = None
        result: JsonObject = {}
        try:
            result = self._run(message, hooks)
        except Exception as error:
            memory = self._at_failure or capture(self._device, self.cache)
            clear_frames(error)
            failure = self._explained(error, memory)
        # Outside the handler: an exception in flight holds the frames that hold the model, and nothing would be freed.
        try:
            self._collect()
        except RuntimeError as error:
            # A GPU that stopped answering must not hide the result or the failure; check_device finds it again.
            log(f"[Runner] GPU memory could not be released: {error}")
        log_release("after", self._device.readable())
        if failure is not None:
            raise failure
        return result

    def _explained(self, error: Exception, memory: MemoryAtFailure) -> Exception:
        """As a RunError where its meaning is known; the error itself where not."""
        if self._guard.breach:
            return limit_breach(self._guard.breach, memory, self._settings.gpu_memory_limit, self._plan)
        if isinstance(error, Cancelled):
            return RunError("cancelled", say("worker.cancelled"))
        if isinstance(error, NonFiniteLogits) and self._plan:
            return non_finite(self._plan)
        if isinstance(error, InvalidParameters | WorkloadError):
            return RunError("invalid_parameters", sentence_of(error))
        if isinstance(error, LimitTooSmall):
            return RunError("does_not_fit", sentence_of(error))
        if is_out_of_memory(error):
            return out_of_memory(error, memory, self._plan, running=self._at_failure is not None)
        return error

    def _run(self, message: StartRun, hooks: Hooks) -> JsonObject:
        self._on_state("loading")
        self._plan, self._at_failure, self._guard.breach = None, None, None
        job = job_of(message, self._settings)
        if not job.cached:
            log(UNCACHED)
            self.cache.clear(say("worker.uncached_run"))
            self._collect()
        self._device.open()
        if not self._settled:
            settle(self._device.others)
            self._settled = True
        limits = self.limits()
        self._device.apply_limit(limits)
        self._device.reset_peak()
        self._check_allocator()
        checkpoint, planner, made_with = self._read(message, limits)
        tokenizer = read_tokenizer(checkpoint, self._settings)
        hooks = self._hooks(message, hooks)
        hooks.on_stage("planning", 0.0)
        self._plan = job.plan(planner, tokenizer)
        placed = place(self._plan, message.offload or self._settings.offload, force=message.force)
        with self._guard.watching(limits):
            entry = self._load(checkpoint, tokenizer, placed, limits, hooks)
            try:
                result = self._benchmark(job, entry, placed, hooks)
            except BaseException:
                self._at_failure = capture(self._device, self.cache)
                self.cache.discard(entry)
                raise
            finally:
                # While the model is still held.
                log_release("before", self._device.readable())
        if kept := result.get("resumed_items", len(hooks.done)):
            add_note(result, say("worker.resumed", count=kept))
        self._stamp(result, placed, checkpoint)
        result |= made_with | note_cache(result, placed.plan, dropped=len(message.done) - len(hooks.done))
        if job.cached and self._settings.use_model_cache and not placed.offloaded:
            self.cache.put(entry, limits)
        else:
            self.cache.discard(entry)
        return result

    def _hooks(self, message: StartRun, hooks: Hooks) -> Hooks:
        cancelled = partial(self._must_stop, hooks.cancelled)
        cache = self._device.offloading_cache
        return replace(marked(message, hooks), cancelled=cancelled, relieve=self._relieve, offloading_cache=cache)

    def _read(self, message: StartRun, limits: Limits) -> tuple[Checkpoint, Planner, JsonObject]:
        """The third: the part of the result that says what it is made with."""
        settings, device = self._settings, self._device
        cards = permitted_cards(limits, settings.local_device_map)
        checkpoint = read_checkpoint(Path(message.model), settings, cards)
        # Before the weights are read: the files may change while the run goes on.
        made_with = provenance(message, checkpoint, settings)
        planner = Planner(
            checkpoint,
            limits,
            settings,
            device,
            accepted=accepted_changes(message),
            least_context=least_context(message),
        )
        return checkpoint, planner, made_with

    def _check_allocator(self) -> None:
        """Logs an allocator setting that is not in force."""
        in_force, setting = self._device.expandable(), self._settings.enable_memory_management
        if in_force is not None and in_force != setting:
            log(f"[Runner] expandable_segments is {in_force} although LBS_ENABLE_MEMORY_MANAGEMENT is {setting}")

    def _must_stop(self, cancelled: Callable[[], bool]) -> bool:
        return self._guard.breach is not None or cancelled()

    def _load(self, checkpoint: Checkpoint, tokenizer: Any, placed: Placed, limits: Limits, hooks: Hooks) -> Entry:
        """From the cache or from disk, after idle models have been evicted for it."""
        log_choices(placed.plan)
        hooks.on_plan(placed.plan.as_json(), placed.predicted_peak, placed.offloaded > 0)
        key = CacheKey.of(checkpoint, self._settings)
        entry = self.cache.take(key, placed.map)
        needed = {gpu.gpu.card.index: gpu.reserved_peak for gpu in placed.plan.gpus}
        self.cache.make_room(limits, needed, say("worker.needs_room", model=checkpoint.path.name))
        self._collect()
        if entry:
            self.cache.unpark(entry)
            log(f"[Runner] Using the cached model {checkpoint.path} ({entry.hits} times so far)")
            return entry
        report = now_and_then(lambda share: hooks.on_stage("loading", share))

        def step(share: float) -> None:
            hooks.check()
            report(share)

        loaded = load(checkpoint, tokenizer, placed, limits, self._device, self._settings, step)
        return Entry(key, loaded, placed.map, loaded.gpus, loaded.host)

    def _benchmark(self, job: Job, entry: Entry, placed: Placed, hooks: Hooks) -> JsonObject:
        model, pace = entry.loaded.model, Pace(self._device.synchronize)
        self._on_state("running")
        with ExitStack() as stack:
            if placed.offloaded:
                stack.enter_context(pace.watching(model, layers_of(placed.map)))
            stack.enter_context(self._device.running(model))
            live = None if placed.plan.gpus else stack.enter_context(LivePeak(model).watching())
            result = job.run(entry.loaded, hooks)
        if self._guard.breach:
            raise Cancelled
        # A GPU's own peak says nothing of a run on the CPU.
        on_cpu = {"cpu_peak": live.peak} if live and live.peak is not None else {}
        # Some quantizers, such as that of AWQ on a GPU, load another dtype than the one that they are given.
        loaded_as = str(model.dtype).removeprefix("torch.")
        speed = {"performance": hooks.performance.as_json()} if hooks.performance.prompts else {}
        return result | on_cpu | speed | {"offload_slowdown": pace.slowdown, "dtype": loaded_as}

    def _stamp(self, result: JsonObject, placed: Placed, checkpoint: Checkpoint) -> None:
        """Adds the predicted and measured memory and the settings to the result."""
        for note in checkpoint.inspected.notes:
            add_note(result, note)
        held, cached, work = self._device.readable(), self.cache.bytes_per_gpu, placed.plan.input.work
        # A run that had to halve its batch or chunk measured another workload than the plan's.
        if (result.get("prefill_chunk_size"), result.get("batch_size", work.batch)) == (work.chunk, work.batch):
            own = {gpu["index"]: gpu["peak"] - gpu["context"] - cached.get(gpu["index"], 0) for gpu in held}
            remember(placed.plan, own)
        elif placed.plan.gpus:
            learn_from("", capture(self._device, self.cache), placed.plan, running=True)
        result["peak_memory"] = {str(gpu["index"]): gpu["peak"] for gpu in held}
        result["cached_beside"] = {str(index): size for index, size in cached.items()}
        result["plan"] = placed.plan.as_json()
        result["predicted_peak"] = placed.predicted_peak + sum(cached.values())
        result["dtype_source"] = checkpoint.dtype_source
        quantization = checkpoint.inspected.quantization
        result["quantization"] = str(quantization.title) if quantization else None
        result["expandable_segments"] = self._device.expandable()
        result["allocator"] = self._device.statistics()
        result["forced"] = placed.forced
        if placed.forced:
            add_note(result, say("worker.forced"))
        result["offload"] = placed.offloaded
        result["offload_share"] = placed.offloaded / max(1, placed.plan.demand.weights)

    def _relieve(self) -> None:
        """Evicts idle models before a benchmark retries with less after an out-of-memory error."""
        self.cache.clear(say("worker.ran_out"))
        self._collect()

    def _collect(self) -> None:
        """Frees all unreferenced memory."""
        gc.collect()
        self._device.empty_cache()

    def release(self) -> int:
        """Releases everything but the CUDA context, cached models too; returns the bytes that were freed."""
        before = sum(gpu["used"] for gpu in self._device.memory())
        self.cache.clear(say("worker.memory_cleared"))
        self._collect()
        return max(0, before - sum(gpu["used"] for gpu in self._device.memory()))

    def unreleased(self) -> dict[int, int]:
        """Bytes per GPU that a release did not free: something still refers to a model or to its activations."""
        cached, kept = self.cache.bytes_per_gpu, self._device.kept
        held = {index: size - kept - cached.get(index, 0) for index, size in self._device.referred().items()}
        return {index: size for index, size in held.items() if size > 0}

    def check_device(self) -> None:
        """Raises the driver's error where a GPU stopped answering this process, as after an illegal access or an Xid."""
        self._device.synchronize()

    def held(self) -> HeldMemory:
        return capture(self._device, self.cache).evidence


def clear_frames(error: BaseException | None) -> None:
    """Clears the frames of an exception and of its causes; its traceback can still be printed."""
    while error is not None:
        traceback.clear_frames(error.__traceback__)
        error = error.__cause__ or error.__context__
