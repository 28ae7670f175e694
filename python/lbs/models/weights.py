"""How large a model's weights are, read from the headers of its safetensors files; what to do where there are none.

No torch.
"""

from __future__ import annotations

import json
import math
import shlex
import struct
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from lbs.models.adapter import WEIGHTS, is_adapter, read_adapter

_MAX_HEADER_BYTES = 100 * 1024 * 1024
_FLOATS = {"F64", "F32", "F16", "BF16"}
_BYTES = {"F64": 8, "I64": 8, "U64": 8, "F32": 4, "I32": 4, "U32": 4, "F16": 2, "BF16": 2, "I16": 2, "U16": 2}


_PICKLED = ("pytorch_model*.bin", "pytorch_model.bin.index.json", "adapter_model.bin", "*.pt", "*.pth")


class WeightsError(ValueError):
    """The files are missing or damaged; the message is a sentence."""


def weight_bytes(path: Path, item: int) -> int:
    """From the headers of the safetensors files: floating numbers take `item` bytes each, others what they take.

    An adapter's folder counts with its base. Fails with a WeightsError, or an AdapterError.
    """
    files = weight_files(path)
    if not files:
        raise WeightsError(missing_weights(path))
    adapter = read_adapter(path)
    below = weight_bytes(adapter.base, item) if adapter else 0
    return below + sum(size for file in files for size in _tensor_sizes(file, item))


def weight_files(path: Path) -> list[Path]:
    """What would be loaded from this very folder, which may hold the same weights once more (Mistral's consolidated file)."""
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
        raise WeightsError(f"{index} is damaged ({error}): fetch the model again.") from None
    return [path / name for name in names]


def missing_weights(path: Path) -> str:
    """The sentence for a folder without safetensors. Pickled weights are never loaded, but they can be converted."""
    if not any(next(path.glob(pattern), None) for pattern in _PICKLED):
        return f"{path}: it holds no weights; choose a model in the safetensors format."
    return (
        f"{path}: its weights are pickled, and loading those can run code; turn them into safetensors with "
        f"`python -m lbs.convert {shlex.quote(str(path))}` (in the folder python, with the backend's Python)."
    )


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
        raise WeightsError(f"{file} is damaged ({error}): fetch the model again.") from None
    return header
