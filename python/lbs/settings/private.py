"""Files of the data folder that only their owner may read, whatever the umask; electron/core/upkeep does the same."""

from __future__ import annotations

import contextlib
import glob
import os
import stat
import sys
from pathlib import Path

from lbs.settings.paths import data_folder


def in_data_folder(path: Path) -> bool:
    return path.absolute().is_relative_to(data_folder())


def make_folder(path: Path) -> None:
    """Creates the folder and its parents: private ones in the data folder, and those of the umask elsewhere. Raises OSError."""
    if not in_data_folder(path):
        path.mkdir(parents=True, exist_ok=True)
        return
    missing = [folder for folder in (path, *path.parents) if not folder.exists()]
    for folder in reversed(missing):
        folder.mkdir(exist_ok=True)
        folder.chmod(0o700)


def private_file(path: Path) -> None:
    """Creates an empty file of mode 0600; one that exists is unchanged. Raises OSError."""
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return
    _restrict(handle)
    os.close(handle)


def write_private(path: Path, text: str) -> None:
    """Replaces the file by one of mode 0600, whole or not at all. Raises OSError."""
    temporary = path.with_name(f".{path.name}.{os.getpid()}.tmp")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with open(handle, "w", encoding="utf-8") as file:
            _restrict(file.fileno())
            file.write(text)
        temporary.replace(path)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise


def restrict_database(path: Path) -> None:
    """Removes other users' access to the file, its journals, backups and copies; one outside the data folder may be shared."""
    if sys.platform == "win32" or not in_data_folder(path):
        return
    for part in path.parent.glob(f"{glob.escape(path.name)}*"):
        # Another backend removes journals.
        with contextlib.suppress(FileNotFoundError):
            about = part.lstat()
            if stat.S_ISREG(about.st_mode) and about.st_mode & 0o077 and about.st_uid == os.getuid():
                part.chmod(0o600)


def _restrict(handle: int) -> None:
    if sys.platform != "win32":
        os.fchmod(handle, 0o600)
