"""On a real model: the text of a needle cell is the one that bare transformers generates from the same chat."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch

from lbs.benchmarks.chat import Chat
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle.generate import Answerer
from lbs.benchmarks.needle.haystack import read_haystack
from lbs.benchmarks.needle.needles import make_task

pytestmark = [pytest.mark.real_model, pytest.mark.slow]
NEW_TOKENS = 20
# Words of the haystack and the needle's place in it; HEADROOM_FAULTS=full adds longer ones.
QUICK = [(60, 0), (60, 1), (120, 0.5)]
CELLS = [*QUICK, (120, 0), (240, 0.5), (240, 1)] if os.environ.get("HEADROOM_FAULTS") == "full" else QUICK


def load(folder: Path) -> Any:
    from transformers import AutoModelForCausalLM

    return AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32).eval()


def test_cells_say_what_bare_transformers_says(smollm2: Path) -> None:
    from transformers import AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(smollm2)
    bare, answerer = load(smollm2), Answerer(load(smollm2), tokenizer, Hooks())
    hay = read_haystack(None, "English")
    with Chat(tokenizer) as chat:
        for seed, (words, place) in enumerate(CELLS):
            task = make_task("single_needle_retrieval", 1, "English", "numbers", str(seed))
            text = hay.split()[:words]
            text.insert(int(place * words), task.needles[0])
            question = [{"role": "user", "content": f"{task.lead}{' '.join(text)}{task.tail}"}]
            (prompt,) = chat.prompts([question], [])
            given = tokenizer.apply_chat_template(question, add_generation_prompt=True, return_tensors="pt")
            assert (prompt.kind, prompt.ids) == ("chat", given["input_ids"][0].tolist())
            with torch.no_grad():
                out = bare.generate(**given, do_sample=False, max_new_tokens=NEW_TOKENS)
            expected = tokenizer.decode(out[0, len(prompt.ids) :], skip_special_tokens=True).strip()
            (answer,) = answerer([prompt.ids], NEW_TOKENS)
            assert answer.text == expected and answer.tokens_out == out.shape[1] - len(prompt.ids)
            if place == 0:  # a model that answers shows that the prompt reaches it
                assert task.keys[0] in answer.text, answer.text
