"""Writes safetensors: either all of them or none."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path

import torch
from safetensors import SafetensorError
from safetensors.torch import save_file

from lbs.memory.limit import size_text
from lbs.sentences import say

from .errors import ConvertError
from .reading import read_tensors

INDEX = "model.safetensors.index.json"
_WEIGHTS = {".bin", ".pt", ".pth", ".safetensors", ".h5", ".msgpack", ".ot", ".onnx", ".gguf"}


def convert(pickles: Mapping[Path, str], others: Sequence[Path], target: Path) -> list[Path]:
    """`pickles`: each file and its new name in `target`, which also gets copies of `others`. The pickles stay.

    Raises ConvertError, or OSError where a file cannot be written; then `target` is unchanged.
    """
    with new_folder(target) as folder:
        for file in others:
            shutil.copyfile(file, folder / file.name)
        weight_map: dict[str, str] = {}
        total = 0
        for file, name in pickles.items():
            tensors = _unshared(read_tensors(file), _tied_names(file.parent))
            size = sum(tensor.nbytes for tensor in tensors.values())
            check_space(target, size)
            _write(tensors, folder / name)
            weight_map |= dict.fromkeys(tensors, name)
            total += size
        names = [*(file.name for file in others), *pickles.values()]
        if len(pickles) > 1:
            index = {"metadata": {"total_size": total}, "weight_map": dict(sorted(weight_map.items()))}
            (folder / INDEX).write_text(json.dumps(index, indent=2) + "\n", "utf-8")
            names.append(INDEX)  # last: without it the others are not recognized as a model
        return move(folder, names, target)


@contextmanager
def new_folder(target: Path) -> Iterator[Path]:
    """A hidden folder on the disk of `target`, which is removed again. `target` is created, and removed where it stays empty."""
    created = not target.exists()
    target.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix=".convert-", dir=target))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        if created:
            with suppress(OSError):
                target.rmdir()


def other_files(source: Path, target: Path) -> list[Path]:
    """Config, tokenizer and other files next to the weights, except those that `target` has."""
    return [
        file
        for file in sorted(source.iterdir())
        if file.is_file() and file.suffix not in _WEIGHTS and not file.name.endswith(".index.json")
        if not (target / file.name).exists()
    ]


def _write(tensors: dict[str, torch.Tensor], path: Path) -> None:
    try:
        save_file(tensors, path, metadata={"format": "pt"})
    except SafetensorError as error:
        # It reports a full disk only this way.
        raise OSError(str(error)) from None
    except (ValueError, KeyError) as error:
        raise ConvertError(say("convert.cannot_hold", file=path.name, reason=str(error))) from None


def _unshared(tensors: dict[str, torch.Tensor], tied: Mapping[str, str]) -> dict[str, torch.Tensor]:
    """safetensors stores no shared memory: a name that the model ties to another is left out, other sharers are copied."""
    kept: dict[str, torch.Tensor] = {}
    storages: set[int] = set()
    for name, tensor in tensors.items():
        other = tensors.get(tied.get(name, ""))
        if other is not None and _same(tensor, other):
            continue
        storage = tensor.untyped_storage().data_ptr()
        kept[name] = tensor.clone().contiguous() if storage in storages else tensor.contiguous()
        storages.add(storage)
    return kept


def _same(one: torch.Tensor, other: torch.Tensor) -> bool:
    return (one.data_ptr(), one.shape, one.stride(), one.dtype) == (
        other.data_ptr(),
        other.shape,
        other.stride(),
        other.dtype,
    )


def _tied_names(folder: Path) -> dict[str, str]:
    """Names that the model itself ties, and from_pretrained restores; none where it cannot be built without custom code."""
    from transformers import AutoConfig, AutoModelForCausalLM

    try:
        config = AutoConfig.from_pretrained(folder, local_files_only=True, trust_remote_code=False)
        with torch.device("meta"):
            model = AutoModelForCausalLM.from_config(config, trust_remote_code=False)
    except Exception:  # a foreign config may raise anything: then every name is written
        return {}
    return dict(model.all_tied_weights_keys)


def check_space(target: Path, size: int) -> None:
    """Raises OSError where the disk of `target`, which need not exist, has no room for `size` bytes."""
    there = next(folder for folder in (target, *target.parents) if folder.exists())
    free = shutil.disk_usage(there).free
    if size > free:
        raise OSError(f"{size_text(size)} needed, {size_text(free)} free")


def move(folder: Path, names: list[str], target: Path) -> list[Path]:
    """Syncs, then renames. Where a rename fails, the earlier ones are undone."""
    for name in names:
        _sync(folder / name)
    moved: list[Path] = []
    try:
        for name in names:
            os.replace(folder / name, target / name)
            moved.append(target / name)
    except OSError:
        for path in moved:
            path.unlink(missing_ok=True)
        raise
    _sync(target)
    return moved


def _sync(path: Path) -> None:
    if path.is_dir() and os.name == "nt":
        return  # Windows cannot open a folder
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
