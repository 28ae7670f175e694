"""The log lines that the guide quotes, byte for byte. GB is 2^30 bytes there; one line per GPU, in order."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from lbs.benchmarks.notes import effect_of_chunks
from lbs.memory.limit import GIB
from lbs.models.dtype import DtypeSource
from lbs.plan import Plan
from lbs.protocol.messages import MemoryGpu
from lbs.sentences import say

_DTYPE_REASONS: dict[DtypeSource, str] = {
    "setting": "LBS_TORCH_DTYPE",
    "checkpoint": "as the checkpoint",
    "default": "the default of a GPU",
    "no_gpu": "the default without a GPU",
}
UNCACHED = "[Runner] Using uncached evaluation for NeedleInAHaystack to ensure memory release"


def log(line: str) -> None:
    """To the terminal; stdout carries the messages."""
    print(line, file=sys.stderr, flush=True)


def log_begin(req_id: str, dataset: str, model: str) -> None:
    """The panel finds a run's part of the log between this line and that of `log_end`."""
    log(f"[Runner] Run {req_id} begins: {dataset} on {model}")


def log_end(req_id: str) -> None:
    log(f"[Runner] Run {req_id} ends")


def log_loading(moment: str, gpus: Iterable[MemoryGpu]) -> None:
    """`moment`: before or after. Allocated memory, without the CUDA context."""
    for gpu in gpus:
        log(f"[Runner] GPU memory {moment} loading: {gpu['allocated'] / GIB:.2f} GB / {gpu['total'] / GIB:.2f} GB")


def log_release(moment: str, gpus: Iterable[MemoryGpu]) -> None:
    for gpu in gpus:
        log(f"[Runner] GPU memory {moment} release: {gpu['allocated'] / GIB:.2f} GB")


def log_dtype(dtype: object) -> None:
    """The dtype of the weights as PyTorch prints it, such as torch.float16, whatever the setting."""
    log(f"[Runner] Actual model dtype: {dtype}")


def log_dtype_choice(name: str, source: DtypeSource) -> None:
    log(f"[Runner] dtype {name}: {_DTYPE_REASONS[source]}")


def log_choices(plan: Plan) -> None:
    """What the plan chose so that the run fits."""
    if chunk := plan.input.chosen_chunk:
        log(f"[Runner] {say('plan.chosen_chunk', chunk=chunk, effect=effect_of_chunks(plan.input.work.kv_cache))}")
