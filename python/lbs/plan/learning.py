"""What a run that is over teaches the ledger."""

from __future__ import annotations

from collections.abc import Mapping

from .ledger import Ledger, LedgerKey
from .plan import Plan


def remember(plan: Plan, reserved: Mapping[int, int], *, ran_out: bool = False) -> None:
    """`reserved`: bytes per GPU at the peak of the run, without the CUDA context; with `ran_out`, what it would have taken at
    least, which teaches nothing where the plan had predicted as much. Offloaded layers are not measured."""
    key = LedgerKey.of(plan.input.model, [gpu.gpu for gpu in plan.gpus], plan.input.expandable)
    found = [pair for pair in _beside_weights(plan, reserved, ran_out) if pair[1] > pair[0] or not ran_out]
    if key is None or plan.offload is not None or not found:
        return
    predicted, measured = max(found, key=lambda pair: pair[1] / pair[0])
    Ledger().add(key, plan.input.work, round(predicted / plan.input.correction.factor), measured)


def factor_shown(plan: Plan, wanted: Mapping[int, int]) -> float:
    """The correction by a run that ran out of memory: the live peak of the plan is then at least `wanted` bytes on each GPU."""
    shown = max((measured / predicted for predicted, measured in _beside_weights(plan, wanted, True)), default=1.0)
    return plan.input.correction.factor * max(1.0, shown)


def _beside_weights(plan: Plan, reserved: Mapping[int, int], ran_out: bool) -> list[tuple[int, int]]:
    """Predicted and measured bytes of each GPU whose peak is that of the run, not of loading. What ran out of memory counts
    against the live peak, so that the same plan is not called tight the next time, and tried again."""
    pairs = []
    for gpu in plan.gpus:
        predicted = gpu.memory.peak - gpu.memory.weights + (0 if ran_out else gpu.slack)
        measured = reserved.get(gpu.gpu.card.index, 0) - gpu.memory.weights - (0 if ran_out else gpu.gpu.workspace)
        if gpu.used and predicted > 0 and gpu.reserved_peak > gpu.memory.load_peak:
            pairs.append((predicted, measured))
    return pairs
