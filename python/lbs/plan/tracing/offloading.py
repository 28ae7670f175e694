"""transformers' offloading cache on fake tensors, which know no second device: "meta" stands for system RAM."""

from __future__ import annotations

from typing import Any

import torch
from transformers import DynamicCache

from .allocations import Allocations


class OffloadingCache(DynamicCache):  # type: ignore[misc]  # transformers is not typed
    """The part of one layer that has yet to come is always fetched (`fetched`). The last layer fetches that of the first with
    this pass's tokens; layers that equal an earlier one are not traced, so each counts these."""

    def __init__(self, config: Any, allocations: Allocations) -> None:
        super().__init__(config=config)
        self._allocations = allocations

    def update(self, key_states: Any, value_states: Any, layer_idx: int, *args: Any, **named: Any) -> Any:
        layer = self.layers[layer_idx]
        if layer.is_initialized:
            layer.keys, layer.values = (torch.empty_like(part, device=key_states.device) for part in _parts(layer))
        self._allocations.allocate_for_place(key_states.nbytes + value_states.nbytes)
        keys, values = super().update(key_states, value_states, layer_idx, *args, **named)
        layer.keys, layer.values = (torch.empty_like(part, device="meta") for part in _parts(layer))
        return keys, values

    @property
    def fetched(self) -> int:
        """Bytes of the largest layer's part."""
        return max(map(_bytes, self.layers))

    def host_bytes(self, classes: list[int]) -> int:
        """In system RAM. `classes`: for each layer the first one that equals it."""
        return sum(_bytes(self.layers[first]) for first in classes if first < len(self.layers))


def _parts(layer: Any) -> tuple[torch.Tensor, torch.Tensor]:
    return layer.keys, layer.values


def _bytes(layer: Any) -> int:
    parts = (getattr(layer, "keys", None), getattr(layer, "values", None))
    return sum(part.nbytes for part in parts if part is not None)
