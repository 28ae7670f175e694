"""All questions in batches; in smaller ones where memory runs out."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, NotRequired, TypeAlias, TypedDict, cast

from lbs.benchmarks.ceval.answers import Answer
from lbs.benchmarks.ceval.averages import Average, averages, mean_stderr
from lbs.benchmarks.ceval.encode import Prompt, Prompts
from lbs.benchmarks.ceval.generate import Generator
from lbs.benchmarks.ceval.score import Scorer
from lbs.benchmarks.chat import PromptJson
from lbs.benchmarks.generation import GenerationJson, check_chunks, generation_json
from lbs.benchmarks.hooks import Hooks, with_less
from lbs.benchmarks.notes import Notes, effect_of_chunks, notes_json
from lbs.benchmarks.parameters import CATEGORY_OF, CEvalParameters
from lbs.sentences import Sentence, say, verbatim

Method: TypeAlias = Callable[[Sequence[Prompt]], list[Answer]]


class CEvalItem(Answer):
    """`answer`: the right letter. `seconds`: the question's share of its batch. `prompt_hash`: SHA-256 of `prompt`, which the
    result leaves out."""

    subject: str
    answer: str
    score: float
    seconds: float
    prompt: NotRequired[str]
    prompt_hash: str


class CEvalTest(CEvalItem):
    key: str


class SubjectStatistics(TypedDict):
    count: int
    accuracy: float
    stderr: float | None


class CEvalResult(Notes):
    """As clients read it (electron/contract/ceval.ts). `unanswered`: texts that name no letter; `truncated`: texts that
    reached their limit; `prefill_chunk_size`: tokens per prefill chunk in the end, None for whole prompts;
    `resumed_items`: items that an earlier run finished."""

    evaluation_type: str
    variant: str
    scoring: str
    shots: int
    split: str
    chat_template: bool
    total_tests: int
    accuracy: float
    score: float
    averages: dict[str, Average]
    subject_statistics: dict[str, SubjectStatistics]
    unanswered: int
    truncated: int
    batch_size: int
    prefill_chunk_size: int | None
    resumed_items: int
    prompt: PromptJson
    generation: GenerationJson | None
    tests: list[CEvalTest]
    peak_memory: dict[str, int]


@dataclass
class Batches:
    """`size`: questions at a time; halved where memory runs out."""

    method: Method
    size: int
    relieve: Callable[[], None]

    def first(self, left: Sequence[Prompt]) -> list[Answer]:
        """The answers to the first questions of `left`, as many as fit."""
        return with_less(lambda: self.method(left[: self.size]), self._halve, self.relieve)

    def _halve(self) -> bool:
        possible = self.size > 1
        self.size = max(1, self.size // 2)
        return possible


def run(
    model: Any,
    tokenizer: Any,
    prompts: Prompts,
    parameters: CEvalParameters,
    *,
    batch: int,
    hooks: Hooks,
    notes: Sequence[Sentence] = (),
) -> CEvalResult:
    """`batch`: questions at a time; `notes`: about the dataset. Raises Cancelled between two batches, and
    torch.OutOfMemoryError where one question alone is too much."""
    generates, each = parameters.scoring == "generation", prompts.each
    if asked := parameters.prefill_chunk:
        check_chunks(model, asked, max(prompt.longest for prompt in each))
    generator = Generator(model, tokenizer, prompts.rendered, parameters, hooks)
    batches = Batches(generator if generates else Scorer(model, tokenizer, hooks), batch, hooks.relieve)
    items = {prompt.question.key: item for prompt in each if (item := _done(prompt, hooks))}
    resumed = len(items)
    changed = sum(prompt.question.key in hooks.done for prompt in each) - resumed
    # Neighbors of similar length need less padding; the largest batch comes first, where it can still be halved.
    left = sorted((prompt for prompt in each if prompt.question.key not in items), key=lambda one: -one.longest)
    while left:
        hooks.on_progress(len(each) - len(left), len(each), verbatim(left[0].text[-200:]))
        hooks.check()
        started = time.monotonic()
        answers = batches.first(left)
        seconds = (time.monotonic() - started) / len(answers)
        for prompt, answer in zip(left, answers, strict=False):
            items[prompt.question.key] = _item(prompt, answer, seconds)
            hooks.on_item(prompt.question.key, items[prompt.question.key])
        left = left[len(answers) :]
    hooks.on_progress(len(each), len(each), verbatim(""))
    size = min(batches.size, generator.batch or batches.size)
    notes = [*notes, *prompts.rendered.notes, *_notes(each, changed)]
    if size < batch:
        notes.append(say("benchmarks.batch_halved", batch=size, requested=batch))
    if generator.halved:
        notes.append(
            say("benchmarks.chunk_halved", chunk=generator.halved, effect=effect_of_chunks(parameters.kv_cache))
        )
    result = _summarize(prompts, items, parameters, notes, size)
    result["prefill_chunk_size"] = generator.chunk
    result["resumed_items"] = resumed
    result["generation"] = generation_json(model, tokenizer) if generates else None
    return result


def _done(prompt: Prompt, hooks: Hooks) -> CEvalItem | None:
    """The item that an earlier run finished, if it read the same prompt: files and wording may have changed."""
    item = hooks.done.get(prompt.question.key)
    return cast(CEvalItem, item) if item and item.get("prompt_hash") == prompt.hash else None


def _item(prompt: Prompt, answer: Answer, seconds: float) -> CEvalItem:
    question = prompt.question
    return {
        **answer,
        "subject": question.subject,
        "answer": question.answer,
        "score": float(answer["response"] == question.answer),
        "seconds": seconds,
        "prompt": prompt.text,
        "prompt_hash": prompt.hash,
    }


def _notes(prompts: Sequence[Prompt], changed: int) -> list[Sentence]:
    others = sorted({prompt.question.subject for prompt in prompts} - set(CATEGORY_OF))
    notes = [say("ceval.no_category", subjects=", ".join(others))] if others else []
    return notes + ([say("ceval.changed", count=changed)] if changed else [])


def _test(key: str, item: CEvalItem) -> CEvalTest:
    """Without the prompt: those of the whole test split have some 70 MB."""
    test: CEvalTest = {**item, "key": key}
    test.pop("prompt", None)
    return test


def _summarize(
    prompts: Prompts,
    items: dict[str, CEvalItem],
    parameters: CEvalParameters,
    notes: Sequence[Sentence],
    batch: int,
) -> CEvalResult:
    by_subject: dict[str, list[CEvalItem]] = {}
    for prompt in prompts.each:
        by_subject.setdefault(prompt.question.subject, []).append(items[prompt.question.key])
    scores = {subject: [item["score"] for item in found] for subject, found in by_subject.items()}
    average = averages(scores)
    tests = [_test(prompt.question.key, items[prompt.question.key]) for prompt in prompts.each]
    accuracy = average["overall"]["accuracy"]
    return {
        "evaluation_type": "multiple_choice",
        "variant": parameters.variant,
        "scoring": parameters.scoring,
        "shots": parameters.shots,
        "split": parameters.split,
        "chat_template": prompts.rendered.chat,
        "total_tests": len(tests),
        "accuracy": accuracy,
        "score": accuracy,
        "averages": average,
        "subject_statistics": {
            subject: {"count": len(found), "accuracy": sum(found) / len(found), "stderr": mean_stderr(found)}
            for subject, found in scores.items()
        },
        "unanswered": sum(not test["response"] for test in tests),
        "truncated": sum(test.get("finish_reason") == "length" for test in tests),
        "batch_size": batch,
        "prefill_chunk_size": None,
        "resumed_items": 0,
        "prompt": prompts.rendered.made,
        "generation": None,
        "tests": tests,
        **notes_json(notes),
        "peak_memory": {},
    }
