"""What a GPU's attention kernels allocate, on fake CPU tensors, which take other paths (docs/facts-memory.md)."""

from __future__ import annotations

import inspect
import math
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from functools import wraps
from unittest import mock

import torch
import torch.nn.functional as functional

from ..attention import AttentionCall, AttentionKernel, attention_kernel, flash_takes_heads
from ..kernels import Kernels
from ..trace_types import AttentionNote

_FLASH_STEP = 8
_MASK_STEP = 8
"""Values to whose multiples heads and rows of a mask are padded."""


def has_flash() -> bool:
    """Whether this PyTorch has flash attention. A build without CUDA stands for the target's, which does."""
    return torch.version.cuda is None or bool(torch.backends.cuda.is_flash_attention_available())


def dtype_name(dtype: torch.dtype) -> str:
    return str(dtype).removeprefix("torch.")


class TargetAttention:
    """Stands in for scaled_dot_product_attention. `used`: what its calls took; `repeats`: some call got repeated heads."""

    def __init__(self, kernels: Kernels) -> None:
        self._kernels = kernels
        self._has_flash = has_flash()
        self.used: set[AttentionKernel] = set()
        self.repeats = False

    def __call__(  # noqa: PLR0913  # the signature of torch's own
        self,
        query: torch.Tensor,
        key: torch.Tensor,
        value: torch.Tensor,
        attn_mask: torch.Tensor | None = None,
        dropout_p: float = 0.0,
        is_causal: bool = False,
        scale: float | None = None,
        enable_gqa: bool = False,
    ) -> torch.Tensor:
        """query [batch, heads, length, size]; returns [batch, heads, length, size of value]."""
        call = call_of(query, key, value, attn_mask, is_causal=is_causal, enable_gqa=enable_gqa)
        suited = suited_to(call, self._kernel)
        self.repeats = self.repeats or 1 < call.heads[1] < suited.heads[1]
        key, value = with_heads(key, suited.heads[1]), with_heads(value, suited.heads[2])
        kernel = self._kernel(suited)
        self.used.add(kernel)
        if kernel == "flash":
            return flash(query, key, value)
        if attn_mask is not None and attn_mask.dtype == torch.bool:
            attn_mask = additive(attn_mask, query.dtype)
        if kernel == "efficient":
            return efficient(query, value, attn_mask, accumulates=call.accumulates)
        return math_attention(query, key, value, attn_mask, is_causal=is_causal, enable_gqa=enable_gqa)

    def _kernel(self, call: AttentionCall) -> AttentionKernel:
        return attention_kernel(call, self._kernels, has_flash=self._has_flash)

    def takes_grouped_heads(self, key: torch.Tensor, value: torch.Tensor) -> bool:
        """Asked by transformers where key and value have fewer heads than the query, and there is no mask."""
        dtype, sizes = dtype_name(key.dtype), (key.shape[-1], value.shape[-1])
        takes = flash_takes_heads(self._kernels, dtype, *sizes, has_flash=self._has_flash)
        self.repeats = self.repeats or not takes
        return takes

    @property
    def note(self) -> AttentionNote:
        if "math" in self.used:
            return "math"
        return "repeated" if self.repeats else "none"


def call_of(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    *,
    is_causal: bool = False,
    enable_gqa: bool = False,
) -> AttentionCall:
    tensors = (query, key, value)
    regular = (
        all(tensor.dim() == 4 and tensor.stride(-1) == 1 for tensor in tensors)
        and len({tensor.dtype for tensor in tensors}) == len({tensor.shape[0] for tensor in tensors}) == 1
        and (mask is None or mask.stride(-1) == 1)
    )
    return AttentionCall(
        dtype=dtype_name(query.dtype),
        heads=_each(tensors, -3),
        sizes=_each(tensors, -1),
        lengths=(query.shape[-2], key.shape[-2]),
        masked=mask is not None,
        causal=is_causal,
        grouped=enable_gqa,
        regular=regular,
    )


def _each(tensors: tuple[torch.Tensor, torch.Tensor, torch.Tensor], dimension: int) -> tuple[int, int, int]:
    query, key, value = tensors
    return query.shape[dimension], key.shape[dimension], value.shape[dimension]


def suited_to(call: AttentionCall, kernel_of: Callable[[AttentionCall], AttentionKernel]) -> AttentionCall:
    """The same call as a kernel other than math takes it, where one does: with grouped heads, or with repeated ones."""
    query, key, value = call.heads
    shared = key == value < query and query % key == 0 and (call.grouped or key == 1)
    if not shared or kernel_of(call) != "math":
        return call
    ways = (replace(call, grouped=True), replace(call, grouped=False, heads=(query, query, query)))
    return next((way for way in ways if kernel_of(way) != "math"), call)


