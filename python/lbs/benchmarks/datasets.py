"""Where the datasets are: a JSON file `{"C-Eval": "/path", ...}`, named by LBS_DATASETS. No torch."""

from __future__ import annotations

import json
from functools import lru_cache
from pathlib import Path

from lbs.benchmarks.ceval_data import Stamps, no_files, read_questions, stamps_of, subjects_in
from lbs.benchmarks.parameters import CEVAL, CEvalParameters, InvalidParameters
from lbs.sentences import SentenceError, say, sentence_of
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
