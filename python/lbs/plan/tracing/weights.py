"""Bytes of a model's weights by block, in loading order."""

from __future__ import annotations

import torch
from torch import nn

from ..allocator.pool import in_blocks
from ..trace_types import BlockNames, TracedWeights
from .build import own_tensors
from .converted import load_transients
from .quantized import Packed


def weights_of(model: nn.Module, list_name: str, layers: list[nn.Module], packed: Packed) -> TracedWeights:
    """`list_name`: of the list of layers; `packed`: what quantized weights take."""
    sizes: dict[int, list[int]] = {}
    names: BlockNames = {"pre": [], "post": []}
    pre = post = 0
    tied = False
    layer_sizes: list[int] = []
    for name, part in _parts(model, list_name):
        if name == list_name:
            layer_sizes = [_bytes(layer, sizes, packed) for layer in layers]
        elif layer_sizes and _parameters(part):
            tied = tied or any(id(tensor) in sizes for tensor in _parameters(part))
            post += _bytes(part, sizes, packed)
            names["post"].append(name)
        else:
            pre += _bytes(part, sizes, packed)
            names["pre"].append(name)
    return {
        "pre": pre,
        "post": post,
        "layers": layer_sizes,
        "names": names,
        "list": list_name,
        "tied": tied,
        **load_transients(model, packed),
        "scratch": packed.scratch,
        "sizes": [size for own in sizes.values() for size in own],
    }


def _bytes(part: nn.Module | torch.Tensor, sizes: dict[int, list[int]], packed: Packed) -> int:
    """In the allocator's blocks; a tensor that `sizes` has (tied weights) counts once."""
    total = 0
    for tensor in [part] if isinstance(part, torch.Tensor) else [*part.parameters(), *part.buffers()]:
        if id(tensor) not in sizes:
            own = packed.sizes.get(id(tensor), [tensor.numel() * tensor.element_size()])
            sizes[id(tensor)] = [in_blocks(size) for size in own]
            total += sum(sizes[id(tensor)])
    return total


def _parameters(part: nn.Module | torch.Tensor) -> list[torch.Tensor]:
    if isinstance(part, torch.Tensor):
        return [part] if isinstance(part, nn.Parameter) else []
    return list(part.parameters())


def _parts(model: nn.Module, list_name: str, prefix: str = "") -> list[tuple[str, nn.Module | torch.Tensor]]:
    """The largest modules beside the list of layers, and the list itself, in the model's order; a module's own tensors,
    such as a mask, come before the modules in it."""
    parts: list[tuple[str, nn.Module | torch.Tensor]] = [(f"{prefix}{key}", own) for key, own in own_tensors(model)]
    for name, child in model.named_children():
        full = f"{prefix}{name}"
        if full == list_name or not list_name.startswith(f"{full}."):
            parts.append((full, child))
        else:
            parts += _parts(child, list_name, f"{full}.")
    return parts
