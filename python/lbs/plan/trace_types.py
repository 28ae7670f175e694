"""What is asked of the tracer and what it answers, as JSON. All sizes in bytes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal, NotRequired, TypedDict

from lbs.sentences import SentenceJson

from .kernels import Kernels
from .workload import WorkloadFields

Segments = list[list[Any]]
"""One forward pass: [place, net, peak] in the order of work; a place is "pre", a layer's number, or "post"."""


class TraceRequest(TypedDict):
    """`path`: a model's or adapter's folder, or a config.json. `native`: with the slack without expandable segments, too;
    `works`: a run, and its end where it has one. `scripts`: answer with scripts, from which curves are drawn.
    `exact`: trace this very run, even where a curve predicts it."""

    path: str
    dtype: str
    kernels: Kernels
    trust_remote_code: bool
    native: bool
    works: list[WorkloadFields]
    scripts: NotRequired[bool]
    exact: NotRequired[bool]


class BlockNames(TypedDict):
    """Modules before and after the list of layers."""

    pre: list[str]
    post: list[str]


class TracedWeights(TypedDict):
    """Bytes by block in loading order. `list`: name of the list of layers; `tied`: "post" shares a tensor with "pre";
    `load_transient`: what loading holds beside the weights, and `load_least` where it copies experts one by one; `scratch`:
    what kernels of quantized layers keep on each device; `sizes`: of each tensor."""

    pre: int
    layers: list[int]
    post: int
    names: BlockNames
    list: str
    tied: bool
    load_transient: int
    load_least: int
    scratch: NotRequired[int]
    sizes: list[int]


AttentionNote = Literal["none", "repeated", "math"]
"""What a plan has to say of attention on a GPU: nothing; keys and values are repeated for want of flash attention; it holds all
scores at once."""


class Slack(TypedDict):
    """What the allocator reserves above the requested peak, with expandable segments and without (`native`). `native_least`: at a
    cap below that, where it gives cached segments back before it is out of memory; `unsplit`: what blocks hold above the
    requested peak without expandable segments, which `torch.cuda.max_memory_allocated` counts."""

    expandable: int
    native: int
    native_least: int
    unsplit: int


class Trace(TypedDict, total=False):
    """One run. `classes`: for each layer the first one that equals it; `kv_cache`: by layer at the end of the run;
    `followed`: tokens of the longest prompt that was traced, where the figures are extrapolated; `attention`:
    what it took; `host_cache`: bytes of the KV cache in system RAM at the end of the run, and `fetched` of the largest layer's
    part; `script`: see allocator.script, in place of the figures."""

    prefill: list[Segments]
    decode: list[Segments]
    classes: list[int]
    kv_cache: list[int]
    slack: Slack
    followed: int
    attention: AttentionNote
    host_cache: int
    fetched: int
    script: list[Any]


class TraceAnswer(TypedDict, total=False):
    """`error`, or `weights` with one trace per workload. `refused`: the run itself ends with this error, before its first
    forward pass. `interpolated`: from curves, not from a trace of this very run."""

    error: SentenceJson
    refused: bool
    weights: TracedWeights
    traces: list[Trace]
    interpolated: bool


TraceSource = Callable[[TraceRequest], TraceAnswer]
"""The tracer (`answer` of lbs.plan.tracing, in a child process or in the worker itself), or curves over one."""
