"""The checks of a Python and of the results database, for the Checks page and the doctor."""

from __future__ import annotations

import json
import os
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.server import checkup
from lbs.store import claim, open_database
from lbs.store.examine import examine, set_aside_damaged

FOLDER = Path(checkup.__file__).parents[2]


def ask(*words: str, flags: tuple[str, ...] = ()) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *flags, "-m", "lbs.server.checkup", *words]
    return subprocess.run(command, cwd=FOLDER, capture_output=True, text=True, timeout=60)


def test_reports_packages_and_torch_without_importing_them() -> None:
    done = ask(flags=("-X", "importtime"))
    assert done.returncode == 0
    imported = {line.rpartition("|")[2].strip().partition(".")[0] for line in done.stderr.splitlines()}
    assert "argparse" in imported
    assert not imported & {"torch", "transformers", "numpy", "fastapi", "pydantic", "psutil"}
    facts = json.loads(done.stdout)
    assert facts["python"]["version"] == list(sys.version_info[:3])
    torch = next(one for one in facts["packages"] if one["name"] == "torch")
    assert torch["present"] and facts["torch"]["version"].startswith("2.")
    assert all(one["version"] for one in facts["packages"] if one["present"])


def test_is_quick() -> None:
    began = time.monotonic()
    ask()
    # A tenth of a second on an idle machine; the bound only catches a hang.
    assert time.monotonic() - began < 20


def test_reports_what_is_missing() -> None:
    # -S: a Python without its packages.
    facts = json.loads(ask(flags=("-S",)).stdout)
    assert not any(one["present"] for one in facts["packages"])
    assert facts["torch"] is None


def test_the_imports_are_tried_in_the_workers_environment() -> None:
    env = {"PYTHONPATH": os.pathsep.join((str(FOLDER), "/mine")), "PYTHONSAFEPATH": "1", "PATH": "/bin"}
    assert checkup.worker_like(env, str(FOLDER)) == {"PYTHONPATH": "/mine", "PATH": "/bin"}
    assert checkup.worker_like({"PYTHONPATH": str(FOLDER)}, str(FOLDER)) == {}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        (
            "__version__ = '2.13.0+cpu'\ncuda: Optional[str] = None\nhip: Optional[str] = None",
            {"cuda": None, "hip": None},
        ),
        ("from typing import Optional\n__version__ = '2.9'\ncuda: Optional[str] = '12.8'", {"cuda": "12.8"}),
        ("__version__ = '1.9'\ncuda = '11.1'\ndebug = False", {"cuda": "11.1"}),
        ("cuda = open('/etc/passwd').read()", {}),
    ],
)
def test_reads_the_version_file_of_any_torch(text: str, expected: dict[str, object]) -> None:
    found = checkup.literals(text)
    assert {name: value for name, value in found.items() if name != "__version__"} == expected


@given(st.text())
def test_a_foreign_file_yields_nothing_or_a_syntax_error(text: str) -> None:
    try:
        found = checkup.literals(text)
    except (SyntaxError, ValueError):
        return
    assert set(found) <= {"__version__", "cuda", "hip"}


def damage(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(100)
        file.write(b"damage, " * 100)


def test_a_database_is_absent_whole_or_damaged(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    assert examine(path)["state"] == "absent"
    assert not path.exists()
    open_database(path).close()
    assert examine(path) == {"state": "whole", "said": None, "bytes": path.stat().st_size}
    damage(path)
    assert examine(path)["state"] == "damaged"
    assert json.loads(ask("--database", str(path)).stdout)["state"] == "damaged"


def test_a_database_of_another_program_is_neither_examined_nor_renamed(tmp_path: Path) -> None:
    path = tmp_path / "places.sqlite"
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE notes (text TEXT)")
    connection.close()
    size = path.stat().st_size
    assert examine(path) == {"state": "foreign", "said": None, "bytes": size}
    assert set_aside_damaged(path) == {"state": "foreign", "aside": None} and path.exists()
    path.write_text("my notes")
    assert examine(path)["state"] == "foreign"
    assert set_aside_damaged(path) == {"state": "foreign", "aside": None} and path.read_text() == "my notes"


def test_an_overwritten_page_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    connection = open_database(path)
    for number in range(300):
        connection.execute("INSERT INTO items (req_id, key, item) VALUES ('r', ?, ?)", (f"key {number}", "x" * 200))
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    connection.close()
    with path.open("r+b") as file:
        file.seek(path.stat().st_size - 8192)
        file.write(os.urandom(8192))
    reply = examine(path)
    assert reply["state"] == "damaged" and reply["said"]


def test_renames_only_what_is_damaged_and_unused(tmp_path: Path) -> None:
    path = tmp_path / "results.db"
    assert set_aside_damaged(path) == {"state": "absent", "aside": None}
    open_database(path).close()
    assert set_aside_damaged(path) == {"state": "whole", "aside": None}
    damage(path)
    handle = claim(path)
    if sys.platform != "win32":
        assert set_aside_damaged(path) == {"state": "in_use", "aside": None}
        assert path.exists()
    if handle is not None:
        os.close(handle)
    reply = json.loads(ask("--set-aside", str(path)).stdout)
    assert reply["state"] == "damaged" and (tmp_path / reply["aside"]).exists()
    assert examine(path)["state"] == "whole"
