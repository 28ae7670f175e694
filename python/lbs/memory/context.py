"""What CUDA takes on a card beside PyTorch's allocator, and what cuBLAS takes inside it. Pure, in bytes.

Fitted to public logs of some twenty kinds of card, see docs/facts-memory.md and tests/memory/test_context.py.
"""

from __future__ import annotations

from typing import Literal

Capability = tuple[int, int]
ContextSource = Literal["measured", "predicted", "assumed"]
"""Of its size: measured on this machine, predicted for this card, or assumed for a card that is unknown."""
_MIB = 1 << 20
_HOPPER: Capability = (9, 0)
_CONSUMER_BLACKWELL: Capability = (12, 0)

_BYTES_PER_THREAD = 2048
_WORKSPACE, _WORKSPACE_FROM_HOPPER = 8_519_680, 32 * _MIB
_KERNELS, _KERNELS_FROM_HOPPER, _KERNELS_CONSUMER_BLACKWELL = 75 * _MIB, 150 * _MIB, 45 * _MIB
_LATE, _LATE_FROM_HOPPER = 88 * _MIB, 160 * _MIB
_UNKNOWN, _UNKNOWN_FROM_HOPPER = 512 * _MIB, 768 * _MIB


def predicted_context(multiprocessors: int, threads: int, capability: Capability) -> int:
    """The CUDA context with the kernels that a run loads. `threads`: the most that one multiprocessor holds."""
    return _BYTES_PER_THREAD * multiprocessors * threads + _kernels(capability)


def _kernels(capability: Capability) -> int:
    if capability >= _CONSUMER_BLACKWELL:
        return _KERNELS_CONSUMER_BLACKWELL
    return _KERNELS_FROM_HOPPER if capability >= _HOPPER else _KERNELS


def assumed_context(capability: Capability | None) -> int:
    """Where more is not known of a card, as with a size alone: at least what any known card of that age is predicted."""
    return _UNKNOWN_FROM_HOPPER if capability is not None and capability >= _HOPPER else _UNKNOWN


def late_kernels(capability: Capability | None) -> int:
    """The most that kernels take which CUDA loads after the context was measured."""
    hopper = capability is not None and _HOPPER <= capability < _CONSUMER_BLACKWELL
    return _LATE_FROM_HOPPER if hopper else _LATE


def workspace_of(capability: Capability | None) -> int:
    """Of cuBLAS, which the allocator counts; the larger one where the card is unknown. Source: CUDABlas.cpp of PyTorch."""
    return _WORKSPACE if capability is not None and capability < _HOPPER else _WORKSPACE_FROM_HOPPER
