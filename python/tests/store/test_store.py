from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

from lbs.sentences import verbatim
from lbs.server.serving import open_store
from lbs.store import Run, RunStore, open_database
from lbs.store.database import StoreError


def make(path: Path) -> RunStore:
    return RunStore(open_database(path))


def completed(req_id: str, score: float) -> Run:
    run = Run(req_id, "Needle/x", "/m", {}, status="completed", result={"score": score})
    run.end_time = time.time()
    return run


def test_each_result_is_handed_out_once(tmp_path: Path) -> None:
    store = make(tmp_path / "r.db")
    store.save(completed("a", 1))
    store.save(Run("b", "Needle/x", "/m", {}))
    assert [run.req_id for run in store.hand_out(10)] == ["a"]
    assert store.hand_out(10) == []


def test_every_completed_run_is_a_row_of_the_history(tmp_path: Path) -> None:
    store = make(tmp_path / "r.db")
    for number, score in enumerate((0.5, 0.75, 0.75)):
        store.save(completed(str(number), score))
    store.save(Run("failed", "Needle/x", "/m", {}, status="failed", end_time=2e9))
    assert [(row["req_id"], row["results"]["score"]) for row in json.loads(store.history.rows())] == [
        ("2", 0.75),
        ("1", 0.75),
        ("0", 0.5),
    ]
    assert [row["req_id"] for row in json.loads(store.history.rows(1, offset=1))] == ["1"]
    assert store.history.stats() | {"last_update": 0} == {"results": 3, "models": 1, "datasets": 1, "last_update": 0}
    assert store.history.delete("/other", None) == 0 and store.history.delete("/m", "other") == 0
    assert store.history.delete("/m", None) == 3 and store.history.rows() == "[]"


def test_a_run_in_progress_fails_after_a_restart(tmp_path: Path) -> None:
    store = make(tmp_path / "r.db")
    store.save(Run("a", "Needle/x", "/m", {}, status="processing"))
    store.close()
    again = make(tmp_path / "r.db")
    assert again.fail_unfinished() == 1
    run = again.get("a")
    assert run is not None and run.status == "failed" and run.error_code == "interrupted"


def test_a_folder_that_is_not_writable_is_reported(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="LBS_DB_PATH"):
        open_database(tmp_path / "file" / "r.db")
    with pytest.raises(StoreError, match="is not a file"):
        open_database(tmp_path)


