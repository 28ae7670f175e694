"""Recovers what can be read of a damaged results file, which is only renamed, and only when its successor is complete."""

from __future__ import annotations

import glob
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from lbs.sentences import Sentence, say
from lbs.store.copy_file import copy_file
from lbs.store.header import repair_header, replace_first_page
from lbs.store.log import repair_log
from lbs.store.pages import Pages
from lbs.store.rows import COUNTED, indexed, rows_of, rows_of_pages, store_rows
from lbs.store.schema import ALL, APPLICATION_ID, OLD_TABLES, VERSION
from lbs.store.summary import fill

_COMPLETE = ".recovered-"
_JOURNALS = ("-wal", "-shm", "-journal", "")
_SIGNED = 4
"""The first version whose files carry our application id."""
_CREATE = "SELECT sql FROM sqlite_schema WHERE type='table' AND name IN ('runs', 'history', 'items', 'incidents')"


@dataclass(frozen=True)
class Recovery:
    """`found` and `lost`: rows by table; `lost` is None where the indexes that name the rows are damaged, too."""

    path: Path
    renamed: Path
    found: dict[str, int]
    lost: dict[str, int] | None

    @property
    def sentence(self) -> Sentence:
        found, lost = self.found, self.lost
        if lost is None:
            rest = say("store.lost_unknown")
        elif any(lost.values()):
            rest = say("store.lost", runs=lost["runs"], items=lost["items"])
        else:
            rest = say("store.lost_nothing")
        return say(
            "store.recovered",
            path=str(self.path),
            runs=found["runs"],
            items=found["items"],
            rest=rest,
            renamed=str(self.renamed),
        )


def recover(path: Path) -> Recovery:
    """Raises OSError or sqlite3.Error, such as on a full disk, and then nothing has changed."""
    with _scratch(path, "copy") as copy, _scratch(path, "new") as new:
        for suffix in ("-wal", ""):
            copy_file(path.with_name(path.name + suffix), copy.with_name(copy.name + suffix))
        repair_header(copy)
        repair_log(copy.with_name(copy.name + "-wal"))
        _write_log_back(copy)
        with closing(Pages(copy)) as pages:
            free = pages.free()
        old = _old_tables(copy)
        if old is None and not _readable(copy):
            replace_first_page(copy)
        with closing(sqlite3.connect(new, isolation_level=None)) as target:
            _create(target, old)
            _harvest(copy, target)
            if old is None or old[0] >= _SIGNED:
                # Those of before have tables without row numbers, and two with the same number of columns.
                with closing(Pages(copy)) as pages:
                    _harvest_pages(pages, free, target)
            if old is None:
                fill(target)
            found = _count(target)
            target.execute("PRAGMA journal_mode=DELETE")
        lost = _lost(copy, found)
        complete = path.with_name(path.name + _COMPLETE + _stamp(path))
        new.rename(complete)
    return Recovery(path, _replace(path, complete), found, lost)


def unfinished(path: Path) -> Path | None:
    """The complete successor of a damaged file that a killed backend had not put in its place."""
    return next(iter(sorted(path.parent.glob(glob.escape(path.name + _COMPLETE) + "*"))), None)


def finish(path: Path, complete: Path) -> Recovery:
    """Puts it in place. Raises OSError or sqlite3.Error."""
    with closing(sqlite3.connect(complete)) as successor:
        found = _count(successor)
    return Recovery(path, _replace(path, complete), found, None)


def _replace(path: Path, complete: Path) -> Path:
    """Renames the damaged file and its journals, so that it can still be repaired, and puts its successor in their place.
    May be killed after any step: the rest follows at the next start. A log must never meet a file that is not its own."""
    renamed = _damaged(path, complete.name.removeprefix(path.name + _COMPLETE))
    if path.exists() and renamed.exists():
        # Another file has been put there since.
        renamed = _damaged(path, _stamp(path))
    for suffix in ("-wal", "-shm", ""):
        part = path.with_name(path.name + suffix)
        if part.exists():
            part.rename(renamed.with_name(renamed.name + suffix))
    complete.replace(path)
    return renamed


def _damaged(path: Path, stamp: str) -> Path:
    return path.with_name(f"{path.name}.damaged-{stamp}")


