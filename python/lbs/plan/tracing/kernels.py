"""What the target's kernels allocate where a fake tensor takes another path (docs/facts-memory.md, "Traps of tracing")."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as functional

from ..kernels import Kernels

_attention = functional.scaled_dot_product_attention
_grouped_mm = functional.grouped_mm


def fused_attention(  # noqa: PLR0913  # the signature of torch's own
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    attn_mask: torch.Tensor | None = None,
    dropout_p: float = 0.0,
    is_causal: bool = False,
    scale: float | None = None,
    enable_gqa: bool = False,
) -> torch.Tensor:
    """Flash attention: the output and an fp32 log-sum-exp; with a mask the memory-efficient kernel and an additive copy of it.

    query [batch, heads, length, dim]; returns [batch, heads, length, dim of value]. One key head for all queries that is
    not repeated (Falcon) fits neither kernel: the target, too, computes it step by step, with all weights in fp32.
    """
    if key.shape[1] != query.shape[1] and not enable_gqa:
        return _attention(query, key, value, attn_mask, dropout_p, is_causal, scale=scale)
    if attn_mask is not None and attn_mask.dtype == torch.bool:
        additive = query.new_empty(attn_mask.shape)
        rest = -key.shape[-2] % 16
        # Where the kernel pads it, both exist for a moment.
        attn_mask = query.new_empty(*additive.shape[:-1], additive.shape[-1] + rest) if rest else additive
        del additive
    logsumexp = query.new_empty(*query.shape[:-1], dtype=torch.float32)
    # In the kernel's memory layout, [batch, length, heads, dim], the transpose that follows is no copy.
    out = query.new_empty(query.shape[0], query.shape[2], query.shape[1], value.shape[-1]).transpose(1, 2)
    del logsumexp, attn_mask
    return out


def grouped_mm(mat_a: torch.Tensor, mat_b: torch.Tensor, **options: Any) -> torch.Tensor:
    """Rows [all, in] by each expert's matrix [experts, in, out]. torch supports every dtype, its fake tensors bfloat16 only."""
    if mat_a.dtype == torch.bfloat16:
        return _grouped_mm(mat_a, mat_b, **options)
    return mat_a.new_empty(mat_a.shape[0], mat_b.shape[-1])


@contextmanager
def target_kernels(kernels: Kernels) -> Iterator[None]:
    with ExitStack() as stack:
        stack.enter_context(mock.patch.object(functional, "grouped_mm", grouped_mm))
        if kernels != "cpu":
            stack.enter_context(mock.patch.object(functional, "scaled_dot_product_attention", fused_attention))
        yield


def choose_experts(model: Any, implementation: str) -> None:
    """Sets how experts are computed, where the model supports that."""
    if hasattr(model, "set_experts_implementation") and model._can_set_experts_implementation():
        model.set_experts_implementation(implementation)


@contextmanager
def no_packed_sequences() -> Iterator[None]:
    """Our runs never pack several texts into one sequence. transformers checks for that, and makes a mask where it cannot
    know, as with fake tensors."""
    from transformers import masking_utils

    find = masking_utils.find_packed_sequence_indices
    masking_utils.find_packed_sequence_indices = lambda *_, **__: None
    try:
        yield
    finally:
        masking_utils.find_packed_sequence_indices = find
