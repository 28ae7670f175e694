"""All questions in batches; where memory runs out, in smaller ones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from lbs.benchmarks.ceval.questions import LETTERS, Question
from lbs.benchmarks.hooks import Hooks, Item, with_less

_HALVED = "Memory ran out: questions were then asked {batch} at a time instead of {asked}, which changes no answer."


def run(
    model: Any,
    tokenizer: Any,
    questions: Sequence[Question],
    ids: Sequence[Sequence[int]],
    *,
    batch: int,
    hooks: Hooks,
) -> dict[str, Any]:
    """`ids[i]`: the tokens of `questions[i]`; `batch`: questions at a time. Fails with Cancelled between two batches, or
    with torch.OutOfMemoryError where one question alone is too much."""
    chooser = Chooser(model, tokenizer, batch, hooks)
    items = dict(hooks.done)
    left = [number for number, question in enumerate(questions) if question.key not in items]
    # Neighbours of like length: less padding, and the largest batch of all comes first, where it can still be halved.
    left.sort(key=lambda number: -len(ids[number]))
    while left:
        hooks.on_progress(len(questions) - len(left), len(questions), questions[left[0]].prompt[-200:])
        hooks.check()
        taken, answers = chooser(left, ids)
        for number, answer in zip(taken, answers, strict=True):
            question = questions[number]
            item = {"subject": question.subject, "answer": question.answer, "response": answer}
            items[question.key] = {**item, "score": float(answer == question.answer)}
            hooks.on_item(question.key, items[question.key])
        left = left[len(taken) :]
    hooks.on_progress(len(questions), len(questions), "")
    notes = [_HALVED.format(batch=chooser.batch, asked=batch)] if chooser.batch < batch else []
    return _summary([items[question.key] | {"key": question.key} for question in questions], notes, chooser.batch)


class Chooser:
    """Picks one of four letters for each question of a batch, by the logits of the token that comes next."""

    def __init__(self, model: Any, tokenizer: Any, batch: int, hooks: Hooks) -> None:
        self._model = model
        self._pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
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
        taken = left[: self.batch]
        return taken, self._letters_of([ids[number] for number in taken])

    def _letters_of(self, prompts: Sequence[Sequence[int]]) -> list[str]:
        longest = max(len(prompt) for prompt in prompts)
        padded = [[self._pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts]
        shown = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
        device = self._model.device
        mask = torch.tensor(shown, device=device)
        positions = (mask.cumsum(-1) - 1).clamp(min=0)
        with torch.no_grad():  # inference_mode hides what kernels allocate from whoever counts
            out = self._model(
                input_ids=torch.tensor(padded, device=device),
                attention_mask=mask,
                position_ids=positions,
                use_cache=False,
                logits_to_keep=1,
            )
            best = out.logits[:, -1, self._letters].float().argmax(-1).tolist()
        return [LETTERS[number] for number in best]


def _summary(tests: list[Item], notes: list[str], batch: int) -> dict[str, Any]:
    by: dict[str, list[float]] = {}
    for test in tests:
        by.setdefault(test["subject"], []).append(test["score"])
    accuracy = sum(test["score"] for test in tests) / len(tests)
    return {
        "evaluation_type": "multiple_choice",
        "total_tests": len(tests),
        "accuracy": accuracy,
        "score": accuracy,
        "subject_statistics": {
            name: {"count": len(scores), "accuracy": sum(scores) / len(scores)} for name, scores in by.items()
        },
        "batch_size": batch,
        "tests": tests,
        "notes": notes,
        "peak_memory": {},
    }
