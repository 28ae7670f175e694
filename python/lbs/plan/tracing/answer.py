"""One request to the tracer: a config and the workloads to trace."""

from __future__ import annotations

import functools
from pathlib import Path

import torch

from lbs.models.adapter import read_adapter
from lbs.models.inspection import inspect_config
from lbs.sentences import say

from ..config_files import config_file, config_hash
from ..kernels import Kernels
from ..trace_types import Trace, TraceAnswer, TraceRequest
from ..workload import Workload
from .build import CannotRun, CannotTrace, first_line
from .trace import Tracer


def answer(request: TraceRequest) -> TraceAnswer:
    """An error where the model cannot be traced."""
    try:
        tracer = _tracer(
            request["path"],
            config_hash(request["path"]),
            request["dtype"],
            request["kernels"],
            request["trust_remote_code"],
        )
        works = [Workload(**work) for work in request["works"]]
        if request.get("scripts"):
            traces = [_script(tracer, work) for work in works]
        else:
            traces = tracer.run(works, native=request["native"])
    except CannotRun as error:
        return {"error": error.sentence.as_json(), "refused": True}
    except CannotTrace as error:
        return {"error": say("plan.not_traceable", reason=error.sentence).as_json()}
    return {"weights": tracer.weights, "traces": traces}


def _script(tracer: Tracer, work: Workload) -> Trace:
    return {"script": tracer.script(work), "classes": tracer.classes, "attention": tracer.attention}


@functools.lru_cache(maxsize=2)
def _tracer(path: str, _hash: str, dtype: str, kernels: Kernels, trust_remote_code: bool) -> Tracer:
    from transformers import AutoConfig

    try:
        adapter = read_adapter(Path(path))
        folder = adapter.base if adapter else path
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=trust_remote_code)
        inspected = inspect_config(config_file(path), trust_remote_code=trust_remote_code)
        inspected.apply(config)
    except Exception as error:
        raise CannotTrace(say("plan.trace_config", error=first_line(error))) from None
    # Quantized layers compute with unpacked weights; their own sizes come from their method's settings.
    if getattr(config, "quantization_config", None) is not None:
        del config.quantization_config
    return Tracer(
        config,
        getattr(torch, dtype),
        kernels=kernels,
        trust_remote_code=trust_remote_code,
        adapter=adapter.path if adapter else None,
        quantization=inspected.quantization,
    )
