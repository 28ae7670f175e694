"""Where a run keeps its KV cache, and in what."""

from __future__ import annotations

from typing import Literal, get_args

KvCache = Literal["gpu", "offloaded", "quantized"]
"""In the model's dtype beside the model; in system RAM, from where each layer's part is fetched while it computes; or beside the
model in 8-bit floating point, which changes results."""
KV_CACHES: tuple[KvCache, ...] = get_args(KvCache)
