"""Which pickles hold a folder's weights, and their tensors: by torch's restricted unpickler, never by pickle itself."""

from __future__ import annotations

import json
import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from .errors import ConvertError

SINGLE, INDEX, ADAPTER = "pytorch_model.bin", "pytorch_model.bin.index.json", "adapter_model.bin"


def pickles_of(folder: Path) -> dict[Path, str]:
    """Each pickle and the name that its safetensors get: those that from_pretrained looks for. Fails with a ConvertError."""
    for name, new in ((SINGLE, "model.safetensors"), (ADAPTER, "adapter_model.safetensors")):
        if (folder / name).is_file():
            return {folder / name: new}
    if (folder / INDEX).is_file():
        return {folder / name: _shard_name(name) for name in _shards(folder / INDEX)}
    others = sorted([*folder.glob("*.pt"), *folder.glob("*.pth")])
    if len(others) == 1:
        return {others[0]: "model.safetensors"}
    if others:
        names = ", ".join(file.name for file in others)
        raise ConvertError(f"{folder} holds {names} without an index: nobody can tell which of them is the model.")
    raise ConvertError(f"{folder} holds no pickled weights: there is nothing to convert.")


def _shards(index: Path) -> list[str]:
    try:
        names = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConvertError(f"{index} is damaged ({error}): fetch the model again.") from None
    for name in names:
        # The index is a stranger's file: it must not lead out of its folder.
        if not isinstance(name, str) or Path(name).name != name or not (index.parent / name).is_file():
            raise ConvertError(f"{index} names {name!r}, which is no file beside it: fetch the model again.")
    if not names:
        raise ConvertError(f"{index} names no files: fetch the model again.")
    return names


def _shard_name(name: str) -> str:
    return f"{Path(name).stem.replace('pytorch_model', 'model', 1)}.safetensors"


def read_tensors(file: Path) -> dict[str, torch.Tensor]:
    """The weights, mapped and not read where the file's format allows it. Fails with a ConvertError, or an OSError."""
    try:
        found: Any = torch.load(file, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(file))
    except pickle.UnpicklingError as error:
        raise ConvertError(_not_only_weights(file, error)) from None
    except (RuntimeError, ValueError, EOFError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise ConvertError(f"{file} is damaged ({_first_line(error)}): fetch the model again.") from None
    if not isinstance(found, Mapping) or not found:
        raise ConvertError(_holds_more(file, f"a {type(found).__name__}, not weights by name"))
    for name, tensor in found.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            raise ConvertError(_holds_more(file, f"{name!r} is a {type(tensor).__name__}, not a tensor"))
        # A few bytes can claim to be terabytes: a view that repeats its storage is nobody's weight.
        if tensor.layout is not torch.strided or tensor.nbytes > tensor.untyped_storage().nbytes():
            raise ConvertError(f"{file} is damaged ({name} is no plain tensor): fetch the model again.")
    return {name: tensor.detach() for name, tensor in found.items()}


def _not_only_weights(file: Path, error: Exception) -> str:
    named = re.search(r"GLOBAL (\S+)", str(error))
    if named:
        return _holds_more(file, f"it asks for {named[1]}")
    return f"{file} is damaged, or holds more than weights ({_first_line(error)}): nothing of it was run."


def _holds_more(file: Path, what: str) -> str:
    return (
        f"{file} holds more than weights ({what}): loading that could run code, so nothing of it was run. "
        "Fetch the model in the safetensors format."
    )


def _first_line(error: Exception) -> str:
    return (str(error).strip().split("\n")[0] or type(error).__name__)[:200].rstrip(".")
