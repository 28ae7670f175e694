"""Loads one model under the limit. Every model is loaded here."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from typing import Any

import torch
import transformers
from transformers import AutoModelForCausalLM, AutoTokenizer

from lbs.memory.limit import Limits, size_text
from lbs.memory.out_of_memory import is_out_of_memory
from lbs.models.apply_adapter import apply_adapter
from lbs.plan import Plan
from lbs.sentences import SentenceError, say
from lbs.settings import Settings
from lbs.worker.devices import Device, model_bytes
from lbs.worker.errors import RunError, first_line
from lbs.worker.loading.checkpoint import Checkpoint
from lbs.worker.loading.experts import one_expert_at_a_time
from lbs.worker.loading.placement import Placed
from lbs.worker.loading.progress import watched_load
from lbs.worker.loading.tensors import check_tensors
from lbs.worker.log_lines import log, log_dtype, log_dtype_choice, log_loading

_CONVERSION = "automatic conversion of the weights"
"""In the error of transformers where experts do not stack."""


@dataclass
class Loaded:
    """`gpus`: bytes of weights per GPU; `host`: bytes on the CPU."""

    model: Any
    tokenizer: Any
    gpus: dict[int, int]
    host: int


def read_tokenizer(checkpoint: Checkpoint, settings: Settings) -> Any:
    """Raises RunError."""
    with _errors_explained(checkpoint):
        return AutoTokenizer.from_pretrained(
            checkpoint.tokenizer, local_files_only=True, trust_remote_code=settings.trust_remote_code
        )


def load(
    checkpoint: Checkpoint,
    tokenizer: Any,
    placed: Placed,
    limits: Limits,
    device: Device,
    settings: Settings,
    step: Callable[[float], None],
) -> Loaded:
    """Calls `step` often with the share that is loaded; it may raise. Raises RunError, and torch.OutOfMemoryError where the
    cap is smaller than the prediction."""
    announce(checkpoint, placed, limits)
    log_loading("before", device.memory())
    # It allocates all weights in one piece outside any cap: a run that fits would fail.
    transformers.modeling_utils.caching_allocator_warmup = lambda *_, **__: None
    device_map = device.load_map(placed.map)
    smaller = one_expert_at_a_time() if placed.plan.demand.one_by_one else nullcontext()
    with _errors_explained(checkpoint), _out_of_memory_while_loading(device), watched_load(step), smaller:
        model, report = AutoModelForCausalLM.from_pretrained(
            checkpoint.model,
            config=checkpoint.config,
            dtype=checkpoint.dtype,
            device_map=device_map,
            local_files_only=True,
            use_safetensors=True,
            trust_remote_code=settings.trust_remote_code,
            # Mismatched shapes are in the report, too; without this they raise an error that names none.
            ignore_mismatched_sizes=True,
            output_loading_info=True,
        )
        check_tensors(checkpoint, model, report)
        if checkpoint.adapter:
            model = apply_adapter(model, checkpoint.adapter.path, checkpoint.dtype, device_map)
    model.eval()
    gpus = device.adopt(model, placed.map)
    log_loading("after", device.memory())
    log_dtype(model.dtype)
    return Loaded(model, tokenizer, gpus, max(0, model_bytes(model) - sum(gpus.values())))


@contextmanager
def _out_of_memory_while_loading(device: Device) -> Iterator[None]:
    """transformers merges experts on the GPU, swallows any failure of it, and raises an error that does not mention memory:
    the allocator's own counter shows an out-of-memory error."""

    def refusals() -> int:
        return sum(stats.get("num_ooms", 0) for stats in device.statistics())

    before = refusals()
    try:
        yield
    except RuntimeError as error:
        if is_out_of_memory(error) or refusals() == before:
            raise
        raise torch.OutOfMemoryError(f"CUDA out of memory while the weights were merged: {error}") from None


@contextmanager
def _errors_explained(checkpoint: Checkpoint) -> Iterator[None]:
    try:
        yield
    except RunError:
        raise
    except (OSError, ValueError, LookupError, ImportError, TypeError, AttributeError) as error:
        reason = error.sentence if isinstance(error, SentenceError) else first_line(error)
        raise RunError("invalid_model", say("worker.cannot_load", path=str(checkpoint.path), reason=reason)) from None
    except RuntimeError as error:
        if is_out_of_memory(error) or _CONVERSION not in str(error):
            raise
        reason = first_line(error)
        raise RunError("invalid_model", say("worker.cannot_load", path=str(checkpoint.path), reason=reason)) from None


def announce(checkpoint: Checkpoint, placed: Placed, limits: Limits) -> None:
    """Logs the guide's line per GPU, and what the user should know before loading."""
    for line in limits.log_lines:
        log(line)
    if checkpoint.toy:
        log("[Runner] Toy model: random weights, scores mean nothing")
    for note in checkpoint.inspected.notes:
        log(f"[Runner] {note}")
    plan = placed.plan
    for caution in plan.demand.cautions:
        log(f"[Runner] {caution}")
    log_dtype_choice(checkpoint.dtype_name, checkpoint.dtype_source)
    peak = plan.placed_peak(offloaded=placed.offloaded > 0)
    log(
        f"[Runner] Loading {checkpoint.path} as {checkpoint.dtype_name}: predicted peak {size_text(peak.total)} of "
        f"{size_text(peak.room)} ({', '.join(str(part) for part in peak.parts)}){_corrected(plan)}"
    )
    if plan.demand.one_by_one:
        log("[Runner] Copies experts one at a time: stacking a whole layer of them does not fit; loading takes longer")
    if placed.forced:
        log("[Runner] Forced: this does not fit by the plan; the limit still holds")
    if placed.offloaded:
        log(f"[Runner] Offload: about {size_text(placed.offloaded)} of weights go to the CPU; this is much slower")


def _corrected(plan: Plan) -> str:
    """Says so where earlier runs have corrected the prediction."""
    runs = plan.input.correction.runs
    return f", corrected by {runs} measured run{'s' if runs > 1 else ''}" if runs else ""
