"""`python -m lbs.convert FOLDER [--out FOLDER2]`: makes safetensors of pickled weights or of a GGUF file, which stay."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from importlib.util import find_spec
from pathlib import Path

from lbs.models.gguf import GgufError, converted_folder, gguf_files, is_gguf, only_gguf, read_gguf
from lbs.models.weights import WeightsError, weight_files

from .errors import ConvertError


def main(words: list[str] | None = None) -> int:
    """0: done, or nothing to do; 1: a file could not be written; 2: the folder or a file in it cannot be used."""
    arguments = _parser().parse_args(words)
    source = Path(arguments.source).expanduser().absolute()
    out = Path(arguments.out).expanduser().absolute() if arguments.out else None
    os.environ.update(HF_HUB_OFFLINE="1", TQDM_DISABLE="1")
    try:
        file = _gguf_of(source)
        return _convert_gguf(file, out or converted_folder(file)) if file else _convert(source, out or source)
    except (ConvertError, GgufError, WeightsError) as error:
        print(f"lbs.convert: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"lbs.convert: {source} could not be converted ({error.strerror or error}): nothing new is in {out or source}.",
            file=sys.stderr,
        )
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m lbs.convert", description="Makes safetensors of pickled weights, whose code is not run, or of GGUF."
    )
    parser.add_argument("source", help="a GGUF file, or the folder of a model or an adapter")
    parser.add_argument("--out", help="the folder for the model (default: for GGUF the file's name without .gguf)")
    return parser


def _gguf_of(source: Path) -> Path | None:
    """The GGUF file that is meant; None for a folder with anything else to convert."""
    if is_gguf(source):
        return source
    if not source.is_dir():
        raise ConvertError(f"{source} is not a folder or a GGUF file: name the one that contains the weights.")
    if not only_gguf(source):
        return None
    files = gguf_files(source)
    if len(files) > 1:
        names = ", ".join(file.name for file in files[:5])
        raise ConvertError(f"{source} contains {len(files)} GGUF files ({names}): name one of them.")
    return files[0]


def _convert_gguf(file: Path, target: Path) -> int:
    if target.is_dir() and weight_files(target):
        print(f"{target} already contains safetensors weights: nothing changed.")
        return 0
    found = read_gguf(file)
    if find_spec("gguf") is None:
        raise ConvertError(f"The package gguf is missing: install it with `{sys.executable} -m pip install gguf`.")
    print(found.sentence(), flush=True)
    # These imports take seconds.
    from .gguf import convert_gguf

    written = convert_gguf(found, target)
    print("\n".join(f"Written: {path}" for path in written))
    print(f"{file} is kept: the model in {target} does not need it.")
    return 0


def _convert(folder: Path, target: Path) -> int:
    if target.is_dir() and weight_files(target):
        print(f"{target} already contains safetensors weights: nothing changed.")
        return 0
    # These imports take seconds.
    from .reading import pickles_of
    from .writing import convert, other_files

    pickles = pickles_of(folder)
    target.mkdir(parents=True, exist_ok=True)
    written = convert(pickles, other_files(folder, target), target)
    print("\n".join(f"Written: {path}" for path in written))
    print(f"The pickled weights in {folder} are kept: the model no longer needs them.")
    return 0


if __name__ == "__main__":
    # The unfinished folder is removed on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main())
