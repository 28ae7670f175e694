"""Available RAM: that of the machine, or the least that a control group leaves."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbs.memory.host import host_available
from lbs.memory.limit import GIB, MIB

FREE = 64 * GIB


@pytest.fixture(autouse=True)
def machine(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(psutil, "virtual_memory", lambda: SimpleNamespace(available=FREE))


def available_in(root: Path, lines: str) -> int:
    membership = root.parent / "membership"
    membership.write_text(lines)
    return host_available(root, membership)


def group(folder: Path, limit: object, used: int, cache: int = 0, *, v1: bool = False) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / ("memory.limit_in_bytes" if v1 else "memory.max")).write_text(f"{limit}\n")
    (folder / ("memory.usage_in_bytes" if v1 else "memory.current")).write_text(f"{used}\n")
    prefix = "total_" if v1 else ""
    # Version 1 counts the group alone, too: those lines are not of the groups below.
    stat = f"inactive_file 7\n{prefix}inactive_file {cache // 2}\n" if v1 else f"inactive_file {cache // 2}\n"
    (folder / "memory.stat").write_text(f"anon {used - cache}\n{stat}{prefix}active_file {cache - cache // 2}\n")
    return folder


def test_without_control_groups_all_available_ram_counts(tmp_path: Path) -> None:
    assert host_available(tmp_path, tmp_path / "nothing") == FREE
    assert available_in(tmp_path / "root", "0::/\n") == FREE
    assert host_available() >= 0


def test_every_group_above_us_counts_and_the_tightest_wins(tmp_path: Path) -> None:
    root = tmp_path / "cgroup"
    group(root / "user.slice", 8 * GIB, 5 * GIB)
    group(root / "user.slice" / "app", 4 * GIB, GIB // 2)
    group(root / "user.slice" / "app" / "job", "max", GIB)
    assert available_in(root, "0::/user.slice/app/job\n") == 3 * GIB
    group(root / "user.slice" / "app", 4 * GIB, 2 * GIB)
    assert available_in(root, "0::/user.slice/app/job\n") == 2 * GIB
    assert available_in(root, "0::/user.slice\n") == 3 * GIB
    assert available_in(root, "0::/system.slice\n") == FREE


@pytest.mark.parametrize(("lines", "v1"), [("0::/\n", False), ("5:cpu,memory:/docker/0123abc\n0::/\n", True)])
def test_in_a_container_the_mounts_root_is_our_group(tmp_path: Path, lines: str, v1: bool) -> None:
    root = tmp_path / "cgroup"
    group(root / "memory" if v1 else root, 16 * GIB, 6 * GIB, v1=v1)
    assert available_in(root, lines) == 10 * GIB


def test_version_2_beside_version_1_is_one_folder_deeper(tmp_path: Path) -> None:
    root = tmp_path / "cgroup"
    group(root / "memory" / "job", (1 << 63) - 4096, GIB, v1=True)
    group(root / "unified" / "job", 2 * GIB, GIB)
    assert available_in(root, "4:memory:/job\n3:cpuset:/elsewhere\n0::/job\n") == GIB


@pytest.mark.parametrize("v1", [False, True])
def test_cached_files_count_as_available(tmp_path: Path, v1: bool) -> None:
    root = tmp_path / "cgroup"
    group(root / "memory" if v1 else root, 16 * GIB, 16 * GIB, cache=13 * GIB, v1=v1)
    assert available_in(root, "4:memory:/\n" if v1 else "0::/\n") == 13 * GIB


def test_a_full_group_leaves_nothing_and_damage_sets_no_limit(tmp_path: Path) -> None:
    root = tmp_path / "cgroup"
    group(root, GIB, GIB + MIB)
    assert available_in(root, "0::/\n") == 0
    (root / "memory.current").write_text("half a numb")
    assert available_in(root, "0::/\n") == FREE
    assert available_in(root, "no lines of the kernel's\n::\n\n0::/../../x\n") == FREE


@settings(max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 1 << 40), st.integers(0, 1 << 40), st.floats(0, 1)), max_size=5))
def test_no_limit_is_exceeded_and_no_result_is_negative(tmp_path: Path, groups: list[tuple[int, int, float]]) -> None:
    folder = root = tmp_path / "cgroup"
    for depth, (limit, used, cached) in enumerate(groups):
        folder = group(folder / f"g{depth}", limit, used, int(used * cached))
    found = available_in(root, f"0::/{folder.relative_to(root)}\n")
    assert 0 <= found <= FREE
    for limit, used, cached in groups:
        assert found <= max(0, limit - used + int(used * cached))
    if not groups:
        assert found == FREE