def _stamp(path: Path) -> str:
    """The time, as no damaged file has it in its name."""
    second, number = time.strftime("%Y-%m-%dT%H-%M-%S"), 1
    stamp = second
    while _damaged(path, stamp).exists():
        number += 1
        stamp = f"{second}-{number}"
    return stamp


def _count(database: sqlite3.Connection) -> dict[str, int]:
    return {table: int(database.execute(f"SELECT count(*) FROM {table}").fetchone()[0]) for table in COUNTED}


def scratches(path: Path) -> list[Path]:
    """What a killed recovery leaves: as large as the results."""
    return list(path.parent.glob(glob.escape(f"{path.name}.recovery-") + "*"))


@contextmanager
def _scratch(path: Path, kind: str) -> Iterator[Path]:
    """A file beside the damaged one, which no other user reads; removed at the end with its journals."""
    scratch = path.with_name(f"{path.name}.recovery-{kind}")
    _remove(scratch)
    scratch.touch(0o600)
    try:
        yield scratch
    finally:
        _remove(scratch)


def _remove(scratch: Path) -> None:
    for suffix in _JOURNALS:
        scratch.with_name(scratch.name + suffix).unlink(missing_ok=True)


def _readable(copy: Path) -> bool:
    """Whether the names of the tables are."""
    try:
        with closing(sqlite3.connect(copy)) as source:
            return len(source.execute(_CREATE).fetchall()) >= len(COUNTED)
    except sqlite3.Error:
        return False


def _old_tables(copy: Path) -> tuple[int, list[str]] | None:
    """The version and the tables of a file of an earlier version; None where it is of this one, or does not say."""
    try:
        with closing(sqlite3.connect(copy)) as source:
            version = source.execute("PRAGMA user_version").fetchone()[0]
            tables = [row[0] for row in source.execute(_CREATE)]
            found = source.execute("SELECT name FROM sqlite_schema WHERE type='table' AND name NOT LIKE 'sqlite_%'")
            names = {row[0] for row in found}
    except sqlite3.Error:
        return None
    needed = {"runs"} if version >= _SIGNED else {"runs", "history"}
    return (version, tables) if needed <= names <= OLD_TABLES and version < VERSION else None


def _create(target: sqlite3.Connection, old: tuple[int, list[str]] | None) -> None:
    version, statements = old or (VERSION, list(ALL))
    for statement in statements:
        target.execute(statement)
    if old:
        # The migration drops items of earlier versions; it needs their table.
        have = {row[0] for row in target.execute("SELECT name FROM sqlite_schema WHERE type='table'")}
        for statement in ALL:
            if any(table not in have and f" {table} (" in statement for table in COUNTED):
                target.execute(statement)
    if version >= _SIGNED:
        target.execute(f"PRAGMA application_id={APPLICATION_ID}")
    target.execute(f"PRAGMA user_version={version}")


def _harvest(file: Path, target: sqlite3.Connection) -> None:
    """Adds the rows of each table that can be read; rows that are there already stay."""
    with closing(sqlite3.connect(file)) as source:
        source.text_factory = bytes
        tables = [row[0] for row in target.execute("SELECT name FROM sqlite_schema WHERE type='table'")]
        target.execute("BEGIN")
        for table in tables:
            if not table.startswith("sqlite_"):
                columns = [row[1] for row in target.execute(f"PRAGMA table_info({table})")]
                store_rows(target, table, columns, rows_of(source, table, columns))
        target.execute("COMMIT")


def _harvest_pages(pages: Pages, free: set[int], target: sqlite3.Connection) -> None:
    columns = {table: [row[1] for row in target.execute(f"PRAGMA table_info({table})")] for table in COUNTED}
    target.execute("BEGIN")
    for table, names, row in rows_of_pages(pages, free, columns):
        store_rows(target, table, names, [row])
    target.execute("COMMIT")


def _write_log_back(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as database:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
    except sqlite3.Error:
        # The pages are then read as they were before the last transactions.
        pass


def _lost(copy: Path, found: dict[str, int]) -> dict[str, int] | None:
    """By the indexes, which name every row and are on other pages."""
    with closing(sqlite3.connect(copy)) as source:
        named = {table: indexed(source, table) for table in COUNTED}
    if any(count is None for count in named.values()):
        return None
    return {table: max(0, (named[table] or 0) - found[table]) for table in COUNTED}
