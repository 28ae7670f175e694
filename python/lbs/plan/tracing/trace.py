"""One model, many workloads: what `python -m lbs.plan.tracing` answers with."""

from __future__ import annotations

import functools
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from lbs.sentences import say

from ..allocator.script import Step, read
from ..kernels import Kernels
from ..trace_types import AttentionNote, Trace
from ..workload import Workload
from .allocations import Allocations, TooManySteps
from .build import CannotTrace, classes_of, decoder_layers, empty_model, first_line, give_fake_storages
from .extrapolate import extrapolate
from .kernels import choose_experts, no_packed_sequences, target_kernels
from .simulation import Simulation
from .stand_ins import with_stand_ins
from .weights import weights_of


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
    ) -> None:
        self._model = empty_model(config, dtype, trust_remote_code, adapter)
        self._kernels = kernels
        self.list_name, self._layers = decoder_layers(self._model)
        self.classes = classes_of(self._layers)
        self.attention: AttentionNote = "none"
        """Of the last run."""
        self._stand_ins = True
        self._too_long = sys.maxsize
        self.weights = weights_of(self._model, self.list_name, self._layers)
        self._fake = FakeTensorMode(allow_non_fake_inputs=True)
        self._fill()
        # Every longer prompt is extrapolated from the same shorter ones.
        self._shorter = functools.lru_cache(maxsize=64)(self._trace)

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
        """Bytes that one run of `work` holds beside the weights, place by place; of a run too long to trace, extrapolated
        from shorter ones. Raises CannotTrace."""
        if work.context < self._too_long:
            with suppress(TooManySteps):
                return self._trace(work)[1]
            self._too_long = work.context
        return extrapolate(self._shorter, work)

    def _trace(self, work: Workload) -> tuple[int, Trace]:
        script = self.script(work)
        trace = read(script, work.forwards, self.classes, self.weights["sizes"])
        return self._most_steps, {**trace, "attention": self.attention}

    def script(self, work: Workload) -> list[Step]:
        """What one run of `work` allocates and frees, step by step. Raises CannotTrace."""
        try:
            return self._script(work)
        except CannotTrace:
            raise
        except Exception as error:
            if not self._stand_ins:
                raise CannotTrace(say("plan.trace_forward", error=first_line(error))) from None
        self.trace_all()
        return self.script(work)

    def trace_all(self) -> None:
        """From now on without stand-ins: layers that depend on one another (shared caches, say) need each of them."""
        self._stand_ins, self.classes = False, list(range(len(self._layers)))
        self._fill()

    def _script(self, work: Workload) -> list[Step]:
        allocations = Allocations(limited=work.chunk is None)  # no shorter run has as many chunks
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
            self._most_steps = allocations.most_steps
            self.attention = attention.note
            return list(allocations.script)  # what is freed with the simulation is no part of the run
