"""Which kernel PyTorch's scaled_dot_product_attention takes on a GPU, without gradients and dropout. No torch.

As in aten/src/ATen/native/transformers/cuda/sdp_utils.cpp of PyTorch 2.13; Headroom turns cuDNN's kernel off.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Literal

from .kernels import Kernels

AttentionKernel = Literal["flash", "efficient", "math"]
"""flash and efficient (memory-efficient) never hold the scores of all tokens at once, math does."""

_HALF = ("float16", "bfloat16")
_LARGEST_FLASH_HEAD = 256
_LARGEST_KEPT_HEAD = 128
"""Above it the memory-efficient kernel keeps its output in an fp32 buffer while it works on it in 16 bits."""


@dataclass(frozen=True)
class AttentionCall:
    """Of query, key and value: `heads`, how many, and `sizes`, values in one. `lengths`: tokens of query and of key;
    `masked`: with a mask tensor; `grouped`: enable_gqa; `regular`: four dimensions, one dtype, one batch size, and a last
    dimension without gaps."""

    dtype: str
    heads: tuple[int, int, int]
    sizes: tuple[int, int, int]
    lengths: tuple[int, int]
    masked: bool = False
    causal: bool = False
    grouped: bool = False
    regular: bool = True

    @property
    def half(self) -> bool:
        return self.dtype in _HALF

    @property
    def accumulates(self) -> bool:
        """Whether the memory-efficient kernel needs an fp32 buffer as large as its output."""
        return self.half and max(self.sizes) > _LARGEST_KEPT_HEAD


def attention_kernel(call: AttentionCall, kernels: Kernels, *, has_flash: bool = True) -> AttentionKernel:
    """On a GPU of this class. `has_flash`: PyTorch was built with flash attention, as some builds for Windows are not."""
    if not call.regular or 0 in call.lengths:
        return "math"
    if has_flash and _flash_takes(call, kernels):
        return "flash"
    return "efficient" if _efficient_takes(call, kernels) else "math"


@cache
def flash_takes_heads(kernels: Kernels, dtype: str, key_size: int, value_size: int, *, has_flash: bool = True) -> bool:
    """Whether flash attention takes heads of this size, if only there is no mask."""
    sizes = (key_size, key_size, value_size)
    return attention_kernel(AttentionCall(dtype, (1, 1, 1), sizes, (1, 1)), kernels, has_flash=has_flash) == "flash"


def _flash_takes(call: AttentionCall, kernels: Kernels) -> bool:
    query, key, value = call.heads
    return (
        kernels == "sm_80"
        and call.half
        and not call.masked
        and len(set(call.sizes)) == 1
        and call.sizes[0] <= _LARGEST_FLASH_HEAD
        and (not call.causal or len(set(call.lengths)) == 1)
        and (query == key == value or (call.grouped and key == value and query % key == 0))
    )


def _efficient_takes(call: AttentionCall, kernels: Kernels) -> bool:
    query, key, value = call.sizes
    step = _alignment(kernels, call.half)
    return (
        kernels != "cpu"
        and (call.dtype in ("float16", "float32") or (call.dtype == "bfloat16" and kernels == "sm_80"))
        and query == key
        and key % step == value % step == 0
        and len(set(call.heads)) == 1
    )


def _alignment(kernels: Kernels, half: bool) -> int:
    """Values by which the size of a head must be divisible: those of 16 bytes where tensor cores compute."""
    if kernels == "sm_80":
        return 8 if half else 4
    return 8 if half and kernels == "sm_70" else 1
