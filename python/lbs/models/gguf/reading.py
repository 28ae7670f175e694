"""What a GGUF file is, whether it can be converted, and what that takes. No torch."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from lbs.memory.limit import size_text
from lbs.sentences import Sentence, SentenceError, say

from .header import MAGIC, Header, HeaderError, read_header
from .kinds import (
    ARCHITECTURES,
    BLOCKS,
    BLOCKS_OF_TRANSFORMERS,
    ENCODERS,
    F16,
    F32,
    OWN_READER,
    SPLITS,
    TOKENIZERS,
)

_SHARD = re.compile(r"-\d{5}-of-(\d{5})\.gguf$", re.IGNORECASE)
_IMPORTS = 400 << 20
"""RAM of torch and transformers without a model: 170 MiB measured with the CPU's build of torch, others have more to load."""
_MAX_LAYERS = 1000
_PER_ENTRY = 1200
"""RAM per entry of the vocabulary while the package gguf holds the header; 1100 measured."""


class GgufError(SentenceError, ValueError):
    """A GGUF file that cannot be converted."""


@dataclass(frozen=True)
class Gguf:
    """A GGUF file that can be converted: `dtype` is that of the converted weights."""

    path: Path
    header: Header
    dtype: str

    @property
    def architecture(self) -> str:
        return self.header.text("general.architecture")

    @property
    def values(self) -> int:
        """Of all tensors."""
        return sum(tensor.values for tensor in self.header.tensors)

    @property
    def converted(self) -> int:
        """Bytes of the converted weights."""
        return self.values * (4 if self.dtype == "float32" else 2)

    @property
    def ram(self) -> int:
        """Bytes of system RAM that the conversion takes at most: the weights, and the largest tensor in float32 twice."""
        largest = max(tensor.values for tensor in self.header.tensors)
        names = ("tokens", "merges", "scores", "token_type")
        entries = sum(self.header.length(f"tokenizer.ggml.{name}") for name in names)
        # transformers joins experts in float32 before it converts them.
        experts = sum(tensor.values for tensor in self.header.tensors if "_exps." in tensor.name)
        return _IMPORTS + self.converted + 4 * (2 * largest + experts) + entries * _PER_ENTRY

    def sentence(self) -> Sentence:
        size, stored, ram = size_text(self.converted), size_text(self.header.size), size_text(self.ram)
        return say("models.gguf_convertible", file=str(self.path), size=size, stored=stored, ram=ram)

    def way_out(self) -> Sentence:
        """The sentence with the command."""
        size, stored, ram = size_text(self.converted), size_text(self.header.size), size_text(self.ram)
        quoted = shlex.quote(str(self.path))
        return say("models.gguf_command", file=str(self.path), size=size, stored=stored, ram=ram, quoted=quoted)


def is_gguf(path: Path) -> bool:
    """By its name or by its first bytes."""
    try:
        if not path.is_file():
            return False
        if path.suffix.lower() == ".gguf":
            return True
        with path.open("rb") as opened:
            return opened.read(4) == MAGIC
    except OSError:
        return False


def gguf_files(folder: Path) -> list[Path]:
    """The files named *.gguf in a folder, sorted; none where it cannot be read."""
    try:
        return sorted(file for file in folder.iterdir() if file.suffix.lower() == ".gguf" and file.is_file())
    except OSError:
        return []


def only_gguf(folder: Path) -> bool:
    """Whether a folder's weights are in GGUF alone: some of these have a config.json that names no more than the family."""
    patterns = ("*.safetensors", "*.bin", "*.pt", "*.pth")
    return bool(gguf_files(folder)) and not any(next(folder.glob(pattern), None) for pattern in patterns)


def converted_folder(file: Path) -> Path:
    """Where `lbs.convert` puts the model by default: beside the file, which one folder may hold in several quantizations."""
    return file.with_suffix("") if file.suffix.lower() == ".gguf" else file.with_name(f"{file.name}-converted")


def read_gguf(path: Path) -> Gguf:
    """Raises GgufError where it cannot be converted."""
    try:
        found = path.stat()
    except OSError as error:
        raise GgufError(say("models.gguf_unreadable", file=str(path), reason=str(error.strerror))) from None
    return _read(path, found.st_size, found.st_mtime_ns)


