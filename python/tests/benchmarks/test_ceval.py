"""C-Eval: reading the dataset, the same letters at every batch size, halving when memory runs out, and resuming."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch

from lbs.benchmarks import ceval
from lbs.benchmarks.hooks import Cancelled, Hooks
from lbs.benchmarks.parameters import CEvalParameters, InvalidParameters


def write(folder: Path, subject: str, *lines: Any) -> None:
    folder.mkdir(exist_ok=True)
    written = [line if isinstance(line, str) else json.dumps(line, ensure_ascii=False) for line in lines]
    (folder / f"{subject}.jsonl").write_text("\n".join(written), "utf-8")


def asked(text: str = "甲？", answer: str = "A") -> dict[str, Any]:
    return {
        "id": 0,
        "question": text,
        "A": "一",
        "B": "二",
        "C": "三",
        "D": "四",
        "answer": answer,
        "subject_name": "会计",
    }


def test_prompts_are_as_published_and_limited_by_subject(tmp_path: Path) -> None:
    write(tmp_path / "c", "accountant", asked("1+1=？"), "", asked(answer=" b "))
    write(tmp_path / "c", "physics", asked())
    found = ceval.read_questions(tmp_path / "c", CEvalParameters.read({}))
    assert [(one.key, one.answer) for one in found] == [
        ("accountant|1", "A"),
        ("accountant|3", "B"),
        ("physics|1", "A"),
    ]
    assert "关于会计考试" in found[0].prompt and found[0].prompt.endswith("D. 四\n答案：") and "1+1" in found[0].prompt
    assert len(ceval.read_questions(tmp_path / "c", CEvalParameters.read({"limit": 1}))) == 2


@pytest.mark.parametrize("line", ["{", {"question": "?"}, asked(answer="E"), "[1]", {**asked(), "answer": 3}])
def test_a_line_that_is_not_a_question_is_named(tmp_path: Path, line: Any) -> None:
    write(tmp_path / "c", "x", asked(), line)
    with pytest.raises(InvalidParameters, match=r"Line 2 of .*x\.jsonl"):
        ceval.read_questions(tmp_path / "c", CEvalParameters.read({}))


def test_a_subject_cannot_lead_out_of_the_folder() -> None:
    with pytest.raises(InvalidParameters, match="subjects"):
        CEvalParameters.read({"subjects": ["../secret"]})


@pytest.fixture(scope="module")
def toy(toy: Path) -> Any:
    from transformers import AutoModelForCausalLM, AutoTokenizer

    return AutoModelForCausalLM.from_pretrained(toy).eval(), AutoTokenizer.from_pretrained(toy)


@pytest.fixture
def questions(tmp_path: Path) -> list[ceval.Question]:
    write(tmp_path / "c", "a", *[asked("问" * (3 * number + 1)) for number in range(9)])
    return ceval.read_questions(tmp_path / "c", CEvalParameters.read({}))


def ids_of(toy: Any, questions: list[ceval.Question]) -> list[list[int]]:
    return [toy[1].encode(question.prompt) for question in questions]


@pytest.mark.slow
def test_every_batch_gives_the_same_letters(toy: Any, questions: list[ceval.Question]) -> None:
    ids = ids_of(toy, questions)
    alone = ceval.run(toy[0], toy[1], questions, ids, batch=1, hooks=Hooks())
    # Against the plainest of loops, without padding: what the batch must not change.
    letters = [toy[1].encode(letter, add_special_tokens=False)[-1] for letter in "ABCD"]
    with torch.inference_mode():
        plain = ["ABCD"[toy[0](torch.tensor([one])).logits[0, -1, letters].argmax()] for one in ids]
    assert [test["response"] for test in alone["tests"]] == plain
    assert ceval.run(toy[0], toy[1], questions, ids, batch=4, hooks=Hooks())["tests"] == alone["tests"]


@pytest.mark.slow
def test_out_of_memory_halves_the_batch_and_says_so(toy: Any, questions: list[ceval.Question]) -> None:
    model, tokenizer = toy
    widths: list[int] = []

    def full(_module: Any, _args: Any, kwargs: Any) -> None:
        widths.append(len(kwargs["input_ids"]))
        if widths[-1] > 2:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")

    hook = model.register_forward_pre_hook(full, with_kwargs=True)
    try:
        found = ceval.run(model, tokenizer, questions, ids_of(toy, questions), batch=8, hooks=Hooks())
    finally:
        hook.remove()
    assert (
        widths == [8, 4, 2, 2, 2, 2, 1] and found["batch_size"] == 2 and "2 at a time instead of 8" in found["notes"][0]
    )


@pytest.mark.slow
def test_finished_items_are_not_run_again(toy: Any, questions: list[ceval.Question]) -> None:
    ids = ids_of(toy, questions)
    kept: dict[str, Any] = {}
    calls = 0

    def cancelled() -> bool:
        nonlocal calls
        calls += 1
        return calls > 2

    whole = ceval.run(toy[0], toy[1], questions, ids, batch=2, hooks=Hooks())
    with pytest.raises(Cancelled):
        ceval.run(toy[0], toy[1], questions, ids, batch=2, hooks=Hooks(on_item=kept.__setitem__, cancelled=cancelled))
    assert len(kept) == 4
    progress: list[int] = []
    again = ceval.run(
        toy[0],
        toy[1],
        questions,
        ids,
        batch=2,
        hooks=Hooks(on_progress=lambda now, *_: progress.append(now), done=kept),
    )
    assert progress[0] == 4 and again["tests"] == whole["tests"] and again["accuracy"] == whole["accuracy"]
