"""Quantized linear layers in a traced model: the sizes of their tensors, and what their kernels or their load hold for a
moment."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass, field
from typing import Any

import torch
import torch.nn.functional as functional
from torch import nn

from lbs.models.apply_adapter import ADAPTER_MODULES
from lbs.models.packing import Packing, named_exceptions, unpacking
from lbs.models.quantization import Quantization


@dataclass
class Packed:
    """`sizes`: by id of each quantized weight, bytes of the tensors that a run holds in its place; `scratch`: bytes that its
    kernels keep on each device; `unpacking`: bytes that the load holds beside the weights while it dequantizes one."""

    sizes: dict[int, list[int]] = field(default_factory=dict)
    scratch: int = 0
    unpacking: int = 0


def pack_layers(model: Any, quantization: Quantization, item: int, *, on_cpu: bool) -> Packed:
    """From now on quantized layers also allocate what multiplying by them holds. `item`: bytes of a value of the model's
    dtype."""
    packed = Packed()
    exceptions = _exceptions(model, quantization)
    for name, module in model.named_modules():
        for weight in _weights(module) if _is_quantized(name, exceptions) else ():
            *many, rows, columns = weight.shape
            # A layer of experts stacks their weights.
            experts = many[0] if many else 1
            if quantization.dequantized:
                packed.unpacking = max(packed.unpacking, unpacking(quantization.method, experts, rows * columns, item))
            packing = quantization.packing(name, item, on_cpu=on_cpu)
            if packing is None or id(weight) in packed.sizes:
                continue
            rows *= experts
            own = packed.sizes[id(weight)] = packing.sizes(rows, columns)
            # Layers are alike only where these are, too.
            module.packed_bytes = getattr(module, "packed_bytes", 0) + sum(own)
            if packing.scratch:
                packed.scratch = max(packed.scratch, rows * columns * item)
            if isinstance(module, nn.Linear):
                module.forward = functools.partial(_forward, module, packing)  # type: ignore[method-assign]
    return packed


def _exceptions(model: Any, quantization: Quantization) -> list[str]:
    """Names of modules that are not quantized: those of the settings, and the head unless they decide otherwise."""
    from transformers.quantizers.base import get_keys_to_not_convert

    named = named_exceptions(quantization.settings)
    named = named if named is None else [name for name in named if _is_pattern(name)]
    if quantization.settings.get("lm_head") is True:
        return named or []
    by_calibration = quantization.method in ("awq", "gptq", "auto-round", "aqlm")
    return [*(named or []), *(get_keys_to_not_convert(model) if named is None or by_calibration else [])]


def _is_pattern(name: str) -> bool:
    """Whether transformers, which reads exceptions as regular expressions, can read this one."""
    try:
        return bool(re.compile(name))
    except re.error:
        return False


def _is_quantized(name: str, exceptions: list[str]) -> bool:
    from transformers.quantizers.quantizers_utils import should_convert_module

    return bool(should_convert_module(name, exceptions)) and not any(part in name for part in ADAPTER_MODULES)


def _weights(module: nn.Module) -> list[torch.Tensor]:
    """Matrices that methods quantize: those of linear layers, and stacked ones of experts."""
    if isinstance(module, nn.Linear) or type(module).__name__ == "Conv1D":
        return [module.weight]  # type: ignore[list-item]  # of GPT-2's Conv1D, which has no type
    if isinstance(module, nn.Conv1d):
        return []
    return [tensor for tensor in module._parameters.values() if tensor is not None and tensor.dim() == 3]


def _forward(module: nn.Linear, packing: Packing, inputs: torch.Tensor) -> torch.Tensor:
    """`F.linear` on the unpacked weight, beside what the layer's kernel allocates."""
    tokens = inputs.numel() // inputs.shape[-1]
    before, during = packing.held(module.out_features, module.in_features, tokens, inputs.element_size())
    if before:
        inputs.new_empty(before, dtype=torch.uint8)
    held = inputs.new_empty(during, dtype=torch.uint8) if during else None
    out = functional.linear(inputs, module.weight, module.bias)
    del held
    return out
