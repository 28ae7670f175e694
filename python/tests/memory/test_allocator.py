"""What PyTorch's allocator is told, and what is said where it cannot do that."""

from __future__ import annotations

import pytest

from lbs.memory import allocator
from lbs.memory.allocator import allocator_note, is_expandable, merged_allocator_conf

SPLIT = {"PYTORCH_CUDA_ALLOC_CONF": "max_split_size_mb:128,garbage_collection_threshold:0.8"}


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr(allocator, "_torch_version", lambda: (2, 13))


def test_max_split_size_is_left_out_beside_expandable_segments_only() -> None:
    conf = merged_allocator_conf(SPLIT, expandable=True)
    assert conf == "garbage_collection_threshold:0.8,expandable_segments:True"
    assert "max_split_size_mb:128" in merged_allocator_conf(SPLIT, expandable=False)
    assert "max_split_size_mb:128 is left out" in str(allocator_note(True, SPLIT))
    assert allocator_note(False, SPLIT) is None and allocator_note(True, {}) is None


@pytest.mark.usefixtures("windows")
def test_windows_is_planned_and_told_as_it_is() -> None:
    assert not is_expandable(True)
    assert "on Windows" in str(allocator_note(True, SPLIT))
    assert allocator_note(False, {}) is None


@pytest.mark.usefixtures("windows")
def test_what_the_worker_measured_wins() -> None:
    assert is_expandable(True, measured=True)
    assert allocator_note(True, {}, measured=True) is None


def test_a_driver_that_refuses_is_told_once_the_worker_knows() -> None:
    assert is_expandable(True) and not is_expandable(True, measured=False)
    assert "the driver refuses" in str(allocator_note(True, {}, measured=False))
    assert not is_expandable(False) and allocator_note(False, {}, measured=False) is None
