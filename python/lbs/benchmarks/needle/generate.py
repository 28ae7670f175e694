"""One greedy answer that can be stopped between two tokens."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from transformers import StoppingCriteria, StoppingCriteriaList


class Cancelled(Exception):
    """The person no longer wants it."""


class _Stop(StoppingCriteria):  # type: ignore[misc]  # transformers is not typed
    def __init__(self, cancelled: Callable[[], bool]) -> None:
        self._cancelled = cancelled

    def __call__(self, input_ids: torch.Tensor, scores: torch.Tensor, **_: Any) -> torch.Tensor:
        return torch.full((input_ids.shape[0],), self._cancelled(), dtype=torch.bool, device=input_ids.device)


def answer(model: Any, tokenizer: Any, ids: list[int], max_new_tokens: int, cancelled: Callable[[], bool]) -> str:
    """The text after the prompt. Fails with Cancelled."""
    if cancelled():
        raise Cancelled
    prompt = torch.tensor([ids], device=model.device)
    pad = tokenizer.pad_token_id if tokenizer.pad_token_id is not None else tokenizer.eos_token_id
    with torch.inference_mode():
        out = model.generate(
            input_ids=prompt,
            attention_mask=torch.ones_like(prompt),
            max_new_tokens=max_new_tokens,
            do_sample=False,
            pad_token_id=pad,
            stopping_criteria=StoppingCriteriaList([_Stop(cancelled)]),
        )
    if cancelled():
        raise Cancelled
    text: str = tokenizer.decode(out[0, len(ids) :], skip_special_tokens=True)
    return text.strip()
