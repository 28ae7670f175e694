"""All questions in batches; in smaller ones where memory runs out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, TypedDict, cast

import torch

from lbs.benchmarks.ceval.questions import LETTERS, Question
from lbs.benchmarks.generation import check_finite, pad_id
from lbs.benchmarks.hooks import Hooks, with_less
from lbs.benchmarks.notes import Notes, notes_json
from lbs.sentences import Sentence, say, verbatim


class CEvalItem(TypedDict):
    subject: str
    answer: str
    response: str
    score: float


class CEvalTest(CEvalItem):
    key: str


class SubjectStatistics(TypedDict):
    count: int
    accuracy: float


class CEvalResult(Notes):
    """As clients read it (electron/contract/ceval.ts)."""

    evaluation_type: str
    total_tests: int
    accuracy: float
    score: float
    subject_statistics: dict[str, SubjectStatistics]
    batch_size: int
    tests: list[CEvalTest]
    peak_memory: dict[str, int]


def run(
    model: Any,
    tokenizer: Any,
    questions: Sequence[Question],
    ids: Sequence[Sequence[int]],
    *,
    batch: int,
    hooks: Hooks,
) -> CEvalResult:
    """`ids[i]`: the tokens of `questions[i]`; `batch`: questions at a time. Raises Cancelled between two batches, and
    torch.OutOfMemoryError where one question alone is too much."""
    chooser = Chooser(model, tokenizer, batch, hooks)
    items = {key: cast(CEvalItem, item) for key, item in hooks.done.items()}
    left = [number for number, question in enumerate(questions) if question.key not in items]
    # Neighbors of similar length need less padding; the largest batch comes first, where it can still be halved.
    left.sort(key=lambda number: -len(ids[number]))
    while left:
        hooks.on_progress(len(questions) - len(left), len(questions), verbatim(questions[left[0]].prompt[-200:]))
        hooks.check()
        numbers, answers = chooser(left, ids)
        for number, answer in zip(numbers, answers, strict=True):
            question = questions[number]
            item: CEvalItem = {
                "subject": question.subject,
                "answer": question.answer,
                "response": answer,
                "score": float(answer == question.answer),
            }
            items[question.key] = item
            hooks.on_item(question.key, item)
        left = left[len(numbers) :]
    hooks.on_progress(len(questions), len(questions), verbatim(""))
    notes = [say("benchmarks.batch_halved", batch=chooser.batch, requested=batch)] if chooser.batch < batch else []
    tests: list[CEvalTest] = [{**items[question.key], "key": question.key} for question in questions]
    return _summarize(tests, notes, chooser.batch)


class Chooser:
    """Picks one of four letters for each question of a batch, by the logits of the next token."""

    def __init__(self, model: Any, tokenizer: Any, batch: int, hooks: Hooks) -> None:
        self._model = model
        self._pad = pad_id(tokenizer, model.config)
        self._letters = [tokenizer.encode(letter, add_special_tokens=False)[-1] for letter in LETTERS]
        self._hooks = hooks
        self.batch = batch

    def __call__(self, left: Sequence[int], ids: Sequence[Sequence[int]]) -> tuple[Sequence[int], list[str]]:
        """The first questions of `left`, as many as fit, and their letters."""
        return with_less(lambda: self._first(left, ids), self._halve, self._hooks.relieve)

    def _halve(self) -> bool:
        possible = self.batch > 1
        self.batch = max(1, self.batch // 2)
        return possible

    def _first(self, left: Sequence[int], ids: Sequence[Sequence[int]]) -> tuple[Sequence[int], list[str]]:
        numbers = left[: self.batch]
        return numbers, self._letters_of([ids[number] for number in numbers])

    def _letters_of(self, prompts: Sequence[Sequence[int]]) -> list[str]:
        longest = max(len(prompt) for prompt in prompts)
        padded = [[self._pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
        attended = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
        device = self._model.device
        mask = torch.tensor(attended, device=device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        with torch.no_grad():  # inference_mode hides what kernels allocate from a TorchDispatchMode
            out = self._model(
                input_ids=torch.tensor(padded, device=device),
                attention_mask=mask,
                position_ids=positions,
                use_cache=False,
                logits_to_keep=1,
            )
            check_finite(out.logits[:, -1])
            best = out.logits[:, -1, self._letters].float().argmax(-1).tolist()
        return [LETTERS[number] for number in best]


def _summarize(tests: list[CEvalTest], notes: Sequence[Sentence], batch: int) -> CEvalResult:
    by_subject: dict[str, list[float]] = {}
    for test in tests:
        by_subject.setdefault(test["subject"], []).append(test["score"])
    accuracy = sum(test["score"] for test in tests) / len(tests)
    return {
        "evaluation_type": "multiple_choice",
        "total_tests": len(tests),
        "accuracy": accuracy,
        "score": accuracy,
        "subject_statistics": {
            name: {"count": len(scores), "accuracy": sum(scores) / len(scores)} for name, scores in by_subject.items()
        },
        "batch_size": batch,
        "tests": tests,
        **notes_json(notes),
        "peak_memory": {},
    }
