"""The files that hold a model's weights, whether they are complete, and their size. No torch."""

from __future__ import annotations

import os
import re
import shlex
from collections.abc import Iterable, Mapping
from functools import lru_cache
from pathlib import Path

from lbs.models.adapter import WEIGHTS, is_adapter, read_adapter
from lbs.models.errors import ModelFolderError
from lbs.models.files import fingerprint, missing, read_json_object
from lbs.models.gguf import gguf_way_out
from lbs.models.quantization import keeps_dtype, unpacked_values
from lbs.models.tensor_file import TensorHeader, read_headers
from lbs.sentences import Sentence, say

_TORCH_NAMES = {"F32": "float32", "F16": "float16", "BF16": "bfloat16"}
SINGLE, INDEX = "model.safetensors", "model.safetensors.index.json"
_FLOATS = {"F64", "F32", "F16", "BF16"}
_PICKLED = ("pytorch_model*.bin", "pytorch_model.bin.index.json", "adapter_model.bin", "*.pt", "*.pth")
LAYER = re.compile(r"(?:^|\.)(?:layers|h)\.(\d+)\.")
"""The number of a layer in a tensor's name."""
_SHARD = re.compile(r"(?P<stem>.+)-(?P<number>\d+)-of-(?P<count>\d{2,6})\.safetensors")


def weight_bytes(path: Path, item: int, unpacked: str | None = None) -> int:
    """Floating-point values take `item` bytes each, others what they take in the file. An adapter counts with its base.
    `unpacked`: the quantization method of the base, where loading dequantizes it.

    Raises ModelFolderError or AdapterError.
    """
    adapter = read_adapter(path)
    base = weight_bytes(adapter.base, item, unpacked) if adapter else 0
    return base + _own_bytes(path, item, None if adapter else unpacked, fingerprint(path))


def layer_bytes(path: Path, item: int) -> list[int]:
    """Of each layer, by the numbers in the tensors' names, as `weight_bytes` counts them; empty where a number is missing."""
    adapter = read_adapter(path)
    base = layer_bytes(adapter.base, item) if adapter else []
    own = _own_layers(path, item, fingerprint(path))
    sums = [
        (base[number] if number < len(base) else 0) + own.get(number, 0) for number in range(max(len(base), len(own)))
    ]
    return sums if set(own) <= set(range(len(sums))) and all(sums) else []


@lru_cache(maxsize=64)
def _own_layers(path: Path, item: int, _fingerprint: object) -> Mapping[int, int]:
    layers: dict[int, int] = {}
    for headers in complete_weights(path).values():
        for name, header in headers.items():
            if match := LAYER.search(name):
                number = int(match[1])
                layers[number] = layers.get(number, 0) + _loaded_bytes(name, header, item, None)
    return layers


@lru_cache(maxsize=64)
def _own_bytes(path: Path, item: int, unpacked: str | None, _fingerprint: object) -> int:
    return sum(
        _loaded_bytes(name, header, item, unpacked)
        for headers in complete_weights(path).values()
        for name, header in headers.items()
    )


def complete_weights(path: Path) -> Mapping[Path, Mapping[str, TensorHeader]]:
    """The tensors of each file that is loaded from this folder. Raises ModelFolderError where any is missing or damaged."""
    files = weight_files(path)
    if not files:
        raise ModelFolderError(missing_weights(path))
    if not is_adapter(path) and files[0].name != SINGLE and not _exists(path / INDEX):
        if any(_SHARD.fullmatch(file.name) for file in files):
            raise missing(path / INDEX)
        raise ModelFolderError(say("models.other_names", folder=str(path), found=files[0].name))
    found = {file: read_headers(file) for file in files}
    if files[0].name != SINGLE and not is_adapter(path):
        _check_index(path / INDEX, found)
    return found


def has_weight_files(path: Path) -> bool:
    """Whether there are any, complete or not."""
    return (
        any(_exists(path / name) for name in (SINGLE, INDEX, WEIGHTS))
        or next(path.glob("*.safetensors"), None) is not None
    )


def weight_files(path: Path) -> list[Path]:
    """The files that are loaded from this folder, which may contain the same weights twice (Mistral's consolidated file).
    Raises ModelFolderError where the index is damaged."""
    if is_adapter(path):
        return [path / WEIGHTS] if _exists(path / WEIGHTS) else []
    if _exists(path / SINGLE):
        return [path / SINGLE]
    if not _exists(path / INDEX):
        return sorted(path.glob("*.safetensors"))
    return [path / name for name in sorted(set(_weight_map(path / INDEX).values()))]


def stored_dtype(path: Path) -> str | None:
    """The first floating-point dtype in the weights, as torch names it; None where there is none, or no header to read."""
    try:
        for file in weight_files(path):
            for header in read_headers(file).values():
                if header.dtype in _TORCH_NAMES:
                    return _TORCH_NAMES[header.dtype]
    except ModelFolderError:
        return None
    return None


def missing_weights(path: Path) -> Sentence:
    """Why a folder without safetensors cannot be loaded. Pickled weights and GGUF are never loaded, but they can be converted."""
    if not any(next(path.glob(pattern), None) for pattern in _PICKLED):
        return gguf_way_out(path) or say("models.no_weights", path=str(path))
    return say("models.pickled_weights", path=str(path), quoted=shlex.quote(str(path)))


def _exists(path: Path) -> bool:
    """Whatever it is: a FIFO or a broken link is refused later, not passed over."""
    return os.path.lexists(path)


def _weight_map(index: Path) -> Mapping[str, str]:
    found = read_json_object(index)
    names = found.get("weight_map")
    # transformers requires the metadata, too.
    if not isinstance(names, Mapping) or not names or not isinstance(found.get("metadata"), Mapping):
        raise ModelFolderError(say("models.damaged_index", file=str(index), name=index.name))
    for name in names.values():
        if not isinstance(name, str) or not name.endswith(".safetensors") or Path(name).name != name or "\0" in name:
            # The index is foreign data: it must not lead out of its folder.
            raise ModelFolderError(say("models.index_leads_out", file=str(index), name=repr(name)[:200]))
    return names


def _check_index(index: Path, found: Mapping[Path, Mapping[str, TensorHeader]]) -> None:
    """Against the tensors of its files, and against the count in the names of its files."""
    for tensor, name in _weight_map(index).items():
        if tensor not in found[index.parent / name]:
            raise ModelFolderError(say("models.not_in_shard", file=str(index), tensor=tensor[:200], name=name))
    for name in _unnamed_shards(file.name for file in found):
        raise ModelFolderError(say("models.unnamed_shard", file=str(index), name=name))


def _unnamed_shards(names: Iterable[str]) -> list[str]:
    """Names such as model-00002-of-00003.safetensors that the other names imply."""
    groups: dict[tuple[str, str, int], set[int]] = {}
    for name in names:
        if found := _SHARD.fullmatch(name):
            key = (found["stem"], found["count"], len(found["number"]))
            groups.setdefault(key, set()).add(int(found["number"]))
    return [
        f"{stem}-{number:0{digits}d}-of-{count}.safetensors"
        for (stem, count, digits), numbers in groups.items()
        if len(numbers) < int(count)
        for number in range(1, int(count) + 1)
        if number not in numbers
    ][:1]


def _loaded_bytes(name: str, header: TensorHeader, item: int, unpacked: str | None) -> int:
    if unpacked is not None and (values := unpacked_values(unpacked, name, header)) is not None:
        return values * item
    return header.values * item if header.dtype in _FLOATS and not keeps_dtype(name) else header.size
