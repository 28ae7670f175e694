"""The cells of a run: the requested ones, or the defaults that the model and the budget allow."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product

from lbs.benchmarks.needle.budget import tasks_of
from lbs.benchmarks.parameters import InvalidParameters, NeedleParameters, TaskType
from lbs.sentences import Sentence, say

_DEFAULT_DEPTHS = (0.0, 25.0, 50.0, 75.0, 100.0)
_SHORTEST, _LONGEST = 1024, 32768


@dataclass(frozen=True)
class Cell:
    """`length` in tokens of the whole prompt, `depth` in percent; `repeat` counts from 0."""

    task: TaskType
    length: int
    depth: float
    repeat: int = 0

    @property
    def key(self) -> str:
        return f"{self.task}|{self.length}|{self.depth:g}|{self.repeat}"


@dataclass(frozen=True)
class Grid:
    """The repeats of a cell follow one another, and so do the cells of one method and length."""

    cells: list[Cell]
    notes: list[Sentence]


def make_grid(
    parameters: NeedleParameters, model_limit: int, budget_limit: int | None, answers: Mapping[TaskType, int]
) -> Grid:
    """`model_limit`: tokens that the model accepts; `budget_limit`: the longest prompt that fits in memory; `answers`: tokens of
    an answer by method.

    Raises InvalidParameters for a requested length that the model does not accept; a default one is left out with a note.
    """
    new_tokens = max(answers.values()) + parameters.thinking_tokens
    room = model_limit - new_tokens
    if parameters.context_lengths:
        lengths = sorted(set(parameters.context_lengths))
        notes: list[Sentence] = []
        if lengths[-1] > room:
            raise InvalidParameters(
                say(
                    "benchmarks.context_too_long",
                    context=lengths[-1],
                    new_tokens=new_tokens,
                    limit=model_limit,
                    most=room,
                )
            )
    else:
        lengths, notes = _defaults(room, budget_limit)
    depths = list(dict.fromkeys(parameters.depths or _DEFAULT_DEPTHS))
    tasks = list(dict.fromkeys(tasks_of(parameters)))
    return Grid([Cell(*cell) for cell in product(tasks, lengths, depths, range(parameters.repeats))], notes)


def _defaults(room: int, budget_limit: int | None) -> tuple[list[int], list[Sentence]]:
    lengths: list[int] = []
    notes: list[Sentence] = []
    length = _SHORTEST
    while length <= _LONGEST:
        if length > room:
            notes.append(say("benchmarks.left_out_by_model", length=length, most=room))
            break
        if budget_limit is not None and length > budget_limit:
            notes.append(say("benchmarks.left_out_by_budget", length=length, most=budget_limit))
            break
        lengths.append(length)
        length *= 2
    if not lengths:
        most = room if budget_limit is None else min(room, budget_limit)
        if most < 1:
            raise InvalidParameters(say("benchmarks.no_context_fits"))
        lengths = [most]
    return lengths, notes
