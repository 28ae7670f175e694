"""One model, many workloads: what `python -m lbs.plan.tracing` answers with."""

from __future__ import annotations

import functools
import sys
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from lbs.models.quantization import Quantization
from lbs.sentences import say

from ..allocator.layers import every_layer, sizes_of
from ..allocator.replay import Run, slack_of_run
from ..allocator.script import Step, read
from ..curves.looped import Looped
from ..curves.short_runs import TooLong, draw_from_short_runs
from ..deadline import TooLate
from ..kernels import Kernels
from ..trace_types import AttentionNote, Trace
from ..workload import Kind, Workload
from .allocations import Allocations, TooManySteps
from .build import CannotTrace, classes_of, decoder_layers, empty_model, first_line, give_fake_storages
from .kernels import choose_experts, no_packed_sequences, target_kernels
from .quantized import Packed, pack_layers
from .simulation import Simulation
from .stand_ins import with_stand_ins
from .weights import weights_of

FEW_STEPS, MOST_STEPS = 1_500, 12_000
"""Operations of one place in one forward pass: more than a layer takes that does not loop over the prompt, and the most that is
traced where no shorter run predicts it."""
_NEW_TOKENS = 3
"""Two decoding steps are traced: from three new tokens on, all traces are the same."""


class Tracer:
    """Raises CannotTrace where transformers cannot build the model, or it has no layers."""

    def __init__(
        self,
        config: Any,
        dtype: torch.dtype,
        *,
        kernels: Kernels,
        trust_remote_code: bool = False,
        adapter: Path | None = None,
        quantization: Quantization | None = None,
    ) -> None:
        self._model = empty_model(config, dtype, trust_remote_code, adapter)
        on_cpu = kernels == "cpu"
        packed = pack_layers(self._model, quantization, dtype.itemsize, on_cpu=on_cpu) if quantization else Packed()
        self._kernels = kernels
        self.list_name, self._layers = decoder_layers(self._model)
        self.classes = classes_of(self._layers)
        self.attention: AttentionNote = "none"
        """Of the last run."""
        self._stand_ins = True
        self._runs: dict[Workload, Run] = {}
        self._too_long = sys.maxsize
        self._host_cache = self._fetched = 0
        self.weights = weights_of(self._model, self.list_name, self._layers, packed)
        self._fake = FakeTensorMode(allow_non_fake_inputs=True)
        self._fill()
        self._short = functools.lru_cache(maxsize=64)(self._script_of)
        self._looped = functools.lru_cache(maxsize=64)(self._draw_looped)

    def _fill(self) -> None:
        skipped = {
            module
            for number, layer in enumerate(self._layers)
            for module in layer.modules()
            if self._stand_ins and self.classes[number] != number
        }
        with self._fake:
            self._filled = give_fake_storages(self._model, skipped)

    def trace(self, work: Workload) -> Trace:
        """Bytes that one run of `work` holds beside the weights, place by place; of a run too long to trace, drawn from shorter
        ones. Raises CannotTrace."""
        if work.chunk is not None or work.kv_cache != "gpu":
            return self._read(work, sys.maxsize)  # no shorter run has as many chunks
        if work.context < self._too_long:
            with suppress(TooManySteps):
                return self._read(work, FEW_STEPS)
            self._too_long = work.context
        drawn, attention = self._looped(work.batch, min(work.new_tokens, _NEW_TOKENS), work.kind, work.padded)
        if drawn:
            self._too_long = min(self._too_long, drawn.followed + 1)
            return {**drawn.trace(work.context, work.batch, self.weights["sizes"]), "attention": attention}
        return self._read(work, MOST_STEPS)

    def _read(self, work: Workload, most_steps: int) -> Trace:
        script, self.attention = self._script_of(work, most_steps)
        self._runs[work] = every_layer(script, self.classes), sizes_of(script)
        trace = read(script, work.forwards, self.classes)
        return {**trace, "attention": self.attention, "host_cache": self._host_cache, "fetched": self._fetched}

    def run(self, works: Sequence[Workload], *, native: bool) -> list[Trace]:
        """The start of a run, with its slack, and its end where it has one. `native`: see TraceRequest. Raises CannotTrace."""
        self._runs = {}
        traces = [self.trace(work) for work in works]
        # What is drawn from shorter runs has its slack.
        if runs := [self._runs[work] for work in works if work in self._runs]:
            runs = runs if len(runs) == len(works) else runs[:1]
            slack = slack_of_run(works[0], runs, self.weights["sizes"], native=native)
            traces[0].setdefault("slack", slack)
        return traces

    def script(self, work: Workload) -> list[Step]:
        """What one run of `work` allocates and frees, step by step. Raises CannotTrace."""
        script, self.attention = self._short(work, MOST_STEPS if work.chunk is None else sys.maxsize)
        return script

    def _draw_looped(
        self, batch: int, new_tokens: int, kind: Kind, padded: bool
    ) -> tuple[Looped | None, AttentionNote]:
        def script_of(context: int, batch: int) -> list[Step]:
            try:
                return self.script(Workload(context, batch, new_tokens, kind, padded=padded))
            except TooManySteps:
                raise TooLong from None

        drawn = draw_from_short_runs(script_of, lambda: self.classes, (batch,), (batch,))
        return drawn, self.attention

    def _script_of(self, work: Workload, most_steps: int) -> tuple[list[Step], AttentionNote]:
        try:
            return self._script(work, most_steps)
        except (CannotTrace, TooLate):
            raise
        except Exception as error:
            if not self._stand_ins:
                raise CannotTrace(say("plan.trace_forward", error=first_line(error))) from None
        self.trace_all()
        return self._script_of(work, most_steps)

    def trace_all(self) -> None:
        """From now on without stand-ins: layers that depend on one another (shared caches, say) need each of them."""
        self._stand_ins, self.classes = False, list(range(len(self._layers)))
        self._short.cache_clear()
        self._fill()

    def _script(self, work: Workload, most_steps: int) -> tuple[list[Step], AttentionNote]:
        allocations = Allocations(most_steps=most_steps)
        for tensor in self._filled:
            allocations.ignore(tensor)
        with ExitStack() as stack:
            stack.enter_context(self._fake)
            stack.enter_context(no_packed_sequences())
            attention = stack.enter_context(target_kernels(self._kernels))
            stack.enter_context(with_stand_ins(self._layers, self.classes, allocations))
            choose_experts(self._model, "grouped_mm")
            simulation = Simulation(self._model, allocations, work, None if self._kernels == "cpu" else "batched_mm")
            simulation.run()
            self._host_cache, self._fetched = simulation.host_bytes(self.classes)
            # What is freed with the simulation is no part of the run.
            return list(allocations.script), attention.note
