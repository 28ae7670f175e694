"""Which kernels PyTorch may choose on a GPU. Traces are shared by all GPUs that choose alike. No torch."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, get_args

from lbs.models.dtype import Capability

Kernels = Literal["cpu", "sm_50", "sm_70", "sm_80"]
"""Of the CPU, or of GPUs of this compute capability up to the next one: from 7.0 on with tensor cores in 16 bits, from 8.0 on
in 32 bits as well, with bfloat16 and flash attention."""

_SINCE: list[tuple[Capability, Kernels]] = [
    ((int(name[3:-1]), int(name[-1])), name) for name in reversed(get_args(Kernels)) if name != "cpu"
]


def kernels_of(capabilities: Sequence[Capability | None]) -> Kernels:
    """Of the least capable of these GPUs, an unknown one being the oldest; of the CPU where there are none."""
    if not capabilities:
        return "cpu"
    least = min(capability or (0, 0) for capability in capabilities)
    return next((name for since, name in _SINCE if least >= since), "sm_50")
