"""What the calls refuse instead of ignoring it, and how far they go."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.api.errors import ApiError
from lbs.api.strict_route import check_body, check_query
from lbs.api.submit import read_submissions
from lbs.queue import queue
from lbs.queue.events import Events
from lbs.settings import Settings
from lbs.store import Run
from tests.support.api import refused
from tests.support.backend import model_folder

Ask = Callable[..., httpx.Response]


def done(req_id: str, model: str = "/m") -> Run:
    return Run(req_id, "C-Eval/law", model, {}, status="completed", result={"score": 1.0}, end_time=1.0)


def test_history_is_deleted_only_as_asked(ask: Ask) -> None:
    ask("GET", "/api/stats", runs=[done("a"), done("b", "/n"), done("c", "/o")])
    for query in ("", "?model=/m", "?all=false", "?all=1", "?model_name=", "?all=true&model_name=/m", "?ALL=true"):
        refused(ask("DELETE", f"/api/history{query}"), 400, "invalid_input")
    assert "did you mean model_name?" in refused(ask("DELETE", "/api/history?model=/m"), 400, "invalid_input")
    assert "all=true" in refused(ask("DELETE", "/api/history"), 400, "invalid_input")
    assert ask("GET", "/api/stats").json()["results"] == 3
    assert ask("DELETE", "/api/history?model_name=/m").json()["deleted_count"] == 1
    assert ask("DELETE", "/api/history?all=true").json()["deleted_count"] == 2


@pytest.mark.parametrize(
    ("call", "text"),
    [
        ("/api/progress?reqid=a", "reqid is not a known field (did you mean req_id?)"),
        ("/api/health?verbose=1", "verbose is not a known field"),
        ("/api/results?count=1&count=2", "count is given more than once"),
        ("/api/results?count=100000000000000000000", "count must be at most 10000"),
        ("/api/results?count=0", "count must be at least 1"),
        ("/api/results?timeout=1e30", "timeout must be at most 3600"),
        ("/api/results?timeout=nan", "timeout must be a number"),
        ("/api/results?timeout=inf", "timeout must be a"),
    ],
)
def test_a_query_that_is_not_understood_is_refused(ask: Ask, call: str, text: str) -> None:
    assert text in refused(ask("GET", call), 400, "invalid_input")


@given(st.lists(st.tuples(st.sampled_from(["req_id", "count", "Count", "", "x"]), st.text(max_size=3)), max_size=6))
def test_a_query_passes_only_with_known_names_given_once(given: list[tuple[str, str]]) -> None:
    known = {"req_id": True, "count": False}
    names = [name for name, _ in given]
    try:
        check_query(given, known)
    except ApiError as error:
        assert error.status == 400 and (set(names) - set(known) or names.count("count") > 1)
    else:
        assert set(names) <= set(known) and names.count("count") < 2


def test_a_body_has_a_bound_in_items_and_no_name_twice(ask: Ask) -> None:
    json_type = {"Content-Type": "application/json"}
    run = {"model_name_or_path": "/m", "dataset_name": "C-Eval"}
    assert "1000 items" in refused(ask("POST", "/api/submit", json=[run] * 1001), 400, "invalid_input")
    wide = {"folder_path": "/", **{str(number): 0 for number in range(1000)}}
    assert "1000 items" in refused(ask("POST", "/api/scan-models", json=wide), 400, "invalid_input")
    deep = [[0] * 1000 for _ in range(150)]
    assert "values in all" in refused(ask("POST", "/api/plan", json={"model": deep}), 400, "invalid_input")
    twice = '{"hold": true, "hold": false}'
    answer = ask("POST", "/api/queue/hold", content=twice, headers=json_type)
    assert "hold is given more than once" in refused(answer, 400, "invalid_input")
    for odd in ('{"model": "\\ud800"}', '{"\\ud800": 1}', '{"model": NaN}', '{"model": 1e999}', "[" * 99_999):
        refused(ask("POST", "/api/plan", content=odd, headers=json_type), 400, "invalid_input")


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)


@given(json_values)
def test_a_body_that_passes_can_be_stored(value: Any) -> None:
    text = json.dumps(value)
    try:
        check_body(text.encode())
    except ApiError as error:
        assert error.status == 400
    else:
        json.dumps(json.loads(text), ensure_ascii=False, allow_nan=False).encode()


def test_ten_faults_are_listed_and_the_rest_counted(ask: Ask) -> None:
    text = refused(ask("POST", "/api/submit", json=[{}] * 30), 400, "invalid_input")
    assert text.count("is missing") == 10 and text.endswith("and 50 more.")
    parameters = {f"x{number}": 1 for number in range(30)}
    body = {"model_name_or_path": "/m", "dataset_name": "NeedleInAHaystack", "parameters": parameters}
    text = refused(ask("POST", "/api/submit", json=body), 400, "invalid_parameters")
    assert text.count("The parameter") == 10 and text.endswith("There are 20 further problems.")


def test_a_long_text_is_not_repeated_whole(ask: Ask) -> None:
    long = "x" * 5000
    bodies: list[tuple[str, dict[str, Any]]] = [
        ("/api/submit", {"model_name_or_path": f"/{long}", "dataset_name": "NeedleInAHaystack"}),
        ("/api/submit", {"model_name_or_path": "/m", "dataset_name": long}),
        ("/api/submit", {"model_name_or_path": "/m", "dataset_name": f"NeedleInAHaystack/{long}"}),
        ("/api/submit", {"model_name_or_path": "/m", "dataset_name": "C-Eval", long: 1}),
        ("/api/submit", {"model_name_or_path": "/m", "dataset_name": "NeedleInAHaystack", "seed": long}),
        ("/api/submit", {"model_name_or_path": "/m", "dataset_name": "NeedleInAHaystack", "haystack": f"/{long}"}),
        ("/api/plan", {"model": f"/{long}"}),
        ("/api/plan", {"model": "/m", long: 1}),
        ("/api/scan-models", {"folder_path": f"/{long}"}),
    ]
    for path, body in bodies:
        answer = ask("POST", path, json=body)
        assert answer.status_code == 400 and len(answer.json()["error"]) < 800, answer.text
    assert len(ask("GET", f"/api/runs/{long}").json()["error"]) < 400


@pytest.mark.parametrize("path", ["/a\0b", "~nosuchuser/model", "/" + "x" * 5000, "/" + "x/" * 3000, "\0"])
def test_text_that_is_not_a_path_is_refused(ask: Ask, path: str) -> None:
    run = {"dataset_name": "NeedleInAHaystack"}
    refused(ask("POST", "/api/submit", json={**run, "model_name_or_path": path}), 400, "invalid_model")
    body = {**run, "model_name_or_path": "/m", "haystack": path}
    assert "haystack" in refused(ask("POST", "/api/submit", json=body), 400, "invalid_parameters")
    refused(ask("POST", "/api/plan", json={"model": path}), 400, "invalid_model")
    refused(ask("POST", "/api/scan-models", json={"folder_path": path}), 400, "invalid_model")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"gpus": "9" * 400 + "GiB"}, "No GPU is known as"),
        ({"gpus": ",".join(["24GiB"] * 65)}, "65 GPUs are named: a plan takes at most 64"),
        ({"others": "\u0663GiB"}, "A size is a number"),
        ({"context": 10**30}, "context must be at most 100000000"),
        ({"batch": 10**30}, "batch must be at most 4096"),
    ],
)
def test_a_plan_has_bounds(ask: Ask, tmp_path: Path, fields: dict[str, Any], text: str) -> None:
    body = {"model": str(model_folder(tmp_path, "m")), "gpus": "1GiB", **fields}
    assert text in refused(ask("POST", "/api/plan", json=body), 400, "invalid_input")


def test_a_haystack_is_text_before_it_is_read(ask: Ask, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "pipes").mkdir()
    os.mkfifo(tmp_path / "pipes" / "a.txt")
    (tmp_path / "none").mkdir()
    with (tmp_path / "huge.txt").open("wb") as huge:
        huge.truncate(300 << 20)
    for name, text in (
        ("missing", "does not exist"),
        ("pipe", "is a pipe or a device"),
        ("pipes", "is a pipe or a device"),
        ("/dev/zero", "is a pipe or a device"),
        ("none", "contains no text"),
        ("huge.txt", "more than 256 MiB"),
    ):
        body = {"model_name_or_path": "/m", "dataset_name": "NeedleInAHaystack", "haystack": str(tmp_path / name)}
        assert text in refused(ask("POST", "/api/submit", json=body), 400, "invalid_parameters")


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"paramaters": {}}, "paramaters is not a known field (did you mean parameters?)"),
        ({"Depths": [1]}, "Depths is not a known field (did you mean depths?)"),
        ({"num_needle": 2}, "num_needle is not a known field (did you mean num_needles?)"),
        ({"colour": 2}, "colour is not a known field."),
        ({"seed": 1, "parameters": {"seed": 2}}, "seed is given more than once"),
        ({"context_length": 512, "context_lengths": [512]}, "context_lengths and context_length are the same"),
        ({"context_length": 10**30}, "context_lengths must be at most"),
        ({"context_length": 1.5}, "context_lengths must be a whole number"),
        ({"context_lengths": [512] * 900, "depths": [1] * 900}, "make 1620000 tests: a run has at most 10000"),
        ({"num_needles": 10**30}, "num_needles must be at most"),
        ({"parameters": {"dephts": [1]}}, "dephts is not a known field (did you mean depths?)"),
        ({"req_id": "a/b"}, "req_id must match"),
        ({"req_id": "a\n"}, "req_id must match"),
        ({"req_id": "\u4e2d"}, "req_id must match"),
        ({"req_id": "x" * 201}, "req_id must have at most 200"),
        ({"offload": "maybe"}, "offload must be one of"),
    ],
)
def test_a_submission_names_only_what_there_is(ask: Ask, fields: dict[str, Any], text: str) -> None:
    body = {"model_name_or_path": "/m", "dataset_name": "NeedleInAHaystack", **fields}
    answer = ask("POST", "/api/submit", json=body)
    assert answer.status_code == 400 and text in answer.json()["error"], answer.text


def test_parameters_may_stand_at_the_top_level(tmp_path: Path) -> None:
    model = str(model_folder(tmp_path, "m"))
    body = {
        "model_name_or_path": model,
        "dataset_name": "needleinahaystack/Single_Needle_Retrieval",
        "openai_api_key": "k",
        "base_url": "http://x",
        "context_length": 512,
        "depth_percent": None,
        "seed": 7,
        "parameters": {"depths": [50]},
    }
    [run] = read_submissions(body, Settings())
    assert run.dataset == "NeedleInAHaystack/single_needle_retrieval"
    assert (run.parameters["context_lengths"], run.parameters["depths"], run.parameters["seed"]) == ([512], [50], 7)
    with pytest.raises(ApiError, match="LongBench is not supported"):
        read_submissions({**body, "dataset_name": "LongBench"}, Settings())


@pytest.fixture
def law(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """A submission of C-Eval, whose folder has two subjects."""
    folder = tmp_path / "ceval"
    folder.mkdir()
    question = {"question": "?", "A": "1", "B": "2", "C": "3", "D": "4", "answer": "A"}
    for subject in ("law", "logic"):
        (folder / f"{subject}.jsonl").write_text(json.dumps(question))
    monkeypatch.setenv("LBS_DATASETS", str(tmp_path / "datasets.json"))
    (tmp_path / "datasets.json").write_text(json.dumps({"C-Eval": str(folder)}))
    return {"model_name_or_path": str(model_folder(tmp_path, "m")), "dataset_name": "C-Eval"}


def test_subjects_that_are_listed_can_be_submitted_in_any_case(law: dict[str, str]) -> None:
    for name, listed in (("law", "law"), ("LAW", "law"), ("Logic", "logic"), ("\u6cd5\u5b66", "law")):
        for fields in ({"dataset_name": f"c-eval/{name}"}, {"subjects": [name]}):
            [run] = read_submissions({**law, **fields}, Settings.load())
            assert run.parameters["subjects"] == [listed]
    with pytest.raises(ApiError, match="did you mean law"):
        read_submissions({**law, "dataset_name": "C-Eval/../law"}, Settings.load())
    with pytest.raises(ApiError, match="subjects must match"):
        read_submissions({**law, "subjects": ["../law"]}, Settings.load())
    for odd, text in (("lw", "did you mean law?"), ("physics", "law"), ("\u6cd5\u5f8b", "law")):
        for fields in ({"dataset_name": f"C-Eval/{odd}"}, {"subjects": [odd]}):
            with pytest.raises(ApiError) as refusal:
                read_submissions({**law, **fields}, Settings.load())
            assert refusal.value.status == 400 and text in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ('{"C-Eval": {"path": "/x"}}', "does not name one folder for C-Eval"),
        ("[" * 100_000, "cannot be read"),
        ("[]", "cannot be read (not an object)"),
        ("pipe", "cannot be read (not a small text file)"),
        ("{", "cannot be read"),
        ("\x00", "cannot be read"),
        ('{"C-Eval": "~nosuchuser/c"}', "~nosuchuser/c"),
        ('{"C-Eval": "/a\\u0000b"}', "is not a folder"),
        (f'{{"C-Eval": "/{"x" * 5000}"}}', "is not a folder"),
    ],
)
def test_a_broken_datasets_file_is_named(
    ask: Ask, law: dict[str, str], tmp_path: Path, text: str, problem: str
) -> None:
    (tmp_path / "datasets.json").unlink()
    if text == "pipe":
        os.mkfifo(tmp_path / "datasets.json")
    else:
        (tmp_path / "datasets.json").write_text(text)
    assert ask("GET", "/api/datasets").json()["C-Eval"] == ["C-Eval"]
    assert problem in refused(ask("POST", "/api/submit", json=law), 400, "no_dataset")


def test_the_queue_and_the_readers_have_bounds(ask: Ask, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queue, "MOST_QUEUED", 1)
    body = {"model_name_or_path": str(model_folder(tmp_path, "m")), "dataset_name": "NeedleInAHaystack"}
    assert "at most 1 runs" in refused(ask("POST", "/api/submit", json=[body, body]), 429, "queue_full")
    monkeypatch.setattr(Events, "full", True)
    refused(ask("GET", "/api/events"), 429, "too_many_readers")
