"""Does the run fit, and which layer goes where? Decided with numbers before a byte is loaded."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from accelerate import infer_auto_device_map, init_empty_weights
from transformers import AutoModelForCausalLM

from lbs.plan import Plan, plan_run
from lbs.worker.checkpoint import Checkpoint
from lbs.worker.errors import RunError
from lbs.worker.limit import Limits, size_text


@dataclass(frozen=True)
class Placed:
    """`offloaded`: bytes of weights on the CPU although there are GPUs."""

    map: dict[str, int | str]
    plan: Plan
    offloaded: int


def place(
    checkpoint: Checkpoint, limits: Limits, device_map: str, offload: str, prompt: int, new_tokens: int
) -> Placed:
    """`offload` is auto, ask or never. Fails with a RunError `does_not_fit` or `offload_needs_consent`."""
    numbers = checkpoint.config.to_dict()
    plan = plan_run(numbers, checkpoint.weights, prompt, new_tokens, checkpoint.item)
    room = rooms(limits, device_map)
    if not room:
        return _on_cpu(checkpoint, limits, plan)
    short = _missing(plan, room)
    if short <= 0:
        return Placed(_mapped(checkpoint, room, plan, limits.host_room), plan, 0)
    _consent(checkpoint, plan, room, limits, offload, short)
    return Placed(_mapped(checkpoint, room, plan, limits.host_room), plan, min(short, checkpoint.weights))


def rooms(limits: Limits, device_map: str) -> dict[int, int]:
    """The cap in bytes of each GPU that may be used."""
    caps = {gpu.card.index: gpu.cap for gpu in limits.gpus}
    if device_map == "cpu":
        return {}
    if device_map == "auto":
        return caps
    index = int(device_map.removeprefix("cuda:"))
    if index not in caps and caps:
        raise RunError("invalid_parameters", f"LBS_LOCAL_DEVICE_MAP is {device_map}, but there is no GPU {index}.")
    return {index: caps[index]} if caps else {}


def _missing(plan: Plan, room: dict[int, int]) -> int:
    """Bytes that the GPUs lack; each of them needs the working set beside its part of the weights."""
    return plan.weights - sum(max(0, cap - plan.working_set) for cap in room.values())


def _on_cpu(checkpoint: Checkpoint, limits: Limits, plan: Plan) -> Placed:
    if plan.peak > limits.host_room:
        raise RunError(
            "does_not_fit", f"{_needs(plan)} and the machine has {size_text(limits.host_room)} of memory left."
        )
    return Placed({"": "cpu"}, plan, 0)


def _needs(plan: Plan) -> str:
    return (
        f"The run is predicted to need {size_text(plan.peak)} (weights {size_text(plan.weights)}, KV cache "
        f"{size_text(plan.kv_cache)}, activations {size_text(plan.activations)})"
    )


def _consent(
    checkpoint: Checkpoint, plan: Plan, room: dict[int, int], limits: Limits, offload: str, short: int
) -> None:
    allowed = size_text(sum(room.values()))
    way_out = "raise LBS_GPU_MEMORY_LIMIT, shorten the context, or use a smaller data type."
    numbers = {"needed": plan.peak, "allowed": sum(room.values()), "weights": plan.weights}
    if max(room.values()) <= plan.working_set or checkpoint.weights > limits.host_room or offload == "never":
        raise RunError("does_not_fit", f"{_needs(plan)}, but the limit leaves {allowed}: {way_out}", **numbers)
    if offload == "ask":
        raise RunError(
            "offload_needs_consent",
            f"{_needs(plan)}, but the limit leaves {allowed}. {size_text(short)} of weights could go to the CPU, which "
            f"is much slower: agree to that, or {way_out}",
            **numbers,
        )


def _mapped(checkpoint: Checkpoint, room: dict[int, int], plan: Plan, host_room: int) -> dict[str, int | str]:
    with init_empty_weights():
        empty: Any = AutoModelForCausalLM.from_config(checkpoint.config, dtype=checkpoint.dtype)
    empty.tie_weights()
    most: dict[int | str, int] = {index: max(0, cap - plan.working_set) for index, cap in room.items()}
    found: dict[str, int | str] = infer_auto_device_map(
        empty,
        max_memory={**most, "cpu": host_room},
        no_split_module_classes=list(empty._no_split_modules or []),
        dtype=checkpoint.dtype,
    )
    if "disk" in found.values():
        raise RunError(
            "does_not_fit", f"{_needs(plan)}: part of the weights would end on the disk, which is never done."
        )
    return found
