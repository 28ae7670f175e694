"""C-Eval's folders as people have them: the official splits, one file per subject, and what is refused with a sentence."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.benchmarks.ceval_data import read_questions, subjects_in
from lbs.benchmarks.parameters import CATEGORY_OF, CHINESE_NAMES, HARD, CEvalParameters, InvalidParameters, subject_key

EXAM = Path(__file__).parent / "ceval_exam"
HEADER = "id,question,A,B,C,D,answer\n"


def jsonl(file: Path, *lines: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    written = [line if isinstance(line, str) else json.dumps(line) for line in lines]
    file.write_text("\n".join(written), "utf-8")


def asked(text: str = "甲？", answer: Any = "A") -> dict[str, Any]:
    return {"id": 0, "question": text, "A": "一", "B": "二", "C": "三", "D": "四", "answer": answer}


def read(folder: Path, **parameters: Any) -> Any:
    return read_questions(folder, CEvalParameters.read(parameters))


def keys(folder: Path, **parameters: Any) -> list[str]:
    return [question.key for question in read(folder, **parameters).asked]


def refusal(folder: Path, **parameters: Any) -> str:
    with pytest.raises(InvalidParameters) as error:
        read(folder, **parameters)
    return str(error.value)


def test_the_official_folders_are_read_as_they_come() -> None:
    found = read(EXAM, shots=5)
    assert len(found.asked) == 60 and not found.notes
    assert subjects_in(EXAM) == ["accountant", "computer_network", "high_school_physics", "modern_chinese_history"]
    first = found.asked[0]
    assert first.key == "accountant|1" and first.subject_name == "注册会计师" and len(first.shots) == 5
    # Examples come from dev, and no dev question is asked.
    assert not {row.question for one in found.asked for row in one.shots} & {one.row.question for one in found.asked}
    assert 'B"' in next(one.row.question for one in found.asked if one.key == "computer_network|11")


def test_a_folder_of_one_file_per_subject_keeps_working(tmp_path: Path) -> None:
    jsonl(tmp_path / "accountant.jsonl", asked("1+1=？"), "", asked(answer=" b "), asked(answer="Ｃ"))
    jsonl(tmp_path / "physics.jsonl", {**asked(), "subject_name": "物理"})
    found = read(tmp_path).asked
    assert [(one.key, one.answer, one.subject_name) for one in found] == [
        ("accountant|1", "A", "注册会计师"),
        ("accountant|3", "B", "注册会计师"),
        ("accountant|4", "C", "注册会计师"),
        ("physics|1", "A", "物理"),
    ]
    assert keys(tmp_path, limit=1) == ["accountant|1", "physics|1"]


@pytest.mark.parametrize("name", ["logic_dev.jsonl", "dev/logic.jsonl", "dev/logic_dev.csv", "DEV/Logic_Dev.JSONL"])
def test_dev_is_never_asked(tmp_path: Path, name: str) -> None:
    jsonl(tmp_path / "law.jsonl", asked())
    content = HEADER + "0,甲？,1,2,3,4,B\n" if name.endswith("csv") else json.dumps(asked("乙？", "B"))
    jsonl(tmp_path / name, content)
    assert subjects_in(tmp_path) == ["law"] and keys(tmp_path) == ["law|1"]
    assert "no val questions" in refusal(tmp_path, subjects=["logic"]) or "no subject" in refusal(
        tmp_path, subjects=["logic"]
    )


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gbk", "gb18030", "utf-16"])
@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_encodings_and_line_ends(tmp_path: Path, encoding: str, newline: str) -> None:
    (tmp_path / "val").mkdir()
    text = HEADER + '0,"会计，的""职能""\n是____",一,"二,2",三,四,C\n'
    (tmp_path / "val" / "accountant_val.csv").write_bytes(text.replace("\n", newline).encode(encoding))
    jsonl(tmp_path / "law.jsonl", "")
    line = json.dumps(asked("法\u2028学？"), ensure_ascii=False) if encoding != "gbk" else json.dumps(asked("法学？"))
    (tmp_path / "law.jsonl").write_bytes((line + newline + line + newline).encode(encoding))
    one, *others = read(tmp_path).asked
    assert one.row.question == f'会计，的"职能"{newline}是____' and one.row.choices == ("一", "二,2", "三", "四")
    assert one.answer == "C" and [other.key for other in others] == ["law|1", "law|2"]


@pytest.mark.parametrize(
    ("line", "part"),
    [
        ("{", "Line 2 of .*x.jsonl is not a C-Eval question"),
        ("[1]", "Line 2"),
        ({"question": "?"}, "Line 2"),
        ({**asked(), "A": None}, "Line 2"),
        ({**asked(), "question": "  "}, "Line 2"),
        ("[" * 100_000, "Line 2"),
        (asked("\ud800"), "Line 2"),
        (asked(answer="E"), "Line 2 of .* answer 'E': it must be A, B, C or D"),
        (asked(answer=3), "answer 3"),
        (asked(answer=None), "Line 2 of .* has no answer"),
        (asked(answer="null"), "has no answer"),
    ],
)
def test_a_line_that_is_not_a_question_is_named(tmp_path: Path, line: Any, part: str) -> None:
    jsonl(tmp_path / "x.jsonl", asked(), line)
    with pytest.raises(InvalidParameters, match=part):
        read(tmp_path)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("id,question,A,B,C,answer\n0,甲,1,2,3,A\n", "lacks the columns D"),
        ("", "lacks the columns question, A, B, C, D"),
        ("id,question,A,B,C,D\n0,甲,1,2,3,4\n", "Line 1 of .* has no answer, as in C-Eval's first test split"),
        (HEADER + "0,甲,1,2\n", "Line 1 of .* is not a C-Eval question"),
        (HEADER + '0,"甲,1,2,3,4,A\n', "is not CSV"),
        (HEADER + "0,甲\0,1,2,3,4,A\n", "not text"),
        (HEADER + '0,"' + "甲" * 200_000 + '",1,2,3,4,A\n', "is not CSV"),
    ],
)
def test_a_csv_that_is_not_one_is_named(tmp_path: Path, text: str, part: str) -> None:
    (tmp_path / "x_val.csv").write_text(text, "utf-8")
    with pytest.raises(InvalidParameters, match=part):
        read(tmp_path)


def test_columns_may_differ_in_order_case_and_number(tmp_path: Path) -> None:
    header = " Answer ,D,C,B,a,Question,Note\n"
    (tmp_path / "x.csv").write_text(header + "b,4,3,2,1,甲,x\n,,,,,,\n", "utf-8")
    (one,) = read(tmp_path).asked
    assert one.row.choices == ("1", "2", "3", "4") and one.answer == "B"


def test_the_test_split_is_asked_for_by_name_and_needs_answers(tmp_path: Path) -> None:
    shutil.copytree(EXAM, tmp_path, dirs_exist_ok=True)
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "accountant_test.csv").write_text("id,question,A,B,C,D\n0,甲,1,2,3,4\n", "utf-8")
    (tmp_path / "test" / "law_test.csv").write_text(HEADER + "0,甲,1,2,3,4,A\n", "utf-8")
    assert len(keys(tmp_path)) == 60
    assert keys(tmp_path, split="test", subjects=["law"]) == ["law|1"]
    assert "choose split val" in refusal(tmp_path, split="test", subjects=["accountant"])
    assert "choose the other split" in refusal(tmp_path, subjects=["law"])


def test_examples_that_are_missing_are_refused(tmp_path: Path) -> None:
    assert "has 5 examples, fewer than the 6" in refusal(EXAM, shots=6)
    jsonl(tmp_path / "law.jsonl", asked())
    assert "put dev/law_dev.csv there or set shots to 0" in refusal(tmp_path, shots=1)
    jsonl(tmp_path / "dev" / "law_dev.jsonl", asked(answer=None))
    assert "has no answer" in refusal(tmp_path, shots=1)


def test_duplicates_are_counted_and_said(tmp_path: Path) -> None:
    jsonl(tmp_path / "law.jsonl", asked("甲"), asked("甲"), asked("乙"))
    jsonl(tmp_path / "law_dev.jsonl", asked("乙"))
    assert len(keys(tmp_path)) == 3
    assert [str(note) for note in read(tmp_path, shots=1).notes] == [
        "law.jsonl contains 1 questions a second time; they were counted as often as they are there.",
        "law.jsonl asks 1 questions that are examples in dev as well: their answers were shown.",
    ]
    jsonl(tmp_path / "val" / "law_val.jsonl", asked())
    assert "two files of questions" in refusal(tmp_path)


def test_folders_without_questions_say_what_to_do(tmp_path: Path) -> None:
    assert "contains no questions" in refusal(tmp_path)
    (tmp_path / "ceval-exam.zip").write_bytes(b"PK")
    assert "ceval-exam.zip and no CSV or JSON lines: unpack it" in refusal(tmp_path)
    jsonl(tmp_path / "law.jsonl", asked())
    os.mkfifo(tmp_path / "logic.jsonl")
    jsonl(tmp_path / "._law_val.csv", "x")
    assert subjects_in(tmp_path) == ["law"]
    assert "did you mean law?" in refusal(tmp_path, subjects=["laws"])
    with (tmp_path / "big.jsonl").open("wb") as file:
        file.truncate(65 << 20)
    assert "more than 64 MiB" in refusal(tmp_path, subjects=["big"])


def test_the_52_subjects_and_their_categories() -> None:
    sizes = {category: list(CATEGORY_OF.values()).count(category) for category in set(CATEGORY_OF.values())}
    assert sizes == {"stem": 20, "social_science": 10, "humanities": 11, "other": 11}
    assert len(CHINESE_NAMES) == len(set(CHINESE_NAMES.values())) == 52
    assert len(HARD) == 8 and {CATEGORY_OF[key] for key in HARD} == {"stem"}


@pytest.mark.parametrize(
    "name",
    ["high_school_physics", "High School Physics", " HIGH-school_Physics", "高中物理", "ｈｉｇｈ_school_physics"],
)
def test_one_rule_for_the_names_of_subjects(name: str) -> None:
    assert subject_key(name) == "high_school_physics"
    assert CEvalParameters.read({"subjects": [name]}).subjects == ["high_school_physics"]
    assert keys(EXAM, subjects=[name], limit=1) == ["high_school_physics|1"]


@given(st.text())
def test_a_subject_key_is_its_own_key(name: str) -> None:
    key = subject_key(name)
    assert subject_key(key) == key and not set("/\\. ") & set(key)


@pytest.mark.parametrize("name", ["../secret", "a/b", "a\\b", "", "  ", "__", "\0", "x" * 5000])
def test_a_subject_cannot_lead_out_of_the_folder(name: str) -> None:
    with pytest.raises(InvalidParameters, match="subjects"):
        CEvalParameters.read({"subjects": [name]})


@pytest.mark.parametrize(
    ("parameters", "part"),
    [
        ({"variant": "headroom-0"}, "variant"),
        ({"enable_thinking": True}, "scoring generation"),
        ({"enable_thinking": True, "chat_template": True}, "scoring generation"),
        ({"chat_template_kwargs": {"x": 1}}, "need chat_template"),
        ({"shots": -1}, "shots"),
        ({"split": "dev"}, "split"),
    ],
)
def test_parameters_that_cannot_be(parameters: dict[str, Any], part: str) -> None:
    with pytest.raises(InvalidParameters, match=part):
        CEvalParameters.read(parameters)
