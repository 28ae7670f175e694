"""Recognizes out-of-memory errors of a GPU. Imports torch: not for the server."""

from __future__ import annotations

import re

import torch

_OTHER_MESSAGES = re.compile(r"(CUDA|Triton).*out of memory|STATUS_ALLOC_FAILED")
"""Of CUDA, its driver and its libraries, which allocate without torch."""


def is_out_of_memory(error: BaseException) -> bool:
    """Whether GPU memory ran out, in torch's allocator or elsewhere."""
    if isinstance(error, torch.OutOfMemoryError):
        return True
    return isinstance(error, RuntimeError) and _OTHER_MESSAGES.search(str(error)) is not None
