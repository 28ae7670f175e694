"""A whole run on a tiny model: batches, repeats, what is stored of each test, and what a resumed run keeps."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import torch
from transformers import LlamaConfig, LlamaForCausalLM

from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle import prepare, run
from lbs.benchmarks.needle.generate import Answerer
from lbs.benchmarks.parameters import NeedleParameters
from tests.support.letters import Letters

ASKED: dict[str, Any] = {"context_lengths": [700, 900], "depths": [0, 100], "repeats": 2, "max_new_tokens": 6}


class Letter256(Letters):
    """All characters within the vocabulary of a small model."""

    def __call__(self, text: str, add_special_tokens: bool = True) -> dict[str, list[int]]:
        return {"input_ids": [min(255, ord(letter)) for letter in text]}


def tiny(eos: int | None = None) -> Any:
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=256,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=2,
        initializer_range=0.5,  # so that answers depend on more than the last token
        eos_token_id=eos,
        bos_token_id=None,
    )
    return LlamaForCausalLM(config).eval()


@pytest.fixture(scope="module")
def model() -> Any:
    return tiny()


def ran(model: Any, hooks: Hooks | None = None, batch: int = 1, **more: Any) -> Any:
    prepared = prepare(Letter256(), NeedleParameters.read({**ASKED, **more}), context_limit=4096)
    batches = dict.fromkeys(prepared.lengths, batch)
    return run(model, Letter256(), prepared, batches=batches, hooks=hooks or Hooks())


def texts(result: Any) -> list[str]:
    return [test["response"] for test in result["tests"]]


@pytest.mark.parametrize("profile", ["needlebench-v2", "original"])
def test_a_batch_answers_as_single_prompts_do(model: Any, profile: str) -> None:
    single, batch = ran(model, profile=profile), ran(model, batch=4, profile=profile)
    assert texts(single) == texts(batch) and len(set(texts(single))) > 1
    assert single["score"] == batch["score"]
    assert batch["batch_sizes"] == {"700": 4, "900": 4} and single["batch_sizes"] == {"700": 1, "900": 1}


def test_each_test_says_what_was_asked_and_what_came_back(model: Any) -> None:
    items: dict[str, Any] = {}
    progress: list[tuple[int, int]] = []
    hooks = Hooks(on_item=items.__setitem__, on_progress=lambda done, of, _: progress.append((done, of)))
    result = ran(model, hooks, batch=3)
    assert result["total_tests"] == len(items) == 2 * 2 * 2 * 2 and result["repeats"] == 2
    assert progress[0] == (0, 16) and progress[-1] == (16, 16) and len(progress) == 9
    for test, item in zip(result["tests"], items.values(), strict=True):
        assert "prompt" not in test and item == {**test, "prompt": item["prompt"], "passages": item["passages"]}
        assert len(item["passages"]) == test["num_needles"]
        for passage in item["passages"]:
            assert passage["needle"].strip() in test["expected_needle"]
            assert "".join(passage.values()) in item["prompt"]
        assert test["prompt_sha256"] == hashlib.sha256(item["prompt"].encode()).hexdigest()
        assert test["prompt_tokens"] == len(item["prompt"]) == test["context_length"]
        assert item["prompt"][test["needle_offsets"][0] + 1 :].startswith(test["expected_needle"].split(". ")[0])
        assert test["finish_reason"] == "length" and test["tokens_out"] == test["max_new_tokens"] == 6
        assert test["seconds"] > 0
    assert result["truncated_tests"] == 16


def test_the_end_of_an_answer_is_told_from_a_cut(model: Any) -> None:
    plain = ran(model)
    end = ord(texts(plain)[0][0])
    result = ran(tiny(eos=end), batch=4)
    for before, after in zip(plain["tests"], result["tests"], strict=True):
        place = before["response"].find(chr(end))
        assert after["finish_reason"] == ("length" if place < 0 else "stop")
        assert after["tokens_out"] == (6 if place < 0 else place + 1)
    assert 0 < result["truncated_tests"] < 16


def test_a_resumed_run_keeps_finished_repeats(model: Any) -> None:
    items: dict[str, Any] = {}
    whole = ran(model, Hooks(on_item=items.__setitem__))
    kept = dict(list(items.items())[:7])
    again: dict[str, Any] = {}
    result = ran(model, Hooks(done=kept, on_item=again.__setitem__), batch=4)
    assert len(again) == 9 and result["resumed_items"] == 7
    assert texts(result) == texts(whole) and not {"prompt", "passages"} & result["tests"][0].keys()


def test_items_of_older_versions_are_run_again_and_the_result_says_so(model: Any) -> None:
    old = {"single_needle_retrieval|700|0": {"score": 1.0}}
    result = ran(model, Hooks(done=old))
    assert result["resumed_items"] == 0 and result["total_tests"] == 16
    assert any("older way" in note for note in result["notes"])


def test_a_batch_is_halved_where_memory_runs_out(model: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    sizes: list[int] = []
    answer: Any = Answerer._answers

    def scarce(self: Answerer, prompts: Any, most: Any) -> Any:
        sizes.append(len(prompts))
        if len(prompts) > 1:
            raise torch.OutOfMemoryError("CUDA out of memory.")
        return answer(self, prompts, most)

    single = ran(model)
    monkeypatch.setattr(Answerer, "_answers", scarce)
    result = ran(model, batch=4)
    assert sizes[:3] == [4, 2, 1] and set(sizes[2:]) == {1}
    assert texts(result) == texts(single)
    assert result["batch_sizes"] == {"700": 1, "900": 1} and any("1 at a time" in note for note in result["notes"])
