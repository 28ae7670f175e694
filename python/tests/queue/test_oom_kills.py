"""The kernel's own counters of what it killed for want of memory, and what a run that ended so says."""

from __future__ import annotations

from pathlib import Path

import pytest

from lbs.queue.oom_kills import OomKills, sentence_of

KILLED = "The worker was ended by SIGKILL."


def counted(folder: Path, machine: int, group: int | None, file: str = "inner/memory.events") -> None:
    (folder / "vmstat").write_text(f"nr_free_pages 7\noom_kill {machine}\n")
    if group is not None:
        (folder / file).parent.mkdir(parents=True, exist_ok=True)
        (folder / file).write_text(f"low 0\noom 9\noom_kill {group}\n")


def counters(folder: Path) -> OomKills:
    return OomKills(folder / "vmstat", folder, folder / "cgroup")


@pytest.mark.parametrize(
    ("membership", "file"),
    [("0::/inner\n", "inner/memory.events"), ("4:memory:/inner\n", "memory/inner/memory.oom_control")],
)
def test_a_kill_in_our_control_group_is_a_fact(tmp_path: Path, membership: str, file: str) -> None:
    (tmp_path / "cgroup").write_text(membership)
    counted(tmp_path, 5, 2, file)
    kills = counters(tmp_path)
    counted(tmp_path, 6, 3, file)
    risen = kills.since()
    assert risen == {"control_group": 1, "machine": 1}
    assert "its control group had no more to give (its counter rose by 1 meanwhile)." in sentence_of(KILLED, risen)
    assert "Free some of the machine's RAM" in sentence_of(KILLED, risen)
    # The next worker begins where this one ended.
    assert kills.since() == {"control_group": 0, "machine": 0}


def test_without_a_control_group_the_machine_counts(tmp_path: Path) -> None:
    counted(tmp_path, 5, None)
    kills = counters(tmp_path)
    counted(tmp_path, 7, None)
    risen = kills.since()
    assert risen == {
        "machine": 2
    } and "for want of memory on this machine (its counter rose by 2 meanwhile)." in sentence_of(KILLED, risen)


def test_where_nothing_was_counted_it_was_somebody_else(tmp_path: Path) -> None:
    counted(tmp_path, 5, None)
    assert "its counter of such kills has not risen" in sentence_of(KILLED, counters(tmp_path).since())


def test_where_nothing_counts_nothing_is_said(tmp_path: Path) -> None:
    (tmp_path / "vmstat").write_text("oom_kill many\n")
    assert counters(tmp_path).since() == {} and "meanwhile" not in sentence_of(KILLED, {})
    assert "meanwhile" not in sentence_of("The worker ended with exit code 1.", {"machine": 3})
