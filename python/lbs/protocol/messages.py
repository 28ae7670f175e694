"""What server and worker say to each other: one JSON object a line, with its kind under "type". No torch here.

server -> worker: run, cancel, clear, shutdown; worker -> server: hello, state, stage, progress, item, memory, result, error,
cleared, unreleased (of the run before; after it, only its end helps), fatal. All memory in bytes.
"""

from __future__ import annotations

import json
from typing import Any, Literal, TypeAlias, TypedDict

WorkerState: TypeAlias = Literal["idle", "loading", "running"]
ErrorCode: TypeAlias = Literal[
    "invalid_model",
    "invalid_parameters",
    "does_not_fit",
    "offload_needs_consent",
    "out_of_memory",
    "limit_breach",
    "cancelled",
    "internal",
]
Message: TypeAlias = dict[str, Any]

# A line longer than this is no message of ours: a result of a large grid stays far below it.
MAX_LINE_BYTES = 64 * 1024 * 1024


class Run(TypedDict):
    """`dataset` is "Set/member"; `parameters` are those of its benchmark; `offload` overrides LBS_OFFLOAD; `done`: items by
    key that an earlier run finished."""

    type: Literal["run"]
    req_id: str
    model: str
    dataset: str
    parameters: dict[str, Any]
    offload: str | None
    done: dict[str, dict[str, Any]]


class GpuLimit(TypedDict):
    index: int
    uuid: str
    total: int
    budget: int
    cap: int


class Hello(TypedDict):
    type: Literal["hello"]
    torch: str
    cuda: str | None
    allocator: str | None
    emulated: bool
    limits: list[GpuLimit]
    limit_note: str | None


class MemoryGpu(TypedDict):
    index: int
    uuid: str
    name: str
    total: int
    budget: int | None
    used: int
    context: int
    allocated: int
    reserved: int
    weights: int
    kv_cache: int
    peak: int


class CachedModel(TypedDict):
    """`place`: gpu, or cpu where it waits there."""

    path: str
    dtype: str
    bytes: int
    place: Literal["gpu", "cpu"]
    hits: int


class CacheReport(TypedDict):
    """Since the worker's start; `last`: the last model that gave way, and why."""

    hits: int
    misses: int
    evictions: int
    last: str | None


class HostMemory(TypedDict):
    """`available`: what may still be taken, the control group's limit included."""

    total: int
    available: int
    rss: int


class Memory(TypedDict):
    """`time` in Unix seconds."""

    type: Literal["memory"]
    time: float
    gpus: list[MemoryGpu]
    cached_models: list[CachedModel]
    cache: CacheReport
    host: HostMemory


class MessageError(ValueError):
    """A line that is no message."""


def encode(message: Any) -> bytes:
    """One line, newline included; NaN and infinities are refused because JSON has none."""
    return json.dumps(message, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The message of one line. Fails with a MessageError."""
    if len(line) > MAX_LINE_BYTES:
        raise MessageError(f"a line of {len(line)} bytes is no message")
    try:
        message = json.loads(line, parse_constant=_no_constant)
    except (ValueError, RecursionError) as error:
        raise MessageError(f"not JSON: {error}") from None
    if not isinstance(message, dict) or not isinstance(message.get("type"), str):
        raise MessageError('a message is an object with a "type"')
    return message


def _no_constant(name: str) -> None:
    """JSON has no NaN; one that came through would end in an answer that no client can read."""
    raise ValueError(f"{name} is no number of JSON")
