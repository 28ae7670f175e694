"""Lets the model write its answers, greedily, for a batch of questions at a time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from lbs.benchmarks.ceval.answers import Answer, letter_of
from lbs.benchmarks.ceval.encode import Prompt
from lbs.benchmarks.ceval.render import Texts
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle.generate import Answer as Written
from lbs.benchmarks.needle.generate import Answerer
from lbs.benchmarks.parameters import CEvalParameters


class Generator:
    """Without a chat template an answer is one line: what a base model writes after it is another question."""

    def __init__(self, model: Any, tokenizer: Any, rendered: Texts, parameters: CEvalParameters, hooks: Hooks) -> None:
        self._answerer = Answerer(model, tokenizer, hooks, parameters.kv_cache)
        self._rendered = rendered
        self._parameters = parameters

    @property
    def halved(self) -> int | None:
        """Tokens per prefill chunk after an out-of-memory error with one question; None: as asked."""
        return self._answerer.chunk

    @property
    def chunk(self) -> int | None:
        """Tokens per prefill chunk in the end; None: whole prompts."""
        return self._answerer.chunk_of(self._parameters.prefill_chunk)

    @property
    def batch(self) -> int | None:
        """Questions at a time after an out-of-memory error; None: as many as are given."""
        return self._answerer.batch

    def __call__(self, prompts: Sequence[Prompt]) -> list[Answer]:
        """Raises Cancelled between two tokens, or NonFiniteLogits."""
        written = self._answerer(
            [prompt.ids for prompt in prompts],
            self._parameters.answer_tokens,
            thinking_budget=self._parameters.thinking_tokens,
            thinks=self._rendered.thinks,
            chunk=self._parameters.prefill_chunk,
        )
        return [self._answer(one) for one in written]

    def _answer(self, written: Written) -> Answer:
        text, newline = (written.text, "") if self._rendered.chat else written.text.partition("\n")[:2]
        answer: Answer = {
            "response": letter_of(text),
            "output": text,
            "finish_reason": "stop" if newline else written.finish_reason,
            "tokens_in": written.tokens_in,
            "tokens_out": written.tokens_out,
        }
        return {**answer, "thinking": written.thinking} if written.thinking else answer
