"""Whether nvidia-smi's name of a pid fits the local process: electron/core/gpu/processes/same-program.ts decides the same."""

from __future__ import annotations

import ntpath
import re
from typing import Sequence

from .processes import comm_of, executable_of, start_of, words_of

_COMM_CHARS = 15
"""The kernel's short name of a process has at most this many characters."""
_LONG_NAME = 60
"""nvidia-smi truncates only longer names."""

_TITLE = re.compile(r"[\w.-]+::?(?= |\w)", re.ASCII)
"""What stays in a title that a program changes while it works: `ray::IDLE`, `ray::train`."""


def is_same_program(name: str, words: Sequence[str], comm: str, executable: str | None) -> bool | None:
    """None if nvidia-smi does not name it. In a container nvidia-smi may list the host's pids, and the same number is
    another process in here."""
    if re.fullmatch(r"\[[^\]]*\]", name) or not name.strip():
        return None
    first, line, file = _printed(words[0] if words else ""), _printed(" ".join(words)), _printed(executable or "")
    if name in (first, line, file) or line.startswith(name + " "):
        return True
    if len(name) >= _LONG_NAME and line.startswith(name):
        return True
    path = name.split(" ")[0]
    # The title has changed since nvidia-smi read it.
    title = _title_of(name)
    if title is not None and title == _title_of(first):
        return True
    # Two absolute paths that differ are two programs, whatever their last parts. WSL prints / and the file name.
    if path.rfind("/") > 0 and path.startswith("/") and first.startswith("/") and path != first.split(" ")[0]:
        return False
    program = _program_of(name)
    if program in (_base(first), _base(first.split(" ")[0]), _base(file)):
        return True
    # A thread that renamed itself, or a kernel thread without a command line.
    return comm != "" and _printed(comm) == program[:_COMM_CHARS]


def fits_process(name: str, pid: int) -> bool | None:
    return is_same_program(name, words_of(pid), comm_of(pid), executable_of(pid))


def names_other_process(name: str, pid: int) -> bool:
    """The process with this pid here is not the one that nvidia-smi names."""
    return start_of(pid) is not None and fits_process(name, pid) is False


def _title_of(name: str) -> str | None:
    found = _TITLE.match(name)
    return found.group() if found else None


def _printed(text: str) -> str:
    """As nvidia-smi prints it in a list whose separator is the comma."""
    return text.replace(",", "?").rstrip()


def _program_of(command: str) -> str:
    # A Windows path stands alone, and may contain spaces.
    return ntpath.basename(command) if re.match(r"[A-Za-z]:\\", command) else _base(command.split(" ")[0])


def _base(path: str) -> str:
    return path.rstrip("/").rpartition("/")[2]
