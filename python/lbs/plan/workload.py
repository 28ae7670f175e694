"""What a run does to a model, as far as memory goes. No torch."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, get_args

Kind = Literal["generate", "score", "choose"]
KINDS: tuple[Kind, ...] = get_args(Kind)


@dataclass(frozen=True)
class Workload:
    """`context` tokens of prompt for each of `batch` sequences, then `new_tokens` more.

    `kind`: generate (greedy, one logit kept), score (all logits, in fp32), or choose (the last logits alone, no cache).
    `chunk`: prefill in pieces of that many tokens. `padded`: the sequences' lengths differ, so that attention needs a mask.
    """

    context: int
    batch: int = 1
    new_tokens: int = 32
    kind: Kind = "generate"
    chunk: int | None = None
    padded: bool = False

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ValueError(f"The kind of run is one of {', '.join(KINDS)}, not {self.kind!r}.")
        for name in ("context", "batch", "new_tokens", "chunk"):
            value = getattr(self, name)
            if value is not None and (type(value) is not int or not 1 <= value <= 1 << 30):
                raise ValueError(f"{name} must be a whole number from 1 on, not {value!r}.")

    @property
    def tokens(self) -> int:
        """The longest that one sequence's cache becomes."""
        return self.context + self.new_tokens if self.kind == "generate" else self.context

    @property
    def forwards(self) -> int:
        """How many passes over the model take in the prompt."""
        return -(-self.context // (self.chunk or self.context)) if self.kind == "generate" else 1

    @property
    def has_late(self) -> bool:
        """Whether the end of decoding is another matter than its start."""
        return self.kind == "generate" and self.new_tokens > 3

    @property
    def late(self) -> Workload:
        """The same run just before its last two tokens: what decoding holds in the end."""
        return replace(self, context=max(1, self.tokens - 3), new_tokens=3)

    def with_(self, **changes: Any) -> Workload:
        return replace(self, **changes)
