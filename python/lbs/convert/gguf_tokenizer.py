"""The tokenizer and the chat template of a GGUF file, which splits and begins texts as llama.cpp does."""

from __future__ import annotations

from pathlib import Path

from tokenizers import pre_tokenizers
from transformers import PreTrainedTokenizerFast
from transformers.integrations.gguf import convert_gguf_tokenizer, get_gguf_tokenizer

from lbs.models.gguf import Gguf
from lbs.models.gguf.kinds import SPLITS_OF_DIGITS, WITH_BOS


def save_tokenizer(file: Gguf, folder: Path) -> None:
    architecture, parts, options = get_gguf_tokenizer(str(file.path))
    backend, _ = convert_gguf_tokenizer(architecture, parts)
    if file.header.text("tokenizer.ggml.model") == "gpt2":
        split = file.header.text("tokenizer.ggml.pre")
        if split in SPLITS_OF_DIGITS:
            backend.pre_tokenizer = pre_tokenizers.Sequence(
                [pre_tokenizers.Digits(individual_digits=True), pre_tokenizers.ByteLevel(add_prefix_space=False)]
            )
        if split in WITH_BOS:
            options.setdefault("add_bos_token", True)
            backend.model.ignore_merges = True
    length = file.header.count(f"{architecture}.context_length")
    tokenizer = PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=length, **options)
    tokenizer.save_pretrained(folder)
