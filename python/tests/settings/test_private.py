"""Nobody else may read what Headroom writes, whatever the umask."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest

from lbs.settings import private
from lbs.store import open_database

pytestmark = pytest.mark.skipif(os.name == "nt", reason="Windows has no modes")


@pytest.fixture(params=[0o000, 0o022, 0o277])
def home(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "a" / "home"))
    before = os.umask(request.param)
    yield tmp_path / "a" / "home"
    os.umask(before)


def modes(folder: Path) -> dict[str, str]:
    return {str(path.relative_to(folder)): oct(stat.S_IMODE(path.lstat().st_mode)) for path in folder.rglob("*")}


def test_what_is_created_is_private(home: Path) -> None:
    database = open_database(home / "results.db")
    database.execute("CREATE TABLE t (x)")
    private.make_folder(home / "plans" / "deep")
    private.write_private(home / "plans" / "a.json", "1")
    private.write_private(home / "plans" / "a.json", "2")
    found = modes(home.parent)
    database.close()
    assert {"home/results.db", "home/results.db-wal", "home/plans/a.json"} <= set(found)
    assert {mode for name, mode in found.items() if (home.parent / name).is_dir()} == {"0o700"}
    assert {mode for name, mode in found.items() if "." in name} == {"0o600"}


def test_a_database_that_others_could_read_is_taken_back(home: Path) -> None:
    home.mkdir(parents=True)
    names = ("results.db", "results.db.v2.backup", "results.db.damaged-2026-01-01T00-00-00")
    for name in names:
        (home / name).touch()
        (home / name).chmod(0o644)
    (home / "results.db.link").symlink_to(home.parent / "elsewhere")
    (home.parent / "elsewhere").touch()
    (home.parent / "elsewhere").chmod(0o644)
    (home / "results.db exports").mkdir()
    (home / "results.db exports").chmod(0o755)
    open_database(home / "results.db").close()
    assert {modes(home)[name] for name in names} == {"0o600"}
    assert modes(home.parent)["elsewhere"] == "0o644"
    assert modes(home)["results.db exports"] == "0o755"


def test_a_database_elsewhere_stays_shared(home: Path) -> None:
    shared = home.parent.parent / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    (shared / "team.db").touch()
    (shared / "team.db").chmod(0o664)
    open_database(shared / "team.db").close()
    open_database(shared / "new.db").close()
    assert modes(shared)["team.db"] == "0o664" and modes(shared)["new.db"] == "0o600"
