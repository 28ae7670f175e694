"""Runs by page over the API. tests/store/test_records.py has their filters and their order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest

from lbs.api import Control, create_app, records
from lbs.queue import RunQueue
from lbs.queue.worker_process import WorkerCommand
from lbs.sentences import verbatim
from lbs.settings import Settings
from lbs.store import Incident, Run, RunStore, open_database
from tests.support.api import refused

Ask = Callable[..., httpx.Response]


def done(req_id: str, at: float = 1.0) -> Run:
    return Run(req_id, "C-Eval", "/m", {}, status="completed", created_at=at, end_time=at, result={"accuracy": 0.5})


def ids(answer: httpx.Response) -> list[str]:
    assert answer.status_code == 200, answer.text
    return [row["req_id"] for row in answer.json()["rows"]]


def test_runs_come_by_page_and_are_deleted_and_restored(ask: Ask) -> None:
    page = {"offset": 0, "limit": 2}
    answer = ask(
        "POST", "/api/records", json=page, runs=[done("a", 1), done("b", 2), done("c", 3), Run("q", "d", "/m", {})]
    )
    assert ids(answer) == ["q", "c"] and answer.json()["total"] == 4
    assert ids(ask("POST", "/api/records", json={**page, "offset": 2})) == ["b", "a"]
    assert ids(ask("POST", "/api/records", json={**page, "states": ["queued"]})) == ["q"]
    oldest = {**page, "sort": {"by": "created_at", "descending": False}}
    assert ids(ask("POST", "/api/records", json=oldest)) == ["a", "b"]
    assert ask("GET", "/api/records/facets").json()["states"] == [
        {"value": "completed", "count": 3},
        {"value": "queued", "count": 1},
    ]
    assert "cancel it first" in refused(
        ask("POST", "/api/records/delete", json={"req_ids": ["a", "q"]}), 409, "unfinished"
    )
    refused(ask("POST", "/api/records/delete", json={"req_ids": ["none"]}), 404, "not_found")
    assert ask("POST", "/api/records/delete", json={"req_ids": ["a", "b"]}).json()["deleted_count"] == 2
    assert ids(ask("POST", "/api/records", json=page)) == ["q", "c"]
    assert len(ask("GET", "/api/history").json()) == 1 and len(ask("GET", "/api/runs").json()) == 1
    assert ask("POST", "/api/records/restore", json={"req_ids": ["a", "b"]}).status_code == 200
    assert ids(ask("POST", "/api/records", json={**page, "limit": 9})) == ["q", "c", "b", "a"]
    refused(ask("POST", "/api/records/restore", json={"req_ids": ["none"]}), 404, "not_found")


@pytest.mark.parametrize(
    "body",
    [
        {"offset": 0},
        {"offset": -1, "limit": 1},
        {"offset": 0, "limit": 501},
        {"offset": 0, "limit": 1, "state": ["queued"]},
        {"offset": 0, "limit": 1, "sort": {"by": "result", "descending": True}},
        {"offset": 0, "limit": 1, "states": ["held"]},
    ],
)
def test_a_page_that_is_not_understood_is_refused(ask: Ask, body: dict[str, Any]) -> None:
    refused(ask("POST", "/api/records", json=body), 400, "invalid_input")


def test_notes_and_tags_have_limits(ask: Ask) -> None:
    path = "/api/records/a/annotate"
    found = ask("POST", path, json={"note": "Slow", "tags": ["x", " X "]}, runs=[done("a")]).json()
    assert (found["note"], found["tags"], found["score"]["name"]) == ("Slow", ["x"], "accuracy")
    for body in ({"note": "x" * 4_001}, {"tags": [" "]}, {"tags": ["x" * 41]}, {"tags": ["x"] * 21}):
        refused(ask("POST", path, json=body), 400, "invalid_input")
    refused(ask("POST", "/api/records/none/annotate", json={"note": ""}), 404, "not_found")


def test_a_run_in_progress_has_its_state_and_items_that_are_not_stored_yet(tmp_path: Path, user: object) -> None:
    async def whole() -> None:
        store = RunStore(open_database(tmp_path / "r.db"))
        run = Run("now", "C-Eval", "/m", {}, created_at=1.0)
        store.save(run, done("before", 2.0))
        details = {"ways_out": [{"change": "batch", "from": 8, "to": 4, "total": 1}]}
        failed = Run("failed", "C-Eval", "/m", {}, status="failed", error=verbatim("Full."), created_at=0.0)
        store.save(failed, incident=Incident("failed", 1.0, "out_of_memory", verbatim("Full."), details))
        queue = RunQueue(store, WorkerCommand(("none",), {}, tmp_path))
        run.status, run.start_time, run.current_item, run.total_items = "processing", 5.0, 2, 9
        queue.runs["now"] = queue._current = run
        store.items.add({("now", "1"): {"score": 1.0}})
        queue._ending.items._pending["now", "2"] = {"score": 0.0}
        app = create_app(Settings.load(), queue, Control(lambda: None, lambda: False))
        transport = httpx.ASGITransport(app, client=("127.0.0.1", 4000))
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:5000") as http:
            page = (await http.post("/api/records", json={"offset": 0, "limit": 9})).json()
            states = [(row["req_id"], row["state"], row["progress"], row["start_time"]) for row in page["rows"]]
            assert states == [
                ("before", "completed", None, None),
                ("now", "processing", {"done": 2, "total": 9}, 5.0),
                ("failed", "failed", None, None),
            ]
            assert page["rows"][2]["ways_out"]["code"] == "lbs.plan.way_batch"
            refused(await http.post("/api/records/delete", json={"req_ids": ["now"]}), 409, "unfinished")
            items = (await http.get("/api/records/now/items?offset=0&limit=5")).json()
            assert items == {
                "total": 2,
                "items": [{"key": "1", "item": {"score": 1.0}}, {"key": "2", "item": {"score": 0.0}}],
            }
            failing = (await http.get("/api/records/now/items?failed=true")).json()
            assert [item["key"] for item in failing["items"]] == ["2"]
            refused(await http.get("/api/records/none/items"), 404, "not_found")
        store.close()

    asyncio.run(whole())


def needle_run(req_id: str, scores: dict[tuple[int, int], float], **more: Any) -> Run:
    tests = [
        {"task_type": "single_needle_retrieval", "context_length": length, "depth_percent": 50.0, "repeat": repeat}
        | {"score": score}
        for (length, repeat), score in scores.items()
    ]
    result = {"score": 0.5, "definition": {"version": "2"}, "tests": tests, "versions": {"torch": "2.13.0"}, **more}
    return replace(done(req_id), dataset="NeedleInAHaystack", parameters={"seed": 0}, result=result)


def test_stored_needle_runs_are_compared_cell_by_cell(ask: Ask) -> None:
    """Retention has dropped their items, which their results keep."""
    one = needle_run("a", {(512, 0): 0, (512, 1): 1, (1024, 0): 0, (1024, 1): 0, (2048, 0): 1, (2048, 1): 1})
    two = needle_run(
        "b", {(512, 0): 1, (512, 1): 1, (1024, 0): 1, (1024, 1): 1, (2048, 0): 1, (2048, 1): 0}, dtype="float16"
    )
    waiting = Run("q", "NeedleInAHaystack", "/m", {"seed": 0})
    body = {"req_ids": ["a", "b", "purged", "q"]}
    answer = ask("POST", "/api/records/compare", json=body, runs=[one, two, waiting])
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert ([run["req_id"] for run in found["runs"]], found["missing"]) == (["a", "b", "q"], ["purged"])
    against, unfinished = found["against"]
    # Half a cell better, a whole one better, half of one worse: of eight choices of signs, six are as far from 0 as +1.
    assert against["pairs"] == {
        **{"better": 2, "worse": 1, "same": 0, "test": "permutation", "p": 0.75},
        "difference": pytest.approx(1 / 3),
        "interval": pytest.approx([-0.3945, 0.7945], abs=1e-4),
    }
    differences = {tuple(one["group"]): one["score"] for one in against["differences"]}
    assert differences == {("512", "50"): 0.5, ("1024", "50"): 1.0, ("2048", "50"): -0.5}
    assert unfinished["pairs"] is None and unfinished["reason"]["code"] == "lbs.compare.unfinished"
    assert [line["name"] for line in found["lines"] if line["differs"]] == ["dtype", "torch"]
    refused(ask("POST", "/api/records/compare", json={"req_ids": ["a", "a"]}), 400, "invalid_input")
    refused(ask("POST", "/api/records/compare", json={"req_ids": ["a"]}), 400, "invalid_input")
    assert ask("POST", "/api/records/compare", json={"req_ids": ["x", "y"]}).json()["missing"] == ["x", "y"]


def test_stored_items_are_compared_where_a_result_has_none(ask: Ask) -> None:
    items = {
        (req_id, f"law|{i}"): {"subject": "law", "score": float(i < right)}
        for req_id, right in (("a", 2), ("b", 4))
        for i in range(5)
    }
    body = {"req_ids": ["a", "b"]}
    (against,) = ask("POST", "/api/records/compare", json=body, runs=[done("a"), done("b")], items=items).json()[
        "against"
    ]
    assert (against["pairs"]["better"], against["pairs"]["p"], against["pairs"]["test"]) == (2, 0.5, "mcnemar")


def test_an_export_has_what_a_run_was_computed_with(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    made = {"settings": {"LBS_TORCH_DTYPE": "auto"}, "versions": {"torch": "2.13.0"}}
    one = Run("a", "C-Eval", "/m", {"seed": 1}, status="completed", created_at=1, end_time=2, result=made)
    (row,) = ask("POST", "/api/records/export", json={"filter": {"models": ["/m"]}}, runs=[one]).json()["runs"]
    assert (row["req_id"], row["parameters"], row["versions"]) == ("a", {"seed": 1}, {"torch": "2.13.0"})
    assert row["settings"] == {"LBS_TORCH_DTYPE": "auto"}
    refused(ask("POST", "/api/records/export", json={"req_ids": ["a", "none"]}), 404, "not_found")
    monkeypatch.setattr(records, "MOST_EXPORTED", 1)
    assert "narrow" in refused(ask("POST", "/api/records/export", json={}, runs=[done("b")]), 400, "invalid_input")
