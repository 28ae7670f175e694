"""Where the datasets are: a JSON file `{"C-Eval": "/path", ...}`, named by LBS_DATASETS. No torch."""

from __future__ import annotations

import json
from pathlib import Path

from lbs.sentences import SentenceError, say
from lbs.settings import Settings


class DatasetError(SentenceError, ValueError):
    """A dataset that is not there."""


def folder_of(name: str, settings: Settings) -> Path:
    """The folder of the dataset `name`. Raises DatasetError."""
    file = Path(settings.datasets)
    try:
        folders = json.loads(file.read_text("utf-8")) if file.exists() else {}
    except (OSError, ValueError) as error:
        raise DatasetError(
            say("benchmarks.datasets_unreadable", file=str(file), error=str(error), example=f'{{"{name}": "/path"}}')
        ) from None
    path = folders.get(name) if isinstance(folders, dict) else None
    if not isinstance(path, str):
        example = f'{{"{name}": "/its/folder"}}'
        raise DatasetError(say("benchmarks.dataset_unknown", name=name, file=str(file), example=example))
    folder = Path(path).expanduser()
    if not folder.is_dir():
        raise DatasetError(say("benchmarks.dataset_no_folder", folder=str(folder), file=str(file), name=name))
    return folder


def members_of(name: str, settings: Settings) -> list[str]:
    """The names of its files without .jsonl, sorted. Raises DatasetError where there are none."""
    folder = folder_of(name, settings)
    members = sorted(file.stem for file in folder.glob("*.jsonl"))
    if not members:
        raise DatasetError(say("benchmarks.dataset_empty", folder=str(folder), name=name))
    return members
