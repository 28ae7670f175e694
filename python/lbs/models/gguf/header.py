"""Reads the header of a GGUF file within fixed bounds: a foreign file may claim anything. No torch, no numpy.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md
"""

from __future__ import annotations

import math
import struct
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from lbs.sentences import SentenceError, say

from .kinds import BLOCKS

MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_STRING, _ARRAY = 8, 9
_SCALARS = {0: "B", 1: "b", 2: "H", 3: "h", 4: "I", 5: "i", 6: "f", 7: "?", 10: "Q", 11: "q", 12: "d"}
_MAX_PAIRS, _MAX_TENSORS, _MAX_DIMENSIONS = 10_000, 200_000, 4
_MAX_NAME, _MAX_TEXT = 65_535, 16 << 20
_MAX_STRINGS = 4_000_000
"""In all arrays together; the largest vocabularies have 0.3 million tokens and as many merges."""
_MAX_KEPT = 4096
"""A longer array of numbers is kept as its length alone."""


class HeaderError(SentenceError, ValueError):
    """What is wrong with the header, as a phrase."""


@dataclass(frozen=True)
class ArrayLength:
    """A metadata array of which only the length is kept: strings, or many numbers."""

    length: int


Metadata = Mapping[str, object]
"""Each value a number, a bool, a str, a tuple of numbers or an ArrayLength."""


@dataclass(frozen=True)
class Tensor:
    """`shape`: as torch orders it; `kind`: ggml's number of its type; `offset`: bytes from the start of the data."""

    name: str
    shape: tuple[int, ...]
    kind: int
    offset: int

    @property
    def values(self) -> int:
        return math.prod(self.shape)

    @property
    def stored(self) -> int:
        """Bytes in the file. Raises KeyError for an unknown type."""
        per_block, size = BLOCKS[self.kind]
        return self.values // per_block * size


@dataclass(frozen=True)
class Header:
    """`data`: where the tensors' data begins, in bytes; `size`: of the whole file."""

    metadata: Metadata
    tensors: tuple[Tensor, ...]
    data: int
    size: int

    def text(self, key: str) -> str:
        """'' where the value is missing or not a text."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def count(self, key: str) -> int | None:
        """None where the value is missing or not a whole number."""
        value = self.metadata.get(key)
        return value if isinstance(value, int) and not isinstance(value, bool) else None

    def length(self, key: str) -> int:
        """Of an array; 0 where it is missing."""
        value = self.metadata.get(key)
        return value.length if isinstance(value, ArrayLength) else len(value) if isinstance(value, tuple) else 0

    @property
    def wanted(self) -> int:
        """Bytes that a complete file has at least. Raises KeyError for an unknown type."""
        return max([self.data, *(self.data + tensor.offset + tensor.stored for tensor in self.tensors)])


def read_header(path: Path) -> Header:
    """Raises HeaderError, or OSError where the file cannot be read."""
    with path.open("rb") as opened:
        return _Reader(opened, path.stat().st_size).header()


class _Reader:
    def __init__(self, opened: BinaryIO, size: int) -> None:
        self._file, self._size = opened, size
        self._at = self._strings = 0

    def header(self) -> Header:
        if self._take(4) != MAGIC:
            raise HeaderError(say("models.header_magic"))
        (version,) = self._unpack("I")
        if version not in _VERSIONS:
            raise HeaderError(say("models.header_version", version=version))
        tensors, pairs = self._unpack("QQ")
        if pairs > _MAX_PAIRS or tensors > _MAX_TENSORS:
            raise HeaderError(say("models.header_counts", tensors=tensors, pairs=pairs))
        metadata: dict[str, object] = {}
        for _ in range(pairs):
            key = self._text(_MAX_NAME)
            if key in metadata:
                raise HeaderError(say("models.header_twice", name=repr(key)))
            (kind,) = self._unpack("I")
            metadata[key] = self._value(kind)
        found = tuple(self._tensor() for _ in range(tensors))
        if len({tensor.name for tensor in found}) < len(found):
            raise HeaderError(say("models.header_tensor_twice"))
        alignment = metadata.get("general.alignment", 32)
        if not isinstance(alignment, int) or alignment < 1 or alignment & (alignment - 1):
            raise HeaderError(say("models.header_alignment", alignment=str(alignment)))
        return Header(metadata, found, -(-self._at // alignment) * alignment, self._size)

    def _tensor(self) -> Tensor:
        name = self._text(_MAX_NAME)
        (dimensions,) = self._unpack("I")
        if not 1 <= dimensions <= _MAX_DIMENSIONS:
            raise HeaderError(say("models.header_dimensions", name=repr(name), count=dimensions))
        shape = self._unpack(f"{dimensions}Q")
        kind, offset = self._unpack("IQ")
        # The file orders dimensions from the fastest to the slowest, torch the other way round.
        tensor = Tensor(name, tuple(reversed(shape)), kind, offset)
        per_block = BLOCKS[kind][0] if kind in BLOCKS else 1
        if 0 in shape or shape[0] % per_block or tensor.values >= 1 << 62 or offset >= 1 << 62:
            raise HeaderError(say("models.header_shape", name=repr(name), shape=str(tensor.shape)))
        return tensor

    def _value(self, kind: int) -> object:
        if kind == _STRING:
            return self._text(_MAX_TEXT)
        if kind == _ARRAY:
            return self._array()
        if kind not in _SCALARS:
            raise HeaderError(say("models.header_type", kind=kind))
        return self._unpack(_SCALARS[kind])[0]

    def _array(self) -> object:
        kind, length = self._unpack("IQ")
        if kind == _STRING:
            self._strings += length
            if self._strings > _MAX_STRINGS:
                raise HeaderError(say("models.header_strings", count=self._strings))
            for _ in range(length):
                self._skip(self._unpack("Q")[0])
            return ArrayLength(length)
        if kind not in _SCALARS:
            raise HeaderError(say("models.header_type", kind=kind))
        if length <= _MAX_KEPT:
            return self._unpack(f"{length}{_SCALARS[kind]}")
        self._skip(length * struct.calcsize(f"<{_SCALARS[kind]}"))
        return ArrayLength(length)

    def _text(self, most: int) -> str:
        (length,) = self._unpack("Q")
        if length > most:
            raise HeaderError(say("models.header_text", count=length))
        try:
            return self._take(length).decode("utf-8")
        except UnicodeDecodeError:
            raise HeaderError(say("models.header_utf8")) from None

    def _unpack(self, form: str) -> tuple[int, ...]:
        form = f"<{form}"
        return struct.unpack(form, self._take(struct.calcsize(form)))

    def _take(self, length: int) -> bytes:
        taken = self._file.read(length)
        self._at += length
        if len(taken) < length:
            raise HeaderError(say("models.header_ends"))
        return taken

    def _skip(self, length: int) -> None:
        self._at += length
        if self._at > self._size:
            raise HeaderError(say("models.header_ends"))
        # A seek empties the buffer, and most strings are short.
        if length < 4096:
            self._file.read(length)
        else:
            self._file.seek(length, 1)
