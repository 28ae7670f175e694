"""Everything that a plan depends on."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Unpack

from lbs.memory.limit_value import NO_LIMIT, Limit
from lbs.models.dtype import Capability

from .gpus import Gpu
from .kernels import Kernels, kernels_of
from .ledger import UNCORRECTED, Correction, Corrections
from .model import Model
from .workload import Change, Workload, WorkloadChanges


@dataclass(frozen=True)
class PlanInput:
    """`gpus`: those that the run may use, none for the CPU; `host_room`: bytes of system RAM that it may take;
    `expandable`: the allocator's expandable segments; `cuda`: its GPUs run CUDA's kernels, as emulated ones do not;
    `corrections`: what earlier runs measured; `accepted`: the changes of its work that the run takes, None for all that this
    kind of work can have; `least_context`: tokens of its shortest possible prompt; `chunk_chosen`: the plan, not the run,
    chose the prefill chunk of its work."""

    model: Model
    work: Workload
    gpus: tuple[Gpu, ...]
    limit: Limit = NO_LIMIT
    host_room: int = 1 << 62
    expandable: bool = True
    cuda: bool = True
    trust_remote_code: bool = False
    corrections: Corrections = UNCORRECTED
    accepted: frozenset[Change] | None = None
    least_context: int = 1
    chunk_chosen: bool = False

    @property
    def changes(self) -> frozenset[Change]:
        """Of its work, as ways out: questions have the length that they have, and are read at once."""
        possible: frozenset[Change] = frozenset(
            ("batch", "context", "chunk", "kv_offload", "kv_quantized") if self.work.kind == "generate" else ("batch",)
        )
        return possible if self.accepted is None else possible & self.accepted

    @property
    def capabilities(self) -> list[Capability | None]:
        return [gpu.card.compute_capability for gpu in self.gpus]

    @property
    def kernels(self) -> Kernels:
        """The least capable GPU decides."""
        return kernels_of(self.capabilities if self.cuda else [])

    @property
    def effective_limit(self) -> float:
        """The budget as a fraction of all its GPUs; 0 without a limit."""
        if self.limit.kind in ("none", "fraction"):
            return self.limit.amount
        total = sum(gpu.card.total for gpu in self.gpus)
        return sum(gpu.budget(self.limit) for gpu in self.gpus) / total if total else 0.0

    @property
    def placed_work(self) -> Workload:
        """On a CPU the KV cache is in system RAM anyway."""
        nothing_to_offload = self.work.kv_cache == "offloaded" and not self.gpus
        return replace(self.work, kv_cache="gpu") if nothing_to_offload else self.work

    @property
    def chosen_chunk(self) -> int | None:
        """Tokens of the prefill chunk that the plan chose; None where it chose none."""
        return self.work.chunk if self.chunk_chosen else None

    @property
    def correction(self) -> Correction:
        return self.corrections.of(self.work)

    def with_work(self, **changes: Unpack[WorkloadChanges]) -> PlanInput:
        return replace(self, work=replace(self.work, **changes))
