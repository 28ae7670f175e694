"""The variant `lm-eval` against lm-evaluation-harness itself: 60 of 60 letters, and their log-likelihoods."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from lbs.benchmarks import ceval
from lbs.benchmarks.ceval_data import LETTERS, read_questions
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.parameters import CEvalParameters
from tests.support.lm_eval_ceval import NEEDED, installed, logprobs

pytestmark = pytest.mark.skipif(not installed(), reason=NEEDED)

EXAM = Path(__file__).parent / "ceval_exam"


def compare(model_folder: Path, tmp_path: Path, *, shots: int, chat: bool) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    model = AutoModelForCausalLM.from_pretrained(model_folder, dtype="float32").eval()
    tokenizer = AutoTokenizer.from_pretrained(model_folder)
    theirs = logprobs(model, tokenizer, EXAM, tmp_path, shots=shots, chat=chat)
    parameters = CEvalParameters.read({"shots": shots, "chat_template": chat})
    questions = read_questions(EXAM, parameters).asked
    texts = ceval.render(tokenizer, questions, parameters)
    prompts = ceval.encode_prompts(tokenizer, questions, texts, parameters)
    tests: list[Any] = ceval.run(model, tokenizer, prompts, parameters, batch=16, hooks=Hooks())["tests"]
    letters = {key: LETTERS[max(range(4), key=values.__getitem__)] for key, values in theirs.items()}
    assert len(tests) == 60 and {test["key"]: test["response"] for test in tests} == letters
    for test in tests:
        assert list(test["logprobs"].values()) == pytest.approx(theirs[test["key"]], abs=1e-3)


@pytest.mark.slow
@pytest.mark.parametrize("shots", [0, 2])
def test_a_toy_chooses_the_letters_of_lm_eval(toy: Path, tmp_path: Path, shots: int) -> None:
    compare(toy, tmp_path, shots=shots, chat=False)


@pytest.mark.slow
@pytest.mark.real_model
@pytest.mark.parametrize("chat", [False, True])
def test_a_real_model_chooses_the_letters_of_lm_eval(smollm2: Path, tmp_path: Path, chat: bool) -> None:
    compare(smollm2, tmp_path, shots=0, chat=chat)
