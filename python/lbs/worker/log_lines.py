"""The lines that the guide tells people to look for, byte for byte. GB is 2^30 bytes there; one line per GPU, in order."""

from __future__ import annotations

import sys
from collections.abc import Iterable

from lbs.memory.limit import GIB
from lbs.protocol.messages import MemoryGpu

UNCACHED = "[Runner] Using uncached evaluation for NeedleInAHaystack to ensure memory release"


def log(line: str) -> None:
    """For the person's terminal; stdout belongs to the messages."""
    print(line, file=sys.stderr, flush=True)


def log_loading(moment: str, gpus: Iterable[MemoryGpu]) -> None:
    """`moment`: before or after. What torch's tensors hold, without the CUDA context: nothing, before the first model."""
    for gpu in gpus:
        log(f"[Runner] GPU memory {moment} loading: {gpu['allocated'] / GIB:.2f} GB / {gpu['total'] / GIB:.2f} GB")


def log_release(moment: str, gpus: Iterable[MemoryGpu]) -> None:
    for gpu in gpus:
        log(f"[Runner] GPU memory {moment} release: {gpu['allocated'] / GIB:.2f} GB")


def log_dtype(dtype: object) -> None:
    """As torch prints it, such as torch.float16: what the weights are, whatever was asked for."""
    log(f"[Runner] Actual model dtype: {dtype}")
