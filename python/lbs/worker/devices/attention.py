"""Keeps grouped heads away from PyTorch's math kernel, which holds the scores of all tokens at once."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from lbs.models.dtype import Capability
from lbs.plan.attention import flash_takes_heads
from lbs.plan.kernels import kernels_of
from lbs.plan.tracing.attention import dtype_name, has_flash, pass_grouped_heads


def repeat_heads_without_flash(capabilities: Sequence[Capability]) -> None:
    """For the rest of this process: on a GPU whose flash attention does not take a call, keys and values are repeated for each
    head of the query, so that the memory-efficient kernel takes it. `capabilities`: of the GPUs, by torch's index."""
    kernels, flash = [kernels_of([capability]) for capability in capabilities], has_flash()

    def takes(key: torch.Tensor, value: torch.Tensor) -> bool:
        if key.device.type != "cuda":
            return True
        at, dtype = kernels[key.device.index or 0], dtype_name(key.dtype)
        return flash_takes_heads(at, dtype, key.shape[-1], value.shape[-1], has_flash=flash)

    pass_grouped_heads(takes)
