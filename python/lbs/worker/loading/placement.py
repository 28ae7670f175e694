"""Does the run fit, and which layer goes where? Decided with the plan's numbers before a byte is loaded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from lbs.memory.limit import Limits, size_text
from lbs.plan import (
    WORKSPACE,
    Ask,
    Gpu,
    Key,
    LedgerFile,
    Model,
    Plan,
    Workload,
    config_hash,
    in_words,
    kept_on_disk,
    largest_batch,
    largest_context,
    make_plan,
    with_ways_out,
)
from lbs.settings import Settings
from lbs.worker.errors import RunError
from lbs.worker.loading.checkpoint import Checkpoint


def _trace(request: Any) -> dict[str, Any]:
    # Here, not in a child: torch is loaded already, and the very same forward is what comes next.
    from lbs.plan.tracing.answer import answer

    return answer(dict(request))


SOURCE = kept_on_disk(_trace)


@dataclass(frozen=True)
class Placed:
    """`offloaded`: bytes of weights on the CPU although there are GPUs."""

    map: dict[str, int | str]
    plan: Plan
    offloaded: int


class Planner:
    """What one run asks of memory, under the limits in force. `others`: bytes per GPU that are not ours."""

    def __init__(
        self, checkpoint: Checkpoint, limits: Limits, settings: Settings, *, cuda: bool, others: Mapping[int, int]
    ) -> None:
        gpus = _gpus(limits, settings.local_device_map, WORKSPACE if cuda else 0, others)
        self._key = Key(config_hash(str(checkpoint.path)), checkpoint.dtype_name, gpus[0].card.name) if gpus else None
        correction, runs = LedgerFile().correction(self._key) if self._key else (1.0, 0)
        self._ask = Ask(
            _model(checkpoint),
            Workload(1),
            gpus,
            settings.gpu_memory_limit,
            limits.host_room,
            settings.enable_memory_management,
            cuda=cuda,
            trust_remote_code=settings.trust_remote_code,
            correction=correction,
            corrected_from=runs,
        )
        self.max_tokens = checkpoint.max_tokens

    def plan(self, work: Workload) -> Plan:
        return make_plan(replace(self._ask, work=work), SOURCE)

    def longest(self, work: Workload) -> int | None:
        """The longest prompt up to `work`'s that fits with all weights on the GPUs; None without GPUs, 0 where none fits."""
        if not self._ask.gpus:
            return None
        found = largest_context(replace(self._ask, work=work), SOURCE, work.context)
        return found.ask.work.context if found else 0

    def widest(self, work: Workload, most: int) -> int:
        """The largest batch up to `most` that fits; 1 where none does, since that is what is then refused, with numbers."""
        found = largest_batch(replace(self._ask, work=work), SOURCE, most)
        return found.ask.work.batch if found else 1

    def remember(self, plan: Plan, measured: dict[int, int]) -> None:
        """Into the ledger, unless part of the model was elsewhere. `measured`: reserved bytes at the peak per GPU."""
        if self._key is None or plan.offload is not None or plan.verdict not in ("fits", "tight"):
            return
        predicted = sum(gpu.reserved_peak for gpu in plan.gpus if gpu.held.peak) / plan.ask.correction
        LedgerFile().add(self._key, int(predicted), sum(measured.get(gpu.gpu.card.index, 0) for gpu in plan.gpus))


def place(plan: Plan, offload: str) -> Placed:
    """`offload` is auto, ask or never. Fails with a RunError `does_not_fit` or `offload_needs_consent`."""
    if plan.verdict != "does_not_fit":
        return Placed(plan.demand.map_of(plan.layout), plan, 0)
    plan = with_ways_out(plan, SOURCE)
    if not plan.gpus:
        raise _refused(
            "does_not_fit", plan, f"{plan.needs} and the machine has {size_text(plan.allowed)} of memory left."
        )
    left = f"{_bound(plan)} {size_text(max(0, plan.allowed))}"
    if plan.short_of_ram and offload != "never":
        budget = size_text(sum(gpu.gpu.budget(gpu.limit) for gpu in plan.gpus))
        said = f"{plan.needs}, but {left} of the budget of {budget}. {plan.short_of_ram}"
        raise _refused("does_not_fit", plan, f"{said}: {_way_out(plan)}")
    if plan.offload is None or offload == "never":
        raise _refused("does_not_fit", plan, f"{plan.needs}, but {left}: {_way_out(plan)}")
    if offload == "ask":
        raise _refused(
            "offload_needs_consent",
            plan,
            f"{plan.needs}, but {left}. {size_text(plan.offloaded)} of weights could go to the CPU, "
            f"which is much slower: agree to that, or {_way_out(plan)}",
        )
    return Placed(plan.demand.map_of(plan.offload), plan, plan.offloaded)


def _bound(plan: Plan) -> str:
    """What the run would have to fit into, and who says so."""
    if any(replace(gpu.gpu, others=0).allowed(gpu.limit) > gpu.allowed for gpu in plan.gpus):
        return "what others hold leaves"
    return "the limit leaves" if plan.ask.limit else "the card leaves"


def _refused(code: Any, plan: Plan, sentence: str) -> RunError:
    return RunError(
        code,
        sentence,
        needed=plan.reserved_peak,
        allowed=plan.allowed,
        weights=plan.demand.weights,
        ways_out=plan.ways_out,
        plan=plan.as_json(),
    )


def _way_out(plan: Plan) -> str:
    if plan.ways_out:
        return f"what would fit: {in_words(plan.ways_out)}."
    return "raise LBS_GPU_MEMORY_LIMIT, shorten the context, or use a smaller data type."


def _gpus(limits: Limits, device_map: str, workspace: int, others: Mapping[int, int]) -> tuple[Gpu, ...]:
    """The GPUs that may be used, as the plan wants them."""
    found = {gpu.card.index: Gpu(gpu.card, others.get(gpu.card.index, 0), workspace) for gpu in limits.gpus}
    if device_map == "cpu":
        return ()
    if device_map == "auto" or not found:
        return tuple(found.values())
    index = int(device_map.removeprefix("cuda:"))
    if index not in found:
        raise RunError("invalid_parameters", f"LBS_LOCAL_DEVICE_MAP is {device_map}, but there is no GPU {index}.")
    return (found[index],)


def _model(checkpoint: Checkpoint) -> Model:
    numbers = checkpoint.config.to_dict()
    packed = checkpoint.weights if numbers.get("quantization_config") else None
    return Model(str(Path(checkpoint.path)), numbers, checkpoint.dtype_name, checkpoint.weights, packed)
