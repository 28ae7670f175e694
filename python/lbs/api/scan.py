"""Model folders under a folder: `POST /api/scan-models`."""

from __future__ import annotations

import os
import time
from pathlib import Path

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from lbs.api.errors import ApiError
from lbs.api.model_errors import model_path_errors
from lbs.models.adapter import is_adapter
from lbs.models.gguf import GgufError, converted_folder, gguf_files, only_gguf, read_gguf
from lbs.models.model_dirs import BadPath, OutsideModelDirs, permitted
from lbs.sentences import SentenceJson, say, short
from lbs.settings import Settings

_LONGEST_SECONDS = 60
_SKIPPED = frozenset({"__pycache__", "node_modules"})


class Convertible(TypedDict):
    """A GGUF file. `note`: what it becomes and what that takes, or why it cannot be converted."""

    name: str
    path: str
    note: str
    note_sentence: SentenceJson


def scan_models(folder_path: str, max_depth: int, settings: Settings) -> list[dict[str, str]]:
    """The folders of all models and adapters, sorted by path. Raises ApiError: 400 no folder or one that takes longer than a
    minute, 404 missing, 403 unreadable."""
    root = _root(folder_path, settings)
    found = sorted(path for path in _models(root, max_depth, _end()) if _inside(path, settings))
    return [{"name": _name(root, path), "path": str(path)} for path in found]


def scan_gguf(folder_path: str, max_depth: int, settings: Settings) -> list[Convertible]:
    """The GGUF files that are not converted, sorted by path. Raises as `scan_models` does."""
    root = _root(folder_path, settings)
    found = sorted(path for path in _gguf_files(root, max_depth, _end()) if _inside(path, settings))
    return [_convertible(root, path) for path in found if not _is_model(converted_folder(path))]


def _root(folder_path: str, settings: Settings) -> Path:
    with model_path_errors():
        root = permitted(folder_path, settings)
    try:
        there = root.exists()
    except OSError:
        raise ApiError(403, "not_readable", say("api.folder_not_readable", path=str(root))) from None
    if not there:
        raise ApiError(404, "not_found", say("api.path_missing", path=short(str(root))))
    if not root.is_dir():
        raise ApiError(400, "not_a_folder", say("api.not_a_models_folder", path=str(root)))
    if not os.access(root, os.R_OK | os.X_OK):
        raise ApiError(403, "not_readable", say("api.folder_not_readable", path=str(root)))
    return root


def _convertible(root: Path, path: Path) -> Convertible:
    try:
        note = read_gguf(path).sentence()
    except GgufError as error:
        note = error.sentence
    return {"name": _name(root, path), "path": str(path), "note": str(note), "note_sentence": note.as_json()}


def _inside(path: Path, settings: Settings) -> bool:
    try:
        permitted(path, settings)
    except (BadPath, OutsideModelDirs):
        return False  # a link that leads outside, or has just been removed
    return True


def _name(root: Path, path: Path) -> str:
    return "/".join([root.name, *path.relative_to(root).parts])


def _end() -> float:
    return time.monotonic() + _LONGEST_SECONDS


def _models(folder: Path, depth: int, end: float) -> list[Path]:
    if _is_model(folder):
        return [folder]
    if depth <= 0:
        return []
    return [model for path in _folders(folder, end) for model in _models(path, depth - 1, end)]


def _gguf_files(folder: Path, depth: int, end: float) -> list[Path]:
    inside = [] if _is_model(folder) or depth <= 0 else _folders(folder, end)
    return [*gguf_files(folder), *(file for path in inside for file in _gguf_files(path, depth - 1, end))]


def _folders(folder: Path, end: float) -> list[Path]:
    if time.monotonic() > end:
        raise ApiError(400, "too_many_folders", say("api.scan_too_long", path=str(folder), seconds=_LONGEST_SECONDS))
    try:
        return [Path(entry.path) for entry in os.scandir(folder) if _wanted(entry)]
    except OSError:
        # A folder that is unreadable or being removed hides only its own models.
        return []


def _is_model(folder: Path) -> bool:
    return (os.path.isfile(folder / "config.json") and not only_gguf(folder)) or is_adapter(folder)


def _wanted(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name in _SKIPPED:
        return False
    # A link to a model counts; a link to any other folder is not followed: it may be a cycle.
    return entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and _is_model(Path(entry.path)))
