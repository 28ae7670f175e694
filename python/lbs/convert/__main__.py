"""`python -m lbs.convert FOLDER [--out FOLDER2]`: converts pickled weights to safetensors; the pickles stay."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from lbs.models.weights import WeightsError, weight_files

from .errors import ConvertError


def main(words: list[str] | None = None) -> int:
    """0: done, or nothing to do; 1: a file could not be written; 2: the folder or a pickle in it cannot be used."""
    arguments = _parser().parse_args(words)
    folder = Path(arguments.folder).expanduser().absolute()
    target = Path(arguments.out).expanduser().absolute() if arguments.out else folder
    os.environ["HF_HUB_OFFLINE"] = "1"
    try:
        return _convert(folder, target)
    except (ConvertError, WeightsError) as error:
        print(f"lbs.convert: {error}", file=sys.stderr)
        return 2
    except OSError as error:
        print(
            f"lbs.convert: {folder} could not be converted ({error.strerror or error}): nothing new is in {target}.",
            file=sys.stderr,
        )
        return 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        "python -m lbs.convert", description="Converts pickled weights to safetensors without running a pickle's code."
    )
    parser.add_argument("folder", help="a model's or an adapter's folder")
    parser.add_argument("--out", help="another folder for the model, which also gets its config and tokenizer")
    return parser


def _convert(folder: Path, target: Path) -> int:
    if not folder.is_dir():
        raise ConvertError(f"{folder} is not a folder: name the one that contains the pickled weights.")
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
    sys.exit(main())
