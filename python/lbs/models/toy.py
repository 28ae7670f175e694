"""Builds the toy model: `python -m lbs.models.toy TARGET`. A tiny Llama with seeded random weights: its scores mean nothing.

Downloads nothing: the recipe and the texts are in assets/. The folder is built next to its place and renamed, so a folder
that exists is complete. A second call with the same recipe changes nothing, and imports no torch.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, TypeAlias

from closed_pipe import run
from lbs.settings.private import make_folder

Recipe: TypeAlias = Mapping[str, Any]
"""The parsed assets/toy-model/recipe.json."""
ASSETS = Path(__file__).resolve().parents[3] / "assets"
STAMP = "toy-recipe.json"
SPECIAL = ["<unk>", "<s>", "</s>"]


class ToyError(Exception):
    """The message says what to do."""


def read_recipe(assets: Path = ASSETS) -> tuple[Recipe, list[Path]]:
    """The recipe and the texts that it names."""
    path = assets / "toy-model" / "recipe.json"
    try:
        recipe: Recipe = json.loads(path.read_text("utf-8"))
    except OSError as error:
        raise ToyError(
            f"The toy model's recipe {path} cannot be read ({error.strerror}): restore the assets."
        ) from error
    texts = sorted(text for pattern in recipe["corpus"] for text in assets.glob(pattern))
    if not texts:
        raise ToyError(f"The toy model's texts are missing under {assets}: restore the assets folder.")
    return recipe, texts


def stamp_of(recipe: Recipe, texts: list[Path]) -> dict[str, str]:
    """What a finished folder contains: with the same stamp there is nothing to do."""
    digest = hashlib.sha256(json.dumps(recipe, sort_keys=True).encode())
    for text in texts:
        digest.update(text.read_bytes())
    return {"recipe": digest.hexdigest(), "note": "A toy: random weights, scores mean nothing."}


def is_toy(folder: Path) -> bool:
    """Whether the folder contains a toy model, whatever its name: its recipe's stamp tells."""
    return (folder / STAMP).is_file()


def is_complete(target: Path, stamp: dict[str, str]) -> bool:
    files = ("config.json", "model.safetensors", "tokenizer.json", "tokenizer_config.json")
    if not all((target / name).is_file() for name in files):
        return False
    try:
        return bool(json.loads((target / STAMP).read_text("utf-8")) == stamp)
    except (OSError, ValueError):
        return False


def train_tokenizer(recipe: Recipe, texts: list[Path]) -> Any:
    """A byte-level BPE with at most `vocab_size` entries."""
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, trainers
    from transformers import PreTrainedTokenizerFast

    tokenizer = Tokenizer(models.BPE(unk_token=None))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    trainer = trainers.BpeTrainer(
        vocab_size=recipe["vocab_size"],
        special_tokens=SPECIAL,
        initial_alphabet=pre_tokenizers.ByteLevel.alphabet(),
        show_progress=False,
    )
    tokenizer.train_from_iterator((text.read_text("utf-8") for text in texts), trainer)
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="<unk>",
        bos_token="<s>",
        eos_token="</s>",
        pad_token="</s>",
        model_max_length=recipe["config"]["max_position_embeddings"],
    )


def write_model(recipe: Recipe, tokenizer: Any, folder: Path) -> None:
    """Weights (float32 on disk), config and tokenizer into `folder`."""
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    ids = {"bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2}
    config = LlamaConfig(vocab_size=len(tokenizer), **ids, **recipe["config"])
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(recipe["seed"])
        model = LlamaForCausalLM(config)
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)


def build(target: Path, assets: Path = ASSETS) -> bool:
    """Builds the toy model at `target`. False where it was already complete. Raises ToyError or OSError."""
    recipe, texts = read_recipe(assets)
    stamp = stamp_of(recipe, texts)
    if is_complete(target, stamp):
        return False
    make_folder(target.parent)
    folder = Path(tempfile.mkdtemp(prefix=f".{target.name}-", dir=target.parent))
    try:
        write_model(recipe, train_tokenizer(recipe, texts), folder)
        (folder / STAMP).write_text(json.dumps(stamp, indent=2) + "\n", "utf-8")
        os.chmod(folder, 0o755)
        replace_folder(folder, target)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return True


def replace_folder(new: Path, target: Path) -> None:
    """Renames `new` to `target`. Replaces only a toy model or an empty folder. Raises ToyError."""
    if target.exists():
        ours = is_toy(target) or not any(target.iterdir())
        if not ours:
            raise ToyError(f"{target} exists and is not a toy model: name another folder, or move it away.")
        shutil.rmtree(target)
    os.rename(new, target)


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0].startswith("-"):
        print(
            "Usage: python -m lbs.models.toy TARGET (the folder to create, such as models/tiny-llama)", file=sys.stderr
        )
        return 2
    os.environ["HF_HUB_OFFLINE"] = "1"
    target = Path(arguments[0]).expanduser().absolute()
    try:
        built = build(target)
    except ToyError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"The toy model could not be written to {target}: {error.strerror or error}.", file=sys.stderr)
        return 1
    print(
        f"Toy model built in {target}: random weights, scores mean nothing." if built else f"{target}: nothing changed."
    )
    return 0


if __name__ == "__main__":
    sys.exit(run(lambda: main(sys.argv[1:])))
