"""LBS_MODEL_DIRS: where models may be. Links are followed: a hub's cache keeps its files elsewhere."""

from __future__ import annotations

import errno
from pathlib import Path

from lbs.models.adapter import is_adapter, read_adapter
from lbs.sentences import SentenceError, say, short
from lbs.settings import Settings


class BadPath(SentenceError, ValueError):
    """Text that is not a path."""


class OutsideModelDirs(SentenceError, ValueError):
    """A path outside all folders of LBS_MODEL_DIRS."""


def permitted(name: str | Path, settings: Settings) -> Path:
    """The folder or file with links followed. Raises BadPath or OutsideModelDirs."""
    try:
        path = Path(name).expanduser()
        real = path.resolve()
        _check_length(real)
    except (OSError, RuntimeError, ValueError) as error:
        reason = getattr(error, "strerror", None) or str(error).rstrip(".")
        raise BadPath(say("models.bad_path", name=short(repr(str(name))), error=reason)) from None
    folders = settings.model_folders
    if folders and not any(real.is_relative_to(folder) for folder in folders):
        listed = ", ".join(str(folder) for folder in folders)
        if real == path:
            raise OutsideModelDirs(say("models.outside", path=str(path), folders=listed))
        raise OutsideModelDirs(say("models.link_outside", path=str(path), real=str(real), folders=listed))
    return real


def _check_length(path: Path) -> None:
    """What this file system cannot name raises OSError here, once, and not at every later look."""
    try:
        path.stat()
    except OSError as error:
        if error.errno == errno.ENAMETOOLONG:
            raise


def permitted_model(name: str | Path, settings: Settings) -> Path:
    """A model's folder, or an adapter's whose base is permitted too. Raises as `permitted` does, and AdapterError."""
    path = permitted(name, settings)
    if is_adapter(path) and (adapter := read_adapter(path)):
        permitted(adapter.base, settings)
    return path
