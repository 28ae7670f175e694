"""The tensors that a model consists of, inside of quantized ones too."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch


def model_tensors(model: Any) -> Iterator[torch.Tensor]:
    """Plain tensors of a model's parameters and buffers; a shared one comes more than once."""
    for tensor in [*model.parameters(), *model.buffers()]:
        yield from plain_tensors(tensor)


def plain_tensors(tensor: torch.Tensor) -> Iterator[torch.Tensor]:
    """The tensor, or those that it wraps (torchao) and those that bitsandbytes keeps beside it: its scales and codes."""
    if hasattr(tensor, "__tensor_flatten__"):
        for name in tensor.__tensor_flatten__()[0]:
            if (inner := getattr(tensor, name)) is not None:
                yield from plain_tensors(inner)
        return
    yield tensor
    yield from _beside(getattr(tensor, "quant_state", None))
    if isinstance(scales := getattr(tensor, "SCB", None), torch.Tensor):
        yield scales


def _beside(state: Any) -> Iterator[torch.Tensor]:
    for value in vars(state).values() if state is not None else ():
        if isinstance(value, torch.Tensor):
            yield value
        elif type(value) is type(state):  # nested scales
            yield from _beside(value)
