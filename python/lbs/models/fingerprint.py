"""A hash that tells models apart without reading all their weights. No torch."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from pathlib import Path
from typing import BinaryIO

METHOD = "sampled-sha256"
_WHOLE = (".json", ".txt", ".model", ".jinja", ".py")
_LARGEST_WHOLE = 64 << 20
_SAMPLES, _SAMPLE_BYTES = 16, 64 << 10


def fingerprint(folders: Sequence[Path]) -> str:
    """`sampled-sha256:HEX` over the names and sizes of the files that a model consists of, the content of its small ones,
    and of each safetensors file the first 64 KiB, which hold the header or its start, and 15 blocks more, spread evenly to
    the end. `folders`: the model's, and its adapter's. Raises OSError."""
    total = hashlib.sha256()
    for folder in folders:
        for file in sorted(folder.iterdir()):
            if file.suffix in (*_WHOLE, ".safetensors") and file.is_file():
                total.update(f"{file.name}\0{file.stat().st_size}\0".encode(errors="surrogateescape"))
                with file.open("rb") as opened:
                    total.update(_part(opened, file.stat().st_size, whole=file.suffix != ".safetensors"))
    return f"{METHOD}:{total.hexdigest()}"


def _part(file: BinaryIO, size: int, *, whole: bool) -> bytes:
    if size <= _SAMPLES * _SAMPLE_BYTES or (whole and size <= _LARGEST_WHOLE):
        return hashlib.sha256(file.read()).digest()
    digest = hashlib.sha256()
    for number in range(_SAMPLES):
        file.seek((size - _SAMPLE_BYTES) * number // (_SAMPLES - 1), os.SEEK_SET)
        digest.update(file.read(_SAMPLE_BYTES))
    return digest.digest()
