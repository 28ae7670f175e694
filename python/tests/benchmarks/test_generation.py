"""Greedy answers whatever the model's folder asks for, with the reason why they ended and without their thinking."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from lbs.benchmarks.chat import AnswerBudget
from lbs.benchmarks.generation import NonFiniteLogits, are_finite, generation_json, neutral_config, pad_id
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle.generate import Answerer
from lbs.benchmarks.parameters import InvalidParameters, NeedleParameters

PROMPT = [5, 6, 7, 8, 9, 10]
ASKED: dict[str, Any] = {
    "do_sample": True,
    "temperature": 0.7,
    "num_beams": 4,
    "num_return_sequences": 2,
    "repetition_penalty": 5.0,
    "no_repeat_ngram_size": 2,
    "min_length": 20,
    "suppress_tokens": list(range(100)),
    "forced_eos_token_id": 200,
    "stop_strings": ["a"],
    "cache_implementation": "static",
}


@pytest.fixture(scope="module")
def toy(toy: Path) -> Any:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(toy).eval(), AutoTokenizer.from_pretrained(toy)


def fresh(toy: Any, **asked: Any) -> Any:
    """The toy with another generation config, as from its folder."""
    from transformers import GenerationConfig

    model, tokenizer = toy
    vars(model).pop("_own_generation_config", None)
    ids = {"eos_token_id": [2, 3], "bos_token_id": 1}
    model.generation_config = GenerationConfig(**ids, **asked)
    return model, tokenizer


def bare(model: Any, prompt: list[int], count: int) -> list[int]:
    """Greedy by hand: one forward pass of the whole text for each token."""
    ids = list(prompt)
    for _ in range(count):
        with torch.no_grad():
            ids.append(int(model(torch.tensor([ids])).logits[0, -1].float().argmax()))
    return ids[len(prompt) :]


@pytest.mark.slow
def test_what_a_folder_asks_for_changes_no_answer(toy: Any) -> None:
    model, tokenizer = fresh(toy, **ASKED)
    (answer,) = Answerer(model, tokenizer, Hooks())([PROMPT], 8)
    expected = bare(model, PROMPT, 8)
    assert 2 not in expected and 3 not in expected
    assert answer.text == tokenizer.decode(expected, skip_special_tokens=True).strip()
    assert (answer.finish_reason, answer.tokens_in, answer.tokens_out) == ("length", 6, 8) and answer.seconds > 0
    said = generation_json(model, tokenizer)
    assert said["eos_token_ids"] == [2, 3] and said["num_beams"] == 1 and not said["do_sample"]
    assert said["ignored"].keys() == ASKED.keys()
    assert model.generation_config.num_beams == 1 and neutral_config(model, tokenizer).stop_strings is None


@pytest.mark.slow
def test_an_answer_stops_at_each_of_the_models_ends(toy: Any) -> None:
    model, tokenizer = fresh(toy)
    third = bare(model, PROMPT, 3)[2]
    model.generation_config.eos_token_id = [3, third]
    (answer,) = Answerer(model, tokenizer, Hooks())([PROMPT], 8)
    assert (answer.finish_reason, answer.tokens_out) == ("stop", 3)
    hooks = Hooks()
    two = Answerer(model, tokenizer, hooks)([PROMPT, PROMPT[1:]], 8)
    assert two[0].text == answer.text
    found = hooks.performance.as_json()
    tokens = [one.tokens_out for one in two]
    assert (found["prompts"], found["prompt_tokens"], found["generated_tokens"]) == (2, 11, sum(tokens))
    # The first of each answer came with the prefill.
    assert found["decode_tokens_per_second"] == pytest.approx((sum(tokens) - 2) / found["decode_seconds"])
    assert found["time_to_first_token"] == found["time_to_first_token_max"] == found["prefill_seconds"] > 0
    assert found["prefill_seconds"] + found["decode_seconds"] == pytest.approx(sum(one.seconds for one in two))


@pytest.mark.slow
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_logits_that_are_no_numbers_raise(toy: Any, value: float) -> None:
    model, tokenizer = fresh(toy)
    weight = model.get_output_embeddings().weight
    before = weight.data[7].clone()
    weight.data[7] = value
    try:
        with pytest.raises(NonFiniteLogits):
            Answerer(model, tokenizer, Hooks())([PROMPT], 2)
    finally:
        weight.data[7] = before


def test_a_vocabulary_may_contain_minus_infinity() -> None:
    masked = torch.tensor([[1.0, -torch.inf], [2.0, 3.0]])
    assert bool(are_finite(masked))
    for value in (torch.nan, torch.inf):
        assert not bool(are_finite(torch.tensor([[1.0, 2.0], [value, 3.0]])))
    assert not bool(are_finite(torch.full((1, 3), -torch.inf)))


def test_a_tokenizer_without_a_pad_pads_with_any_token() -> None:
    bare = SimpleNamespace(pad_token_id=None, eos_token_id=None, bos_token_id=None)
    listed = SimpleNamespace(eos_token_id=[128001, 128009])
    assert (pad_id(bare), pad_id(bare, listed), pad_id()) == (0, 128001, 0)


class Words:
    """One token per word."""

    all_special_tokens = ("<end>",)
    eos_token_id = pad_token_id = 0
    bos_token_id = None

    def __init__(self, text: str) -> None:
        self.words = ["<end>", *text.split()]

    def decode(self, ids: list[int], skip_special_tokens: bool) -> str:
        words = [self.words[token] for token in ids]
        return " ".join(word for word in words if not (skip_special_tokens and word in self.all_special_tokens))


class Says:
    """A model that says the words of its tokenizer in order, whatever it is asked."""

    device = torch.device("cpu")
    config = None

    def __init__(self, count: int) -> None:
        self._count = count

    def forward(self, past_key_values: Any = None) -> None: ...

    def generate(self, **given: Any) -> torch.Tensor:
        ids: torch.Tensor = given["input_ids"]
        for token in [*range(1, self._count + 1), 0][: given["generation_config"].max_new_tokens]:
            ids = torch.cat([ids, torch.full((len(ids), 1), token)], -1)
            if all(bool(stop(ids, None).all()) for stop in [given["stopping_criteria"]]):
                break
        return ids


@pytest.mark.parametrize(
    ("text", "thinks", "answer", "thinking", "reason", "tokens"),
    [
        ("<think> a b </think> c d", False, "c d", "a b", "stop", 7),
        ("a b </think> c d", True, "c d", "a b", "stop", 6),
        ("c d", False, "c d", "", "stop", 3),
        ("<think> a b c d e f g h", False, "", "a b c", "length", 4),
        ("a b c d e f g h", True, "", "a b c d", "length", 4),
        ("<think> a </think> c d e f g h", False, "c d e", "a", "length", 6),
        ("c d e f g h", False, "c d e", "", "length", 3),
    ],
)
def test_thinking_has_a_budget_of_its_own(
    text: str, thinks: bool, answer: str, thinking: str, reason: str, tokens: int
) -> None:
    tokenizer = Words(text)
    answerer = Answerer(Says(len(text.split())), tokenizer, Hooks())
    (found,) = answerer([[1, 1]], 3, thinking_budget=4, thinks=thinks)
    assert (found.text, found.thinking, found.finish_reason, found.tokens_out) == (answer, thinking, reason, tokens)


def test_thinking_that_was_not_asked_for_is_taken_off_too() -> None:
    text = "<think> a b </think> c d"
    (found,) = Answerer(Says(6), Words(text), Hooks())([[1, 1]], 8)
    assert (found.text, found.thinking) == ("c d", "a b")
    (cut,) = Answerer(Says(6), Words(text), Hooks())([[1, 1]], 3)
    assert (cut.text, cut.finish_reason) == ("", "length")


def test_a_tag_in_several_tokens_is_found() -> None:
    tokenizer = Words("< think> x </thi nk> y")
    tokenizer.decode = lambda ids, skip_special_tokens: "".join(tokenizer.words[token] for token in ids)  # type: ignore[method-assign]
    budget = AnswerBudget(tokenizer, 50, 2, opened=False)
    assert [budget.spent_with(token) for token in (1, 2, 3, 4, 5, 6, 6)] == [False] * 6 + [True]


@pytest.mark.parametrize(
    "values", [{"messages": []}, {"a b": 1}, {"_x": 1}, {"x": "y" * 5000}, {f"x{n}": 1 for n in range(17)}]
)
def test_template_values_are_bounded(values: dict[str, Any]) -> None:
    with pytest.raises(InvalidParameters, match="chat_template_kwargs must"):
        NeedleParameters.read({"chat_template_kwargs": values})


def test_a_plan_counts_both_budgets() -> None:
    assert NeedleParameters.read({}).thinking_tokens == 0
    asked = NeedleParameters.read({"enable_thinking": True, "thinking_budget": 500, "chat_template_kwargs": {"a": 1}})
    assert asked.thinking_tokens == 500
