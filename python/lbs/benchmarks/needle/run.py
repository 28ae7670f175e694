"""The whole grid on one model."""

from __future__ import annotations

from typing import Any, cast

from lbs.benchmarks.chat import Chat
from lbs.benchmarks.generation import generation_json
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle.generate import Answerer, supports_chunks
from lbs.benchmarks.needle.grid import Cell, make_grid
from lbs.benchmarks.needle.haystack import read_haystack
from lbs.benchmarks.needle.needles import make_task, recall
from lbs.benchmarks.needle.prompt import Prompts
from lbs.benchmarks.needle.result import NeedleResult, NeedleTest, summarize
from lbs.benchmarks.parameters import InvalidParameters, NeedleParameters
from lbs.sentences import Sentence, say, verbatim


def run(
    model: Any,
    tokenizer: Any,
    parameters: NeedleParameters,
    *,
    context_limit: int,
    budget_limit: int | None = None,
    hooks: Hooks,
) -> NeedleResult:
    """Any causal model of transformers with its tokenizer, on any device.

    `context_limit`: tokens that the model accepts; `budget_limit`: the longest prompt that is predicted to fit in memory.
    After an out-of-memory error, this prompt and the following ones are prefilled in smaller chunks.
    Raises InvalidParameters before the first cell, Cancelled between two tokens, torch.OutOfMemoryError.
    """
    if parameters.prefill_chunk and not supports_chunks(model):
        raise InvalidParameters(say("benchmarks.no_chunks"))
    grid = make_grid(parameters, context_limit, budget_limit)
    values = parameters.chat_template_kwargs
    chat = Chat(tokenizer, enable_thinking=parameters.enable_thinking, values=values)
    prompts = Prompts(tokenizer, read_haystack(parameters.haystack, parameters.language), chat)
    notes = list(grid.notes)
    answerer = Answerer(model, tokenizer, hooks, parameters.prefill_chunk)
    tests: list[NeedleTest] = []
    for number, cell in enumerate(grid.cells):
        if done := hooks.done.get(_key(cell)):
            tests.append(cast(NeedleTest, done))
            continue
        hooks.on_progress(number, len(grid.cells), _title(cell))
        test, note = _test(answerer, prompts, cell, parameters)
        tests.append(test)
        hooks.on_item(_key(cell), test)
        if note and note not in notes:
            notes.append(note)
    hooks.on_progress(len(grid.cells), len(grid.cells), verbatim(""))
    notes += chat.notes
    if answerer.chunk is not None and answerer.chunk != parameters.prefill_chunk:
        notes.append(say("benchmarks.chunk_halved", chunk=answerer.chunk))
    return {
        **summarize(tests, notes),
        "prefill_chunk_size": answerer.chunk,
        "prompt": chat.as_json(),
        "generation": generation_json(model, tokenizer),
    }


def _title(cell: Cell) -> Sentence:
    task = say("benchmarks.single_needle") if cell.task == "single_needle_retrieval" else say("benchmarks.multi_needle")
    return say("benchmarks.cell", task=task, tokens=cell.length, depth=f"{cell.depth:g}")


def _key(cell: Cell) -> str:
    return f"{cell.task}|{cell.length}|{cell.depth:g}"


def _test(
    answerer: Answerer, prompts: Prompts, cell: Cell, parameters: NeedleParameters
) -> tuple[NeedleTest, Sentence | None]:
    task = make_task(cell.task, parameters.num_needles, parameters.language, parameters.seed)
    ids, continued = prompts.build(task, cell.length, cell.depth)
    (answer,) = answerer(
        [ids],
        parameters.max_new_tokens,
        thinking_budget=parameters.thinking_tokens,
        thinks=prompts.frame(task).thinks,
    )
    test: NeedleTest = {
        "context_length": cell.length,
        "depth_percent": cell.depth,
        "num_needles": len(task.needles),
        "language": parameters.language,
        "task_type": cell.task,
        "score": recall(answer.text, task.keys),
        "response": answer.text,
        "thinking": answer.thinking,
        "finish_reason": answer.finish_reason,
        "expected_needle": task.expected,
    }
    return test, say("benchmarks.haystack_continued", length=cell.length) if continued else None
