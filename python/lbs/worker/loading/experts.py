"""Loads a mixture of experts with one expert in flight: transformers would hold a layer's experts twice while it stacks them."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock

import torch
from transformers.core_model_loading import ConversionOps, WeightConverter, WeightTransform

from lbs.plan.tracing.converted import stacks_experts

Read = Callable[[], torch.Tensor]
"""Reads one tensor of the checkpoint onto its device, in the dtype of the load."""


class _CopyExperts(ConversionOps):  # type: ignore[misc]  # transformers' own is not typed
    """[experts, rows, columns] from one tensor [rows, columns] an expert and source, the sources joined along the rows."""

    def convert(
        self,
        input_dict: dict[str, list[Read]],
        source_patterns: list[str],
        target_patterns: list[str],
        **_options: Any,
    ) -> dict[str, torch.Tensor]:
        sources = [input_dict.pop(pattern) for pattern in source_patterns if pattern in input_dict]
        (target,) = target_patterns
        return {target: _stacked(sources)}


def _stacked(sources: list[list[Read]]) -> torch.Tensor:
    """Raises ValueError where tensors are missing or have another shape: copying would leave gaps, or broadcast."""
    if len({len(reads) for reads in sources}) > 1:
        raise ValueError(f"Experts have {[len(reads) for reads in sources]} tensors.")
    firsts = [reads[0]() for reads in sources]
    rows = [first.shape[0] for first in firsts]
    out = firsts[0].new_empty(len(sources[0]), sum(rows), *firsts[0].shape[1:])
    for reads, parts in zip(sources, torch.split(out, rows, dim=1), strict=True):
        for number, read in enumerate(reads):
            part = firsts.pop(0) if number == 0 else read()
            if part.shape != parts[number].shape:
                raise ValueError(f"Expert {number} has the shape {list(part.shape)}, not {list(parts[number].shape)}.")
            parts[number].copy_(part)
    return out


_materialize = WeightTransform.materialize_tensors


def _unread(self: WeightTransform) -> dict[str, Any]:
    """The tensors of experts as functions that read them, all others as transformers reads them."""
    if not (isinstance(self, WeightConverter) and stacks_experts(self) and self.quantization_operation is None):
        return dict(_materialize(self))
    self.operations = [_CopyExperts()]
    collected = dict(self.collected_tensors)
    self.collected_tensors.clear()
    return collected


@contextmanager
def one_expert_at_a_time() -> Iterator[None]:
    """Inside, from_pretrained reads in one thread, so it takes longer, and holds one expert beside the weights."""
    with (
        mock.patch.dict(os.environ, {"HF_DEACTIVATE_ASYNC_LOAD": "1"}),
        mock.patch.object(WeightTransform, "materialize_tensors", _unread),
    ):
        yield
