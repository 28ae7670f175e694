"""Logits that are no numbers: a dtype was too small for the weights, or the weights are damaged. No score counts them."""

from __future__ import annotations

import torch

from lbs.sentences import SentenceError, say


class NonFiniteLogits(SentenceError):
    """The model answers with NaN or infinity."""

    def __init__(self) -> None:
        super().__init__(say("generation.non_finite"))


def are_finite(logits: torch.Tensor) -> torch.Tensor:
    """[..., vocabulary] -> one bool on the logits' device, without waiting for it. A vocabulary may contain -infinity: only
    rows whose maximum is not finite count, which is NaN as soon as one logit is."""
    return torch.isfinite(logits.amax(-1)).all()


def check_finite(logits: torch.Tensor) -> None:
    """Waits for the logits. Raises NonFiniteLogits."""
    if not bool(are_finite(logits)):
        raise NonFiniteLogits
