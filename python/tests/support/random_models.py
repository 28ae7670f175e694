"""`python -m tests.support.random_models FOLDER DEVICE NAME...`: models with random weights, whole folders with a tokenizer.

In a process of its own, so that nothing of the making is left on the GPU that is then measured.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

from lbs.models import toy

SIZES: dict[str, dict[str, Any]] = {
    "tiny": {"hidden_size": 256, "intermediate_size": 704, "num_hidden_layers": 4, "num_attention_heads": 4},
    "narrow": {"hidden_size": 128, "intermediate_size": 704, "num_hidden_layers": 12, "num_attention_heads": 4},
    "small": {"hidden_size": 1024, "intermediate_size": 2816, "num_hidden_layers": 8, "num_attention_heads": 8},
    "wide": {"hidden_size": 4096, "intermediate_size": 11008, "num_hidden_layers": 4, "num_attention_heads": 32},
    "deep": {"hidden_size": 2048, "intermediate_size": 5632, "num_hidden_layers": 24, "num_attention_heads": 16},
    "gqa": {
        "hidden_size": 4096,
        "intermediate_size": 14336,
        "num_hidden_layers": 8,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
    },
}
"""`tiny` and `narrow` are for an emulated card, the others, of 0.2 to 3.6 GiB in float16, for a real one."""


def make(folder: Path, device: str, names: list[str]) -> None:
    import torch
    from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

    toy.build(folder / "toy")
    tokenizer = AutoTokenizer.from_pretrained(folder / "toy")
    for name in names:
        config = LlamaConfig(vocab_size=len(tokenizer), max_position_embeddings=1 << 16, **SIZES[name])
        config.dtype = torch.float16
        with torch.device(device):
            model = LlamaForCausalLM._from_config(config, dtype=torch.float16)
        model.to("cpu").save_pretrained(folder / name)
        tokenizer.save_pretrained(folder / name)


if __name__ == "__main__":
    make(Path(sys.argv[1]), sys.argv[2], sys.argv[3:])
