"""One request to the tracer: a config and the workloads to follow."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import torch

from lbs.models.adapter import read_adapter

from ..source import config_hash
from ..workload import Workload
from .build import CannotTrace, first_line
from .trace import Tracer


def answer(request: dict[str, Any]) -> dict[str, Any]:
    """`request`: path (a folder, of an adapter, too, or a config.json), dtype, cuda, trust_remote_code, works (Workload's
    fields); `scripts`: each trace as its script, from which a curve can be drawn.

    {"weights": ..., "traces": [...]} in bytes, or {"error": a sentence} where the model cannot be traced.
    """
    follow = _script if request.get("scripts") else Tracer.trace
    try:
        tracer = _tracer(
            request["path"],
            config_hash(request["path"]),
            request["dtype"],
            request["cuda"],
            request["trust_remote_code"],
        )
        traces = [follow(tracer, Workload(**work)) for work in request["works"]]
    except CannotTrace as error:
        return {"error": f"It cannot be traced: {error}."}
    return {"weights": tracer.weights(), "traces": traces}


def _script(tracer: Tracer, work: Workload) -> dict[str, Any]:
    return {"script": tracer.script(work), "classes": tracer.classes}


@functools.lru_cache(maxsize=2)
def _tracer(path: str, _stamp: str, dtype: str, cuda: bool, trust_remote_code: bool) -> Tracer:
    from transformers import AutoConfig

    try:
        adapter = read_adapter(Path(path))
        where = adapter.base if adapter else path
        config = AutoConfig.from_pretrained(where, local_files_only=True, trust_remote_code=trust_remote_code)
    except Exception as error:
        raise CannotTrace(f"its config cannot be read: {first_line(error)}") from None
    # Its weights come packed; what its layers compute with is the same.
    if getattr(config, "quantization_config", None) is not None:
        del config.quantization_config
    put_on = adapter.path if adapter else None
    return Tracer(config, getattr(torch, dtype), cuda=cuda, trust_remote_code=trust_remote_code, adapter=put_on)
