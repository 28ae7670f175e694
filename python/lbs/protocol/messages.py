"""The messages between server and worker: one JSON object a line, with its kind under "type". No torch here.

Memory is in bytes, times in Unix seconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal, TypeAlias

from pydantic import PlainValidator
from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from lbs.sentences import Sentence, SentenceJson

WorkerState: TypeAlias = Literal["idle", "loading", "running"]
StageName: TypeAlias = Literal["planning", "loading"]
ErrorCode: TypeAlias = Literal[
    "invalid_model",
    "invalid_parameters",
    "does_not_fit",
    "offload_needs_consent",
    "out_of_memory",
    "limit_breach",
    "non_finite",
    "cancelled",
    "internal",
]
JsonObject: TypeAlias = dict[str, Any]
"""JSON of a shape that only its reader knows: a benchmark's parameters, items and result, a config, evidence."""

_Sentence: TypeAlias = Annotated[Sentence, PlainValidator(Sentence.from_json)]


class AppliedLimit(TypedDict):
    index: int
    uuid: str
    total: int
    budget: int
    cap: int


class MemoryGpu(TypedDict):
    """`budget` is None where no limit is set; `peak` includes the CUDA context."""

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
    """An idle model; `place` is cpu while it is parked there."""

    path: str
    dtype: str
    bytes: int
    place: Literal["gpu", "cpu"]
    hits: int


class CacheReport(TypedDict):
    """Counted since the worker's start; `last` and `last_sentence`: the last eviction and its reason."""

    hits: int
    misses: int
    evictions: int
    last: str | None
    last_sentence: SentenceJson | None


class HostMemory(TypedDict):
    """System RAM; `available` respects the control group's limit."""

    total: int
    available: int
    rss: int


class HeldMemory(TypedDict):
    """What the worker holds at one moment. `others`: bytes of other processes by GPU index; `allocator`: PyTorch's counters."""

    gpus: list[MemoryGpu]
    others: dict[str, int]
    allocator: list[dict[str, int]]
    cached_models: list[CachedModel]
    cache: CacheReport


@dataclass(frozen=True)
class StartRun:
    """`dataset` is "Set/member"; `offload` overrides LBS_OFFLOAD; `done`: items by key that an earlier run finished; `force`: run
    although the plan says that it does not fit."""

    req_id: str
    model: str
    dataset: str
    parameters: JsonObject
    offload: Literal["auto", "ask", "never"] | None
    done: dict[str, JsonObject]
    force: bool = False
    type: Literal["run"] = "run"


@dataclass(frozen=True)
class CancelRun:
    req_id: str
    type: Literal["cancel"] = "cancel"


@dataclass(frozen=True)
class PauseRun:
    """The run waits before its next item until `paused` is false."""

    req_id: str
    paused: bool
    type: Literal["pause"] = "pause"


@dataclass(frozen=True)
class ClearMemory:
    type: Literal["clear"] = "clear"


@dataclass(frozen=True)
class Shutdown:
    type: Literal["shutdown"] = "shutdown"


@dataclass(frozen=True)
class Starting:
    """Before its Hello: the module that the worker imports, or "gpus" while it opens them."""

    step: str
    type: Literal["starting"] = "starting"


@dataclass(frozen=True)
class ImportFailed:
    """`file`: the file at fault, if known. The worker then exits."""

    module: str
    error: str
    file: str | None
    type: Literal["import_failed"] = "import_failed"


@dataclass(frozen=True)
class Hello:
    """The first message of a worker that is ready; `allocator`: its settings as PyTorch read them; `expandable`: whether it uses
    expandable segments, None where there is no such allocator."""

    torch: str
    cuda: str | None
    allocator: str | None
    emulated: bool
    limits: list[AppliedLimit]
    limit_note: _Sentence | None
    expandable: bool | None = None
    type: Literal["hello"] = "hello"


@dataclass(frozen=True)
class State:
    state: WorkerState
    type: Literal["state"] = "state"


@dataclass(frozen=True)
class Stage:
    """Sent before there are items; `share` is 0 to 1."""

    req_id: str
    stage: StageName
    share: float
    type: Literal["stage"] = "stage"


@dataclass(frozen=True)
class Planned:
    """Sent before the model is loaded. `plan`: as `POST /api/plan` answers; `predicted_peak`: bytes of all GPUs, as the model is
    placed, `offloaded` where layers are on the CPU."""

    req_id: str
    plan: JsonObject
    predicted_peak: int
    offloaded: bool
    type: Literal["planned"] = "planned"


@dataclass(frozen=True)
class Progress:
    req_id: str
    current_item: int
    total_items: int
    current_question: _Sentence
    type: Literal["progress"] = "progress"


@dataclass(frozen=True)
class ItemDone:
    req_id: str
    key: str
    item: JsonObject
    type: Literal["item"] = "item"


@dataclass(frozen=True)
class Memory:
    time: float
    gpus: list[MemoryGpu]
    cached_models: list[CachedModel]
    cache: CacheReport
    host: HostMemory
    type: Literal["memory"] = "memory"


@dataclass(frozen=True)
class RunResult:
    req_id: str
    result: JsonObject
    type: Literal["result"] = "result"


@dataclass(frozen=True)
class RunFailed:
    """`details`: the evidence of an incident; empty where there is none."""

    req_id: str
    code: ErrorCode
    sentence: _Sentence
    details: JsonObject
    type: Literal["error"] = "error"


@dataclass(frozen=True)
class Cleared:
    freed: int
    type: Literal["cleared"] = "cleared"


@dataclass(frozen=True)
class Unreleased:
    """The last run left GPU memory behind, which only the end of this worker frees."""

    req_id: str
    sentence: _Sentence
    details: JsonObject
    type: Literal["unreleased"] = "unreleased"


@dataclass(frozen=True)
class Fatal:
    """The worker cannot work, and another one could not either."""

    sentence: _Sentence
    type: Literal["fatal"] = "fatal"


ServerMessage: TypeAlias = StartRun | CancelRun | PauseRun | ClearMemory | Shutdown
RunMessage: TypeAlias = Stage | Planned | Progress | ItemDone | RunResult | RunFailed
"""Those about the run in progress."""
WorkerMessage: TypeAlias = RunMessage | Starting | ImportFailed | Hello | State | Memory | Cleared | Unreleased | Fatal
