"""Which cells are run: what was asked for, or the defaults that the model and the budget allow."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import product

from lbs.benchmarks.parameters import TASK_TYPES, InvalidParameters, NeedleParameters, TaskType

_DEFAULT_DEPTHS = (0.0, 25.0, 50.0, 75.0, 100.0)
_SHORTEST, _LONGEST = 1024, 32768


@dataclass(frozen=True)
class Cell:
    """`length` in tokens of the whole prompt, `depth` in percent."""

    task: TaskType
    length: int
    depth: float


@dataclass(frozen=True)
class Grid:
    cells: list[Cell]
    notes: list[str]


def make_grid(parameters: NeedleParameters, model_limit: int, budget_limit: int | None) -> Grid:
    """`model_limit`: tokens that the model takes in all; `budget_limit`: the longest prompt that memory holds.

    A length that was asked for and cannot be is an InvalidParameters; a default one is left out with a note.
    """
    room = model_limit - parameters.max_new_tokens
    if parameters.context_lengths:
        lengths = sorted(set(parameters.context_lengths))
        notes: list[str] = []
        if lengths[-1] > room:
            raise InvalidParameters(
                f"A context of {lengths[-1]} tokens and {parameters.max_new_tokens} new ones are more than the model's "
                f"{model_limit}: ask for at most {room}."
            )
    else:
        lengths, notes = _defaults(room, budget_limit)
    tasks = parameters.task_types or list(TASK_TYPES)
    depths = parameters.depths or list(_DEFAULT_DEPTHS)
    return Grid([Cell(*one) for one in product(tasks, lengths, depths)], notes)


def _defaults(room: int, budget_limit: int | None) -> tuple[list[int], list[str]]:
    lengths, notes = [], []
    length = _SHORTEST
    while length <= _LONGEST:
        if length > room:
            notes.append(f"{length} tokens and longer were left out: the model takes {room} beside the answer.")
            break
        if budget_limit is not None and length > budget_limit:
            notes.append(f"{length} tokens and longer were left out: the memory budget holds about {budget_limit}.")
            break
        lengths.append(length)
        length *= 2
    if not lengths:
        most = room if budget_limit is None else min(room, budget_limit)
        if most < 1:
            raise InvalidParameters("No context fits: raise the limit or choose a smaller model.")
        lengths = [most]
    return lengths, notes
