"""What a run needs before its model is loaded: the cells, their prompts and the tokens of their answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from lbs.benchmarks.chat import Chat, Frame
from lbs.benchmarks.needle.budget import answer_budgets
from lbs.benchmarks.needle.grid import Cell, Grid, make_grid
from lbs.benchmarks.needle.haystack import read_haystack
from lbs.benchmarks.needle.needles import Task, make_task
from lbs.benchmarks.needle.prompt import Prompt, Prompts
from lbs.benchmarks.parameters import NeedleParameters, TaskType


@dataclass(frozen=True)
class Prepared:
    """`answers`: tokens of an answer by method; `frames`: what stands before and after the text of each cell."""

    parameters: NeedleParameters
    grid: Grid
    answers: Mapping[TaskType, int]
    prompts: Prompts
    chat: Chat
    frames: Mapping[Cell, Frame]

    def task(self, cell: Cell) -> Task:
        return task_of(self.parameters, cell)

    def prompt(self, cell: Cell) -> Prompt:
        """Raises InvalidParameters where question and needles leave no room for a text."""
        return self.prompts.build(self.task(cell), self.frames[cell], cell.length, cell.depth)

    @property
    def lengths(self) -> Mapping[int, int]:
        """By context length: the prompts that can share a batch, at most."""
        repeated = len(self.grid.cells) // len({(cell.task, cell.length) for cell in self.grid.cells})
        return {cell.length: repeated for cell in self.grid.cells}


def task_of(parameters: NeedleParameters, cell: Cell) -> Task:
    """Facts and keys of its own for each cell and repeat, the same ones for the same seed."""
    seed = f"{parameters.seed}|{parameters.language}|{cell.key}"
    return make_task(cell.task, parameters.num_needles, parameters.language, parameters.value_type, seed)


def prepare(
    tokenizer: Any, parameters: NeedleParameters, *, context_limit: int, budget_limit: int | None = None
) -> Prepared:
    """`context_limit`: tokens that the model accepts; `budget_limit`: the longest prompt that is predicted to fit in memory.
    Raises InvalidParameters for lengths that are too long for the model, or too short for question and needles."""
    answers = answer_budgets(tokenizer, parameters, context_limit)
    grid = make_grid(parameters, context_limit, budget_limit, answers)
    prompts = Prompts(tokenizer, read_haystack(parameters.haystack, parameters.language), parameters.profile)
    values = parameters.chat_template_kwargs
    with Chat(tokenizer, enable_thinking=parameters.enable_thinking, values=values) as chat:
        prepared = Prepared(parameters, grid, answers, prompts, chat, _frames(chat, parameters, grid))
    shortest = min(cell.length for cell in grid.cells)
    for cell in grid.cells:
        if cell.length == shortest:
            prepared.prompt(cell)
    return prepared


def _frames(chat: Chat, parameters: NeedleParameters, grid: Grid) -> dict[Cell, Frame]:
    """All of one kind: where the template spoils one of them, all are plain."""
    tasks = {cell: task_of(parameters, cell) for cell in grid.cells}
    kind = chat.kind
    frames = {cell: chat.frame(task.lead, task.tail) for cell, task in tasks.items()}
    if chat.kind != kind:
        frames = {cell: chat.frame(task.lead, task.tail) for cell, task in tasks.items()}
    return frames
