"""Runs by filter, sort and page, against a model that lists them all; notes, tags, deletion."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.sentences import verbatim
from lbs.store import Filter, Incident, Live, Missing, Run, RunStore, SortKey, Unfinished, open_database
from lbs.store.records import normal_tags
from lbs.store.retention import DELETED_SECONDS
from tests.support.old_database import to_version_4

MODELS = ("/m/Qwen 2.5_7b", "/m/llama%", "/other/Ünïcode!", "/m/llama")
DATASETS = ("NeedleInAHaystack", "C-Eval/law")
TAGS = ("night", "a_b", "100%", "it's")
STATES = ("queued", "completed", "failed", "cancelled")


def result(score: float | None, speed: float | None, limit: float, dtype: str) -> dict[str, Any]:
    return {
        **({} if score is None else {"score": score, "overall_statistics": {"stderr": 0.01}}),
        **({} if speed is None else {"performance": {"decode_tokens_per_second": speed}}),
        "predicted_peak": 7 << 30,
        "peak_memory": {"0": int(limit * 100), "1": 5},
        "settings": {"LBS_GPU_MEMORY_LIMIT": limit},
        "dtype": dtype,
        "text": "x" * 500,
    }


runs: st.SearchStrategy[list[dict[str, Any]]] = st.lists(
    st.builds(
        dict,
        model=st.sampled_from(MODELS),
        dataset=st.sampled_from(DATASETS),
        status=st.sampled_from([*STATES, "completed", "completed"]),
        created_at=st.integers(0, 5).map(float),
        seconds=st.one_of(st.none(), st.integers(0, 3)),
        score=st.one_of(st.none(), st.sampled_from([0.0, 0.5, 1.0])),
        speed=st.one_of(st.none(), st.sampled_from([3.5, 40.0])),
        limit=st.sampled_from([0.5, 0.8]),
        dtype=st.sampled_from(["bfloat16", "float16"]),
        note=st.sampled_from(["", "Warm start_", "50% done", "b"]),
        tags=st.lists(st.sampled_from(TAGS), max_size=2, unique=True),
        deleted=st.sampled_from([False, False, True]),
    ),
    min_size=4,
    max_size=12,
)
SEARCHES = ("", "LLAMA", "llama%", "2.5_7b", "night", "_", "%", "!", "qwen needle", "' OR 1=1", "run 3", "it's")


@st.composite
def some_filters(draw: st.DrawFn) -> Filter:
    """Of one or two kinds, so that many still match."""
    kinds: dict[str, st.SearchStrategy[Any]] = {
        "models": st.lists(st.sampled_from(MODELS), min_size=1, max_size=2),
        "datasets": st.just(["C-Eval/law"]),
        "states": st.lists(st.sampled_from([*STATES, "processing"]), min_size=1, max_size=3),
        "tags": st.lists(st.sampled_from(TAGS), min_size=1, max_size=2),
        "dtypes": st.just(["bfloat16"]),
        "limits": st.just(["0.5"]),
        "since": st.just(2.0),
        "until": st.just(4.0),
        "deleted": st.just(True),
    }
    chosen = draw(st.lists(st.sampled_from(sorted(kinds)), max_size=2, unique=True))
    return Filter(**{name: draw(kinds[name]) for name in chosen})


filters = some_filters()


def fold(text: str) -> str:
    """As LIKE and NOCASE compare: ASCII alone."""
    return "".join(one.lower() if one.isascii() else one for one in text)


KEYS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "duration": lambda row: (
        None if row["end_time"] is None or row["start_time"] is None else row["end_time"] - row["start_time"]
    ),
    "model": lambda row: fold(row["model"].rsplit("/", 1)[1]),
    "dataset": lambda row: fold(row["dataset"]),
    "score": lambda row: row["score"] and row["score"]["value"],
    "note": lambda row: fold(row["note"]) or None,
    "tags": lambda row: fold("\n" + "\n".join(row["tags"]) + "\n") if row["tags"] else None,
}


def naive(rows: list[dict[str, Any]], wanted: Filter, by: str, descending: bool) -> list[str]:
    """The ids of a page without an end."""
    lists = ((wanted.models, "model"), (wanted.datasets, "dataset"), (wanted.states, "state"), (wanted.dtypes, "dtype"))

    def matches(row: dict[str, Any]) -> bool:
        texts = fold("\n".join([row["model"], row["dataset"], row["note"], *row["tags"], row["req_id"]]))
        return (
            all(not chosen or row[name] in chosen for chosen, name in (*lists, (wanted.limits, "limit")))
            and (not wanted.tags or bool({*wanted.tags} & {*row["tags"]}))
            and all(fold(word) in texts for word in wanted.search.split())
            and (wanted.since is None or row["created_at"] >= wanted.since)
            and (wanted.until is None or row["created_at"] <= wanted.until)
            and (row["deleted_at"] is not None) == wanted.deleted
        )

    found = sorted((row for row in rows if matches(row)), key=lambda row: (-row["created_at"], row["req_id"]))

    def plain(row: dict[str, Any]) -> Any:
        return row[by]

    key = KEYS.get(by, plain)
    known = [row for row in found if key(row) is not None]
    # Equal ones stay newest first, also where the order is reversed.
    values = sorted({key(row) for row in known}, reverse=descending)
    ordered = [row for value in values for row in known if key(row) == value]
    return [row["req_id"] for row in ordered + [row for row in found if key(row) is None]]


@pytest.fixture(scope="module")
def store() -> Iterator[RunStore]:
    store = RunStore(open_database(Path(":memory:")))
    yield store
    store.close()


def fill(store: RunStore, given: list[dict[str, Any]]) -> None:
    with store.database.writing() as db:
        db.execute("DELETE FROM runs")
    for number, one in enumerate(given):
        done, seconds = one["status"] != "queued", one["seconds"]
        run = Run(
            f"run {number}",
            one["dataset"],
            one["model"],
            {},
            status=one["status"],
            created_at=one["created_at"],
            start_time=one["created_at"] + 1 if done and seconds is not None else None,
            end_time=one["created_at"] + 1 + (seconds or 0) if done else None,
            result=result(one["score"], one["speed"], one["limit"], one["dtype"])
            if one["status"] == "completed"
            else None,
        )
        store.save(run)
        store.records.annotate(run.req_id, one["note"], one["tags"])
        if one["deleted"] and done:
            store.records.delete([run.req_id])


@settings(max_examples=40, deadline=None)
@given(
    given_runs=runs,
    wanted=filters,
    search=st.sampled_from(SEARCHES),
    descending=st.booleans(),
    size=st.integers(1, 5),
    live=st.booleans(),
)
def test_pages_are_those_of_a_filtered_and_sorted_list(
    store: RunStore,
    given_runs: list[dict[str, Any]],
    wanted: Filter,
    search: str,
    descending: bool,
    size: int,
    live: bool,
) -> None:
    fill(store, given_runs)
    queued = [f"run {number}" for number, one in enumerate(given_runs) if one["status"] == "queued"]
    current = Live(queued[0], 9.0) if live and queued else Live()
    ids = [f"run {number}" for number in range(len(given_runs))]
    rows: list[Any] = list(store.records.get(ids, current))
    assert [row["state"] for row in rows].count("processing") == (current.req_id is not None)
    for by in get_args(SortKey):
        everything = Filter(deleted=wanted.deleted)
        page = store.records.page(everything, by=by, descending=descending, limit=500, live=current)
        assert [row["req_id"] for row in page.rows] == naive(rows, everything, by, descending)
        assert page.total == page.matching == len(page.rows)
    for filtered in (wanted, Filter(search=search), replace(wanted, search=search)):
        expected = naive(rows, filtered, "score", descending)
        found: list[str] = []
        for offset in range(0, len(expected) + size, size):
            page = store.records.page(
                filtered, by="score", descending=descending, offset=offset, limit=size, live=current
            )
            assert page.matching == len(expected)
            found += [row["req_id"] for row in page.rows]
        assert found == expected
        assert sorted(store.records.ids(filtered, 100, current)) == sorted(expected)
    check_facets(store, rows, current)


def check_facets(store: RunStore, rows: list[Any], current: Live) -> None:
    facets = store.records.facets(current)
    shown = [row for row in rows if row["deleted_at"] is None]
    names = {"models": "model", "datasets": "dataset", "dtypes": "dtype", "limits": "limit", "states": "state"}
    for facet, name in names.items():
        values = [row[name] for row in shown if row[name] is not None]
        assert {one["value"]: one["count"] for one in facets[facet]} == {value: values.count(value) for value in values}
    tags = [tag for row in shown for tag in row["tags"]]
    assert {one["value"]: one["count"] for one in facets["tags"]} == {tag: tags.count(tag) for tag in tags}


def test_no_result_is_read_to_filter_and_sort(store: RunStore) -> None:
    asked: list[str] = []
    db = store.database.connection
    db.set_trace_callback(asked.append)
    for by in get_args(SortKey):
        store.records.page(Filter(search="a", models=["/m"], tags=["x"], states=["queued"]), by=by, live=Live("a", 1.0))
    store.records.facets()
    db.set_trace_callback(None)
    queries = [query for query in asked if "FROM runs WHERE" in query and "WHERE req_id" not in query]
    assert len(queries) > 40
    for query in queries:
        plan = " ".join(row[3] for row in db.execute(f"EXPLAIN QUERY PLAN {query}"))
        assert "USING COVERING INDEX records" in plan, (query, plan)


def test_a_run_that_ends_is_summed_up(tmp_path: Path) -> None:
    store = RunStore(open_database(tmp_path / "r.db"))
    store.save(Run("done", "C-Eval", "/m", {}, status="completed", result=result(0.5, 12.5, 0.75, "bfloat16")))
    plan = {"total": 9 << 30, "limit_text": "22GiB", "dtype": "float16"}
    ways = [{"change": "batch", "from": 8, "to": 4, "total": 1}]
    details = {"plan": plan, "gpus": [{"peak": 3}, {"peak": 4}], "ways_out": ways}
    incident = Incident("full", 1.0, "out_of_memory", verbatim("Full."), details)
    failed = Run(
        "full", "C-Eval", "/m", {}, status="failed", start_time=1.0, error=verbatim("Full."), error_code="out_of_memory"
    )
    store.save(failed, incident=incident)
    store.save(Run("stopped", "C-Eval", "/m", {}, status="cancelled", start_time=1.0))
    store.save(Run("waiting", "C-Eval", "/m", {}))
    done, full, stopped, waiting = store.records.get(["done", "full", "stopped", "waiting"])
    assert done["score"] == {"value": 0.5, "error": 0.01, "name": "score"}
    assert (done["tokens_per_second"], done["predicted_peak"], done["measured_peak"]) == (12.5, 7 << 30, 80)
    assert (done["limit"], done["dtype"], done["offloaded"], done["ways_out"]) == ("0.75", "bfloat16", False, [])
    assert (full["predicted_peak"], full["measured_peak"], full["limit"], full["dtype"]) == (
        9 << 30,
        7,
        "22GiB",
        "float16",
    )
    assert full["ways_out"] == ways and full["score"] is None and full["error_code"] == "out_of_memory"
    assert stopped["limit"] is waiting["limit"] is None
    store.close()


def test_what_was_predicted_stays_with_a_run_that_is_cancelled(tmp_path: Path) -> None:
    store = RunStore(open_database(tmp_path / "r.db"))
    run = Run("a", "C-Eval", "/m", {})
    store.save(run)
    run.plan, run.predicted_peak, run.offloaded = {"total": 9, "limit_text": "22GiB", "dtype": "float16"}, 7, True
    store.store_plan(run)

    def shown() -> tuple[object, ...]:
        (record,) = store.records.get(["a"])
        return record["state"], record["predicted_peak"], record["limit"], record["dtype"], record["offloaded"]

    assert shown() == ("queued", 7, "22GiB", "float16", True)
    store.save(replace(run, status="cancelled", start_time=1.0, plan=None))
    assert shown() == ("cancelled", 7, "22GiB", "float16", True)
    store.close()


def test_deleted_runs_are_hidden_restored_and_purged_after_a_week(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store = RunStore(open_database(tmp_path / "r.db"))
    for name in ("a", "b"):
        store.save(Run(name, "C-Eval", "/m", {}, status="completed", result={"score": 1.0}))
        store.items.add({(name, "1"): {"score": 1.0}})
    store.incidents.add(Incident("a", 1.0, "unreleased", verbatim("Held."), {}))
    store.save(Run("q", "C-Eval", "/m", {}))
    with pytest.raises(Unfinished, match="q"):
        store.records.delete(["a", "q"])
    with pytest.raises(Missing, match="none"):
        store.records.delete(["a", "none"])
    assert store.records.page(Filter()).total == 3

    def shown() -> tuple[int, int, int, int]:
        rows = json.loads(store.history.rows())
        return store.records.page(Filter()).total, len(rows), store.history.stats()["results"], len(store.recent())

    store.records.delete(["a"])
    assert shown() == (2, 1, 1, 2)
    assert [row["req_id"] for row in store.records.page(Filter(deleted=True)).rows] == ["a"]
    assert store.history.delete(None, "nothing") == 0
    store.records.restore(["a"])
    assert shown() == (3, 2, 2, 3)
    store.records.delete(["a"])
    later = time.time() + DELETED_SECONDS - 60
    monkeypatch.setattr(time, "time", lambda: later)
    assert store.records.purge() == 0 and store.get("a") is not None
    monkeypatch.setattr(time, "time", lambda: later + 120)
    assert store.records.purge() == 1
    assert (store.get("a"), store.items.of("a"), store.incidents.get("a")) == (None, {}, None)
    assert store.get("b") is not None and store.items.count("b") == 1
    with pytest.raises(Missing, match="a"):
        store.records.restore(["a"])
    store.close()


def test_what_leaves_the_history_leaves_the_records(tmp_path: Path) -> None:
    store = RunStore(open_database(tmp_path / "r.db"))
    store.save(Run("a", "C-Eval", "/m", {}, status="completed", result={"score": 1.0}))
    assert store.history.delete("/m", None) == 1
    assert store.records.page(Filter()).total == 0 and store.get("a") is not None
    store.close()


def test_notes_and_tags_survive_a_later_save(tmp_path: Path) -> None:
    store = RunStore(open_database(tmp_path / "r.db"))
    run = Run("a", "C-Eval", "/m", {})
    store.save(run)
    store.records.annotate("a", "Why", [" Two  words ", "two words", "b"])
    run.status = "cancelled"
    store.save(run)
    (record,) = store.records.get(["a"])
    assert (record["note"], record["tags"]) == ("Why", ["Two words", "b"])
    store.records.annotate("a", None, [])
    (record,) = store.records.get(["a"])
    assert (record["note"], record["tags"]) == ("Why", [])
    with pytest.raises(Missing):
        store.records.annotate("none", "x", None)
    store.close()


@given(tags=st.lists(st.text(max_size=8), max_size=6))
def test_normal_tags_stay_normal(tags: list[str]) -> None:
    found = normal_tags(tags)
    assert normal_tags(found) == found and len({tag.casefold() for tag in found}) == len(found)
    assert {tag.casefold() for tag in found} == {" ".join(tag.split()).casefold() for tag in tags if tag.split()}


def test_items_come_by_page_with_those_not_stored_yet(tmp_path: Path) -> None:
    store = RunStore(open_database(tmp_path / "r.db"))
    items = {f"k{number}": {"score": number % 2, "text": "é"} for number in range(7)}
    store.items.add({("a", key): item for key, item in items.items() if key < "k4"})
    store.items.add({("other", "k1"): {"score": 0}})
    # As in the queue: one that was stored meanwhile is still listed.
    unsaved = {key: item for key, item in items.items() if key > "k2"}

    def keys(failed: bool, size: int) -> list[str]:
        found: list[str] = []
        for offset in range(0, 8, size):
            total, page = store.items.slice("a", offset, size, failed=failed, unsaved=unsaved)
            rows = json.loads(page)
            assert total == (4 if failed else 7) and all(row["item"] == items[row["key"]] for row in rows)
            found += [row["key"] for row in rows]
        return found

    for size in (1, 2, 3, 7):
        assert keys(False, size) == [f"k{number}" for number in range(7)]
        assert keys(True, size) == ["k0", "k2", "k4", "k6"]
    assert store.items.slice("none", 0, 5) == (0, "[]")
    store.close()


def test_a_file_of_the_fourth_version_is_summed_up_when_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    store = RunStore(open_database(path))
    store.save(Run("a", "C-Eval", "/m", {}, status="completed", result=result(0.5, 2.0, 0.8, "float16")))
    store.items.add({("a", "k"): {"score": 1}})
    incident = Incident("f", 1.0, "out_of_memory", verbatim("Full."), {"plan": {"total": 5, "limit_text": "0.8"}})
    store.save(Run("f", "C-Eval", "/m", {}, status="failed", error=verbatim("Full.")), incident=incident)
    before = store.records.get(["a", "f"])
    store.close()
    to_version_4(path)
    store = RunStore(open_database(path))
    assert (tmp_path / "r.db.v4.backup").exists()
    assert store.records.get(["a", "f"]) == before and store.items.count("a") == 1
    assert store.records.page(Filter()).total == 2
    store.close()
