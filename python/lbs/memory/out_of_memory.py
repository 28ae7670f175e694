"""Whether an error says that GPU memory ran out. Imports torch: not for the server."""

from __future__ import annotations

import re

import torch

_OTHERS_SAY = re.compile(r"(CUDA|Triton).*out of memory|STATUS_ALLOC_FAILED")
"""Of what CUDA, its driver and its libraries take for themselves, beside torch's allocator."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether a GPU's memory ran out, whoever noticed it."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and _OTHERS_SAY.search(str(error)) is not None
