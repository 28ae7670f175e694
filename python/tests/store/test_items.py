"""The items of runs: in order, in pages, and for how long."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.store import Run, RunStatus, RunStore, open_database
from lbs.store import items as items_room
from lbs.store.retention import drop_old_items


@pytest.fixture
def store(tmp_path: Path) -> RunStore:
    return RunStore(open_database(tmp_path / "r.db"))


def add(store: RunStore, req_id: str, *keys: str, text: str = "") -> None:
    store.items.add({(req_id, key): {"score": 1.0, "output": text} for key in keys})


def end(store: RunStore, req_id: str, status: RunStatus = "completed", at: float = 1.0) -> None:
    store.save(Run(req_id, "C-Eval/law", "/m", {}, status=status, result={}, end_time=at))


@pytest.mark.parametrize("status", ["completed", "failed", "cancelled"])
def test_items_are_readable_during_the_run_and_after_it(store: RunStore, status: RunStatus) -> None:
    store.save(Run("a", "C-Eval/law", "/m", {}))
    add(store, "a", "z", "y")
    first = store.items.page("a", 0, 10)
    assert [item["key"] for item in json.loads(first.items)] == ["z", "y"] and first.total == 2 and not first.more
    add(store, "b", "other")
    add(store, "a", "x")
    later = store.items.page("a", first.next, 10)
    assert [item["key"] for item in json.loads(later.items)] == ["x"] and json.loads(later.items)[0]["item"][
        "score"
    ] == 1.0
    end(store, "a", status)
    assert json.loads(store.items.get("a", "x") or "")["score"] == 1.0 and store.items.get("b", "x") is None
    after = store.items.page("a", 0, 10)
    assert [item["key"] for item in json.loads(after.items)] == ["z", "y", "x"] and after.dropped == 0
    assert store.items.page("a", later.next, 10).next == later.next
    assert store.items.page("none", 0, 10).total == 0


@given(st.lists(st.integers(0, 300), max_size=30), st.integers(1, 8), st.integers(1, 700))
def test_pages_together_are_all_items_once(sizes: list[int], count: int, most: int) -> None:
    store = RunStore(open_database(Path(":memory:")))
    for number, size in enumerate(sizes):
        add(store, "a", str(number), text="x" * size)
    found: list[str] = []
    after, more = 0, True
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(items_room, "_PAGE_BYTES", most)
        while more:
            page = store.items.page("a", after, count)
            held = [len(str(item["item"]["output"])) for item in json.loads(page.items)]
            assert len(held) <= count and (sum(held) <= most or len(held) == 1)
            found += [item["key"] for item in json.loads(page.items)]
            after, more = page.next, page.more
    assert found == [str(number) for number in range(len(sizes))]


def test_a_resumed_run_has_the_items_of_both(store: RunStore) -> None:
    add(store, "a", "1", "2")
    end(store, "a", "failed")
    store.save(Run("b", "C-Eval/law", "/m", {}, resumes="a"))
    add(store, "b", "3")
    assert list(store.items.of("b")) == ["1", "2", "3"]


def held(store: RunStore) -> list[str]:
    return [name for name in "01234" if store.items.count(name)]


def test_the_newest_runs_keep_their_items_within_the_bounds(store: RunStore) -> None:
    for number in range(5):
        add(store, str(number), "k", text="x" * 1000)
        end(store, str(number), at=float(number))
    with store.database.writing() as db:
        drop_old_items(db, most_bytes=3500, most_runs=10)
    assert held(store) == ["2", "3", "4"]
    with store.database.writing() as db:
        drop_old_items(db, most_bytes=10**6, most_runs=2)
    assert held(store) == ["3", "4"]
    with store.database.writing() as db:
        drop_old_items(db, most_bytes=1, most_runs=2)
    assert held(store) == ["4"]
    assert (store.items.page("0", 0, 1).total, store.items.page("0", 0, 1).dropped) == (0, 1)


def test_items_go_with_their_row_of_the_history(store: RunStore) -> None:
    add(store, "a", "1")
    end(store, "a")
    add(store, "b", "1")
    end(store, "b", "failed")
    assert store.history.delete(None, "C-Eval/law") == 1
    assert store.items.count("a") == 0 and store.items.count("b") == 1
