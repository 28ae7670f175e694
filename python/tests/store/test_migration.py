"""Files of earlier versions and of other programs."""

from __future__ import annotations

import json
import os
import shutil
import signal
import sqlite3
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from lbs.sentences import say, verbatim
from lbs.server.serving import open_store
from lbs.store import Run, RunStore, claim, open_database
from lbs.store.database import StoreError
from lbs.store.identify import identify
from tests.support.old_database import write_old


def content(path: Path) -> tuple[int, dict[str, list[tuple[object, ...]]]]:
    """The version, and every table with its rows."""
    db = sqlite3.connect(path)
    names = [row[0] for row in db.execute("SELECT name FROM sqlite_schema WHERE type='table' ORDER BY name")]
    tables = {name: sorted(db.execute(f"SELECT * FROM {name}").fetchall(), key=repr) for name in names}
    version = db.execute("PRAGMA user_version").fetchone()[0]
    db.close()
    return version, tables


def check_migrated(path: Path, items: bool) -> None:
    store = RunStore(open_database(path))
    rows = [(row["req_id"], row["dataset_name"], row["results"]) for row in json.loads(store.history.rows())]
    assert rows[:3] == [
        ("ceval", "C-Eval/law", {"variant": "headroom-0", "accuracy": 0.25}),
        ("second", "NeedleInAHaystack/x", {"score": 0.75}),
        ("first", "NeedleInAHaystack/x", {"score": 0.5}),
    ]
    assert rows[3][1:] == ("C-Eval", {"variant": "headroom-0", "accuracy": 0.5}) and len(rows) == 4
    # Scores are defined otherwise since: no resumed run takes them over.
    page = store.items.page("failed", 0, 10)
    assert (page.total, page.dropped) == (0, 2 if items else 0)
    assert store.get("deleted") is not None and len(store.recent()) == 6
    store.close()


