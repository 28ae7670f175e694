"""Damaged results files: nothing is deleted, what can be read comes back, and files that are not ours stay as they are."""

from __future__ import annotations

import json
import os
import random
import shutil
import sqlite3
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbs.sentences import Sentence, verbatim
from lbs.server.serving import open_store
from lbs.store import Filter, Incident, Run, RunStore, StoreError, open_database, recover
from tests.support.old_database import to_version_4, write_old

PAGE = 4096
RUNS, ITEMS = 40, 400


def write_results(path: Path) -> None:
    """40 completed runs with results of several pages, 400 items, an incident; all in the file, none in its log."""
    store = RunStore(open_database(path))
    for number in range(RUNS):
        run = Run(
            f"run {number}", "Needle/x", "/m", {"n": number}, status="completed", result={"text": f"{number} " * 900}
        )
        store.save(run)
    for first in range(0, ITEMS, 50):
        store.items.add({("run 1", f"item {first + n}"): {"output": f"{first + n} " * 60} for n in range(50)})
    store.incidents.add(Incident("run 2", 1.0, "out_of_memory", verbatim("Full."), {"message": "CUDA"}))
    store.database.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    store.close()


class Whole(bytes):
    """A results file; a failure does not print its megabyte."""

    def __repr__(self) -> str:
        return "..."


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    path = tmp_path_factory.mktemp("whole") / "r.db"
    write_results(path)
    return Whole(path.read_bytes())


def rows(path: Path) -> tuple[dict[str, str], dict[str, str]]:
    with sqlite3.connect(path) as db:
        runs = dict(db.execute("SELECT req_id, result FROM runs"))
        items = dict(db.execute("SELECT key, item FROM items"))
    db.close()
    return runs, items


def put(folder: Path, data: bytes) -> Path:
    path = folder / "r.db"
    path.write_bytes(data)
    return path


