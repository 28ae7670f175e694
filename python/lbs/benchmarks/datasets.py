"""Where the datasets are: a JSON file `{"C-Eval": "/path", ...}`, named by LBS_DATASETS. No torch."""

from __future__ import annotations

import json
import os
from functools import lru_cache
from pathlib import Path

from lbs.benchmarks.ceval_data import Stamps, no_files, read_questions, stamps_of, subjects_in
from lbs.benchmarks.parameters import CEVAL, CEvalParameters, InvalidParameters
from lbs.sentences import SentenceError, say, sentence_of, short
from lbs.settings import Settings

_LARGEST_BYTES = 1 << 20


class DatasetError(SentenceError, ValueError):
    """A dataset that is not there."""


def folder_of(name: str, settings: Settings) -> Path:
    """The folder of the dataset `name`. Raises DatasetError."""
    file = Path(settings.datasets)
    example = f'{{"{name}": "/its/folder"}}'
    folders = read_folders(file, example)
    if name not in folders:
        raise DatasetError(say("benchmarks.dataset_unknown", name=name, file=str(file), example=example))
    path = folders[name]
    if not isinstance(path, str):
        raise DatasetError(say("benchmarks.dataset_not_a_path", name=name, file=str(file), example=example))
    try:
        folder = Path(path).expanduser()
    except RuntimeError:  # ~user, where there is no such user
        folder = Path(path)
    if not os.path.isdir(folder):
        raise DatasetError(say("benchmarks.dataset_no_folder", folder=short(str(folder)), file=str(file), name=name))
    return folder


def read_folders(file: Path, example: str) -> dict[str, object]:
    """What the file names, by dataset; empty where there is no file. Raises DatasetError."""
    try:
        if not file.exists():
            return {}
        if not file.is_file() or file.stat().st_size > _LARGEST_BYTES:
            raise ValueError("not a small text file")
        folders = json.loads(file.read_text("utf-8-sig"))
        if not isinstance(folders, dict):
            raise ValueError("not an object")
    except (OSError, ValueError, RecursionError) as error:
        raise DatasetError(
            say("benchmarks.datasets_unreadable", file=str(file), error=short(str(error)), example=example)
        ) from None
    return folders


def members_of(name: str, settings: Settings) -> list[str]:
    """The subjects that the folder of C-Eval has questions of, sorted. Raises DatasetError where there are none."""
    folder = folder_of(name, settings)
    try:
        subjects = subjects_in(folder)
        if not subjects:
            raise no_files(folder)
    except InvalidParameters as error:
        raise DatasetError(sentence_of(error)) from None
    return subjects


def check_questions(parameters: CEvalParameters, settings: Settings) -> None:
    """Reads what the run would ask, so that a file it cannot use refuses it before it is queued. Raises DatasetError or
    InvalidParameters."""
    folder = folder_of(CEVAL, settings)
    _read(folder, parameters.model_dump_json(), stamps_of(folder))


@lru_cache(maxsize=16)
def _read(folder: Path, parameters: str, stamps: Stamps) -> None:
    """Once for a thousand submissions that ask the same of the same files."""
    read_questions(folder, CEvalParameters.model_validate_json(parameters))
