"""`python -m lbs.convert FOLDER [--out FOLDER2]`: makes safetensors of pickled weights or of a GGUF file, which stay."""

from __future__ import annotations

import argparse
import json
import os
import signal
import sys
import threading
from importlib.util import find_spec
from pathlib import Path

from closed_pipe import run
from lbs.models.errors import ModelFolderError
from lbs.models.gguf import GgufError, converted_folder, gguf_files, is_gguf, only_gguf, read_gguf
from lbs.models.weights import weight_files
from lbs.sentences import Sentence, say

from .errors import ConvertError


def main(words: list[str] | None = None) -> int:
    """0: done, or nothing to do; 1: a file could not be written; 2: the folder or a file in it cannot be used."""
    arguments = _parser().parse_args(words)
    source = Path(arguments.source).expanduser().absolute()
    out = Path(arguments.out).expanduser().absolute() if arguments.out else None
    os.environ.update(HF_HUB_OFFLINE="1", TQDM_DISABLE="1")
    if arguments.about:
        return _about(source)
    try:
        file = _gguf_of(source)
        target = out or (converted_folder(file) if file else source)
        written = _convert_gguf(file, target) if file else _convert(source, target)
    except (ConvertError, GgufError, ModelFolderError) as error:
        return _fail(2, error.sentence, arguments.json)
    except OSError as error:
        reason = error.strerror or str(error)
        failed = say("convert.failed", source=str(source), reason=reason, target=str(target))
        return _fail(1, failed, arguments.json)
    print(json.dumps({"folder": str(target)}) if arguments.json else _report(file or source, target, written))
    return 0


def _about(file: Path) -> int:
    try:
        found = read_gguf(file)
    except GgufError as error:
        print(json.dumps({"convertible": False, "sentence": error.sentence.as_json()}))
        return 2
    print(json.dumps({"convertible": True, "sentence": found.sentence().as_json()}))
    return 0


def _fail(code: int, sentence: Sentence, as_json: bool) -> int:
    if as_json:
        print(json.dumps({"sentence": sentence.as_json()}))
    else:
        print(f"lbs.convert: {sentence}", file=sys.stderr)
    return code


def _report(source: Path, target: Path, written: list[Path]) -> str:
    if not written:
        return f"{target} already contains safetensors weights: nothing changed."
    return "\n".join([*(f"Written: {path}" for path in written), f"{source} is kept: the model no longer needs it."])


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m lbs.convert", description="Makes safetensors of pickled weights, whose code is not run, or of GGUF."
    )
    parser.add_argument("source", help="a GGUF file, or the folder of a model or an adapter")
    parser.add_argument("--out", help="the folder for the model (default: for GGUF the file's name without .gguf)")
    parser.add_argument(
        "--about", action="store_true", help="print as JSON what a GGUF file becomes, and convert nothing"
    )
    parser.add_argument(
        "--json", action="store_true", help="print the folder, or why not, as JSON; ends with its standard input"
    )
    return parser


def _gguf_of(source: Path) -> Path | None:
    """The GGUF file that is meant; None for a folder with anything else to convert."""
    if is_gguf(source):
        return source
    if not source.is_dir():
        raise ConvertError(say("convert.not_a_source", path=str(source)))
    if not only_gguf(source):
        return None
    files = gguf_files(source)
    if len(files) > 1:
        names = ", ".join(file.name for file in files[:5])
        raise ConvertError(say("convert.several_gguf", folder=str(source), count=len(files), names=names))
    return files[0]


def _convert_gguf(file: Path, target: Path) -> list[Path]:
    """The new files; none where the target has safetensors already."""
    if target.is_dir() and weight_files(target):
        return []
    found = read_gguf(file)
    if find_spec("gguf") is None:
        raise ConvertError(say("convert.no_package", python=sys.executable))
    # These imports take seconds.
    from .gguf import convert_gguf

    return convert_gguf(found, target)


def _convert(folder: Path, target: Path) -> list[Path]:
    if target.is_dir() and weight_files(target):
        return []
    # These imports take seconds.
    from .reading import pickles_of
    from .writing import convert, other_files

    pickles = pickles_of(folder)
    target.mkdir(parents=True, exist_ok=True)
    return convert(pickles, other_files(folder, target), target)


def _end_with_parent() -> None:
    """The panel holds the other end of our input: it closes when the panel cancels, and when it is killed."""
    sys.stdin.buffer.read()
    os.kill(os.getpid(), signal.SIGTERM)


if __name__ == "__main__":
    # The unfinished folder is removed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    if "--json" in sys.argv:
        threading.Thread(target=_end_with_parent, daemon=True).start()
    sys.exit(run(main))
