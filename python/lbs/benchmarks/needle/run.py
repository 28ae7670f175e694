"""The whole grid on one model."""

from __future__ import annotations

from typing import Any

from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle.generate import Answerer, reads_in_pieces
from lbs.benchmarks.needle.grid import Cell, make_grid
from lbs.benchmarks.needle.haystack import read_haystack
from lbs.benchmarks.needle.needles import make_task, recall
from lbs.benchmarks.needle.prompt import Prompts
from lbs.benchmarks.needle.result import summarize
from lbs.benchmarks.parameters import InvalidParameters, NeedleParameters

_CHUNKED = "Memory ran out: prompts were then read in pieces of {chunk} tokens, which is slower and changes no answer."
_CONTINUED = "The haystack is shorter than {length} tokens and was continued from its start."


def run(
    model: Any,
    tokenizer: Any,
    parameters: NeedleParameters,
    *,
    context_limit: int,
    budget_limit: int | None = None,
    hooks: Hooks,
) -> dict[str, Any]:
    """Any causal model of transformers with its tokenizer, on whatever device it lies.

    `context_limit`: tokens that the model takes, `budget_limit`: the longest prompt that memory is predicted to hold.
    A prompt that runs out of memory is tried in smaller pieces, and those after it too.
    Fails with InvalidParameters before the first cell, with Cancelled between two tokens.
    """
    if parameters.prefill_chunk and not reads_in_pieces(model):
        raise InvalidParameters(
            "This model keeps no cache of keys and reads a prompt at once: leave prefill_chunk out."
        )
    grid = make_grid(parameters, context_limit, budget_limit)
    prompts = Prompts(tokenizer, read_haystack(parameters.haystack, parameters.language))
    notes = list(grid.notes)
    answerer = Answerer(model, tokenizer, parameters.max_new_tokens, hooks, parameters.prefill_chunk)
    tests = []
    for number, cell in enumerate(grid.cells):
        if before := hooks.done.get(_key(cell)):
            tests.append(before)
            continue
        hooks.on_progress(number, len(grid.cells), _title(cell))
        test, note = _test(answerer, prompts, cell, parameters)
        tests.append(test)
        hooks.on_item(_key(cell), test)
        if note and note not in notes:
            notes.append(note)
    hooks.on_progress(len(grid.cells), len(grid.cells), "")
    if answerer.chunk != parameters.prefill_chunk:
        notes.append(_CHUNKED.format(chunk=answerer.chunk))
    return summarize(tests, notes) | {"prefill_chunk_size": answerer.chunk}


def _title(cell: Cell) -> str:
    return f"{cell.task}: {cell.length} tokens, depth {cell.depth:g} %"


def _key(cell: Cell) -> str:
    return f"{cell.task}|{cell.length}|{cell.depth:g}"


def _test(
    answerer: Answerer,
    prompts: Prompts,
    cell: Cell,
    parameters: NeedleParameters,
) -> tuple[dict[str, Any], str | None]:
    task = make_task(cell.task, parameters.num_needles, parameters.language, parameters.seed)
    ids, again = prompts.build(task, cell.length, cell.depth)
    response = answerer(ids)
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
