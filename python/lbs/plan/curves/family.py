"""Everything in a question but context and batch, and the curves that answer all such questions."""

from __future__ import annotations

import functools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ..allocator.script import Step, read
from ..demand import Source
from ..reading import max_tokens
from ..source import config_file, config_hash
from ..workload import Kind, Workload
from .curve import Curve
from .pieces import LARGEST_BATCH, MANY, ONE, SHORTEST, pieces, windows

_NEW_TOKENS = 3
"""A trace follows two steps of decoding: from three new tokens on, all are the same."""
_TOLD = 64


class _CannotTrace(Exception):
    pass


@dataclass(frozen=True)
class Family:
    """`config`: its content's hash; `single`: a batch of one."""

    path: str
    config: str
    dtype: str
    cuda: bool
    kind: Kind
    padded: bool
    new_tokens: int
    single: bool

    def question(self, context: int, batch: int) -> dict[str, Any]:
        work = Workload(context, batch, self.new_tokens, self.kind, padded=self.padded)
        told = {"path": self.path, "dtype": self.dtype, "cuda": self.cuda, "trust_remote_code": False}
        return {**told, "works": [vars(work)], "scripts": True}


def family_of(request: Mapping[str, Any], work: Workload) -> Family | None:
    """None where no curve is drawn: code beside the config may change, and each chunk is a forward of its own."""
    if request["trust_remote_code"] or work.chunk is not None:
        return None
    path, new_tokens = str(request["path"]), min(work.new_tokens, _NEW_TOKENS)
    told = (path, config_hash(path), request["dtype"], request["cuda"], work.kind, work.padded, new_tokens)
    return Family(*told, single=work.batch == 1)


class Drawn:
    """`weights`: as the tracer tells them; `curves`: in the order of their contexts."""

    def __init__(self, weights: dict[str, Any], classes: list[int], curves: list[Curve]) -> None:
        self.weights, self._classes, self._curves = weights, classes, curves
        self.trace = functools.lru_cache(_TOLD)(self._trace)

    def _trace(self, work: Workload, slack: bool) -> dict[str, Any] | None:
        """As the tracer would tell it, without the allocator's slack where that is not asked for; None without a curve."""
        for curve in self._curves if work.batch <= LARGEST_BATCH else ():
            if curve.contexts[0] <= work.context <= curve.contexts[-1]:
                weights = self.weights["sizes"] if slack else None
                return read(curve.script(work.context, work.batch), 1, self._classes, weights)
        return None


def draw(family: Family, source: Source) -> Drawn | None:
    """Asks `source` for the traces that it takes; None where it has none to give."""
    first: dict[str, Any] = {}

    def trace(context: int, batch: int) -> list[Step]:
        found = source(family.question(context, batch))
        if "error" in found:
            raise _CannotTrace
        (told,) = found["traces"]
        if told["classes"] != first.setdefault("classes", told["classes"]):
            raise _CannotTrace
        first.setdefault("weights", found["weights"])
        script: list[Step] = told["script"]
        return script

    try:
        config = json.loads(config_file(family.path).read_text("utf-8"))
        trace(SHORTEST, 1)  # tells the weights, too
        batches = ONE if family.single else MANY
        curves = pieces(trace, first["weights"]["sizes"], windows(config), max_tokens(config), batches)
    except (OSError, ValueError, _CannotTrace):
        return None
    # What was traced must be what the family's hash says.
    return Drawn(first["weights"], first["classes"], curves) if config_hash(family.path) == family.config else None
