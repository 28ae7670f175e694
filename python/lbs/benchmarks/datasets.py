"""Where the data sets lie: a JSON file `{"C-Eval": "/path", ...}`, named by LBS_DATASETS. No torch."""

from __future__ import annotations

import json
from pathlib import Path

from lbs.settings import Settings


class DatasetError(ValueError):
    """A data set that is not there; the message says what to do."""


def folder_of(name: str, settings: Settings) -> Path:
    """The folder of the set `name`. Fails with a DatasetError."""
    file = Path(settings.datasets)
    try:
        known = json.loads(file.read_text("utf-8")) if file.exists() else {}
    except (OSError, ValueError) as error:
        raise DatasetError(
            f'{file} cannot be read ({error}): it is a JSON object such as {{"{name}": "/path"}}.'
        ) from None
    path = known.get(name) if isinstance(known, dict) else None
    if not isinstance(path, str):
        raise DatasetError(f'Nobody knows where {name} lies: write {{"{name}": "/its/folder"}} into {file}.')
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise DatasetError(f"{folder}, where {file} says that {name} lies, is no folder.")
    return folder


def members_of(name: str, settings: Settings) -> list[str]:
    """Its files' names without .jsonl, sorted. Fails with a DatasetError where there is none."""
    folder = folder_of(name, settings)
    found = sorted(file.stem for file in folder.glob("*.jsonl"))
    if not found:
        raise DatasetError(f"{folder} holds no <subject>.jsonl of {name}.")
    return found
