"""Keeps calls away from PyTorch's math kernel, which holds the scores of all tokens at once, where heads are the only reason."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Sequence
from functools import partial, wraps

import torch
import torch.nn.functional as functional

from lbs.models.dtype import Capability
from lbs.plan.attention import attention_kernel, flash_takes_heads
from lbs.plan.kernels import Kernels, kernels_of
from lbs.plan.tracing.attention import call_of, dtype_name, has_flash, pass_grouped_heads, suited_to, with_heads


def keep_off_math(capabilities: Sequence[Capability]) -> None:
    """For the rest of this process, in place of an earlier call. `capabilities`: of the GPUs, by torch's index."""
    each, flash = [kernels_of([capability]) for capability in capabilities], has_flash()
    original: Callable[..., torch.Tensor] = inspect.unwrap(functional.scaled_dot_product_attention)

    def kernels_at(tensor: torch.Tensor) -> Kernels:
        return each[tensor.device.index or 0] if tensor.device.type == "cuda" else "cpu"

    def takes(key: torch.Tensor, value: torch.Tensor) -> bool:
        kernels, dtype = kernels_at(key), dtype_name(key.dtype)
        return kernels == "cpu" or flash_takes_heads(kernels, dtype, key.shape[-1], value.shape[-1], has_flash=flash)

    @wraps(original)
    def attention(  # noqa: PLR0913  # the signature of torch's own
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attn_mask: torch.Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> torch.Tensor:
        # Most calls end here; the rest costs a hundredth of a decoding step.
        if query.dim() == 4 and query.shape[1] != key.shape[1]:
            kernels = kernels_at(query)
            settled = kernels == "cpu" or (enable_gqa and attn_mask is None and takes(key, value))
            if not settled:
                call = call_of(query, key, value, attn_mask, is_causal=is_causal, enable_gqa=enable_gqa)
                suited = suited_to(call, partial(attention_kernel, kernels=kernels, has_flash=flash))
                key, value = with_heads(key, suited.heads[1]), with_heads(value, suited.heads[2])
                enable_gqa = suited.grouped
        return original(query, key, value, attn_mask, dropout_p, is_causal, scale=scale, enable_gqa=enable_gqa)

    pass_grouped_heads(takes)
    functional.scaled_dot_product_attention = attention
