"""Chooses letters by the log-probability that the model gives them, for a batch of questions at a time."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import Any

import torch

from lbs.benchmarks.ceval.answers import Answer
from lbs.benchmarks.ceval.encode import Feed, Prompt
from lbs.benchmarks.ceval_data import LETTERS
from lbs.benchmarks.generation import check_finite, pad_id, taken_by
from lbs.benchmarks.hooks import Hooks


class Scorer:
    def __init__(self, model: Any, tokenizer: Any, hooks: Hooks) -> None:
        self._model = model
        self._pad = pad_id(tokenizer, model.config)
        self._hooks = hooks

    def __call__(self, prompts: Sequence[Prompt]) -> list[Answer]:
        """Of several letters that are equally probable, the first. Raises NonFiniteLogits."""
        self._hooks.check()
        feeds, start = [feed for prompt in prompts for feed in prompt.feeds], time.perf_counter()
        logprobs = self._logprobs(feeds)
        seconds = time.perf_counter() - start
        self._hooks.performance.read(len(prompts), sum(len(feed.ids) for feed in feeds), seconds)
        answers: list[Answer] = []
        done = 0
        for prompt in prompts:
            rows = logprobs[done : done + len(prompt.feeds)]
            done += len(prompt.feeds)
            found = [0.0] * len(LETTERS)
            for feed, row in zip(prompt.feeds, rows, strict=True):
                for letter in feed.letters:
                    found[letter] = row[letter]
            best = max(range(len(LETTERS)), key=found.__getitem__)
            answers.append(
                {
                    "response": LETTERS[best],
                    "logprobs": dict(zip(LETTERS, found, strict=True)),
                    "tokens_in": len(prompt.ids),
                    "tokens_out": 0,
                }
            )
        return answers

    def _logprobs(self, feeds: Sequence[Feed]) -> list[list[float]]:
        """Of each feed's letters, [feeds, 4]; 0 for letters that are not the feed's. In the dtype of the logits, as
        lm-evaluation-harness computes them."""
        longest = max(len(feed.ids) for feed in feeds)
        keep = max(len(tail) for feed in feeds for tail in feed.tails)
        device = self._model.device
        # Padding on the left, so that the last position is each prompt's own and few logits are computed.
        ids = [[self._pad] * (longest - len(feed.ids)) + feed.ids for feed in feeds]
        mask = torch.tensor([[0] * (longest - len(feed.ids)) + [1] * len(feed.ids) for feed in feeds], device=device)
        targets, scored = _targets(feeds, keep)
        with torch.no_grad():  # inference_mode hides what kernels allocate from a TorchDispatchMode
            out = self._model(
                input_ids=torch.tensor(ids, device=device),
                attention_mask=mask,
                **taken_by(
                    self._model,
                    position_ids=(mask.cumsum(-1) - 1).clamp(min=0),
                    use_cache=False,
                    logits_to_keep=keep,
                ),
            )
            check_finite(out.logits[:, -keep:])
            rows = torch.log_softmax(out.logits[:, -keep:], -1)
            each = rows[:, None].expand(-1, len(LETTERS), -1, -1).gather(-1, targets.to(rows.device)[..., None])
            found = torch.where(scored.to(rows.device), each[..., 0], 0).sum(-1)
        values: list[list[float]] = found.float().tolist()
        return values


def _targets(feeds: Sequence[Feed], keep: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids of the tails, aligned with the last positions, and which of them count: [feeds, 4, keep] both."""
    targets = torch.zeros(len(feeds), len(LETTERS), keep, dtype=torch.long)
    scored = torch.zeros(len(feeds), len(LETTERS), keep, dtype=torch.bool)
    for number, feed in enumerate(feeds):
        for letter, tail in zip(feed.letters, feed.tails, strict=True):
            targets[number, letter, -len(tail) :] = torch.tensor(tail)
            scored[number, letter, -len(tail) :] = True
    return targets, scored
