"""What the backend can convert: ggml's tensor types, and the architectures and tokenizers that transformers reads."""

from __future__ import annotations

F32, F16, BF16 = 0, 1, 30

BLOCKS = {
    F32: (1, 4),
    F16: (1, 2),
    2: (32, 18),
    3: (32, 20),
    6: (32, 22),
    7: (32, 24),
    8: (32, 34),
    10: (256, 84),
    11: (256, 110),
    12: (256, 144),
    13: (256, 176),
    14: (256, 210),
    16: (256, 66),
    17: (256, 74),
    18: (256, 98),
    19: (256, 50),
    20: (32, 18),
    21: (256, 110),
    22: (256, 82),
    23: (256, 136),
    29: (256, 56),
    BF16: (1, 2),
    34: (256, 54),
    35: (256, 66),
    39: (32, 17),
    40: (64, 36),
}
"""Each ggml type that can be dequantized: the values of a block, and its bytes (GGML_QUANT_SIZES of the package gguf)."""

BLOCKS_OF_TRANSFORMERS = frozenset({2, 3, 8, 10, 11, 12, 13, 14, 16, 17, 18, 19, 20, 21, 22, 23, 29, F32, F16, BF16})
"""Those that transformers' own reader knows, which reads the architectures of OWN_READER."""

OWN_READER = frozenset({"lfm2", "qwen35", "qwen35moe"})

ARCHITECTURES = OWN_READER | {
    "falcon",
    "gemma2",
    "gemma3",
    "gpt2",
    "llama",
    "mamba",
    "nemotron",
    "phi3",
    "qwen2",
    "qwen3",
    "qwen3moe",
    "stablelm",
    "starcoder2",
}
"""Decoders that transformers rebuilds from GGUF."""

ENCODERS = frozenset({"bert", "jina-bert-v2", "modern-bert", "nomic-bert", "nomic-bert-moe", "t5", "t5encoder"})

TOKENIZERS = frozenset({"gpt2", "llama"})

SPLITS_OF_GPT2 = frozenset({"gpt-2", "mpt", "olmo", "jais", "trillion"})
SPLITS_OF_DIGITS = frozenset({"starcoder", "refact", "command-r", "smollm", "codeshell", "exaone", "minerva-7b"})
SPLITS_OF_LLAMA3 = frozenset({"llama3", "llama-v3", "llama-bpe", "falcon3", "falcon-h1", "pixtral", "midm-2.0", "lfm2"})
SPLITS_OF_TRANSFORMERS = frozenset({"tekken", "qwen2", "deepseek-r1-qwen", "megrez", "qwen35", "gpt-4o"})
SPLITS = SPLITS_OF_GPT2 | SPLITS_OF_DIGITS | SPLITS_OF_LLAMA3 | SPLITS_OF_TRANSFORMERS
"""Values of `tokenizer.ggml.pre` by the rule that they stand for (llama.cpp's src/llama-vocab.cpp); transformers knows the
last two groups (GGUF_PRE_TOKENIZER_SPLITS)."""

WITH_BOS = SPLITS_OF_LLAMA3 | {"tekken"}
"""llama.cpp puts a BOS token before the text and prefers whole words to merges, unless the file says otherwise."""
