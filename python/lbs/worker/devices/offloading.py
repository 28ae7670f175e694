"""transformers' offloading cache on an emulated GPU: the same moves between what counts there and what does not."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

from transformers import DynamicCache


class EmulatedOffloadingCache(DynamicCache):  # type: ignore[misc]  # transformers is not typed
    """`on_host()`: what is made inside of it counts on no GPU."""

    def __init__(self, config: Any, on_host: Callable[[], AbstractContextManager[None]]) -> None:
        super().__init__(config=config)
        self._on_host = on_host
        self._fetched: set[int] = set()

    def update(self, key_states: Any, value_states: Any, layer_idx: int, *args: Any, **named: Any) -> Any:
        self._fetch(layer_idx)
        count = len(self.layers)
        following = ((layer_idx + more) % count for more in range(1, count + 1))
        self._fetch(next(number for number in following if hasattr(self.layers[number], "keys")))
        keys, values = super().update(key_states, value_states, layer_idx, *args, **named)
        with self._on_host():
            self._copy(layer_idx)
        self._fetched.discard(layer_idx)
        return keys, values

    def _fetch(self, number: int) -> None:
        if number not in self._fetched and getattr(self.layers[number], "is_initialized", False):
            self._copy(number)
            self._fetched.add(number)

    def _copy(self, number: int) -> None:
        layer = self.layers[number]
        layer.keys, layer.values = layer.keys.clone(), layer.values.clone()
