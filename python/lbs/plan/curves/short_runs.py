"""Which short runs a run that loops over its prompt is drawn from: the fewest that a longer one confirms. No torch."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from ..allocator.script import Step, read
from ..trace_types import Trace
from .looped import Knots, Looped, NotDrawn, draw_looped

ScriptOf = Callable[[int, int], list[Step]]
"""The script at a context and a batch. Raises TooLong."""

_Level = tuple[tuple[int, ...], int, int]
"""Contexts, what prompts are padded to a multiple of, and a longer context that checks them. Sizes are rounded to 16 tokens in
some kernels, so all are multiples of that."""
_BY_TOKEN: tuple[_Level, ...] = (
    ((32, 48, 64), 1, 96),
    ((16, 32, 48), 1, 80),
    ((64, 128, 192), 1, 320),
)
_BY_PIECE: tuple[_Level, ...] = (
    ((144, 176, 208, 272), 64, 320),
    ((464, 496, 656, 848), 64, 1088),
    ((576, 704, 832, 1088), 256, 1280),
)
_GOOD, _TOLERANCE = 0.001, 0.005
"""Of the largest figure. The next level is tried where the first is exceeded."""


class TooLong(Exception):
    """A run takes too many steps."""


def loops(script_of: ScriptOf) -> bool:
    """Whether a run takes more steps the longer its prompt is."""
    one, piece, pieces = (len(script_of(context, 1)) for context in (32, 48, 272))
    return one < piece or piece < pieces


def draw_from_short_runs(
    script_of: ScriptOf, classes: Callable[[], list[int]], batches: tuple[int, ...], checks: Sequence[int]
) -> Looped | None:
    """`batches`: to draw through; `checks`: batches at which the drawing is checked; `classes`: those of the scripts. None where
    no drawing predicts a longer run."""
    best: tuple[float, Looped] | None = None
    # A model that reads in pieces takes the same steps at all contexts of one piece.
    by_token = len(script_of(32, batches[0])) < len(script_of(48, batches[0]))
    for contexts, piece, check in _BY_TOKEN if by_token else _BY_PIECE:
        try:
            knots = Knots(contexts, batches, piece)
            scripts = {(context, batch): script_of(context, batch) for context in contexts for batch in batches}
            drawn = draw_looped(scripts, knots, classes())
            off = max(_deviation(drawn, check, batch, script_of(check, batch)) for batch in checks)
        except NotDrawn:
            continue
        except TooLong:
            break
        if drawn.loops and off <= _TOLERANCE and (best is None or off < best[0]):
            best = off, drawn
        if best and best[0] <= _GOOD:
            break
    return best[1] if best else None


def _deviation(drawn: Looped, context: int, batch: int, script: list[Step]) -> float:
    """The largest difference of any figure, as a share of the largest."""
    predicted, traced = drawn.trace(context, batch, None), read(script, 1, drawn.classes)
    ours, theirs = _figures(predicted), _figures(traced)
    return max(abs(one - other) for one, other in zip(ours, theirs, strict=True)) / max(1, *map(abs, theirs))


def _figures(trace: Trace) -> list[int]:
    parts = [part for forward in (*trace["prefill"], *trace["decode"]) for part in forward]
    return [*trace["kv_cache"], *(figure for _, *figures in parts for figure in figures)]
