"""Where the questions of a subject are: the official folders, and one file per subject."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal, TypeAlias

from lbs.benchmarks.parameters import InvalidParameters, subject_key
from lbs.sentences import say

Split = Literal["dev", "val", "test"]
_SPLITS: tuple[Split, ...] = ("dev", "val", "test")
_SUFFIXES = (".csv", ".jsonl")
_NOT_READ = (".zip", ".parquet", ".arrow")

Files: TypeAlias = Mapping[tuple[str, Split], list[Path]]
"""By subject and split: one file, or several that contradict each other."""

Stamps: TypeAlias = tuple[tuple[str, int, int], ...]
"""Of each file: path, time of the last change in ns, bytes."""


def find_files(folder: Path) -> Files:
    """`val/<subject>_val.csv` as published, `<subject>_val.csv`, and `<subject>.jsonl`, whose questions count as val. What
    is dev by its folder or by its name is dev. Raises InvalidParameters where the folder cannot be read."""
    found: dict[tuple[str, Split], list[Path]] = {}
    for file, of_folder in _files(folder):
        stem, split = _split_of(file.stem, of_folder)
        if key := subject_key(stem):
            found.setdefault((key, split), []).append(file)
    return found


def subjects_in(folder: Path) -> list[str]:
    """The subjects that have questions, sorted; those that have only examples are not among them. Raises
    InvalidParameters."""
    return sorted({subject for subject, split in find_files(folder) if split != "dev"})


def stamps_of(folder: Path) -> Stamps:
    """What changes when a file does. Raises InvalidParameters."""
    stamps = []
    for file in (file for files in find_files(folder).values() for file in files):
        try:
            found = file.stat()
        except OSError as error:
            reason = error.strerror or str(error)
            raise InvalidParameters(say("ceval.unreadable", file=str(file), error=reason)) from None
        stamps.append((str(file), found.st_mtime_ns, found.st_size))
    return tuple(stamps)


def no_files(folder: Path) -> InvalidParameters:
    """The error for a folder without questions, which says what to do with an archive."""
    archives = [file.name for file in sorted(folder.iterdir()) if file.suffix.lower() in _NOT_READ]
    if archives:
        return InvalidParameters(say("ceval.archive", folder=str(folder), file=archives[0]))
    return InvalidParameters(say("ceval.no_questions", folder=str(folder)))


def _files(folder: Path) -> Iterator[tuple[Path, Split | None]]:
    for file in _entries(folder):
        split = next((name for name in _SPLITS if file.name.lower() == name), None)
        if split and file.is_dir():
            yield from ((inner, split) for inner in _entries(file) if _is_questions(inner))
        elif _is_questions(file):
            yield file, None


def _entries(folder: Path) -> list[Path]:
    try:
        return [folder / name for name in sorted(os.listdir(folder)) if not name.startswith(".")]
    except OSError as error:
        reason = error.strerror or str(error)
        raise InvalidParameters(say("ceval.unreadable", file=str(folder), error=reason)) from None


def _is_questions(file: Path) -> bool:
    """A FIFO or a device is not read: it could block for ever."""
    return file.suffix.lower() in _SUFFIXES and file.is_file()


def _split_of(stem: str, of_folder: Split | None) -> tuple[str, Split]:
    name, _, suffix = stem.rpartition("_")
    of_name = next((split for split in _SPLITS if suffix.lower() == split), None) if name else None
    if of_name is None:
        return stem, of_folder or "val"
    return name, "dev" if "dev" in (of_folder, of_name) else of_name