@pytest.mark.parametrize("version", [1, 2, 3])
def test_an_older_file_is_copied_and_then_migrated(
    tmp_path: Path, version: int, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "r.db"
    write_old(path, version)
    before = content(path)
    check_migrated(path, items=version > 1)
    copy = tmp_path / f"r.db.v{version}.backup"
    assert content(copy) == before and f"now of version 5; the file before is {copy.name}" in capsys.readouterr().err
    assert content(path)[0] == 5 and "history" not in content(path)[1]
    check_migrated(path, items=version > 1)
    assert "version" not in capsys.readouterr().err


def test_errors_of_a_file_of_the_second_version_are_kept_as_text(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    write_old(path, 2)
    old = sqlite3.connect(path)
    old.executescript(
        "UPDATE runs SET error='Full.' WHERE req_id='failed';"
        "INSERT INTO incidents (id, time, kind, sentence, details) VALUES ('failed', 1.0, 'out_of_memory', 'Full.', '{}');"
    )
    old.close()
    store = RunStore(open_database(path))
    found, incident = store.get("failed"), store.incidents.get("failed")
    assert found is not None and found.error == verbatim("Full.") and not found.force
    assert incident is not None and incident.sentence == verbatim("Full.")
    nested = say("queue.worker_exited", how=say("queue.exited", code=3))
    store.save(replace(found, error=nested), incident=replace(incident, sentence=nested))
    again, incident = store.get("failed"), store.incidents.get("failed")
    assert again is not None and again.error == nested
    assert incident is not None and incident.sentence == nested
    store.save(Run("new", "d/d", "/m", {}, offload="auto", resumes="failed"))
    kept = store.get("new")
    assert kept is not None and (kept.offload, kept.resumes) == ("auto", "failed")
    assert store.items.of("new") == {}
    store.close()


class Killer:
    """Ends this process with SIGKILL at the statement number `at`."""

    def __init__(self, at: int) -> None:
        self.left = at

    def __call__(self, _: str) -> None:
        self.left -= 1
        if self.left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


def in_a_process(work: Callable[[], None]) -> int:
    """The exit status of a child that does the work; negative: the signal that ended it."""
    child = os.fork()
    if child == 0:
        try:
            work()
        finally:
            os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def kills(path: Path) -> Iterator[int]:
    """A migration of the file that is killed at its first statement, at its second, and so on until it gets through."""
    connect = sqlite3.connect
    for at in range(200):
        killer = Killer(at)

        def migrate(killer: Killer = killer) -> None:
            def watched(*words: object, **more: object) -> sqlite3.Connection:
                connection: sqlite3.Connection = connect(*words, **more)  # type: ignore[call-overload]
                connection.set_trace_callback(killer)
                return connection

            sqlite3.connect = watched  # type: ignore[assignment]
            open_database(path).close()

        if in_a_process(migrate) == 0:
            return
        yield at
    raise AssertionError("it never got through")


def test_a_killed_migration_leaves_the_old_file_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    write_old(path, 3)
    old = content(path)
    found = []
    for _ in kills(path):
        now = content(path)
        assert now == old or (now[0] == 5 and "history" not in now[1] and now[1]["items"] == [])
        found.append(now == old)
        if (tmp_path / "r.db.v3.backup").exists():
            assert content(tmp_path / "r.db.v3.backup") == old
    assert sum(found) > 20
    check_migrated(path, items=True)


def test_a_migration_without_space_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "r.db"
    write_old(path, 3)
    old = content(path)
    connect = sqlite3.connect

    def full(*words: object, **more: object) -> sqlite3.Connection:
        connection: sqlite3.Connection = connect(*words, **more)  # type: ignore[call-overload]
        if "check_same_thread" in more:
            connection.execute("PRAGMA max_page_count=1").fetchone()
        return connection

    monkeypatch.setattr(sqlite3, "connect", full)
    with pytest.raises(StoreError, match="full"):
        open_database(path)
    monkeypatch.undo()
    assert content(path) == old
    check_migrated(path, items=True)


def test_an_older_file_that_another_backend_has_open_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    write_old(path, 3)
    old = content(path)
    other = claim(path)
    assert other is not None
    with pytest.raises(StoreError, match="another backend has it open"):
        open_store(path)
    assert content(path) == old and not (tmp_path / "r.db.v3.backup").exists()
    os.close(other)
    open_store(path).close()
    assert content(path)[0] == 5


@pytest.mark.parametrize("wal", [False, True])
@pytest.mark.parametrize(
    "script",
    [
        "CREATE TABLE notes (text TEXT); INSERT INTO notes VALUES ('mine')",
        "CREATE TABLE runs (id INTEGER); CREATE TABLE history (id INTEGER)",
        "CREATE TABLE runs (req_id, dataset, model, parameters, status, created_at, end_time, result);"
        "CREATE TABLE history (a); CREATE TABLE mine (a)",
        "PRAGMA application_id=7",
        "PRAGMA user_version=3",
        "PRAGMA user_version=2; CREATE TABLE places (url TEXT)",
    ],
)
def test_a_database_of_another_program_is_never_written(tmp_path: Path, script: str, wal: bool) -> None:
    path = tmp_path / "places.sqlite"
    db = sqlite3.connect(path)
    if wal:
        db.execute("PRAGMA journal_mode=WAL")
    db.executescript(script)
    db.close()
    before, files = path.read_bytes(), sorted(tmp_path.iterdir())
    with pytest.raises(StoreError, match="not a results database of Headroom"):
        open_database(path)
    assert path.read_bytes() == before and sorted(tmp_path.iterdir()) == files


def test_a_damaged_database_that_names_another_program_is_not_renamed(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    db = sqlite3.connect(path)
    db.executescript("PRAGMA application_id=7; CREATE TABLE notes (text TEXT)")
    db.close()
    damaged = bytearray(path.read_bytes())
    damaged[100:400] = b"x" * 300
    path.write_bytes(damaged)
    with pytest.raises(StoreError, match="not a results database of Headroom"):
        open_database(path)
    assert path.read_bytes() == bytes(damaged) and [file.name for file in tmp_path.iterdir()] == ["places.sqlite"]


def test_a_file_of_ours_is_known_while_another_process_has_it_open(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    assert identify(path) == "new"
    first = open_database(path)
    assert identify(path) == "ours"
    open_database(path).close()
    first.close()
    assert identify(path) == "ours"


def test_a_file_of_ours_is_known_by_its_log_without_the_index_of_the_log(tmp_path: Path) -> None:
    path, copy = tmp_path / "r.db", tmp_path / "copy" / "r.db"
    copy.parent.mkdir()
    store = RunStore(open_database(path))
    store.save(Run("a", "d/d", "/m", {}))
    for suffix in ("", "-wal"):
        shutil.copy(f"{path}{suffix}", f"{copy}{suffix}")
    store.close()
    again = RunStore(open_database(copy))
    assert again.get("a") is not None
    again.close()


@pytest.mark.parametrize("kind", ["folder", "pipe"])
def test_what_is_no_file_is_refused(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "r.db"
    if kind == "folder":
        path.mkdir()
    else:
        os.mkfifo(path)
    with pytest.raises(StoreError, match="LBS_DB_PATH"):
        open_database(path)
    assert [file.name for file in tmp_path.iterdir()] == ["r.db"]
