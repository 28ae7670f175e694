"""C-Eval runs: the letters of a bare loop at every batch size, generated answers, averages, halving, and resuming."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from lbs.benchmarks import ceval
from lbs.benchmarks.ceval.answers import letter_of
from lbs.benchmarks.ceval.averages import averages
from lbs.benchmarks.ceval.run import CEvalResult
from lbs.benchmarks.ceval_data import LETTERS, read_questions
from lbs.benchmarks.hooks import Cancelled, Hooks
from lbs.benchmarks.parameters import CEvalParameters, InvalidParameters

EXAM = Path(__file__).parent / "ceval_exam"
LM_EVAL = "以下是中国关于注册会计师的单项选择题，请选出其中的正确答案。\n\n"
PUBLISHED = "以下是中国关于注册会计师考试的单项选择题，请选出其中的正确答案。\n\n"
CHOICES = "会计的基本职能是____\nA. 核算和监督\nB. 预测和决策\nC. 计划和控制\nD. 分析和考核\n答案："
SHOT = "借贷记账法的记账规则是____\nA. 有借必有贷，借贷必相等\nB. 收付相等\nC. 增减相等\nD. 先借后贷\n答案："
TEMPLATE = (
    "{% for message in messages %}<{{ message['role'] }}>{{ message['content'] }}\n{% endfor %}"
    "{% if add_generation_prompt %}<assistant>{% endif %}"
)
NO_SYSTEM = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system') }}{% endif %}" + TEMPLATE


@pytest.fixture(scope="module")
def toy(toy: Path) -> Any:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(toy).eval(), AutoTokenizer.from_pretrained(toy)


def prepared(tokenizer: Any, folder: Path = EXAM, **values: Any) -> tuple[ceval.Prompts, CEvalParameters]:
    parameters = CEvalParameters.read(values)
    questions = read_questions(folder, parameters).asked
    return ceval.encode_prompts(
        tokenizer, questions, ceval.render(tokenizer, questions, parameters), parameters
    ), parameters


def prompts_of(tokenizer: Any, **values: Any) -> list[ceval.Prompt]:
    return prepared(tokenizer, **values)[0].each


def run(toy: Any, batch: int, hooks: Hooks | None = None, folder: Path = EXAM, **values: Any) -> CEvalResult:
    prompts, parameters = prepared(toy[1], folder, **values)
    return ceval.run(toy[0], toy[1], prompts, parameters, batch=batch, hooks=hooks or Hooks())


@pytest.mark.parametrize(
    ("variant", "shots", "text"),
    [
        ("lm-eval", 0, LM_EVAL + CHOICES),
        ("lm-eval", 1, f"{LM_EVAL}{SHOT} A\n\n{CHOICES}"),
        ("published", 0, PUBLISHED + CHOICES),
        ("published", 1, f"{PUBLISHED}{SHOT}A\n\n{CHOICES}"),
    ],
)
@pytest.mark.slow
def test_the_wording_of_the_variants(toy: Any, variant: str, shots: int, text: str) -> None:
    prompts = prompts_of(toy[1], variant=variant, shots=shots, subjects=["accountant"], limit=1)
    assert prompts[0].text == text and toy[1].decode(prompts[0].ids, skip_special_tokens=True).strip() == text


@pytest.mark.slow
@pytest.mark.parametrize(
    ("variant", "template", "text"),
    [
        ("lm-eval", TEMPLATE, f"<system>{LM_EVAL}\n<user>{SHOT}\n<assistant>A\n<user>{CHOICES}\n<assistant>"),
        (
            "published",
            TEMPLATE,
            f"<system>{PUBLISHED.strip()}\n<user>{SHOT}\n<assistant>A\n<user>{CHOICES}\n<assistant>",
        ),
        ("lm-eval", NO_SYSTEM, f"<user>{SHOT}\n<assistant>A\n<user>{CHOICES}\n<assistant>"),
        ("published", NO_SYSTEM, f"<user>{PUBLISHED.strip()}\n{SHOT}\n<assistant>A\n<user>{CHOICES}\n<assistant>"),
    ],
)
def test_a_chat_template_gets_each_example_as_a_turn(
    toy: Any, monkeypatch: pytest.MonkeyPatch, variant: str, template: str, text: str
) -> None:
    monkeypatch.setattr(toy[1], "chat_template", template)
    prompts, _ = prepared(toy[1], variant=variant, shots=1, subjects=["accountant"], limit=1, chat_template=True)
    assert prompts.each[0].text == text and prompts.rendered.chat


@pytest.mark.slow
def test_a_model_without_a_template_refuses_one(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(toy[1], "chat_template", None)
    with pytest.raises(InvalidParameters, match="has no chat template: set chat_template to false"):
        prompts_of(toy[1], chat_template=True)


def plain_logprobs(model: Any, prompt: ceval.Prompt, letters: Sequence[str], tokenizer: Any) -> list[float]:
    """The plainest of loops: one forward pass for each letter, without padding, over prompt and letter together."""
    found = []
    for letter in letters:
        whole = tokenizer.encode(prompt.text + letter)
        first = len(tokenizer.encode(prompt.text.rstrip()))
        with torch.no_grad():
            logprobs = torch.log_softmax(model(torch.tensor([whole])).logits[0].double(), -1)
        found.append(sum(float(logprobs[place - 1, whole[place]]) for place in range(first, len(whole))))
    return found


@pytest.mark.slow
@pytest.mark.parametrize("chat", [False, True])
def test_every_batch_gives_the_letters_of_a_bare_loop(toy: Any, monkeypatch: pytest.MonkeyPatch, chat: bool) -> None:
    model, tokenizer = toy
    # The line break behind the last turn belongs to the answer, whose letters then have several tokens each.
    monkeypatch.setattr(tokenizer, "chat_template", TEMPLATE + "\n")
    prompts = prompts_of(tokenizer, limit=4, chat_template=chat)
    letters = LETTERS if chat else [f" {letter}" for letter in LETTERS]
    bare = [plain_logprobs(model, prompt, letters, tokenizer) for prompt in prompts]
    for batch in (1, 3, 16):
        tests = run(toy, batch, limit=4, chat_template=chat)["tests"]
        for expected, test in zip(bare, tests, strict=True):
            assert list(test["logprobs"].values()) == pytest.approx(expected, abs=1e-4)
            assert test["response"] == LETTERS[max(range(4), key=expected.__getitem__)]


@pytest.mark.slow
def test_published_compares_the_next_token_alone(toy: Any) -> None:
    model, tokenizer = toy
    prompts = prompts_of(tokenizer, variant="published", limit=3)
    letters = [tokenizer.encode(letter, add_special_tokens=False)[-1] for letter in LETTERS]
    with torch.no_grad():
        bare = [LETTERS[int(model(torch.tensor([prompt.ids])).logits[0, -1, letters].argmax())] for prompt in prompts]
    assert [test["response"] for test in run(toy, 8, variant="published", limit=3)["tests"]] == bare


@pytest.mark.slow
def test_letters_that_have_no_tokens_of_their_own_are_refused(toy: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(type(toy[1]), "encode", lambda self, text, **_: [1] * len(text))
    with pytest.raises(InvalidParameters, match="does not tell A, B, C and D apart"):
        prompts_of(toy[1], limit=1)


@pytest.mark.slow
def test_a_generated_answer_is_that_of_a_bare_loop(toy: Any) -> None:
    model, tokenizer = toy
    found = run(toy, 4, limit=2, scoring="generation", max_new_tokens=5)
    prompts = prompts_of(tokenizer, limit=2, scoring="generation")
    for prompt, test in zip(prompts, found["tests"], strict=True):
        ids = list(prompt.ids)
        for _ in range(5):
            with torch.no_grad():
                ids.append(int(model(torch.tensor([ids])).logits[0, -1].argmax()))
        text = tokenizer.decode(ids[len(prompt.ids) :], skip_special_tokens=True).lstrip().partition("\n")[0]
        assert test["output"] == text and test["response"] == letter_of(text) and "logprobs" not in test
    assert found["scoring"] == "generation" and found["unanswered"] == sum(
        not one["response"] for one in found["tests"]
    )
    assert found["truncated"] == sum(one["finish_reason"] == "length" for one in found["tests"])


@pytest.mark.parametrize(
    ("text", "letter"),
    [
        ("B", "B"),
        (" B. 核算", "B"),
        ("答案是C。", "C"),
        ("正确答案：（D）", "D"),
        ("A选项不对，B选项也不对，所以答案应该选 C", "C"),
        ("选项A错误。因此，正确答案为Ｄ。", "D"),
        ("The answer is **B**.", "B"),
        ("Because of an ABC rule: D", "D"),
        ("我不知道", ""),
        ("", ""),
        ("Apple", ""),
    ],
)
def test_the_letter_that_a_text_names(text: str, letter: str) -> None:
    assert letter_of(text) == letter


def test_averages_are_over_questions_and_over_subjects() -> None:
    found = averages({"logic": [1, 0, 0, 1], "law": [1, 1], "college_physics": [0, 1, 0], "mine": [1, 1, 1]})
    assert list(found) == ["overall", "stem", "humanities", "hard"]
    humanities = found["humanities"]
    assert (humanities["questions"], humanities["subjects"], humanities["of"]) == (6, 2, 11)
    assert humanities["accuracy"] == pytest.approx(4 / 6) and humanities["subject_mean"] == pytest.approx(0.75)
    assert humanities["stderr"] == pytest.approx(math.sqrt(4 / 6 * 2 / 6 / 5))
    # Of four scores with the mean 0.5, and of two that are equal.
    assert humanities["subject_mean_stderr"] == pytest.approx(math.sqrt(0.25 / 3) / 2)
    assert found["overall"]["of"] == 52 and found["overall"]["accuracy"] == pytest.approx(8 / 12)
    assert found["stem"] == {**found["hard"], "of": 20}


@given(
    st.dictionaries(
        st.sampled_from(["logic", "law", "marxism", "x"]), st.lists(st.sampled_from([0.0, 1.0]), min_size=1), min_size=1
    )
)
def test_averages_are_shares_and_errors_are_finite(scores: dict[str, list[float]]) -> None:
    for average in averages(scores).values():
        assert 0 <= average["accuracy"] <= 1 and 0 <= average["subject_mean"] <= 1
        assert (average["stderr"] is None) == (average["questions"] < 2)
        assert average["subject_mean_stderr"] is None or 0 <= average["subject_mean_stderr"] <= 0.75


@pytest.mark.slow
def test_a_result_says_how_it_was_made(toy: Any) -> None:
    items: dict[str, Any] = {}
    hooks = Hooks(on_item=items.__setitem__)
    found = run(toy, 8, hooks, limit=2, shots=1)
    speed = hooks.performance.as_json()
    assert (speed["prompts"], speed["generated_tokens"]) == (found["total_tests"], 0)
    assert speed["prompt_tokens"] >= sum(test["tokens_in"] for test in found["tests"])
    assert (
        speed["prefill_tokens_per_second"] and speed["time_to_first_token"] is speed["decode_tokens_per_second"] is None
    )
    assert (found["variant"], found["scoring"], found["shots"], found["split"]) == (
        "lm-eval",
        "loglikelihood",
        1,
        "val",
    )
    assert found["chat_template"] is False and found["unanswered"] == found["truncated"] == 0
    assert list(found["averages"]) == ["overall", "stem", "humanities", "other", "hard"]
    assert found["accuracy"] == found["averages"]["overall"]["accuracy"]
    first = found["tests"][0]
    item = items["accountant|1"]
    assert "prompt" not in first and item["prompt"].startswith(LM_EVAL) and first["prompt_hash"] == item["prompt_hash"]
    assert (
        first["tokens_in"] > 100 and first["tokens_out"] == 0 and first["seconds"] > 0 and len(first["logprobs"]) == 4
    )
    json.dumps(found)


@pytest.mark.slow
def test_out_of_memory_halves_the_batch_and_says_so(toy: Any) -> None:
    widths: list[int] = []

    def full(_module: Any, _args: Any, kwargs: Any) -> None:
        widths.append(len(kwargs["input_ids"]))
        if widths[-1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    hook = toy[0].register_forward_pre_hook(full, with_kwargs=True)
    try:
        found = run(toy, 8, subjects=["accountant"], limit=9)
    finally:
        hook.remove()
    assert widths == [8, 4, 2, 2, 2, 2, 1] and found["batch_size"] == 2
    assert "2 at a time instead of 8" in found["notes"][0]


def responses(result: CEvalResult) -> list[str]:
    return [test["response"] for test in result["tests"]]


@pytest.mark.slow
def test_finished_items_are_not_run_again_unless_their_prompt_changed(toy: Any) -> None:
    kept: dict[str, Any] = {}
    calls = 0

    def cancelled() -> bool:
        nonlocal calls
        calls += 1
        return calls > 4  # two checks a batch

    whole = run(toy, 2, limit=2)
    with pytest.raises(Cancelled):
        run(toy, 2, Hooks(on_item=kept.__setitem__, cancelled=cancelled), limit=2)
    assert len(kept) == 4
    progress: list[int] = []
    again = run(toy, 2, Hooks(on_progress=lambda now, *_: progress.append(now), done=kept), limit=2)
    assert progress[0] == 4 and responses(again) == responses(whole) and again["accuracy"] == whole["accuracy"]
    # An item of the wording before variants had names has no hash.
    before = {key: {name: value for name, value in item.items() if name != "prompt_hash"} for key, item in kept.items()}
    progress.clear()
    other = run(toy, 2, Hooks(on_progress=lambda now, *_: progress.append(now), done=before), limit=2)
    assert progress[0] == 0 and "4 items of the earlier run were asked again" in other["notes"][-1]


def test_generated_answers_in_prefill_chunks_are_the_same(toy: Any) -> None:
    asked: dict[str, Any] = {"limit": 2, "scoring": "generation", "max_new_tokens": 5}
    whole, pieces = run(toy, 4, **asked), run(toy, 4, **asked, prefill_chunk=32)
    assert (whole["prefill_chunk_size"], pieces["prefill_chunk_size"]) == (None, 32)
    assert [test["output"] for test in pieces["tests"]] == [test["output"] for test in whole["tests"]]
    assert run(toy, 4, limit=2)["prefill_chunk_size"] is None