def damaged(data: bytes, seed: int, pages: int) -> bytes:
    """Overwrites whole pages, or flips single bytes in them, anywhere but in the first page."""
    chance, changed = random.Random(seed), bytearray(data)
    for _ in range(pages):
        at = chance.randrange(1, len(data) // PAGE) * PAGE
        if chance.random() < 0.5:
            changed[at : at + PAGE] = chance.choice([bytes(PAGE), chance.randbytes(PAGE)])
        else:
            changed[at + chance.randrange(PAGE)] ^= 1 << chance.randrange(8)
    return bytes(changed[: chance.randrange(len(changed) // 2, len(changed))] if chance.random() < 0.2 else changed)


ITEM_TEXT = {f"item {n}": json.dumps({"output": f"{n} " * 60}) for n in range(ITEMS)}


def items_on_whole_pages(whole: Whole, data: bytes) -> set[str]:
    """Items whose leaf is as it was, wherever the tree is damaged."""
    found: set[str] = set()
    for at in range(0, len(whole), PAGE):
        page, now = whole[at : at + PAGE], data[at : at + PAGE]
        if page == now and page[0] == 0x0D:
            found |= {key for key, text in ITEM_TEXT.items() if text.encode() in page}
    return found


FULL = os.environ.get("HEADROOM_FAULTS") == "full"


@settings(max_examples=500 if FULL else 25, deadline=None)
@given(seed=st.integers(0, 2**32), pages=st.integers(1, 12))
def test_random_damage_deletes_nothing_and_readable_rows_come_back(
    tmp_path_factory: pytest.TempPathFactory, whole: Whole, seed: int, pages: int
) -> None:
    folder = tmp_path_factory.mktemp("fuzz")
    data = damaged(whole, seed, pages)
    path = put(folder, data)
    found: list[Sentence] = []
    open_database(path, on_recovered=found.append).close()
    renamed = [one for one in folder.glob("r.db.damaged-*") if not one.name.endswith(("-wal", "-shm"))]
    if not found:
        # SQLite's quick check found nothing wrong.
        return shutil.rmtree(folder)
    assert len(renamed) == 1 and (renamed[0].read_bytes() == data) is True
    assert [one.name for one in folder.iterdir() if "recovery" in one.name] == []
    runs, items = rows(path)
    with sqlite3.connect(path) as db:
        assert db.execute("PRAGMA integrity_check").fetchone()[0] == "ok"
    db.close()
    must = items_on_whole_pages(whole, data)
    assert must <= items.keys(), sorted(must - items.keys())
    # A changed byte may give a row the key of another.
    assert sum(items[key] != ITEM_TEXT[key] for key in must) <= pages
    assert found[0].values["runs"] == len(runs) and found[0].values["items"] == len(items)
    shutil.rmtree(folder)


def test_one_damaged_leaf_loses_its_own_rows_only(tmp_path: Path, whole: Whole) -> None:
    at = whole.index(b'"output": "200 200 ') // PAGE * PAGE
    path = put(tmp_path, whole[:at] + bytes(PAGE) + whole[at + PAGE :])
    found: list[Sentence] = []
    open_database(path, on_recovered=found.append).close()
    runs, items = rows(path)
    lost = ITEMS - len(items)
    assert len(runs) == RUNS and 0 < lost < 20
    assert "item 200" not in items and {"item 0", "item 399"} <= items.keys()
    assert f"0 runs and {lost} items could not be read" in str(found[0])
    assert str(next(tmp_path.glob("*.damaged-*"))) in str(found[0])


@pytest.mark.parametrize("start", [bytes(16), b"damage, " * 300])
def test_a_damaged_first_page_loses_nothing(tmp_path: Path, whole: Whole, start: bytes) -> None:
    """The header, or the names of the tables with it: of a file whose header still names us, or whose log does."""
    header = len(start) == 16
    data = start + whole[16:] if header else whole[:100] + start[: PAGE - 100] + whole[100 + len(start[: PAGE - 100]) :]
    path = put(tmp_path, data)
    found: list[Sentence] = []
    open_database(path, on_recovered=found.append).close()
    runs, items = rows(path)
    assert (len(runs), len(items)) == (RUNS, ITEMS) and "Nothing was lost" in str(found[0])


def test_rows_that_no_tree_leads_to_come_back(tmp_path: Path, whole: Whole) -> None:
    """The root of their table is damaged."""
    with sqlite3.connect(put(tmp_path, whole)) as db:
        root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name='items'").fetchone()[0]
    db.close()
    at = (root - 1) * PAGE
    path = put(tmp_path, whole[:at] + bytes(PAGE) + whole[at + PAGE :])
    open_database(path).close()
    runs, items = rows(path)
    assert (len(runs), len(items)) == (RUNS, ITEMS)


def test_damage_that_is_found_in_use_is_recovered_at_once(tmp_path: Path, whole: Whole) -> None:
    path = put(tmp_path, whole)
    store = open_store(path)
    at = whole.index(b"7 7 7 7 7 ") // PAGE * PAGE
    with path.open("r+b") as file:
        file.seek(at)
        file.write(b"\x55" * PAGE)
    store.database.connection.execute("PRAGMA shrink_memory")
    with pytest.raises(StoreError, match="has just been recovered"):
        store.history.rows()
    assert len(store.recent()) >= RUNS - 2 and store.recovered is not None and "was damaged" in str(store.recovered)
    store.save(Run("after", "Needle/x", "/m", {}))
    store.close()
    assert "after" in rows(path)[0]


def test_damage_of_an_older_file_is_recovered_before_it_is_migrated(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    write_old(path, 3)
    data = path.read_bytes()
    with sqlite3.connect(path) as db:
        root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name='items'").fetchone()[0]
    db.close()
    path.write_bytes(data[: (root - 1) * PAGE] + b"\x55" * PAGE + data[root * PAGE :])
    found: list[Sentence] = []
    store = RunStore(open_database(path, on_recovered=found.append))
    assert found and store.history.stats()["results"] > 0 and store.recent()
    store.close()


@pytest.mark.parametrize("kind", ["text", "encrypted", "link", "broken", "other"])
def test_a_file_that_is_not_ours_is_neither_renamed_nor_written(tmp_path: Path, whole: Whole, kind: str) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes({"encrypted": random.Random(1).randbytes(3 * PAGE)}.get(kind, b"my notes\n" * 50))
    if kind in ("broken", "other"):
        path.unlink()
        with sqlite3.connect(path) as db:
            db.execute("CREATE TABLE notes (text)")
        db.close()
        if kind == "broken":
            data = bytearray(path.read_bytes())
            data[100:120] = b"\x55" * 20
            path.write_bytes(data)
    opened = path
    if kind == "link":
        opened = tmp_path / "results.db"
        opened.symlink_to(path)
    before, names = path.read_bytes(), sorted(tmp_path.iterdir())
    with pytest.raises(StoreError, match="was not changed"):
        open_database(opened)
    assert (path.read_bytes() == before) is True and sorted(tmp_path.iterdir()) == names


def test_without_room_for_the_recovery_all_stays_as_it_was(
    tmp_path: Path, whole: Whole, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = put(tmp_path, damaged(whole, seed=1, pages=12))
    before = path.read_bytes()

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(recover, "copy_file", full)
    with pytest.raises(StoreError, match="free some disk space in its folder"):
        open_database(path)
    assert (path.read_bytes() == before) is True and [one.name for one in tmp_path.iterdir()] == ["r.db"]


def test_a_file_that_another_backend_uses_is_not_replaced(tmp_path: Path, whole: Whole) -> None:
    path = put(tmp_path, damaged(whole, seed=1, pages=12))
    with pytest.raises(StoreError, match="is damaged"):
        open_database(path, alone=lambda: False)
    assert [one.name for one in tmp_path.iterdir()] == ["r.db"]


class Killed(BaseException):
    """SIGKILL."""


@pytest.mark.parametrize("step", range(1, 4))
def test_a_backend_that_is_killed_while_it_replaces_the_file_loses_nothing(
    tmp_path: Path, whole: Whole, monkeypatch: pytest.MonkeyPatch, step: int
) -> None:
    data = damaged(whole, 1, 4)
    path = put(tmp_path, data)
    log = path.with_name("r.db-wal")
    log.write_bytes(b"log")
    steps = iter(range(10))

    def dying(rename: Callable[[Path, Path], Path]) -> Callable[[Path, Path], Path]:
        def renaming(source: Path, target: Path) -> Path:
            if next(steps) == step:
                raise Killed
            return rename(source, target)

        return renaming

    with monkeypatch.context() as killed:
        for name in ("rename", "replace"):
            killed.setattr(Path, name, dying(getattr(Path, name)))
        with pytest.raises(Killed):
            recover.recover(path)
    with pytest.raises(StoreError):
        open_database(path, lambda: False)
    found: list[Sentence] = []
    open_database(path, on_recovered=found.append).close()
    assert [one.code for one in found] == ["store.recovered"]
    assert len(rows(path)[0]) > RUNS // 2
    (renamed,) = (one for one in tmp_path.glob("r.db.damaged-*") if not one.name.endswith("-wal"))
    assert (renamed.read_bytes() == data) is True
    assert renamed.with_name(renamed.name + "-wal").read_bytes() == b"log"
    assert {one.name for one in tmp_path.iterdir()} - {renamed.name, renamed.name + "-wal"} == {"r.db"}


@pytest.fixture(scope="module")
def logged(tmp_path_factory: pytest.TempPathFactory) -> tuple[Whole, Whole]:
    """A results file, and its log of 20 transactions that no checkpoint has written back."""
    path = tmp_path_factory.mktemp("logged") / "r.db"
    open_database(path).close()
    store = RunStore(open_database(path))
    for number in range(20):
        store.save(Run(f"run {number}", "Needle/x", "/m", {}, status="completed", result={"text": f"{number} " * 900}))
    found = Whole(path.read_bytes()), Whole(path.with_name("r.db-wal").read_bytes())
    store.close()
    return found


@settings(max_examples=200 if FULL else 12, deadline=None)
@given(at=st.floats(0, 1), part=st.integers(0, PAGE + 23), length=st.sampled_from([1, 8, 512]))
def test_transactions_behind_damage_in_the_log_come_back(
    tmp_path_factory: pytest.TempPathFactory, logged: tuple[Whole, Whole], at: float, part: int, length: int
) -> None:
    folder = tmp_path_factory.mktemp("log")
    path, frame = put(folder, logged[0]), PAGE + 24
    log = bytearray(logged[1])
    start = 32 + int(at * 0.8 * ((len(log) - 32) // frame)) * frame + part
    for byte in range(start, start + length):
        log[byte] ^= 0xFF
    path.with_name("r.db-wal").write_bytes(log)
    found: list[Sentence] = []
    open_database(path, on_recovered=found.append).close()
    assert len(found) == 1
    assert len(rows(path)[0]) >= 17
    shutil.rmtree(folder)


def test_a_log_that_a_kill_or_a_power_cut_has_ended_is_not_damaged(tmp_path: Path, logged: tuple[Whole, Whole]) -> None:
    last = bytearray(logged[1])
    last[-100] ^= 0xFF
    for log, runs in ((logged[1], 20), (logged[1][:-50], 19), (last, 19), (logged[1][:20], 0)):
        path = put(tmp_path, logged[0])
        path.with_name("r.db-wal").write_bytes(log)
        found: list[Sentence] = []
        open_database(path, on_recovered=found.append).close()
        assert (len(rows(path)[0]), found) == (runs, [])


def test_what_a_killed_recovery_left_is_removed_unless_another_backend_writes_it(tmp_path: Path, whole: Whole) -> None:
    path = put(tmp_path, whole)
    left = [path.with_name(f"r.db.recovery-{name}") for name in ("copy", "copy-wal", "new")]
    for one in left:
        one.touch()
    open_database(path, lambda: False).close()
    assert all(one.exists() for one in left)
    open_database(path).close()
    assert [one.name for one in tmp_path.iterdir()] == ["r.db"]


@pytest.mark.parametrize("version", [4, 5])
@pytest.mark.parametrize("part", ["root", "first page"])
def test_rows_of_either_version_come_back_with_their_notes_and_summaries(
    tmp_path: Path, version: int, part: str
) -> None:
    path = tmp_path / "r.db"
    store = RunStore(open_database(path))
    for number in range(RUNS):
        result = {"score": number / RUNS, "text": f"{number} " * 900}
        store.save(Run(f"run {number}", "Needle/x", "/m", {}, status="completed", result=result))
    store.records.annotate("run 3", "Kept", ["a", "b"])
    store.close()
    if version == 4:
        to_version_4(path)
    with sqlite3.connect(path) as db:
        root = db.execute("SELECT rootpage FROM sqlite_schema WHERE name='runs'").fetchone()[0]
    db.close()
    data, start = path.read_bytes(), (root - 1) * PAGE if part == "root" else 100
    damaged = b"\x55" * (PAGE if part == "root" else PAGE - 100)
    path.write_bytes(data[:start] + damaged + data[start + len(damaged) :])
    found: list[Sentence] = []
    store = RunStore(open_database(path, on_recovered=found.append))
    assert len(found) == 1
    page = store.records.page(Filter(), by="score", descending=False, limit=500)
    assert [row["score"] and row["score"]["value"] for row in page.rows] == [number / RUNS for number in range(RUNS)]
    (kept,) = store.records.get(["run 3"])
    assert (kept["note"], kept["tags"]) == (("Kept", ["a", "b"]) if version == 5 else ("", []))
    store.close()
