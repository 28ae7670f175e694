"""The model without its weights: built on "meta" from its config, then given fake storages."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from torch import nn

from lbs.models.apply_adapter import put_shape_on

_NUMBERS_OF_A_LAYER = {"layer_idx", "layer_id", "layer_number", "idx", "training"}


class CannotTrace(Exception):
    """One sentence: why this model cannot be traced."""


def empty_model(config: Any, dtype: torch.dtype, trust_remote_code: bool, adapter: Path | None) -> Any:
    """On meta: no memory, no initialisation; with the adapter of that folder in it. Fails with CannotTrace."""
    from transformers import AutoModelForCausalLM

    try:
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config, dtype=dtype, trust_remote_code=trust_remote_code).eval()
    except Exception as error:
        raise CannotTrace(f"transformers cannot build it: {first_line(error)}") from None
    try:
        return put_shape_on(model, adapter, dtype) if adapter else model
    except Exception as error:
        raise CannotTrace(f"its adapter cannot be put on: {first_line(error)}") from None


def first_line(error: BaseException) -> str:
    return (str(error).strip().split("\n")[0] or type(error).__name__)[:300]


def give_fake_storages(model: Any, skipped: set[nn.Module]) -> list[torch.Tensor]:
    """Under FakeTensorMode: meta tensors become fake ones of the CPU, ties kept. Modules in `skipped` stay as they are."""
    memo: dict[int, torch.Tensor] = {}
    kept = []
    for module in model.modules():
        if module in skipped:
            continue
        for table in (module._parameters, module._buffers):
            for name, tensor in table.items():
                if tensor is not None:
                    if id(tensor) not in memo:
                        kept.append(tensor)  # its id must not be given to another while this runs
                        memo[id(tensor)] = torch.empty(tensor.shape, dtype=tensor.dtype, device="cpu")
                    table[name] = memo[id(tensor)]
    return list(memo.values())


def decoder_layers(model: Any) -> tuple[str, list[nn.Module]]:
    """The heaviest list of modules and its name: the layers that repeat. Fails with CannotTrace."""
    lists = [(name, found) for name, found in model.named_modules() if isinstance(found, nn.ModuleList) and len(found)]
    if not lists:
        raise CannotTrace("it has no list of layers")
    name, found = max(lists, key=lambda item: sum(tensor.numel() for tensor in item[1].parameters()))
    return name, list(found)


def classes_of(layers: list[nn.Module]) -> list[int]:
    """For each layer the number of the first one that is its equal. The very first stands alone: what reaches it is the
    embedding, which somebody else holds on to, and perhaps in another type."""
    first: dict[Any, int] = {}
    return [first.setdefault((number == 0, _signature(layer)), number) for number, layer in enumerate(layers)]


def _signature(layer: nn.Module) -> Any:
    return tuple(
        (
            name,
            type(module).__qualname__,
            tuple(sorted((key, value) for key, value in vars(module).items() if _tells(key, value))),
            tuple((key, tuple(tensor.shape), tensor.dtype) for key, tensor in own_tensors(module)),
        )
        for name, module in layer.named_modules()
    )


def _tells(key: str, value: Any) -> bool:
    return isinstance(value, (int, float, str)) and not key.startswith("_") and key not in _NUMBERS_OF_A_LAYER


def own_tensors(module: nn.Module) -> list[tuple[str, torch.Tensor]]:
    own = [*module._parameters.items(), *module._buffers.items()]
    return [(key, tensor) for key, tensor in own if tensor is not None]
