"""C-Eval on a real model: the letters of a bare loop, one question at a time. `npm run faults` asks all 60 questions."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
import torch
from transformers import AutoModelForCausalLM, AutoTokenizer

from lbs.benchmarks import ceval
from lbs.benchmarks.ceval.answers import letter_of
from lbs.benchmarks.ceval_data import LETTERS, read_questions
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.parameters import CEvalParameters

pytestmark = [pytest.mark.real_model, pytest.mark.slow]

EXAM = Path(__file__).parent / "ceval_exam"
ALL = os.environ.get("HEADROOM_FAULTS") == "full"
SUBJECTS = 4


@pytest.fixture(scope="module")
def loaded(smollm2: Path) -> Any:
    model = AutoModelForCausalLM.from_pretrained(smollm2, dtype=torch.float32).eval()
    return model, AutoTokenizer.from_pretrained(smollm2)


def run(loaded: Any, **values: Any) -> tuple[list[ceval.Prompt], list[Any]]:
    model, tokenizer = loaded
    parameters = CEvalParameters.read(values)
    questions = read_questions(EXAM, parameters).asked
    prompts = ceval.encode_prompts(tokenizer, questions, ceval.render(tokenizer, questions, parameters), parameters)
    result = ceval.run(model, tokenizer, prompts, parameters, batch=8, hooks=Hooks())
    return prompts.each, list(result["tests"])


@pytest.mark.parametrize(("variant", "space"), [("lm-eval", " "), ("published", "")])
def test_the_letters_are_those_of_a_bare_loop(loaded: Any, variant: str, space: str) -> None:
    model, tokenizer = loaded
    limit = 15 if ALL else 1
    prompts, tests = run(loaded, variant=variant, limit=limit)
    letters = [tokenizer.encode(f"{space}{letter}", add_special_tokens=False)[-1] for letter in LETTERS]
    assert len(tests) == SUBJECTS * limit
    for prompt, test in zip(prompts, tests, strict=True):
        with torch.no_grad():
            found = torch.log_softmax(model(torch.tensor([tokenizer.encode(prompt.text)])).logits[0, -1], -1)[letters]
        assert test["response"] == LETTERS[int(found.argmax())], prompt.question.key
        assert list(test["logprobs"].values()) == pytest.approx(found.tolist(), abs=1e-3)


def test_written_answers_are_those_of_generate_and_repeat(loaded: Any) -> None:
    model, tokenizer = loaded
    values = {"scoring": "generation", "chat_template": True, "max_new_tokens": 12}
    asked = {"limit": 5} if ALL else {"limit": 2, "subjects": ["accountant"]}
    prompts, tests = run(loaded, **values, **asked)
    for prompt, test in zip(prompts, tests, strict=True):
        ids = torch.tensor([tokenizer.encode(prompt.text)])
        mask = torch.ones_like(ids)
        out = model.generate(ids, attention_mask=mask, max_new_tokens=12, do_sample=False, pad_token_id=2)
        text = tokenizer.decode(out[0, ids.shape[1] :], skip_special_tokens=True).strip()
        assert test["output"] == text and test["response"] == letter_of(text), prompt.question.key
    again = run(loaded, **values, **asked)[1]
    assert [test["output"] for test in again] == [test["output"] for test in tests]
