"""The whole grid on one model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lbs.benchmarks.needle.generate import Answerer, Cancelled
from lbs.benchmarks.needle.grid import Cell, make_grid
from lbs.benchmarks.needle.haystack import read_haystack
from lbs.benchmarks.needle.needles import make_task, recall
from lbs.benchmarks.needle.prompt import Prompts
from lbs.benchmarks.needle.result import summarize
from lbs.needle_parameters import NeedleParameters

__all__ = ["Cancelled", "run"]

Progress = Callable[[int, int, str], None]

_CHUNKED = "Memory ran out: prompts were then read in pieces of {chunk} tokens, which is slower and changes no answer."
_CONTINUED = "The haystack is shorter than {length} tokens and was continued from its start."


def run(
    model: Any,
    tokenizer: Any,
    parameters: NeedleParameters,
    *,
    context_limit: int,
    on_progress: Progress,
    cancelled: Callable[[], bool],
    budget_limit: int | None = None,
    relieve: Callable[[], None] = lambda: None,
) -> dict[str, Any]:
    """Any causal model of transformers with its tokenizer, on whatever device it lies.

    `context_limit`: tokens that the model takes, `budget_limit`: the longest prompt that memory is predicted to hold;
    `relieve` gives cached memory back before a prompt that ran out of it is tried in smaller pieces.
    Fails with InvalidParameters before the first cell, with Cancelled between two tokens.
    """
    grid = make_grid(parameters, context_limit, budget_limit)
    prompts = Prompts(tokenizer, read_haystack(parameters.haystack, parameters.language))
    notes = list(grid.notes)
    answerer = Answerer(model, tokenizer, parameters.max_new_tokens, relieve)
    tests = []
    for number, cell in enumerate(grid.cells):
        on_progress(number, len(grid.cells), _title(cell))
        test, note = _test(answerer, prompts, cell, parameters, cancelled)
        tests.append(test)
        if note and note not in notes:
            notes.append(note)
    on_progress(len(grid.cells), len(grid.cells), "")
    if answerer.chunk:
        notes.append(_CHUNKED.format(chunk=answerer.chunk))
    return summarize(tests, notes) | {"prefill_chunk_size": answerer.chunk}


def _title(cell: Cell) -> str:
    return f"{cell.task}: {cell.length} tokens, depth {cell.depth:g} %"


def _test(
    answerer: Answerer,
    prompts: Prompts,
    cell: Cell,
    parameters: NeedleParameters,
    cancelled: Callable[[], bool],
) -> tuple[dict[str, Any], str | None]:
    task = make_task(cell.task, parameters.num_needles, parameters.language, parameters.seed)
    ids, again = prompts.build(task, cell.length, cell.depth)
    response = answerer(ids, cancelled)
    test = {
        "context_length": cell.length,
        "depth_percent": cell.depth,
        "num_needles": len(task.needles),
        "language": parameters.language,
        "task_type": cell.task,
        "score": recall(response, task.keys),
        "response": response,
        "expected_needle": task.expected,
    }
    return test, _CONTINUED.format(length=cell.length) if again else None
