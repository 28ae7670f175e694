"""Greedy answers, which can be cancelled between two tokens."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from transformers import LogitsProcessor, LogitsProcessorList, StoppingCriteria, StoppingCriteriaList

from lbs.benchmarks.chat import AnswerBudget, Spoken, without_thinking
from lbs.benchmarks.chunk_size import even_chunk
from lbs.benchmarks.generation import (
    QUANTIZED_BACKEND,
    FinishReason,
    NonFiniteLogits,
    are_finite,
    check_kv_cache,
    eos_ids,
    neutral_config,
    pad_id,
    supports_chunks,
)
from lbs.benchmarks.hooks import Hooks, with_less
from lbs.benchmarks.parameters import KvCache

_CHUNKS = (4096, 2048, 1024, 512, 256, 128)


@dataclass(frozen=True)
class Answer:
    """`text` without `thinking`. `finish_reason`: length where the budget cut off the answer, or the thinking before it.
    `tokens_out`: of both, with the one that ends them. `seconds`: the batch's, divided by its prompts."""

    text: str
    finish_reason: FinishReason
    tokens_in: int
    tokens_out: int
    seconds: float
    thinking: str


class _Stop(StoppingCriteria):  # type: ignore[misc]  # transformers is not typed
    """`first_token`: the time of the first one, by perf_counter."""

    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled
        self.first_token: float | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        if self.first_token is None:
            # Waits for the device, as `generate` does after each token.
            input_ids[0, -1].item()
            self.first_token = time.perf_counter()
        return torch.full((input_ids.shape[0],), self._cancelled(), dtype=torch.bool, device=input_ids.device)


class _StopAtBudget(StoppingCriteria):  # type: ignore[misc]  # transformers is not typed
    """Ends each row of a model that thinks when one of its two budgets is spent."""

    def __init__(self, rows: list[AnswerBudget]) -> None:
        self._rows = rows

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        last = input_ids[:, -1].tolist()
        spent = [row.spent_with(token) for row, token in zip(self._rows, last, strict=True)]
        return torch.tensor(spent, dtype=torch.bool, device=input_ids.device)


class _Finite(LogitsProcessor):  # type: ignore[misc]  # transformers is not typed
    """Collects on the device whether all logits were finite: reading it at each token would stall the GPU."""

    def __init__(self) -> None:
        self._finite: torch.Tensor | None = None

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor) -> torch.Tensor:
        now = are_finite(scores)
        self._finite = now if self._finite is None else self._finite & now
        return scores

    def check(self) -> None:
        """Raises NonFiniteLogits."""
        if self._finite is not None and not bool(self._finite):
            raise NonFiniteLogits


@dataclass(frozen=True)
class _Asked:
    """`answer` and `thinking`: tokens; `chunk`: of the prefill, None for the whole prompt."""

    answer: int
    thinking: int
    thinks: bool
    chunk: int | None

    @property
    def all(self) -> int:
        return self.answer + self.thinking

    def of_row(self, tokenizer: Any) -> AnswerBudget:
        return AnswerBudget(tokenizer, self.thinking, self.answer, opened=self.thinks)


