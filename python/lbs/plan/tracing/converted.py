"""What loading holds beside the weights: transformers builds some parameters from several tensors of the checkpoint."""

from __future__ import annotations

from typing import Any, TypedDict

from torch import nn

from .quantized import Packed


class LoadTransients(TypedDict):
    """Bytes, see TracedWeights."""

    load_transient: int
    load_least: int


def load_transients(model: nn.Module, packed: Packed) -> LoadTransients:
    """transformers stacks the experts of each projection and joins gate and up: the parts and the whole exist together.

    Of experts that are only stacked and joined, the load can copy one at a time (lbs.worker.loading.experts). `packed`: what
    unpacking holds; experts that are unpacked first are stacked by transformers alone.
    """
    converters = _converters(model)
    most = least = packed.unpacking
    for name, parameter in model.named_parameters():
        converter = next((one for one in converters if any(target in name for target in one.target_patterns)), None)
        if converter is not None:
            size = parameter.numel() * parameter.element_size()
            most = max(most, size)
            apart = stacks_experts(converter) and not packed.unpacking
            least = max(least, size // parameter.shape[0] if apart else size)
    return {"load_transient": most, "load_least": least}


def stacks_experts(converter: Any) -> bool:
    """Whether this WeightConverter stacks experts along the first dimension, and at most joins them along the second."""
    operations = [(type(operation).__name__, getattr(operation, "dim", None)) for operation in converter.operations]
    return operations in ([("MergeModulelist", 0)], [("MergeModulelist", 0), ("Concatenate", 1)])


def _converters(model: nn.Module) -> list[Any]:
    from transformers.conversion_mapping import get_model_conversion_mapping
    from transformers.core_model_loading import WeightConverter

    found = get_model_conversion_mapping(model)
    return [one for one in found if isinstance(one, WeightConverter)]
