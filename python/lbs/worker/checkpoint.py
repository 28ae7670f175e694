"""What a model folder says of itself before anything of it is loaded."""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from transformers import AutoConfig

from lbs.settings import Settings
from lbs.worker.errors import RunError

_MAX_HEADER_BYTES = 100 * 1024 * 1024
_FLOATS = {"F64", "F32", "F16", "BF16"}
_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}


@dataclass(frozen=True)
class Checkpoint:
    """`weights` in bytes once loaded as `dtype`; `max_tokens` is what the model takes."""

    path: Path
    config: Any
    dtype: torch.dtype
    weights: int
    max_tokens: int

    @property
    def item(self) -> int:
        """Bytes per number."""
        return self.dtype.itemsize

    @property
    def dtype_name(self) -> str:
        return str(self.dtype).removeprefix("torch.")

    @property
    def toy(self) -> bool:
        return "tiny" in self.path.name


def read_checkpoint(path: Path, settings: Settings, *, gpu: bool) -> Checkpoint:
    """Fails with a RunError `invalid_model`."""
    if not (path / "config.json").is_file():
        raise RunError("invalid_model", f"{path} has no config.json: choose the folder that holds it.")
    try:
        config = AutoConfig.from_pretrained(path, local_files_only=True, trust_remote_code=settings.trust_remote_code)
    except (OSError, ValueError, KeyError) as error:
        reason = str(error).strip().split("\n")[0]
        raise RunError("invalid_model", f"The config of {path} cannot be used: {reason}") from None
    dtype = resolve_dtype(settings, config, gpu=gpu)
    text = config.get_text_config()
    max_tokens = getattr(text, "max_position_embeddings", None) or 1 << 20
    return Checkpoint(path, config, dtype, weight_bytes(path, dtype.itemsize), int(max_tokens))


def resolve_dtype(settings: Settings, config: Any, *, gpu: bool) -> torch.dtype:
    """The setting; unless somebody chose it, float32 where there is no GPU, since CPUs are slow with half."""
    if settings.torch_dtype == "auto":
        own = getattr(config, "dtype", None)
        return own if isinstance(own, torch.dtype) else torch.float32
    if not gpu and settings.source("torch_dtype") == "default":
        return torch.float32
    chosen: torch.dtype = getattr(torch, settings.torch_dtype)
    return chosen


def weight_bytes(path: Path, item: int) -> int:
    """From the headers of the safetensors files: floating numbers take `item` bytes each, others what they take."""
    files = weight_files(path)
    if not files:
        raise RunError("invalid_model", f"{path} has no safetensors weights: pickled ones are not loaded.")
    return sum(size for file in files for size in _tensor_sizes(file, item))


def weight_files(path: Path) -> list[Path]:
    """What from_pretrained would load; a folder may hold the same weights once more (Mistral's consolidated file)."""
    single, index = path / "model.safetensors", path / "model.safetensors.index.json"
    if single.is_file():
        return [single]
    if not index.is_file():
        return sorted(path.glob("*.safetensors"))
    try:
        names = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise RunError("invalid_model", f"{index} is damaged ({error}): fetch the model again.") from None
    return [path / name for name in names]


def _tensor_sizes(file: Path, item: int) -> Iterator[int]:
    for name, tensor in _header(file).items():
        if name != "__metadata__":
            kind = tensor["dtype"]
            yield math.prod(tensor["shape"]) * (item if kind in _FLOATS else _BYTES.get(kind, 1))


def _header(file: Path) -> dict[str, Any]:
    try:
        with file.open("rb") as opened:
            (length,) = struct.unpack("<Q", opened.read(8))
            if length > _MAX_HEADER_BYTES:
                raise ValueError("its header is too long")
            header: dict[str, Any] = json.loads(opened.read(length))
    except (OSError, ValueError, struct.error) as error:
        raise RunError("invalid_model", f"{file} is damaged ({error}): fetch the model again.") from None
    return header
