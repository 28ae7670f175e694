"""All decoding steps of a run from two that were traced, at its start and at its end: each storage grows evenly between them."""

from __future__ import annotations

import functools
from collections import defaultdict
from dataclasses import dataclass
from typing import Literal

from .layers import Program
from .pool import BLOCK, MIB, SMALL
from .steps import Place

_GRAIN = MIB
"""In blocks: what a storage may grow from one step that is replayed to the next. The allocator leaves as much of a block
unsplit, so that the steps between find the same blocks."""
LEAST_STEPS, MOST_STEPS = 16, 512
"""Steps that are replayed, where there are as many."""
_CHEAP = 8192
"""Operations that take about 5 ms: as many steps as that are replayed in any case."""

Operation = tuple[Literal["allocate", "free", "free_previous"], int]
"""Of the n-th storage of this step, or of the step before."""


@dataclass(frozen=True)
class Decoding:
    """`operations`: of each step; `first`: the number of the first storage of the traced step; `early` and `late`: blocks of each
    storage in the traced step and in the last one of the run; `steps`: from the one to the other."""

    operations: list[Operation]
    first: int
    early: list[int]
    late: list[int]
    steps: int

    def sizes(self) -> list[list[int]]:
        """Blocks of each storage in every step to be replayed: the last one, and of the others as many as make a difference."""
        growth = max((abs(late - early) for early, late in zip(self.early, self.late, strict=True)), default=0)
        cheap = _CHEAP // max(1, len(self.operations))
        count = min(self.steps, MOST_STEPS, max(LEAST_STEPS, cheap, -(-growth // _GRAIN)))
        return [self._at(self.steps * number // count) for number in range(1, count + 1)]

    def _at(self, step: int) -> list[int]:
        return [
            early if early == late else early + -(-(late - early) * step // self.steps)
            for early, late in zip(self.early, self.late, strict=True)
        ]


def decoding_of(early: tuple[Program, list[int]], late: tuple[Program, list[int]], steps: int) -> Decoding | None:
    """`early` and `late`: programs that end with two decoding steps, with the bytes of each storage; `steps`: from the last one
    of `early` to the last one of `late`. None where they are not decoding steps."""
    operations = _operations(early[0])
    if steps < 1 or operations is None:
        return None
    sizes, later = _last_sizes(*early), _last_sizes(*late)
    if operations != _operations(late[0]):
        # A cache that has filled its window takes other steps: the storages that both leave to the next step are compared.
        last = {rank: later[storage] for storage, rank in _kept(late[0]).items()}
        ranks = _kept(early[0])
        later = [last.get(ranks[storage], size) if storage in ranks else size for storage, size in enumerate(sizes)]
    # What is small and does not grow takes the same places in each step.
    replayed = {
        storage for storage, (size, last) in enumerate(zip(sizes, later, strict=True)) if size != last or size > SMALL
    }
    operations = [step for step in operations if step[1] in replayed]
    return Decoding(operations, early[0].firsts[-2], sizes, later, steps)


def _last_sizes(program: Program, sizes: list[int]) -> list[int]:
    """Blocks of each storage of the last forward pass."""
    return [-(-sizes[event] // BLOCK) for event in program.forwards[-1] if event >= 0]


@functools.lru_cache(maxsize=256)
def _operations(program: Program) -> list[Operation] | None:
    """Of the last forward pass. None where it frees what neither it nor the one before allocated."""
    if len(program.forwards) < 3:
        return None
    before, first, end = program.firsts[-3:]
    ranks = _ranks(program, before, first, program.forwards[-2])
    storages = {rank: storage for storage, rank in _ranks(program, first, end, program.forwards[-1]).items()}
    operations: list[Operation] = []
    allocated = 0
    for event in program.forwards[-1]:
        if event >= 0:
            operations.append(("allocate", allocated))
            allocated += 1
        elif ~event >= first:
            operations.append(("free", ~event - first))
        elif (rank := ranks.get(~event)) in storages:
            operations.append(("free_previous", storages[rank] - first))
        else:
            return None
    return operations


def _kept(program: Program) -> dict[int, tuple[Place, int]]:
    """The ranks of what the last forward pass leaves, by the number of the storage in it."""
    first, end = program.firsts[-2:]
    return {storage - first: rank for storage, rank in _ranks(program, first, end, program.forwards[-1]).items()}


def _ranks(program: Program, first: int, end: int, events: list[int]) -> dict[int, tuple[Place, int]]:
    """Of each storage that a forward pass leaves to the next: its place, and its number among those of that place."""
    freed = {~event for event in events if event < 0}
    counts: dict[Place, int] = defaultdict(int)
    ranks = {}
    for storage in range(first, end):
        if storage not in freed:
            place = program.places[storage]
            ranks[storage] = (place, counts[place])
            counts[place] += 1
    return ranks