def with_heads(tensor: torch.Tensor, heads: int) -> torch.Tensor:
    """Key or value with so many heads: a view where it has a single one, a copy where it has some."""
    now = tensor.shape[-3]
    if now == heads:
        return tensor
    return tensor.expand(-1, heads, -1, -1) if now == 1 else tensor.repeat_interleave(heads // now, -3)


def flash(query: torch.Tensor, key: torch.Tensor, value: torch.Tensor) -> torch.Tensor:
    size = query.shape[-1]
    rest = -size % _FLASH_STEP
    padded = [functional.pad(tensor, (0, rest)) for tensor in (query, key, value)] if rest else []
    out = _output(query, size + rest)
    logsumexp = query.new_empty(*query.shape[:-1], dtype=torch.float32)
    del logsumexp, padded
    return out[..., :size]


def efficient(
    query: torch.Tensor, value: torch.Tensor, mask: torch.Tensor | None, *, accumulates: bool
) -> torch.Tensor:
    """`mask`: added to the scores."""
    if mask is not None and any(stride % _MASK_STEP for stride in mask.stride()[:-1]):
        # Rows of whole steps get another one.
        mask = functional.pad(mask, (0, _MASK_STEP - mask.shape[-1] % _MASK_STEP))
    out = _output(query, value.shape[-1])
    accumulator = torch.empty_like(out, dtype=torch.float32) if accumulates else None
    del accumulator, mask
    return out


def _output(query: torch.Tensor, size: int) -> torch.Tensor:
    """In the kernels' memory layout, [batch, length, heads, size], so that the transpose that follows is no copy."""
    return query.new_empty(query.shape[0], query.shape[2], query.shape[1], size).transpose(1, 2)


def additive(mask: torch.Tensor, dtype: torch.dtype) -> torch.Tensor:
    return torch.where(mask, 0.0, torch.tensor(-math.inf, dtype=dtype))


def math_attention(
    query: torch.Tensor,
    key: torch.Tensor,
    value: torch.Tensor,
    mask: torch.Tensor | None,
    *,
    is_causal: bool = False,
    enable_gqa: bool = False,
) -> torch.Tensor:
    """Step by step as _scaled_dot_product_attention_math and its _safe_softmax. Fake tensors would take other steps: they
    add the mask in a copy of the scores, and hide what the softmax holds. `mask`: added to the scores."""
    dtype = query.dtype
    half = dtype in (torch.float16, torch.bfloat16)
    precise_query, precise_key, precise_value = (tensor.float() if half else tensor for tensor in (query, key, value))
    factor = query.shape[-1] ** -0.25
    scaled = precise_query * factor
    if is_causal:
        mask = torch.ones(query.shape[-2], key.shape[-2], dtype=torch.bool).tril()
        mask = additive(mask, scaled.dtype)
    repeated_key, repeated_value = precise_key, precise_value
    if enable_gqa and query.shape[-3] != key.shape[-3]:
        repeated_key = precise_key.repeat_interleave(query.shape[-3] // key.shape[-3], -3)
        repeated_value = precise_value.repeat_interleave(query.shape[-3] // value.shape[-3], -3)
    scores = torch.matmul(scaled, repeated_key.transpose(-2, -1) * factor)
    if mask is not None:
        scores.add_(mask)
    weights = torch.softmax(scores, -1)
    masked = scores.eq(-math.inf)
    masked_rows = masked.all(-1, keepdim=True)
    del masked_rows, masked, scores
    returned_weights = weights.to(dtype)
    out = torch.matmul(weights, repeated_value).to(dtype)
    del returned_weights
    return out


@contextmanager
def target_attention(kernels: Kernels) -> Iterator[TargetAttention]:
    """Attention as the target computes it while this is open. The CPU's own is what fake tensors take."""
    attention = TargetAttention(kernels)
    with ExitStack() as stack:
        if kernels != "cpu":
            stack.enter_context(mock.patch.object(functional, "scaled_dot_product_attention", attention))
            stack.enter_context(grouped_heads_where(attention.takes_grouped_heads))
        yield attention


@contextmanager
def grouped_heads_where(takes: Callable[[torch.Tensor, torch.Tensor], bool]) -> Iterator[None]:
    """While this is open, `pass_grouped_heads` holds."""
    from transformers.integrations import sdpa_attention

    with mock.patch.object(sdpa_attention, "use_gqa_in_sdpa", sdpa_attention.use_gqa_in_sdpa):
        pass_grouped_heads(takes)
        yield


def pass_grouped_heads(takes: Callable[[torch.Tensor, torch.Tensor], bool]) -> None:
    """From now on transformers passes key and value on with fewer heads than the query only where `takes` says that a kernel
    other than math accepts them. Elsewhere it repeats them for a prompt, and packs the query for one token. Replaces an
    earlier `takes`."""
    from transformers.integrations import sdpa_attention

    original = inspect.unwrap(sdpa_attention.use_gqa_in_sdpa)

    @wraps(original)
    def use_gqa(mask: torch.Tensor | None, key: torch.Tensor, value: torch.Tensor) -> bool:
        return mask is None and bool(original(mask, key, value)) and takes(key, value)

    sdpa_attention.use_gqa_in_sdpa = use_gqa
