"""The dtype that a model is loaded in: one function for the server's plan, the command's, and the worker. No torch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from lbs.models.weights import stored_dtype

DTYPES = ("auto", "float16", "bfloat16", "float32")
Capability = tuple[int, int]
"""CUDA compute capability of a GPU, such as (8, 0) for an A100, which nvcc calls sm_80."""
BFLOAT16_FROM: Capability = (8, 0)
"""Older GPUs compute bfloat16 in software."""

DtypeSource = Literal["setting", "checkpoint", "default", "no_gpu"]
"""Why this dtype: it was asked for; it is the checkpoint's own; it is the default; or the default without a GPU."""


@dataclass(frozen=True)
class Dtype:
    """`name`: float16, bfloat16 or float32."""

    name: str
    source: DtypeSource


def resolve_dtype(asked: str | None, own: str | None, capabilities: Sequence[Capability | None]) -> Dtype:
    """`asked`: LBS_TORCH_DTYPE or what stands for it, None where it is unset; `own`: of the checkpoint, None where it is
    unknown; `capabilities`: of the GPUs that the run may use, None where one is unknown.

    Unset, checkpoints in bfloat16 stay as they are where all GPUs compute it, since float16 overflows with some of them; all
    others become float16, or float32 on the CPU, which is slow with half precision. `auto` is the checkpoint's own, float32
    without one, as in transformers.
    """
    if asked == "auto":
        return Dtype(own or "float32", "checkpoint")
    if asked is not None:
        return Dtype(asked, "setting")
    if not capabilities:
        return Dtype("float32", "no_gpu")
    if own == "bfloat16" and computes_bfloat16(capabilities):
        return Dtype("bfloat16", "checkpoint")
    return Dtype("float16", "default")


def own_dtype(config: Mapping[str, object], folder: Path | None = None) -> str | None:
    """The dtype that a config.json names, multimodal models in their `text_config`; else that of the weights in `folder`."""
    nested = config.get("text_config")
    for numbers in (config, nested if isinstance(nested, Mapping) else {}):
        name = str(numbers.get("dtype") or numbers.get("torch_dtype") or "").removeprefix("torch.")
        if name in DTYPES and name != "auto":
            return name
    return stored_dtype(folder) if folder else None


def computes_bfloat16(capabilities: Sequence[Capability | None]) -> bool:
    return all(capability is not None and capability >= BFLOAT16_FROM for capability in capabilities)
