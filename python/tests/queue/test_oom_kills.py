"""The kernel's counters of its OOM killer, and the error of a run whose worker it killed."""

from __future__ import annotations

from pathlib import Path

import pytest

from lbs.queue.oom_kills import OomKills, worker_died
from lbs.queue.worker_process import describe_exit
from lbs.sentences import say

KILLED = say("queue.worker_exited", how=describe_exit(-9))


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
def test_a_kill_in_our_control_group_is_reported(tmp_path: Path, membership: str, file: str) -> None:
    (tmp_path / "cgroup").write_text(membership)
    counted(tmp_path, 5, 2, file)
    kills = counters(tmp_path)
    counted(tmp_path, 6, 3, file)
    risen = kills.since()
    assert risen == {"control_group": 1, "machine": 1}
    error = str(worker_died(KILLED, risen))
    assert "the control group reached its memory limit (its counter rose by 1 meanwhile)." in error
    assert "Free some system RAM" in error
    # The next worker's interval begins where this one ended.
    assert kills.since() == {"control_group": 0, "machine": 0}


def test_without_a_control_group_the_machines_counter_is_used(tmp_path: Path) -> None:
    counted(tmp_path, 5, None)
    kills = counters(tmp_path)
    counted(tmp_path, 7, None)
    risen = kills.since()
    assert risen == {"machine": 2}
    assert "OOM killer acted on this machine (its counter rose by 2 meanwhile)." in str(worker_died(KILLED, risen))


def test_a_kill_that_was_not_counted_was_not_the_oom_killer(tmp_path: Path) -> None:
    counted(tmp_path, 5, None)
    assert "its counter has not risen" in str(worker_died(KILLED, counters(tmp_path).since()))


def test_without_counters_the_error_does_not_guess(tmp_path: Path) -> None:
    (tmp_path / "vmstat").write_text("oom_kill many\n")
    assert counters(tmp_path).since() == {} and "meanwhile" not in str(worker_died(KILLED, {}))
    exited = say("queue.worker_exited", how=describe_exit(1))
    assert "meanwhile" not in str(worker_died(exited, {"machine": 3}))
