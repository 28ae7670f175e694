"""Everything that a plan depends on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Unpack

from .gpus import Gpu
from .ledger import UNCORRECTED, Correction, Corrections
from .model import Model
from .workload import Workload, WorkloadChanges


@dataclass(frozen=True)
class PlanInput:
    """`limit`: 0 (none) or a fraction; `gpus`: those that the run may use, none for the CPU; `host_room`: bytes of system
    RAM that it may take; `expandable`: the allocator's expandable segments; `cuda`: CUDA kernels, not those of the CPU;
    `corrections`: what earlier runs measured."""

    model: Model
    work: Workload
    gpus: tuple[Gpu, ...]
    limit: float = 0.0
    host_room: int = 1 << 62
    expandable: bool = True
    cuda: bool = True
    trust_remote_code: bool = False
    corrections: Corrections = UNCORRECTED

    @property
    def correction(self) -> Correction:
        return self.corrections.of(self.work)

    def with_work(self, **changes: Unpack[WorkloadChanges]) -> PlanInput:
        return replace(self, work=replace(self.work, **changes))
