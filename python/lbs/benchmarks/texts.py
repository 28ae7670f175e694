"""The text files that a haystack names: found and checked before they are read. No torch."""

from __future__ import annotations

import errno
import os
import stat
from pathlib import Path

from lbs.benchmarks.parameters import InvalidParameters
from lbs.sentences import say, short

_LARGEST_BYTES = 256 << 20


def text_files(given: str) -> list[Path]:
    """The file itself, or the .txt files of a folder, sorted. Raises InvalidParameters where there is none to read: nothing
    there, a pipe or a device, or more than 256 MiB."""
    try:
        path = Path(given).expanduser()
        files = sorted(path.glob("*.txt")) if stat.S_ISDIR(path.stat().st_mode) else [path]
        found = [(file, file.stat()) for file in files]
    except (FileNotFoundError, NotADirectoryError):
        raise InvalidParameters(say("benchmarks.haystack_missing", path=short(given))) from None
    except (OSError, RuntimeError, ValueError) as error:  # too long, not readable, an unknown user, a NUL
        reason = getattr(error, "strerror", None) or str(error)
        raise InvalidParameters(say("benchmarks.haystack_unreadable", file=short(given), reason=reason)) from None
    if not found:
        raise InvalidParameters(say("benchmarks.haystack_empty", path=short(given)))
    for file, status in found:
        if not stat.S_ISREG(status.st_mode):
            raise InvalidParameters(say("benchmarks.haystack_not_a_file", file=str(file)))
        if not os.access(file, os.R_OK):
            reason = os.strerror(errno.EACCES)
            raise InvalidParameters(say("benchmarks.haystack_unreadable", file=str(file), reason=reason))
    if sum(status.st_size for _, status in found) > _LARGEST_BYTES:
        raise InvalidParameters(say("benchmarks.haystack_too_large", path=str(path), most=_LARGEST_BYTES >> 20))
    return files