@lru_cache(maxsize=64)
def _read(path: Path, _size: int, _changed: int) -> Gguf:
    """The size and the time of the last change are the cache's key: a scan reads the same headers again and again."""
    header = _header(path)
    _check_kind(path, header)
    _check_tensors(path, header)
    _check_tokenizer(path, header)
    return Gguf(path, header, _dtype(header))


def _header(path: Path) -> Header:
    try:
        with path.open("rb") as opened:
            start = opened.read(64)
        if start.startswith(b"version https://git-lfs"):
            raise GgufError(say("models.gguf_lfs_pointer", file=str(path)))
        if start[:4] != MAGIC:
            raise GgufError(say("models.gguf_not", file=str(path)))
        # The version is small: its bytes are the other way round in a file for big-endian machines.
        if len(start) >= 8 and start[4:6] == b"\0\0" and start[7] != 0:
            raise GgufError(say("models.gguf_big_endian", file=str(path)))
        if start[4:8] == b"\1\0\0\0":
            raise GgufError(say("models.gguf_old", file=str(path)))
        return read_header(path)
    except OSError as error:
        raise GgufError(say("models.gguf_unreadable", file=str(path), reason=str(error.strerror))) from None
    except HeaderError as error:
        raise GgufError(say("models.damaged", file=str(path), error=error.sentence)) from None


def _check_kind(path: Path, header: Header) -> None:
    kind, architecture = header.text("general.type"), header.text("general.architecture")
    if kind == "adapter":
        raise GgufError(say("models.gguf_adapter", file=str(path)))
    if kind == "imatrix":
        raise GgufError(say("models.gguf_imatrix", file=str(path)))
    if kind == "mmproj" or architecture == "clip":
        raise GgufError(say("models.gguf_projector", file=str(path)))
    parts = header.count("split.count") or 1
    if named := _SHARD.search(path.name):
        parts = max(parts, int(named[1]))
    if parts > 1:
        raise GgufError(say("models.gguf_split", file=str(path), parts=parts))
    if architecture in ENCODERS:
        raise GgufError(say("models.gguf_encoder", file=str(path), architecture=architecture))
    if architecture not in ARCHITECTURES:
        known = sorted(ARCHITECTURES)
        raise GgufError(say("models.gguf_architecture", file=str(path), architecture=repr(architecture), known=known))


def _check_tensors(path: Path, header: Header) -> None:
    if not header.tensors:
        raise GgufError(say("models.gguf_vocabulary", file=str(path)))
    known = BLOCKS_OF_TRANSFORMERS if header.text("general.architecture") in OWN_READER else BLOCKS.keys()
    for tensor in header.tensors:
        if tensor.kind not in known:
            raise GgufError(say("models.gguf_tensor_type", file=str(path), tensor=tensor.name, kind=tensor.kind))
    if header.wanted > header.size:
        size, wanted = size_text(header.size), size_text(header.wanted)
        raise GgufError(say("models.gguf_incomplete", file=str(path), size=size, wanted=wanted))
    if sum(tensor.stored for tensor in header.tensors) > header.size - header.data:
        raise GgufError(say("models.damaged", file=str(path), error=say("models.gguf_overlap")))
    layers = header.count(f"{header.text('general.architecture')}.block_count")
    # Building a model takes time for each layer that the file claims.
    if layers is None or not 0 < layers <= min(_MAX_LAYERS, len(header.tensors)):
        raise GgufError(say("models.damaged", file=str(path), error=say("models.gguf_layers", count=str(layers))))


def _check_tokenizer(path: Path, header: Header) -> None:
    model, split = header.text("tokenizer.ggml.model"), header.text("tokenizer.ggml.pre")
    if not header.length("tokenizer.ggml.tokens"):
        raise GgufError(say("models.gguf_no_tokenizer", file=str(path)))
    if model not in TOKENIZERS or (model == "gpt2" and split not in SPLITS):
        raise GgufError(
            say("models.gguf_tokenizer", file=str(path), kind=repr(split if model in TOKENIZERS else model))
        )


def _dtype(header: Header) -> str:
    """Weights that are not quantized keep their type. bfloat16 for others: their models were trained in it, and float16
    overflows in some."""
    kinds = {tensor.kind for tensor in header.tensors if len(tensor.shape) > 1} or {F32}
    return {frozenset({F32}): "float32", frozenset({F16}): "float16", frozenset({F16, F32}): "float16"}.get(
        frozenset(kinds), "bfloat16"
    )
