"""Everything that a plan depends on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Unpack

from .gpus import Gpu
from .kernels import Kernels, kernels_of
from .ledger import UNCORRECTED, Correction, Corrections
from .model import Model
from .workload import Change, Workload, WorkloadChanges


@dataclass(frozen=True)
class PlanInput:
    """`limit`: 0 (none) or a fraction; `gpus`: those that the run may use, none for the CPU; `host_room`: bytes of system
    RAM that it may take; `expandable`: the allocator's expandable segments; `cuda`: its GPUs run CUDA's kernels, as
    emulated ones do not; `corrections`: what earlier runs measured; `accepted`: the changes of its work that the run takes,
    None for all that this kind of work can have; `least_context`: tokens of its shortest possible prompt."""

    model: Model
    work: Workload
    gpus: tuple[Gpu, ...]
    limit: float = 0.0
    host_room: int = 1 << 62
    expandable: bool = True
    cuda: bool = True
    trust_remote_code: bool = False
    corrections: Corrections = UNCORRECTED
    accepted: frozenset[Change] | None = None
    least_context: int = 1

    @property
    def changes(self) -> frozenset[Change]:
        """Of its work, as ways out: questions have the length that they have, and are read at once."""
        possible: frozenset[Change] = frozenset(
            ("batch", "context", "chunk") if self.work.kind == "generate" else ("batch",)
        )
        return possible if self.accepted is None else possible & self.accepted

    @property
    def kernels(self) -> Kernels:
        """The least capable GPU decides."""
        return kernels_of([gpu.card.compute_capability for gpu in self.gpus] if self.cuda else [])

    @property
    def correction(self) -> Correction:
        return self.corrections.of(self.work)

    def with_work(self, **changes: Unpack[WorkloadChanges]) -> PlanInput:
        return replace(self, work=replace(self.work, **changes))
