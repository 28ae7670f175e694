"""What the target's kernels allocate where a fake tensor takes another path (docs/facts-memory.md, "Traps of tracing")."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
import torch.nn.functional as functional

from ..kernels import Kernels
from .attention import TargetAttention, target_attention

_grouped_mm = functional.grouped_mm


def grouped_mm(mat_a: torch.Tensor, mat_b: torch.Tensor, **options: Any) -> torch.Tensor:
    """Rows [all, in] by each expert's matrix [experts, in, out]. torch supports every dtype, its fake tensors bfloat16 only."""
    if mat_a.dtype == torch.bfloat16:
        return _grouped_mm(mat_a, mat_b, **options)
    return mat_a.new_empty(mat_a.shape[0], mat_b.shape[-1])


@contextmanager
def target_kernels(kernels: Kernels) -> Iterator[TargetAttention]:
    """Kernels of the target in place of those of fake tensors."""
    with mock.patch.object(functional, "grouped_mm", grouped_mm), target_attention(kernels) as attention:
        yield attention


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
