"""The header of a safetensors file against the file's size. No torch.

Format: 8 bytes little-endian length, a JSON header of that length, then the data that its offsets divide without gaps
(https://github.com/huggingface/safetensors#format).
"""

from __future__ import annotations

import json
import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lbs.models.errors import ModelFolderError
from lbs.models.files import check_file, unreadable
from lbs.sentences import Sentence, say

_MAX_HEADER_BYTES = 100_000_000
"""The limit of the safetensors library."""
_SAMPLES, _SAMPLE_BYTES = 64, 4096
_BITS = {
    **dict.fromkeys(("F64", "I64", "U64", "C64"), 64),
    **dict.fromkeys(("F32", "I32", "U32"), 32),
    **dict.fromkeys(("F16", "BF16", "I16", "U16"), 16),
    **dict.fromkeys(("I8", "U8", "BOOL", "F8_E4M3", "F8_E5M2", "F8_E8M0", "F8_E4M3FNUZ", "F8_E5M2FNUZ"), 8),
    **dict.fromkeys(("F6_E2M3", "F6_E3M2"), 6),
    "F4": 4,
}


@dataclass(frozen=True)
class TensorHeader:
    """`dtype`: the format's name, such as BF16; `start` and `size`: of its data in the file, in bytes."""

    dtype: str
    shape: tuple[int, ...]
    start: int
    size: int

    @property
    def values(self) -> int:
        return math.prod(self.shape)


def read_headers(file: Path) -> Mapping[str, TensorHeader]:
    """The tensors of a complete file by name. Raises ModelFolderError where it is missing, cut off or damaged."""
    size = check_file(file)
    return _read_headers(file, size, file.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read_headers(file: Path, size: int, _changed: int) -> Mapping[str, TensorHeader]:
    try:
        with file.open("rb") as opened:
            length = _header_length(file, opened.read(8), size)
            text = opened.read(length)
    except OSError as error:
        raise unreadable(file, error) from None
    try:
        parsed: object = json.loads(text)
    except (ValueError, RecursionError):
        raise _damaged(file, say("models.damaged_header")) from None
    if not isinstance(parsed, Mapping):
        raise _damaged(file, say("models.damaged_header"))
    tensors = {
        name: _tensor(file, name, fields, 8 + length) for name, fields in parsed.items() if name != "__metadata__"
    }
    _check_offsets(file, sorted((one.start, one.start + one.size) for one in tensors.values()), 8 + length, size)
    return tensors


def same_data(one: Path, first: TensorHeader, other: Path, second: TensorHeader) -> bool:
    """Whether two tensors are alike, by their types, shapes and samples of their data. Raises ModelFolderError."""
    if (first.dtype, first.shape) != (second.dtype, second.shape):
        return False
    try:
        with one.open("rb") as left, other.open("rb") as right:
            for offset in range(0, first.size, max(_SAMPLE_BYTES, first.size // _SAMPLES)):
                count = min(_SAMPLE_BYTES, first.size - offset)
                left.seek(first.start + offset)
                right.seek(second.start + offset)
                if left.read(count) != right.read(count):
                    return False
    except OSError as error:
        raise unreadable(one, error) from None
    return True


def _header_length(file: Path, first: bytes, size: int) -> int:
    if len(first) < 8:
        raise _cut_off(file, size, None)
    length: int = struct.unpack("<Q", first)[0]
    if length > _MAX_HEADER_BYTES:
        raise _damaged(file, say("models.damaged_header"))
    if length > size - 8:
        raise _cut_off(file, size, None)
    return length


def _tensor(file: Path, name: str, fields: object, data: int) -> TensorHeader:
    """`data`: where the data begins in the file."""
    match fields:
        case {"dtype": str(dtype), "shape": list(shape), "data_offsets": [int(begin), int(end)]}:
            if 0 <= begin <= end and all(type(side) is int and side >= 0 for side in shape):
                header = TensorHeader(dtype, tuple(shape), data + begin, end - begin)
                bits = _BITS.get(dtype)
                if bits is None or header.values * bits == 8 * header.size:
                    return header
    raise _damaged(file, say("models.damaged_entry", name=name[:200]))


def _check_offsets(file: Path, offsets: list[tuple[int, int]], place: int, size: int) -> None:
    """`place`: where the first tensor must begin; the last must end with the file."""
    for begin, end in offsets:
        if begin != place:
            raise _damaged(file, say("models.damaged_offsets"))
        place = end
    if place > size:
        raise _cut_off(file, size, place)
    if place < size:
        raise _damaged(file, say("models.damaged_offsets"))


def _cut_off(file: Path, size: int, whole: int | None) -> ModelFolderError:
    if whole is None:
        return ModelFolderError(say("models.cut_off", folder=str(file.parent), name=file.name, size=size))
    return ModelFolderError(say("models.cut_off_of", folder=str(file.parent), name=file.name, size=size, whole=whole))


def _damaged(file: Path, reason: Sentence) -> ModelFolderError:
    return ModelFolderError(say("models.damaged", file=str(file), error=reason))
