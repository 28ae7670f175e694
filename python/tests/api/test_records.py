"""Runs by page over the API. tests/store/test_records.py has their filters and their order."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from lbs.api import Control, create_app
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


def test_two_runs_are_compared_item_by_item(ask: Ask) -> None:
    items = {
        (req_id, f"law|{i}"): {"subject": "law", "score": float(i < right)}
        for req_id, right in (("a", 2), ("b", 4))
        for i in range(5)
    }
    runs = [done("a"), done("b")]
    answer = ask("POST", "/api/records/compare", json={"req_ids": ["a", "b"]}, runs=runs, items=items)
    assert answer.status_code == 200, answer.text
    found = answer.json()
    assert [run["req_id"] for run in found["runs"]] == ["a", "b"]
    (against,) = found["against"]
    assert (against["pairs"]["better"], against["pairs"]["p"]) == (2, 0.5)
    refused(ask("POST", "/api/records/compare", json={"req_ids": ["a", "none"]}), 404, "not_found")
    assert ask("POST", "/api/records/compare", json={"req_ids": ["a"]}).status_code == 400


def test_an_export_has_what_a_run_was_computed_with(ask: Ask) -> None:
    made = {"provenance": {"settings": {"LBS_TORCH_DTYPE": "auto"}, "versions": {"torch": "2.13.0"}}}
    one = Run("a", "C-Eval", "/m", {"seed": 1}, status="completed", created_at=1, end_time=2, result=made)
    (row,) = ask("POST", "/api/records/export", json={"filter": {"models": ["/m"]}}, runs=[one]).json()["runs"]
    assert (row["req_id"], row["parameters"], row["versions"]) == ("a", {"seed": 1}, {"torch": "2.13.0"})
    assert row["settings"] == {"LBS_TORCH_DTYPE": "auto"}
    assert ask("POST", "/api/records/export", json={"req_ids": ["none"]}).json() == {"runs": []}
