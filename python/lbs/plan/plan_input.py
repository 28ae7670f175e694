"""Everything that a plan depends on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Unpack

from .gpus import Gpu
from .model import Model
from .workload import Workload, WorkloadChanges


@dataclass(frozen=True)
class PlanInput:
    """`limit`: 0 (none) or a fraction; `gpus`: those that the run may use, none for the CPU; `host_room`: bytes of system
    RAM that it may take; `expandable`: the allocator's expandable segments; `cuda`: CUDA kernels, not those of the CPU;
    `correction`: measured / predicted of `corrected_from` earlier runs."""

    model: Model
    work: Workload
    gpus: tuple[Gpu, ...]
    limit: float = 0.0
    host_room: int = 1 << 62
    expandable: bool = True
    cuda: bool = True
    trust_remote_code: bool = False
    correction: float = 1.0
    corrected_from: int = 0

    def with_work(self, **changes: Unpack[WorkloadChanges]) -> PlanInput:
        return replace(self, work=replace(self.work, **changes))
