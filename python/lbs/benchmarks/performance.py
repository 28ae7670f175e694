"""How fast a run was: its prompts and its tokens, counted where the GPU has been waited for anyway."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypedDict


class PerformanceJson(TypedDict):
    """Of the prompts that this run answered itself, without attempts that ran out of memory. `prompt_tokens`: without padding.
    `generated_tokens`: with the one that ends an answer. The first token of an answer belongs to the prefill, the others to
    decoding. Rates are of a whole batch; `time_to_first_token` is the mean over prompts, and `_max` the longest, of which each
    waits for its batch. None where nothing of that kind was computed."""

    prompts: int
    prompt_tokens: int
    generated_tokens: int
    prefill_seconds: float
    decode_seconds: float
    prefill_tokens_per_second: float | None
    decode_tokens_per_second: float | None
    time_to_first_token: float | None
    time_to_first_token_max: float | None


@dataclass
class Performance:
    """Sums over batches."""

    prompts: int = 0
    prompt_tokens: int = 0
    generated_tokens: int = 0
    decoded_tokens: int = 0
    prefill_seconds: float = 0.0
    decode_seconds: float = 0.0
    _waited: float = 0.0
    _answered: int = 0
    _longest: float = 0.0

    def read(self, prompts: int, tokens: int, seconds: float) -> None:
        """A batch whose prompts were read in so many seconds, up to the first token where any was generated."""
        self.prompts += prompts
        self.prompt_tokens += tokens
        self.prefill_seconds += seconds

    def generated(self, tokens: list[int], first: float, others: float) -> None:
        """The answers to that batch. `tokens`: of each; `first`: seconds to the first token, `others`: after it."""
        self.generated_tokens += sum(tokens)
        self.decoded_tokens += sum(max(0, count - 1) for count in tokens)
        self.decode_seconds += others
        self._answered += len(tokens)
        self._waited += first * len(tokens)
        self._longest = max(self._longest, first)

    def as_json(self) -> PerformanceJson:
        return {
            "prompts": self.prompts,
            "prompt_tokens": self.prompt_tokens,
            "generated_tokens": self.generated_tokens,
            "prefill_seconds": self.prefill_seconds,
            "decode_seconds": self.decode_seconds,
            "prefill_tokens_per_second": _rate(self.prompt_tokens, self.prefill_seconds),
            "decode_tokens_per_second": _rate(self.decoded_tokens, self.decode_seconds),
            "time_to_first_token": self._waited / self._answered if self._answered else None,
            "time_to_first_token_max": self._longest if self._answered else None,
        }


def _rate(tokens: int, seconds: float) -> float | None:
    return tokens / seconds if tokens and seconds > 0 else None
