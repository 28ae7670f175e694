"""Model folders under a folder: `POST /api/scan-models`."""

from __future__ import annotations

import os
from pathlib import Path

from lbs.api.errors import ApiError
from lbs.api.model_errors import model_path_errors
from lbs.models.adapter import is_adapter
from lbs.models.model_dirs import OutsideModelDirs, permitted
from lbs.sentences import say
from lbs.settings import Settings

_SKIPPED = frozenset({"__pycache__", "node_modules"})


def scan_models(folder_path: str, max_depth: int, settings: Settings) -> list[dict[str, str]]:
    """The folders of all models and adapters, sorted by path. Raises ApiError: 400 no folder, 404 missing, 403 unreadable."""
    with model_path_errors():
        root = permitted(folder_path, settings)
    try:
        there = root.exists()
    except OSError:
        raise ApiError(403, "not_readable", say("api.folder_not_readable", path=str(root))) from None
    if not there:
        raise ApiError(404, "not_found", say("api.path_missing", path=str(root)))
    if not root.is_dir():
        raise ApiError(400, "not_a_folder", say("api.not_a_models_folder", path=str(root)))
    if not os.access(root, os.R_OK | os.X_OK):
        raise ApiError(403, "not_readable", say("api.folder_not_readable", path=str(root)))
    found = sorted(path for path in _models(root, max_depth) if _inside(path, settings))
    return [{"name": _name(root, path), "path": str(path)} for path in found]


def _inside(path: Path, settings: Settings) -> bool:
    try:
        permitted(path, settings)
    except OutsideModelDirs:
        return False  # a link that leads outside
    return True


def _name(root: Path, path: Path) -> str:
    return "/".join([root.name, *path.relative_to(root).parts])


def _models(folder: Path, depth: int) -> list[Path]:
    if _is_model(folder):
        return [folder]
    if depth <= 0:
        return []
    try:
        inside = [Path(entry.path) for entry in os.scandir(folder) if _wanted(entry)]
    except OSError:
        # A folder that is unreadable or being removed hides only its own models.
        return []
    return [model for path in inside for model in _models(path, depth - 1)]


def _is_model(folder: Path) -> bool:
    return (folder / "config.json").is_file() or is_adapter(folder)


def _wanted(entry: os.DirEntry[str]) -> bool:
    if entry.name.startswith(".") or entry.name in _SKIPPED:
        return False
    # A link to a model counts; a link to any other folder is not followed: it may be a cycle.
    return entry.is_dir(follow_symlinks=False) or (entry.is_symlink() and _is_model(Path(entry.path)))
