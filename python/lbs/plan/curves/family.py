"""Everything in a request but context and batch, and the curves that answer all such requests."""

from __future__ import annotations

import functools
import json
from dataclasses import dataclass

from ..allocator.layers import Program, every_layer, sizes_of
from ..allocator.replay import Run, slack_of_run
from ..allocator.script import Step, read
from ..config_files import config_file, config_hash
from ..kernels import Kernels
from ..model_config import ModelConfig
from ..trace_types import AttentionNote, Trace, TracedWeights, TraceRequest, TraceSource
from ..workload import Kind, Workload
from .curve import Curve
from .looped import Looped
from .pieces import LARGEST_BATCH, MANY, ONE, SHORTEST, pieces
from .short_runs import draw_from_short_runs, loops

_NEW_TOKENS = 3
"""A trace follows two decoding steps: from three new tokens on, all traces are the same."""
_MOST_CACHED = 64


class _CannotTrace(Exception):
    pass


@dataclass(frozen=True)
class Family:
    """`config`: hash of its content; `single`: a batch of one."""

    path: str
    config: str
    dtype: str
    kernels: Kernels
    kind: Kind
    padded: bool
    new_tokens: int
    single: bool

    def request(self, context: int, batch: int) -> TraceRequest:
        work = Workload(context, batch, self.new_tokens, self.kind, padded=self.padded)
        return {
            "path": self.path,
            "dtype": self.dtype,
            "kernels": self.kernels,
            "trust_remote_code": False,
            "native": False,
            "works": [work.as_json()],
            "scripts": True,
        }


def family_of(request: TraceRequest, work: Workload) -> Family | None:
    """None where no curve is drawn: code beside the config may change, each chunk is a forward pass of its own, and a script
    does not say what an offloaded KV cache takes of system RAM."""
    if request["trust_remote_code"] or work.chunk is not None or work.kv_cache != "gpu":
        return None
    return Family(
        path=request["path"],
        config=config_hash(request["path"]),
        dtype=request["dtype"],
        kernels=request["kernels"],
        kind=work.kind,
        padded=work.padded,
        new_tokens=min(work.new_tokens, _NEW_TOKENS),
        single=work.batch == 1,
    )


class FamilyCurves:
    """`curves`: in the order of their contexts; `looped`: in place of them, where the run loops over its prompt."""

    def __init__(
        self,
        weights: TracedWeights,
        classes: list[int],
        attention: AttentionNote,
        curves: list[Curve],
        looped: Looped | None,
    ) -> None:
        self.weights, self._classes, self._attention = weights, classes, attention
        self._curves, self._looped = curves, looped
        self._programs: dict[int, Program] = {}
        self.run = functools.lru_cache(_MOST_CACHED)(self._run)

    def _run(self, works: tuple[Workload, ...], native: bool) -> list[Trace] | None:
        """As the tracer answers; None where no curve covers one of the workloads. `native`: see TraceRequest."""
        if any(work.context < SHORTEST or work.batch > LARGEST_BATCH for work in works):
            return None
        if self._looped:
            weights: list[list[int] | None] = [self.weights["sizes"], None]  # the slack is that of the start
            found = [
                self._looped.trace(work.context, work.batch, sizes) for work, sizes in zip(works, weights, strict=False)
            ]
            return [{**trace, "attention": self._attention} for trace in found]
        traces: list[Trace] = []
        runs: list[Run] = []
        for work in works:
            number = self._covering(work)
            if number is None:
                return None
            script = self._curves[number].script(work.context, work.batch)
            traces.append({**read(script, 1, self._classes), "attention": self._attention})
            runs.append((self._program(number), sizes_of(script)))
        traces[0]["slack"] = slack_of_run(works[0], runs, self.weights["sizes"], native=native)
        return traces

    def _covering(self, work: Workload) -> int | None:
        for number, curve in enumerate(self._curves):
            if curve.contexts[0] <= work.context <= curve.contexts[-1]:
                return number
        return None

    def _program(self, number: int) -> Program:
        """Every script of a curve takes the same steps."""
        if number not in self._programs:
            curve = self._curves[number]
            self._programs[number] = every_layer(curve.steps, self._classes)
        return self._programs[number]


class _ScriptTracer:
    """Scripts of one family. `weights`, `classes` and `attention`: those of the shortest run. Raises _CannotTrace."""

    def __init__(self, family: Family, source: TraceSource) -> None:
        self._family, self._source = family, source
        self.script = functools.cache(self._script)
        self.weights, self.classes, self.attention, _ = self._trace(SHORTEST, 1)

    def _script(self, context: int, batch: int) -> list[Step]:
        _, classes, attention, script = self._trace(context, batch)
        if (classes, attention) != (self.classes, self.attention):
            raise _CannotTrace
        return script

    def _trace(self, context: int, batch: int) -> tuple[TracedWeights, list[int], AttentionNote, list[Step]]:
        answer = self._source(self._family.request(context, batch))
        if "error" in answer:
            raise _CannotTrace
        (trace,) = answer["traces"]
        return answer["weights"], trace["classes"], trace["attention"], trace["script"]


def draw_curves(family: Family, source: TraceSource) -> FamilyCurves | None:
    """Requests the traces that it takes from `source`; None where it has none."""
    try:
        config = ModelConfig(json.loads(config_file(family.path).read_text("utf-8")))
        tracer = _ScriptTracer(family, source)
        batches = ONE if family.single else MANY
        curves, looped = [], None
        if loops(tracer.script):
            looped = draw_from_short_runs(tracer.script, lambda: tracer.classes, batches.knots, batches.checks)
        else:
            curves = pieces(tracer.script, tracer.weights["sizes"], config.windows, config.length.most, batches)
    except (OSError, ValueError, _CannotTrace):
        return None
    # The traces are those of the config that the family names.
    if config_hash(family.path) != family.config:
        return None
    return FamilyCurves(tracer.weights, tracer.classes, tracer.attention, curves, looped)
