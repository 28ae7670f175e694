"""Finds a folder's pickled weights and reads their tensors with torch's restricted unpickler, never with pickle itself."""

from __future__ import annotations

import json
import pickle
import re
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch

from lbs.sentences import Sentence, say

from .errors import ConvertError

SINGLE, INDEX, ADAPTER = "pytorch_model.bin", "pytorch_model.bin.index.json", "adapter_model.bin"


def pickles_of(folder: Path) -> dict[Path, str]:
    """Each pickle, and the name for its safetensors that from_pretrained expects. Raises ConvertError."""
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
        raise ConvertError(say("convert.several_pickles", folder=str(folder), names=names))
    raise ConvertError(say("convert.nothing", folder=str(folder)))


def _shards(index: Path) -> list[str]:
    try:
        names = sorted(set(json.loads(index.read_text("utf-8"))["weight_map"].values()))
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        raise ConvertError(say("convert.damaged", file=str(index), reason=str(error))) from None
    for name in names:
        # The index is foreign data: it must not lead out of its folder.
        if not isinstance(name, str) or Path(name).name != name or not (index.parent / name).is_file():
            raise ConvertError(say("convert.not_beside", index=str(index), name=repr(name)))
    if not names:
        raise ConvertError(say("convert.names_nothing", index=str(index)))
    return names


def _shard_name(name: str) -> str:
    return f"{Path(name).stem.replace('pytorch_model', 'model', 1)}.safetensors"


def read_tensors(file: Path) -> dict[str, torch.Tensor]:
    """The weights, memory-mapped where the file's format allows it. Raises ConvertError or OSError."""
    try:
        loaded: Any = torch.load(file, map_location="cpu", weights_only=True, mmap=zipfile.is_zipfile(file))
    except pickle.UnpicklingError as error:
        raise ConvertError(_not_only_weights(file, error)) from None
    except (RuntimeError, ValueError, EOFError, KeyError, IndexError, AttributeError, TypeError) as error:
        raise ConvertError(say("convert.damaged", file=str(file), reason=_first_line(error))) from None
    if not isinstance(loaded, Mapping) or not loaded:
        raise ConvertError(_more_than_weights(file, say("convert.no_names", kind=type(loaded).__name__)))
    for name, tensor in loaded.items():
        if not isinstance(name, str) or not isinstance(tensor, torch.Tensor):
            kind = type(tensor).__name__
            raise ConvertError(_more_than_weights(file, say("convert.not_a_tensor", name=repr(name), kind=kind)))
        # A few bytes can claim to be terabytes, as a view that repeats its storage.
        if tensor.layout is not torch.strided or tensor.nbytes > tensor.untyped_storage().nbytes():
            raise ConvertError(say("convert.damaged", file=str(file), reason=say("convert.not_plain", name=name)))
    return {name: tensor.detach() for name, tensor in loaded.items()}


def _not_only_weights(file: Path, error: Exception) -> Sentence:
    match = re.search(r"GLOBAL (\S+)", str(error))
    if match:
        return _more_than_weights(file, say("convert.loads", name=match[1]))
    return say("convert.perhaps_code", file=str(file), reason=_first_line(error))


def _more_than_weights(file: Path, what: Sentence) -> Sentence:
    return say("convert.more_than_weights", file=str(file), what=what)


def _first_line(error: Exception) -> str:
    return (str(error).strip().split("\n")[0] or type(error).__name__)[:200].rstrip(".")
