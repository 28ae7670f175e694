"""`python -m lbs.convert FOLDER [--out FOLDER2]`: pickled weights become safetensors; the pickles stay where they are."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path

from lbs.models.weights import WeightsError, weight_files

from .errors import ConvertError


def main(words: list[str] | None = None) -> int:
    """0: done, or there was nothing to do; 1: the disk failed; 2: the folder or its pickle cannot be used."""
    asked = _parser().parse_args(words)
    folder = Path(asked.folder).expanduser().absolute()
    target = Path(asked.out).expanduser().absolute() if asked.out else folder
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
        "python -m lbs.convert", description="Turns pickled weights into safetensors, without running a pickle's code."
    )
    parser.add_argument("folder", help="a model's or an adapter's folder")
    parser.add_argument("--out", help="another folder for the model: gets the config and the tokenizer, too")
    return parser


def _convert(folder: Path, target: Path) -> int:
    if not folder.is_dir():
        raise ConvertError(f"{folder} is not a folder: name the one that holds the pickled weights.")
    if target.is_dir() and weight_files(target):
        print(f"{target} holds safetensors weights already: nothing changed.")
        return 0
    # Not before there is something to do: it takes seconds.
    from .reading import pickles_of
    from .writing import convert, rest_of

    pickles = pickles_of(folder)
    target.mkdir(parents=True, exist_ok=True)
    made = convert(pickles, rest_of(folder, target), target)
    print("\n".join(f"Written: {path}" for path in made))
    print(f"The pickled weights in {folder} are still there: nothing here needs them any more.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