class Answerer:
    """Answers prompts. After an out-of-memory error it takes fewer at a time, and then smaller prefill chunks, from then on."""

    def __init__(self, model: Any, tokenizer: Any, hooks: Hooks, kv_cache: KvCache = "gpu") -> None:
        """Raises InvalidParameters where the model takes no such cache."""
        check_kv_cache(model, kv_cache)
        self._kv_cache = kv_cache
        self._model = model
        self._tokenizer = tokenizer
        self._hooks = hooks
        self.chunk: int | None = None
        """Most tokens per prefill chunk after an out-of-memory error; None: as many as are asked for."""
        self.batch: int | None = None
        """Prompts at a time after an out-of-memory error; None: as many as are given."""

    def __call__(
        self,
        prompts: Sequence[Sequence[int]],
        max_new_tokens: int,
        *,
        thinking_budget: int = 0,
        thinks: bool = False,
        chunk: int | None = None,
    ) -> list[Answer]:
        """What follows each prompt; a shorter one is padded on the left. `max_new_tokens`: of the answer;
        `thinking_budget`: tokens before it, 0 for a model that is not asked to think, whose thinking takes tokens of the answer;
        `thinks`: the prompts end inside of thinking; `chunk`: tokens per prefill chunk, None for the whole prompt. Raises
        Cancelled, NonFiniteLogits, or torch.OutOfMemoryError where no batch and no chunk is small enough."""
        asked = _Asked(max_new_tokens, thinking_budget, thinks, chunk)
        answers: list[Answer] = []
        while len(answers) < len(prompts):
            answers += self._first(prompts[len(answers) :], asked)
        return answers

    def _first(self, prompts: Sequence[Sequence[int]], asked: _Asked) -> list[Answer]:
        """Of as many prompts as fit."""
        return with_less(
            lambda: self._answers(prompts[: self.batch], asked),
            lambda: self._reduce(len(prompts), max(len(prompt) for prompt in prompts), asked.chunk),
            self._hooks.relieve,
        )

    def chunk_of(self, asked: int | None) -> int | None:
        """Tokens per prefill chunk where so many were asked for."""
        return min((size for size in (asked, self.chunk) if size is not None), default=None)

    def _reduce(self, count: int, length: int, chunk: int | None) -> bool:
        batch = min(count, self.batch or count)
        if batch > 1:
            self.batch = batch // 2
            return True
        return self._halve(length, chunk)

    def _halve(self, length: int, chunk: int | None) -> bool:
        if not supports_chunks(self._model, length):
            return False
        before = min(self.chunk_of(chunk) or length, length)
        smaller = next((size for size in _CHUNKS if size <= before // 2), None)
        self.chunk = smaller or self.chunk
        return smaller is not None

    def _answers(self, prompts: Sequence[Sequence[int]], asked: _Asked) -> list[Answer]:
        self._hooks.check()
        start, finite = time.perf_counter(), _Finite()
        ids, mask = self._padded(prompts)
        chunk = even_chunk(ids.shape[1], self.chunk_of(asked.chunk))
        own, cache = self._cache()
        config = neutral_config(self._model, self._tokenizer, max_new_tokens=asked.all, prefill_chunk_size=chunk, **own)
        stop = _Stop(self._hooks.cancelled)
        stops: list[StoppingCriteria] = [stop]
        if asked.thinking:
            stops.append(_StopAtBudget([asked.of_row(self._tokenizer) for _ in prompts]))
        with torch.no_grad():  # inference_mode hides what kernels allocate from a TorchDispatchMode
            out = self._model.generate(
                input_ids=ids,
                attention_mask=mask,
                generation_config=config,
                logits_processor=LogitsProcessorList([finite]),
                stopping_criteria=StoppingCriteriaList(stops),
                **cache,
            )
        new = out[:, ids.shape[1] :].tolist()
        self._hooks.check()
        finite.check()
        end = time.perf_counter()
        answers = [
            self._answer(len(prompt), row, eos_ids(config), asked.thinks, (end - start) / len(prompts))
            for prompt, row in zip(prompts, new, strict=True)
        ]
        self._count(answers, start, stop.first_token or end, end)
        return answers

    def _count(self, answers: Sequence[Answer], start: float, first: float, end: float) -> None:
        performance = self._hooks.performance
        performance.read(len(answers), sum(answer.tokens_in for answer in answers), first - start)
        performance.generated([answer.tokens_out for answer in answers], first - start, end - first)

    def _cache(self) -> tuple[dict[str, Any], dict[str, Any]]:
        """For the generation config, and for `generate` itself."""
        if self._kv_cache == "quantized":
            return {"cache_implementation": "quantized", "cache_config": {"backend": QUANTIZED_BACKEND}}, {}
        cache = self._hooks.offloading_cache(self._model) if self._kv_cache == "offloaded" else None
        return {}, {} if cache is None else {"past_key_values": cache}

    def _padded(self, prompts: Sequence[Sequence[int]]) -> tuple[torch.Tensor, torch.Tensor]:
        """Token ids and attention mask, both [prompts, tokens of the longest]."""
        device, pad = self._model.device, pad_id(self._tokenizer, self._model.config)
        longest = max(len(prompt) for prompt in prompts)
        ids = torch.tensor([[pad] * (longest - len(prompt)) + list(prompt) for prompt in prompts], device=device)
        mask = [[0] * (longest - len(prompt)) + [1] * len(prompt) for prompt in prompts]
        return ids, torch.tensor(mask, device=device)

    def _answer(self, tokens_in: int, row: list[int], ends: list[int], thinks: bool, seconds: float) -> Answer:
        end = next((place for place, token in enumerate(row) if token in ends), None)
        row = row if end is None else row[: end + 1]
        spoken = self._spoken(row, thinks)
        reason: FinishReason = "length" if end is None or not spoken.closed else "stop"
        return Answer(spoken.answer, reason, tokens_in, len(row), seconds, spoken.thinking)

    def _spoken(self, row: list[int], thinks: bool) -> Spoken:
        """Some models mark their thinking with special tokens, so that those come off after it."""
        whole: str = self._tokenizer.decode(row, skip_special_tokens=False)
        found = without_thinking(whole, opened=thinks)
        if found.answer == whole.strip():
            return Spoken("", str(self._tokenizer.decode(row, skip_special_tokens=True)).strip())
        answer, thinking = found.answer, found.thinking
        for token in self._tokenizer.all_special_tokens:
            answer, thinking = answer.replace(token, ""), thinking.replace(token, "")
        return Spoken(thinking.strip(), answer.strip(), found.closed)
