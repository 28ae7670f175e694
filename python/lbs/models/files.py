"""Opens foreign files safely: regular ones only, so that a FIFO or a device never blocks, and up to a size."""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path

from lbs.models.errors import ModelFolderError
from lbs.sentences import say

_MAX_JSON_BYTES = 64 << 20
_POINTER = b"version https://git-lfs.github.com/spec/"
_MAX_POINTER_BYTES = 1024
_READ_BY_LOADING = (".json", ".jinja", ".model", ".safetensors", ".tiktoken", ".txt")


def check_files(folder: Path) -> None:
    """The files of a folder that a load may open, from their sizes and first bytes. Raises ModelFolderError."""
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        raise unreadable(folder, error) from None
    for entry in entries:
        # Path.is_dir answers for a link that leads in a circle, where the entry's own raises OSError.
        if entry.name.endswith(_READ_BY_LOADING) and not Path(entry.path).is_dir():
            check_file(Path(entry.path))


def fingerprint(folder: Path) -> tuple[tuple[str, int, int, int], ...]:
    """Changes where a file of the folder does: its name, mode, size or time. Raises ModelFolderError."""
    found = []
    try:
        with os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(OSError):  # a broken link
                    stats = entry.stat()
                    found.append((entry.name, stats.st_mode, stats.st_size, stats.st_mtime_ns))
    except OSError as error:
        raise unreadable(folder, error) from None
    return tuple(sorted(found))


def check_file(path: Path) -> int:
    """The size in bytes of a regular file that is not a Git LFS pointer. Raises ModelFolderError."""
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise ModelFolderError(say("models.not_a_regular_file", file=str(path)))
        if found.st_size <= _MAX_POINTER_BYTES and first_bytes(path, len(_POINTER)) == _POINTER:
            raise ModelFolderError(say("models.lfs_pointer", name=path.name, folder=str(path.parent)))
    except FileNotFoundError:
        raise missing(path) from None
    except OSError as error:
        raise unreadable(path, error) from None
    return found.st_size


def read_json_object(path: Path) -> Mapping[str, object]:
    """Raises ModelFolderError where the file is missing, unreadable, too large or not a JSON object."""
    size = check_file(path)
    if size > _MAX_JSON_BYTES:
        raise ModelFolderError(say("models.file_too_large", file=str(path), most=f"{_MAX_JSON_BYTES >> 20} MiB"))
    try:
        found: object = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise unreadable(path, error) from None
    except (ValueError, RecursionError):
        raise ModelFolderError(say("models.not_json", file=str(path))) from None
    if not isinstance(found, Mapping):
        raise ModelFolderError(say("models.not_an_object", file=str(path)))
    return found


def first_bytes(path: Path, count: int) -> bytes:
    with path.open("rb") as opened:
        return opened.read(count)


def missing(path: Path) -> ModelFolderError:
    return ModelFolderError(say("models.missing_file", folder=str(path.parent), name=path.name))


def unreadable(path: Path, error: OSError) -> ModelFolderError:
    return ModelFolderError(say("models.unreadable", path=str(path), reason=error.strerror or str(error)))
