"""expandable_segments on a real GPU: in force as configured, and its effect on a run of many lengths."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from lbs.server.worker_environment import worker_environment
from lbs.settings import Settings
from tests.support.backend import FOLDER

pytestmark = pytest.mark.gpu
MIB = 1 << 20
LENGTHS = ["3000", "20000", "5000", "28000", "9000", "24000"]


def result_of(model: Path, expandable: bool) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("LBS_ENABLE_MEMORY_MANAGEMENT", str(int(expandable)))
        env = worker_environment(Settings.load(), os.environ)
    words = [sys.executable, "-m", "tests.support.one_run", str(model), "0.9", *LENGTHS]
    output = subprocess.run(words, cwd=FOLDER, env=env, check=True, text=True, stdout=subprocess.PIPE).stdout
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    return found


def test_expandable_segments_reserve_less(models: Path) -> None:
    wasted: dict[bool, float] = {}
    for expandable in (False, True):
        result = result_of(models / "gqa", expandable)
        assert result["expandable_segments"] is expandable
        (stats, *_) = result["allocator"]
        reserved, allocated = stats["reserved_bytes.all.peak"], stats["allocated_bytes.all.peak"]
        wasted[expandable] = reserved / allocated - 1
        print(f"expandable {expandable}: reserved {reserved / MIB:.0f}, live {allocated / MIB:.0f} MiB at the peak")
    assert wasted[True] <= wasted[False]
    # docs/facts-memory.md: close to what is allocated. The plan's replay is 3.7 % above that at 20,000 tokens of this model.
    assert wasted[True] < 0.06


NEW_TOKENS, CONTEXT = 128, 512


@pytest.mark.parametrize("expandable", [False, True])
@pytest.mark.parametrize("batch", [1, 8])
def test_a_generation_reserves_what_the_plan_says(models: Path, expandable: bool, batch: int) -> None:
    """Each in a process of its own, as torch reads the setting once."""
    env = {**os.environ, "PYTORCH_ALLOC_CONF": f"expandable_segments:{expandable}"}
    words = [sys.executable, "-m", "tests.support.one_generation", str(models / "gqa"), str(CONTEXT), str(batch)]
    output = subprocess.run(
        [*words, str(NEW_TOKENS)], cwd=FOLDER, env=env, check=True, text=True, stdout=subprocess.PIPE
    ).stdout
    found: dict[str, Any] = json.loads(output.splitlines()[-1])
    assert found["expandable"] is expandable
    predicted = found["live"] + found["slack"]
    print(
        f"expandable {expandable}, batch {batch}: reserved {found['reserved'] / MIB:.0f} MiB, plan {predicted / MIB:.0f} "
        f"({predicted / found['reserved'] - 1:+.2%}); allocated {found['allocated'] / MIB:.0f}, plan {found['live'] / MIB:.0f}"
    )
    # The workspace of cuBLAS, which the plan adds apart, may take a segment of its own.
    assert predicted == pytest.approx(found["reserved"], rel=0.05, abs=60 * MIB)
