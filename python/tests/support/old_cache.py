"""What transformers 4.35 allocated for Llama-2-7B in float16: eager attention, rotary tables in every layer, and a cache whose
tensors were copied in every step while the old ones were kept."""

from __future__ import annotations

from lbs.plan.allocator.steps import Step

LAYERS, HIDDEN, INNER, VOCABULARY, HEADS, HEAD = 32, 4096, 11008, 32000, 32, 128
WORKSPACE = 8_519_680
"""cuBLAS's, before Hopper."""


def weights() -> list[int]:
    """Bytes of each tensor."""
    tables = [4096 * HEAD * 2] * 2
    layer = [HIDDEN * HIDDEN * 2] * 4 + [HEAD // 2 * 4] + tables + [HIDDEN * INNER * 2] * 3 + [HIDDEN * 2] * 2
    return [VOCABULARY * HIDDEN * 2, *layer * LAYERS, HIDDEN * 2, VOCABULARY * HIDDEN * 2]


def script(context: int, batch: int, decoded: int) -> list[Step]:
    """Of a prompt and `decoded` decoding steps."""
    writer = _Writer(context, batch)
    for step in range(decoded + 1):
        writer.forward(step)
    return writer.steps


class _Writer:
    def __init__(self, context: int, batch: int) -> None:
        self.steps: list[Step] = []
        self._count = 0
        self._context, self._batch = context, batch
        self._cache: list[int] = []
        self._workspace = self._logits = 0
        self._tokens, self._mask = self._new(batch * context * 8), self._new(batch * context * 8)
        self.steps.append([])

    def _new(self, size: int) -> int:
        self._count += 1
        self.steps.append(size)
        return self._count

    def _free(self, *storages: int) -> None:
        self.steps += [-storage for storage in storages if storage]

    def forward(self, step: int) -> None:
        batch, queries, keys = self._batch, 1 if step else self._context, self._context + step
        positions = self._new(batch * queries * 8)
        hidden, mask = self._new(batch * queries * HIDDEN * 2), self._new(batch * queries * keys * 2)
        old, self._cache = self._cache, []
        for layer in range(LAYERS):
            self.steps.append([layer])
            hidden = self._layer(hidden, queries, keys, bool(step))
        self.steps.append(["post"])
        last = self._norm(queries)
        self._free(hidden)
        half, logits = self._new(batch * queries * VOCABULARY * 2), self._new(batch * queries * VOCABULARY * 4)
        self._free(half, last, mask, positions, self._logits)
        self._logits = logits
        chosen, tokens = self._new(batch * 8), self._new(batch * (keys + 1) * 8)
        self._free(self._tokens)
        longer = self._new(batch * (keys + 1) * 8)
        self._free(self._mask, chosen, *old)
        self._tokens, self._mask = tokens, longer
        self.steps.append([])

    def _layer(self, hidden: int, queries: int, keys: int, decodes: bool) -> int:
        batch, size = self._batch, self._batch * queries * HIDDEN * 2
        normed = self._norm(queries)
        self._workspace = self._workspace or self._new(WORKSPACE)
        query, key, value = self._new(size), self._new(size), self._new(size)
        cos, sin = self._new(batch * queries * HEAD * 2), self._new(batch * queries * HEAD * 2)
        turned, turned_key = self._rotated(size), self._rotated(size)
        self._free(query, key)
        if decodes:
            longer = self._new(batch * keys * HIDDEN * 2)
            self._free(turned_key)
            turned_key, old = longer, value
            value = self._new(batch * keys * HIDDEN * 2)
            self._free(old)
        self._cache += [turned_key, value]
        scores = self._new(batch * HEADS * queries * keys * 2)
        for _ in range(2):  # scaled, then masked
            scores = self._instead(scores, batch * HEADS * queries * keys * 2)
        softmax = self._new(batch * HEADS * queries * keys * 4)
        shares = self._new(batch * HEADS * queries * keys * 2)
        self._free(softmax, scores)
        out = self._instead(self._new(size), size)
        out = self._instead(out, size)
        self._free(shares, turned, cos, sin, normed)
        added = self._new(size)
        self._free(out)
        normed = self._norm(queries)
        inner = batch * queries * INNER * 2
        gate = self._instead(self._new(inner), inner)
        up, product = self._new(inner), self._new(inner)
        self._free(gate, up)
        down = self._new(size)
        self._free(product, normed)
        result = self._new(size)
        self._free(down, added, hidden)
        return result

    def _instead(self, storage: int, size: int) -> int:
        following = self._new(size)
        self._free(storage)
        return following

    def _norm(self, queries: int) -> int:
        rows = self._batch * queries
        single = self._new(rows * HIDDEN * 4)
        square, variance = self._new(rows * HIDDEN * 4), self._new(rows * 4)
        self._free(square)
        root = self._instead(self._new(rows * 4), rows * 4)
        scaled = self._new(rows * HIDDEN * 4)
        self._free(root, single)
        half = self._instead(scaled, rows * HIDDEN * 2)
        normed = self._new(rows * HIDDEN * 2)
        self._free(half, variance)
        return normed

    def _rotated(self, size: int) -> int:
        product, negative = self._new(size), self._new(size // 2)
        turned = self._new(size)
        self._free(negative)
        other = self._instead(turned, size)
        result = self._new(size)
        self._free(product, other)
        return result