@pytest.mark.slow
def test_saved_runs_survive_sigkill(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    script = (
        "import sys, os, signal; from pathlib import Path; from lbs.store import *\n"
        "store = RunStore(open_database(Path(sys.argv[1])))\n"
        "store.save(Run('a', 'Needle/x', '/m', {}, status='completed', result={'score': 1}))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    folder = Path(__file__).resolve().parents[2]
    assert subprocess.run([sys.executable, "-c", script, str(path)], cwd=folder).returncode == -9
    run = make(path).get("a")
    assert run is not None and run.result == {"score": 1}


def test_a_full_disk_is_reported_and_leaves_the_store_usable(tmp_path: Path) -> None:
    store = make(tmp_path / "r.db")
    pages = store.database.connection.execute("PRAGMA page_count").fetchone()[0]
    store.database.connection.execute(f"PRAGMA max_page_count={pages}").fetchone()
    large = completed("a", 1)
    large.result = {"text": "x" * 100_000}
    with pytest.raises(StoreError, match="full"):
        store.save(completed("b", 1), large)
    assert store.get("a") is None and store.get("b") is None and store.history.rows() == "[]"
    store.database.connection.execute("PRAGMA max_page_count=100000").fetchone()
    store.save(large)
    assert store.recent()[0].result is None
    again = store.get("a")
    assert again is not None and again.result == large.result


def test_a_disk_that_is_read_only_is_reported(tmp_path: Path) -> None:
    store = make(tmp_path / "r.db")
    store.database.connection.execute("PRAGMA query_only=1")
    with pytest.raises(StoreError, match="is read-only"):
        store.save(completed("a", 1))
    store.database.connection.execute("PRAGMA query_only=0")
    store.save(completed("a", 1))


@pytest.mark.skipif(sys.platform == "win32", reason="Windows limits no file's size")
def test_a_write_that_the_system_refuses_is_reported(tmp_path: Path) -> None:
    """As a quota is; SQLite calls it an I/O error."""
    import resource

    store = make(tmp_path / "r.db")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    large = completed("a", 1)
    large.result = {"text": "x" * 1_000_000}
    resource.setrlimit(resource.RLIMIT_FSIZE, (200_000, before[1]))
    try:
        with pytest.raises(StoreError, match=r"disk I/O error\): free some disk space or quota"):
            store.save(large)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    store.save(large)
    again = store.get("a")
    assert again is not None and again.result == large.result


def test_a_lock_of_another_process_is_waited_for_or_reported(tmp_path: Path) -> None:
    store = make(tmp_path / "r.db")
    store.database.connection.execute("PRAGMA busy_timeout=50").fetchone()
    other = open_database(tmp_path / "r.db")
    other.execute("BEGIN IMMEDIATE")
    with pytest.raises(StoreError, match="locked"):
        store.save(completed("a", 1))
    other.execute("COMMIT")
    store.save(completed("a", 1))
    assert [run.req_id for run in store.hand_out(1)] == ["a"]


def test_a_file_that_is_deleted_in_use_is_written_again_with_all_rows(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "r.db"
    store = make(path)
    store.save(completed("a", 1))
    shutil.rmtree(tmp_path / "folder")
    store.save(completed("b", 1))
    store.save(completed("c", 1))
    again = make(path)
    assert [run.req_id for run in again.recent()] == ["a", "b", "c"]
    assert path.stat().st_mode & 0o777 == 0o600


def test_a_file_that_another_replaces_in_use_is_not_written(tmp_path: Path) -> None:
    path = tmp_path / "r.db"
    store = make(path)
    store.save(completed("a", 1))
    path.rename(tmp_path / "mine.db")
    path.write_bytes(b"of another program")
    with pytest.raises(StoreError, match="another file has replaced"):
        store.save(completed("b", 1))
    assert path.read_bytes() == b"of another program"
    (tmp_path / "mine.db").replace(path)
    store.save(completed("b", 1))


def test_the_queue_is_handed_over_on_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = open_store(tmp_path / "r.db")
    queued = [Run(name, "Needle/x", "/m", {}) for name in ("b", "c")]
    store.save(Run("a", "Needle/x", "/m", {}), *queued)

    def full(*_: Run) -> None:
        raise StoreError(verbatim("full"))

    monkeypatch.setattr(store, "save", full)
    store.hand_over(queued, not_queued=["a"])
    store.close()
    release(store)
    again = open_store(tmp_path / "r.db")
    assert [run.req_id for run in again.take_held()] == ["b", "c"]
    began = again.get("a")
    assert began is not None and began.error_code == "interrupted"
    # Once: the next start finds no mark.
    again.save(Run("d", "Needle/x", "/m", {}))
    again.close()
    release(again)
    assert [run.req_id for run in open_store(tmp_path / "r.db").take_held()] == []


def release(store: RunStore) -> None:
    """What the end of its process does."""
    assert store.mark is not None
    os.close(store.mark._handle)


def test_a_forced_run_stays_forced(tmp_path: Path) -> None:
    store = make(tmp_path / "r.db")
    store.save(Run("a", "Needle/x", "/m", {}, force=True), Run("b", "Needle/x", "/m", {}))
    assert [run.force for run in store.recent()] == [True, False]


def test_a_file_of_a_newer_version_is_not_touched(tmp_path: Path) -> None:
    store = make(tmp_path / "r.db")
    store.database.connection.execute("PRAGMA user_version=99").fetchone()
    # Closing the last connection writes the log back into the file.
    store.close()
    before = (tmp_path / "r.db").read_bytes()
    with pytest.raises(StoreError, match="newer Headroom"):
        open_database(tmp_path / "r.db")
    assert [path.name for path in tmp_path.glob("*.damaged-*")] == [] and (tmp_path / "r.db").read_bytes() == before


def test_runs_of_a_live_backend_are_not_touched(tmp_path: Path, capsys: pytest.CaptureFixture) -> None:
    path = tmp_path / "r.db"
    code = (
        "import sys; from pathlib import Path; from lbs.server.serving import open_store; from lbs.store import Run\n"
        "store = open_store(Path(sys.argv[1])); store.save(Run('a', 'Needle/x', '/m', {}))\n"
        "print('saved', flush=True); sys.stdin.read()"
    )
    folder = Path(__file__).resolve().parents[2]
    words = [sys.executable, "-c", code, str(path)]
    pipe = subprocess.PIPE
    with subprocess.Popen(words, cwd=folder, stdin=pipe, stdout=pipe, text=True) as other:
        assert other.stdout is not None and other.stdout.readline() == "saved\n"
        run = open_store(path).get("a")
        assert run is not None and run.status == "queued"
        assert "Another backend" in capsys.readouterr().err
        other.kill()
    run = open_store(path).get("a")
    assert run is not None and run.status == "failed"
