"""The table of GPUs in assets/cards.tsv."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal, cast

from lbs.memory.context import Capability, predicted_context
from lbs.settings.paths import assets_folder

Kind = Literal["consumer", "workstation", "data centre", "laptop", "unified"]
Source = Literal["measured", "partly", "derived"]
_MIB = 1 << 20


@dataclass(frozen=True)
class KnownCard:
    """`name`: as people say it; `printed`: the names that nvidia-smi prints; `also`: other names; `total`: NVML's, and
    `usable`: PyTorch's, in bytes; `threads`: the most that one multiprocessor holds; `source`: of the two totals."""

    name: str
    printed: tuple[str, ...]
    also: tuple[str, ...]
    total: int
    usable: int
    multiprocessors: int
    threads: int
    capability: Capability
    kind: Kind
    source: Source

    @property
    def context(self) -> int:
        """Bytes that the CUDA context is predicted to take."""
        return predicted_context(self.multiprocessors, self.threads, self.capability)

    @property
    def unified(self) -> bool:
        return self.kind == "unified"

    def equals(self, other: KnownCard) -> bool:
        """Whether a plan for one is a plan for the other."""
        return self.context == other.context and abs(self.usable - other.usable) < 0.01 * self.usable


@cache
def known_cards() -> tuple[KnownCard, ...]:
    """Raises OSError where the assets are missing."""
    lines = (assets_folder() / "cards.tsv").read_text("utf-8").splitlines()
    _, *rows = (line.split("\t") for line in lines if line and not line.startswith("#"))
    return tuple(_card(row) for row in rows)


def _card(row: list[str]) -> KnownCard:
    name, printed, also, total, usable, multiprocessors, threads, capability, kind, source = row
    major, minor = capability.split(".")
    return KnownCard(
        name,
        _names(printed),
        _names(also),
        int(total) * _MIB,
        int(usable) * _MIB,
        int(multiprocessors),
        int(threads),
        (int(major), int(minor)),
        cast(Kind, kind),
        cast(Source, source),
    )


def _names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(";") if part.strip())
