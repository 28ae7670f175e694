"""The whole grid on one model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Any

from lbs.benchmarks.generation import check_chunks, generation_json
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle.definition import definition_of
from lbs.benchmarks.needle.generate import Answer, Answerer
from lbs.benchmarks.needle.grid import Cell
from lbs.benchmarks.needle.needles import recall
from lbs.benchmarks.needle.prepare import Prepared
from lbs.benchmarks.needle.prompt import Prompt
from lbs.benchmarks.needle.result import NeedleResult, NeedleTest, prompt_facts, stored, summarize, unstored
from lbs.benchmarks.notes import effect_of_chunks
from lbs.sentences import Sentence, say, verbatim


def run(
    model: Any,
    tokenizer: Any,
    prepared: Prepared,
    *,
    batches: Mapping[int, int] | None = None,
    chunks: Mapping[int, int | None] | None = None,
    hooks: Hooks,
) -> NeedleResult:
    """Any causal model of transformers with its tokenizer, on any device.

    `batches`: by context length, how many prompts run at a time; one where it names none. `chunks`: tokens of a prefill chunk;
    where it names no length, those that the parameters ask for.
    After an out-of-memory error, this batch and the following ones are halved, and at last prefilled in smaller chunks.
    Raises InvalidParameters before the first cell, Cancelled between two tokens, torch.OutOfMemoryError.
    """
    return _Run(model, tokenizer, prepared, batches or {}, chunks or {}, hooks).result()


class _Run:
    def __init__(
        self,
        model: Any,
        tokenizer: Any,
        prepared: Prepared,
        batches: Mapping[int, int],
        chunks: Mapping[int, int | None],
        hooks: Hooks,
    ) -> None:
        self._parameters = prepared.parameters
        if asked := self._parameters.prefill_chunk:
            check_chunks(model, asked, max(prepared.lengths))
        self._chunks = chunks
        self._prepared = prepared
        self._batches = batches
        self._hooks = hooks
        self._answerer = Answerer(model, tokenizer, hooks, self._parameters.kv_cache)
        self._generation = generation_json(model, tokenizer)
        self._tests: dict[Cell, NeedleTest] = {}
        self._notes = [*prepared.grid.notes, *prepared.chat.notes]

    def result(self) -> NeedleResult:
        cells = self._prepared.grid.cells
        resumed = self._resume(cells)
        for batch in self._in_batches(cells):
            self._hooks.on_progress(len(self._tests), len(cells), _title(batch[0][0]))
            self._answer(batch)
        self._hooks.on_progress(len(cells), len(cells), verbatim(""))
        effect = effect_of_chunks(self._parameters.kv_cache)
        self._notes += [
            say("benchmarks.chunk_chosen_for", tokens=length, chunk=chunk, effect=effect)
            for length, chunk in self._chunks.items()
            if chunk and chunk != self._parameters.prefill_chunk
        ]
        if self._answerer.chunk is not None:
            self._notes.append(say("benchmarks.chunk_halved", chunk=self._answerer.chunk, effect=effect))
        if self._answerer.batch is not None:
            self._notes.append(say("benchmarks.needle_batch_halved", batch=self._answerer.batch))
        tests = [self._tests[cell] for cell in cells]
        summary = summarize(tests, self._notes, definition_of(self._parameters), self._parameters.repeats)
        return {
            **summary,
            "prefill_chunk_size": self._chunk_of(max(self._prepared.lengths)),
            "prefill_chunk_sizes": {str(length): self._chunk_of(length) for length in self._prepared.lengths},
            "batch_sizes": {str(length): self._batch_of(length) for length in self._prepared.lengths},
            "resumed_items": resumed,
            "prompt": self._prepared.chat.as_json(),
            "generation": self._generation,
        }

    def _batch_of(self, length: int) -> int:
        planned = self._batches.get(length, 1)
        return min(planned, self._answerer.batch or planned)

    def _chunk_of(self, length: int) -> int | None:
        return self._answerer.chunk_of(self._chunks.get(length, self._parameters.prefill_chunk))

    def _resume(self, cells: Sequence[Cell]) -> int:
        """Takes over what an earlier run finished. Items of older versions mean something else, and are run again."""
        done = self._hooks.done
        for cell in cells:
            if cell.key in done:
                self._tests[cell] = unstored(done[cell.key])
        if done and not self._tests:
            self._notes.append(say("benchmarks.needle_afresh"))
        return len(self._tests)

    def _in_batches(self, cells: Sequence[Cell]) -> Iterator[list[tuple[Cell, Prompt]]]:
        """Cells of one method whose prompts have the same number of tokens, so that none is padded."""
        left = (cell for cell in cells if cell not in self._tests)
        for (_, length), group in groupby(left, lambda cell: (cell.task, cell.length)):
            most = self._batch_of(length)
            batch: list[tuple[Cell, Prompt]] = []
            for cell in group:
                prompt = self._prepared.prompt(cell)
                if batch and (len(batch) == most or len(batch[0][1].ids) != len(prompt.ids)):
                    yield batch
                    batch = []
                batch.append((cell, prompt))
            yield batch

    def _answer(self, batch: Sequence[tuple[Cell, Prompt]]) -> None:
        first = batch[0][0]
        answers = self._answerer(
            [prompt.ids for _, prompt in batch],
            self._prepared.answers[first.task],
            thinking_budget=self._parameters.thinking_tokens,
            thinks=self._prepared.frames[first].thinks,
            chunk=self._chunks.get(first.length, self._parameters.prefill_chunk),
        )
        for (cell, prompt), answer in zip(batch, answers, strict=True):
            text = self._prepared.prompts.text(prompt.ids)
            test = self._test(cell, prompt, text, answer)
            self._tests[cell] = test
            self._hooks.on_item(cell.key, stored(test, text, self._prepared.prompts.passages(prompt)))
            note = say("benchmarks.haystack_continued", length=cell.length)
            if prompt.continued and note not in self._notes:
                self._notes.append(note)

    def _test(self, cell: Cell, prompt: Prompt, text: str, answer: Answer) -> NeedleTest:
        task = self._prepared.task(cell)
        return {
            "context_length": cell.length,
            "depth_percent": cell.depth,
            "num_needles": len(task.needles),
            "language": self._parameters.language,
            "task_type": cell.task,
            "score": recall(answer.text, task.keys),
            "response": answer.text,
            "thinking": answer.thinking,
            "expected_needle": task.expected,
            "repeat": cell.repeat,
            "expected_keys": list(task.keys),
            "prompt_tokens": len(prompt.ids),
            "actual_depth_percent": prompt.depths[0],
            "needle_depths": prompt.depths,
            "needle_offsets": prompt.offsets,
            **prompt_facts(text),
            "finish_reason": answer.finish_reason,
            "max_new_tokens": self._prepared.answers[cell.task],
            "tokens_out": answer.tokens_out,
            "seconds": answer.seconds,
        }


def _title(cell: Cell) -> Sentence:
    task = say("benchmarks.single_needle") if cell.task == "single_needle_retrieval" else say("benchmarks.multi_needle")
    return say("benchmarks.cell", task=task, tokens=cell.length, depth=f"{cell.depth:g}")
