"""The size of a model's weights, from the headers of its safetensors files. No torch."""

from __future__ import annotations

import json
import math
import shlex
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lbs.models.adapter import WEIGHTS, is_adapter, read_adapter
from lbs.models.gguf import gguf_way_out
from lbs.sentences import Sentence, SentenceError, say

_MAX_HEADER_BYTES = 100 * 1024 * 1024
_TORCH_NAMES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
_FLOATS = {"F64", "F32", "F16", "BF16"}
_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}
_PICKLED = ("pytorch_model*.bin", "pytorch_model.bin.index.json", "adapter_model.bin", "*.pt", "*.pth")


class WeightsError(SentenceError, ValueError):
    """Weights that are missing or damaged."""


def weight_bytes(path: Path, item: int) -> int:
    """Floating-point values take `item` bytes each, others what they take in the file. An adapter counts with its base.

    Raises WeightsError or AdapterError.
    """
    files = weight_files(path)
    if not files:
        raise WeightsError(missing_weights(path))
    adapter = read_adapter(path)
    base = weight_bytes(adapter.base, item) if adapter else 0
    return base + sum(size for file in files for size in _tensor_sizes(file, item))


def weight_files(path: Path) -> list[Path]:
    """The files that are loaded from this folder, which may contain the same weights twice (Mistral's consolidated file).
    Raises WeightsError."""
    if is_adapter(path):
        return [path / WEIGHTS] if (path / WEIGHTS).is_file() else []
    single, index = path / "model.safetensors", path / "model.safetensors.index.json"
    if single.is_file():
        return [single]
    if not index.is_file():
        return sorted(path.glob("*.safetensors"))
    try:
        names = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise WeightsError(_damaged(index, error)) from None
    return [path / name for name in names]


def stored_dtype(path: Path) -> str | None:
    """The first floating-point dtype in the weights, as torch names it; None where there is none, or no header to read."""
    try:
        for file in weight_files(path):
            for name, tensor in _header(file).items():
                if name != "__metadata__" and tensor["dtype"] in _TORCH_NAMES:
                    return _TORCH_NAMES[tensor["dtype"]]
    except WeightsError:
        return None
    return None


def missing_weights(path: Path) -> Sentence:
    """Why a folder without safetensors cannot be loaded. Pickled weights and GGUF are never loaded, but they can be converted."""
    if not any(next(path.glob(pattern), None) for pattern in _PICKLED):
        return gguf_way_out(path) or say("models.no_weights", path=str(path))
    return say("models.pickled_weights", path=str(path), quoted=shlex.quote(str(path)))


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
        raise WeightsError(_damaged(file, error)) from None
    return header


def _damaged(file: Path, error: Exception) -> Sentence:
    return say("models.damaged", file=str(file), error=str(error))
