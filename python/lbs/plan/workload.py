"""What a run does to a model, as far as memory is concerned. No torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, TypedDict, get_args

from lbs.benchmarks.chunk_size import even_chunk
from lbs.benchmarks.parameters import KV_CACHES, KvCache
from lbs.sentences import SentenceError, say

Change = Literal["batch", "context", "chunk", "kv_offload", "kv_quantized", "limit", "dtype"]
Kind = Literal["generate", "score", "choose"]
KINDS: tuple[Kind, ...] = get_args(Kind)


class WorkloadError(SentenceError, ValueError):
    """A workload with a value that makes no sense, or that the model does not do."""


class WorkloadFields(TypedDict):
    """The fields of a Workload as JSON."""

    context: int
    batch: int
    new_tokens: int
    kind: Kind
    chunk: int | None
    padded: bool
    kv_cache: KvCache


class WorkloadChanges(TypedDict, total=False):
    """The fields of a Workload that a way out changes."""

    context: int
    batch: int
    chunk: int | None
    kv_cache: KvCache


@dataclass(frozen=True)
class Workload:
    """`context` prompt tokens for each of `batch` sequences, then `new_tokens` more. Raises WorkloadError.

    `kind`: generate (greedy, one logit row kept), score (all logits, in fp32), or choose (the last logits, no cache).
    `chunk`: tokens per prefill chunk, None for the whole prompt at once. `padded`: lengths differ, so attention needs a mask.
    `kv_cache`: where generate keeps its cache.
    """

    context: int
    batch: int = 1
    new_tokens: int = 32
    kind: Kind = "generate"
    chunk: int | None = None
    padded: bool = False
    kv_cache: KvCache = "gpu"

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise WorkloadError(say("plan.unknown_kind", kinds=", ".join(KINDS), kind=repr(self.kind)))
        if self.kv_cache not in KV_CACHES:
            kinds = ", ".join(KV_CACHES)
            raise WorkloadError(say("plan.unknown_kv_cache", kinds=kinds, kind=repr(self.kv_cache)))
        for name in ("context", "batch", "new_tokens", "chunk"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or not 1 <= value <= 1 << 30):
                raise WorkloadError(say("plan.not_a_count", name=name, value=repr(value)))

    @property
    def tokens(self) -> int:
        """The longest that the cache of one sequence becomes."""
        return self.context + self.new_tokens if self.kind == "generate" else self.context

    @property
    def step(self) -> int:
        """Prompt tokens of one forward pass."""
        return even_chunk(self.context, self.chunk) or self.context

    @property
    def forwards(self) -> int:
        """Forward passes that prefill takes."""
        return -(-self.context // self.step) if self.kind == "generate" else 1

    @property
    def has_late(self) -> bool:
        """Whether the last decoding steps differ from the first ones."""
        return self.kind == "generate" and self.new_tokens > 3

    @property
    def late(self) -> Workload:
        """The same run just before its last two tokens: what decoding holds at the end, however the prompt is prefilled."""
        return replace(self, context=max(1, self.tokens - 3), new_tokens=3, chunk=None)

    def as_json(self) -> WorkloadFields:
        return {
            "context": self.context,
            "batch": self.batch,
            "new_tokens": self.new_tokens,
            "kind": self.kind,
            "chunk": self.chunk,
            "padded": self.padded,
            "kv_cache": self.kv_cache,
        }
