"""What to do with a GGUF file where a model's folder is expected."""

from __future__ import annotations

import shlex
from pathlib import Path

from lbs.sentences import Sentence, say

from .reading import GgufError, converted_folder, gguf_files, is_gguf, read_gguf


def gguf_way_out(path: Path) -> Sentence | None:
    """None where `path` is neither a GGUF file nor a folder with one."""
    if is_gguf(path):
        return _of_file(path)
    files = gguf_files(path) if path.is_dir() else []
    if not files:
        return None
    if len(files) == 1:
        return _of_file(files[0])
    names = [file.name for file in files]
    return say(
        "models.gguf_several", folder=str(path), first=names[0], count=len(names), quoted=shlex.quote(str(files[0]))
    )


def _of_file(file: Path) -> Sentence:
    folder = converted_folder(file)
    if (folder / "config.json").is_file():
        return say("models.gguf_converted", file=str(file), folder=str(folder))
    try:
        return read_gguf(file).way_out()
    except GgufError as error:
        return error.sentence
