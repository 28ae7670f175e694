"""The predicted peak in the parts that every sentence, bar and log line shows: as nvidia-smi counts, CUDA context included."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from lbs.memory.limit import size_text
from lbs.sentences import Sentence, say

from .gpu_plan import GpuPlan


@dataclass(frozen=True)
class Peak:
    """Bytes. `low`: if the allocator reserved nothing above the live peak; `loading`: what loading
    needs above the live peak of the run; `room`: what the run may take of all its devices."""

    total: int
    low: int
    context: int
    weights: int
    kv_cache: int
    activations: int
    loading: int
    room: int

    @classmethod
    def of(cls, gpus: Sequence[GpuPlan]) -> Peak:
        return cls(
            total=sum(gpu.total for gpu in gpus),
            low=sum(gpu.total_low for gpu in gpus),
            context=sum(gpu.gpu.card.overhead for gpu in gpus),
            weights=sum(gpu.memory.weights for gpu in gpus),
            kv_cache=sum(gpu.memory.kv_cache for gpu in gpus),
            activations=sum(gpu.activations for gpu in gpus),
            loading=sum(gpu.loading for gpu in gpus),
            room=sum(gpu.room for gpu in gpus),
        )

    @property
    def parts(self) -> list[str | Sentence]:
        """They add up to the total."""
        context = say("plan.part_context", size=size_text(self.context)) if self.context else None
        reserve = say("plan.part_reserve", size=size_text(self.total - self.low)) if self.total > self.low else None
        loading = say("plan.part_loading", size=size_text(self.loading)) if self.loading else None
        found = [
            context,
            say("plan.part_weights", size=size_text(self.weights)),
            say("plan.part_kv_cache", size=size_text(self.kv_cache)),
            say("plan.part_activations", size=size_text(self.activations)),
            loading,
            reserve,
        ]
        return [part for part in found if part is not None]
