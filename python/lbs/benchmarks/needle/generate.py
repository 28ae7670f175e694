"""One greedy answer, which can be cancelled between two tokens."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList

from lbs.benchmarks.hooks import Hooks, with_less

_CHUNKS = (4096, 2048, 1024, 512, 256, 128)


def supports_chunks(model: Any) -> bool:
    """Whether a prompt can be prefilled in chunks: transformers supports that only for models with a KV cache."""
    return "past_key_values" in inspect.signature(model.forward).parameters


class _Stop(StoppingCriteria):  # type: ignore[misc]  # transformers is not typed
    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        return torch.full((input_ids.shape[0],), self._cancelled(), dtype=torch.bool, device=input_ids.device)


class Answerer:
    """Answers prompts one by one. After an out-of-memory error it prefills in smaller chunks from then on."""

    def __init__(self, model: Any, tokenizer: Any, max_new_tokens: int, hooks: Hooks, chunk: int | None) -> None:
        self._model = model
        self._tokenizer = tokenizer
        self._max_new_tokens = max_new_tokens
        self._hooks = hooks
        self.chunk = chunk
        """Tokens per prefill chunk; None: the whole prompt."""

    def __call__(self, ids: list[int]) -> str:
        """The text after the prompt. Raises Cancelled, or torch.OutOfMemoryError where no chunk is small enough."""
        return with_less(lambda: self._answer(ids), lambda: self._halve(len(ids)), self._hooks.relieve)

    def _halve(self, length: int) -> bool:
        if not supports_chunks(self._model):
            return False
        before = min(self.chunk or length, length)
        smaller = next((size for size in _CHUNKS if size <= before // 2), None)
        self.chunk = smaller or self.chunk
        return smaller is not None

    def _answer(self, ids: list[int]) -> str:
        self._hooks.check()
        tokenizer = self._tokenizer
        prompt = torch.tensor([ids], device=self._model.device)
        pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
        chunked = {"prefill_chunk_size": self.chunk} if self.chunk else {}
        with torch.no_grad():  # inference_mode hides what kernels allocate from a TorchDispatchMode
            out = self._model.generate(
                input_ids=prompt,
                attention_mask=torch.ones_like(prompt),
                max_new_tokens=self._max_new_tokens,
                do_sample=False,
                use_cache=True,  # without it, which some configs ask for, each token costs as much as the whole prompt
                pad_token_id=pad,
                stopping_criteria=StoppingCriteriaList([_Stop(self._hooks.cancelled)]),
                **chunked,
            )
        self._hooks.check()
        text: str = tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True)
        return text.strip()
