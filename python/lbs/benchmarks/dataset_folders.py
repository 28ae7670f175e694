"""The folder of each dataset, what it contains, and how it is changed in the file that LBS_DATASETS names. No torch."""

from __future__ import annotations

import json
import os
import tempfile
import threading
from functools import lru_cache
from pathlib import Path

from typing_extensions import TypedDict  # pydantic needs this one before Python 3.12

from lbs.benchmarks.ceval_data import Stamps, count_rows, no_files, stamps_of, subjects_in
from lbs.benchmarks.datasets import DatasetError, folder_of, read_folders
from lbs.benchmarks.parameters import CEVAL, NEEDLE, InvalidParameters
from lbs.sentences import Sentence, SentenceJson, say, sentence_of, short
from lbs.settings import Settings
from lbs.settings.paths import assets_folder

_writing = threading.Lock()


class Found(TypedDict):
    """What a folder contains. `items`: the questions by split (dev: the examples); null for texts, and where a file
    cannot be read."""

    files: int
    subjects: int
    items: dict[str, int] | None


class DatasetFolder(TypedDict):
    """`folder`: null where none is configured. `changeable`: false for what ships with Headroom. `error`: why it, or one
    of its files, cannot be used."""

    name: str
    folder: str | None
    changeable: bool
    found: Found | None
    error: str | None
    error_sentence: SentenceJson | None


def dataset_folders(settings: Settings) -> list[DatasetFolder]:
    """Every dataset, with what its folder contains now."""
    return [_ceval(settings), _needle()]


def set_folder(name: str, given: str | None, settings: Settings) -> None:
    """Names another folder, once it is known to contain the dataset; None removes the entry. Raises DatasetError."""
    if name != CEVAL:
        raise DatasetError(say("benchmarks.dataset_ships", name=short(name)))
    folder = None if given is None else _usable(given, name)
    file = Path(os.path.realpath(settings.datasets))
    with _writing:
        folders = read_folders(file, example_of(name))
        if folder is None:
            folders.pop(name, None)
        else:
            folders[name] = str(folder)
        try:
            _write(file, json.dumps(folders, ensure_ascii=False, indent=2) + "\n")
        except OSError as error:
            reason = error.strerror or str(error)
            raise DatasetError(say("benchmarks.datasets_not_written", file=str(file), error=reason)) from None


def example_of(name: str) -> str:
    return f'{{"{name}": "/its/folder"}}'


def _usable(given: str, name: str) -> Path:
    """The folder, which contains questions. Raises DatasetError."""
    try:
        folder = Path(given.strip()).expanduser()
        there = os.path.isdir(folder)
    except (RuntimeError, ValueError):  # ~user without such a user, or a NUL
        folder, there = Path(given), False
    if not folder.is_absolute():
        raise DatasetError(say("benchmarks.dataset_not_absolute", folder=short(given), example=example_of(name)))
    if not there:
        raise DatasetError(say("benchmarks.dataset_folder_missing", folder=short(given), name=name))
    try:
        str(folder).encode()
        if not subjects_in(folder):
            raise no_files(folder)
    except UnicodeEncodeError:
        raise DatasetError(say("benchmarks.dataset_folder_missing", folder=short(given), name=name)) from None
    except InvalidParameters as error:
        raise DatasetError(sentence_of(error)) from None
    return folder


def _write(file: Path, text: str) -> None:
    """Replaces the file whole: a crash leaves the old one."""
    file.parent.mkdir(parents=True, exist_ok=True)
    descriptor, temporary = tempfile.mkstemp(prefix=f".{file.name}.", dir=file.parent)
    try:
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(text)
            out.flush()
            os.fsync(out.fileno())
        os.replace(temporary, file)
    except BaseException:
        os.unlink(temporary)
        raise


def _ceval(settings: Settings) -> DatasetFolder:
    folder: str | None = None
    found: Found | None = None
    problem: Sentence | None = None
    try:
        named = read_folders(Path(settings.datasets), example_of(CEVAL)).get(CEVAL)
        if named is not None:
            folder = str(named)
            path = folder_of(CEVAL, settings)
            found, problem = _questions(path)
    except (DatasetError, InvalidParameters) as error:
        problem = sentence_of(error)
    return _shape(CEVAL, folder, found, problem, changeable=True)


def _questions(folder: Path) -> tuple[Found, Sentence | None]:
    """What is there, and the first problem of its files. Raises InvalidParameters where it cannot be listed."""
    stamps = stamps_of(folder)
    subjects = subjects_in(folder)
    if not subjects:
        raise no_files(folder)
    found: Found = {"files": len(stamps), "subjects": len(subjects), "items": None}
    try:
        found["items"] = dict(_counted(folder, stamps))
    except InvalidParameters as error:
        return found, sentence_of(error)
    return found, None


@lru_cache(maxsize=4)
def _counted(folder: Path, stamps: Stamps) -> dict[str, int]:
    """Read once, until a file changes."""
    return count_rows(folder)


def _needle() -> DatasetFolder:
    folder = assets_folder() / "haystack"
    files = sum(1 for _ in folder.rglob("*.txt"))
    return _shape(NEEDLE, str(folder), {"files": files, "subjects": 0, "items": None}, None, changeable=False)


def _shape(
    name: str, folder: str | None, found: Found | None, problem: Sentence | None, *, changeable: bool
) -> DatasetFolder:
    return {
        "name": name,
        "folder": folder,
        "changeable": changeable,
        "found": found,
        "error": None if problem is None else str(problem),
        "error_sentence": None if problem is None else problem.as_json(),
    }
