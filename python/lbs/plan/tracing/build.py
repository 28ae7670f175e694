"""The model without its weights: built on "meta" from its config, then given fake storages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from lbs.models.apply_adapter import apply_to_meta_model
from lbs.sentences import SentenceError, say

_LAYER_NUMBERS = {"layer_idx", "layer_id", "layer_number", "idx", "training"}


class CannotTrace(SentenceError):
    """Why this model cannot be traced."""


class CannotRun(CannotTrace):
    """Why this model does not do this run: the same sentence as in the run itself."""


def empty_model(config: Any, dtype: torch.dtype, trust_remote_code: bool, adapter: Path | None) -> Any:
    """On meta: no memory, no initialization; with the adapter of that folder applied. Raises CannotTrace."""
    from transformers import AutoModelForCausalLM

    try:
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config, dtype=dtype, trust_remote_code=trust_remote_code).eval()
    except Exception as error:
        raise CannotTrace(say("plan.trace_build", error=first_line(error))) from None
    try:
        return apply_to_meta_model(model, adapter, dtype) if adapter else model
    except Exception as error:
        raise CannotTrace(say("plan.trace_adapter", error=first_line(error))) from None


def first_line(error: BaseException) -> str:
    return (str(error).strip().split("\n")[0] or type(error).__name__)[:300]


def give_fake_storages(model: Any, skipped: set[nn.Module]) -> list[torch.Tensor]:
    """Under FakeTensorMode: meta tensors become fake CPU tensors, ties kept. Modules in `skipped` stay as they are."""
    memo: dict[int, torch.Tensor] = {}
    kept = []
    for module in model.modules():
        if module in skipped:
            continue
        for table in (module._parameters, module._buffers):
            for name, tensor in table.items():
                if tensor is not None:
                    if id(tensor) not in memo:
                        kept.append(tensor)  # keeps its id from being reused meanwhile
                        memo[id(tensor)] = torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu")
                    table[name] = memo[id(tensor)]
    return list(memo.values())


def decoder_layers(model: Any) -> tuple[str, list[nn.Module]]:
    """The heaviest list of modules and its name: the layers that repeat. Raises CannotTrace."""
    lists = [(name, module) for name, module in model.named_modules() if isinstance(module, nn.ModuleList) and module]
    if not lists:
        raise CannotTrace(say("plan.trace_no_layers"))
    name, layers = max(lists, key=lambda item: sum(tensor.numel() for tensor in item[1].parameters()))
    return name, list(layers)


def classes_of(layers: list[nn.Module]) -> list[int]:
    """For each layer the number of the first one that equals it. The very first is a class of its own: its input is the
    embedding, which others hold too, and which may have another dtype."""
    first: dict[Any, int] = {}
    return [first.setdefault((number == 0, _signature(layer)), number) for number, layer in enumerate(layers)]


def _signature(layer: nn.Module) -> Any:
    return tuple(
        (
            name,
            type(module).__qualname__,
            tuple(sorted((key, value) for key, value in vars(module).items() if _is_setting(key, value))),
            tuple((key, tuple(tensor.shape), tensor.dtype) for key, tensor in own_tensors(module)),
        )
        for name, module in layer.named_modules()
    )


def _is_setting(key: str, value: Any) -> bool:
    return isinstance(value, (int, float, str)) and not key.startswith("_") and key not in _LAYER_NUMBERS


def own_tensors(module: nn.Module) -> list[tuple[str, torch.Tensor]]:
    """Parameters and buffers of the module itself, not of those inside it."""
    own = [*module._parameters.items(), *module._buffers.items()]
    return [(key, tensor) for key, tensor in own if tensor is not None]
