"""`python server.py` on a real GPU: the guide's lines, a run, a cached model, the clearing tool, and released memory."""

from __future__ import annotations

import json
import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.gpu.conftest import NVIDIA_SMI
from tests.support.backend import FOLDER, started
from tests.support.smi_sampler import card_used

pytestmark = pytest.mark.gpu
MIB = 1 << 20


def test_a_run_in_a_terminal_is_limited_and_releases_everything(models: Path, tmp_path: Path) -> None:
    before = card_used(NVIDIA_SMI)
    with started(tmp_path, LBS_GPU_MEMORY_LIMIT="0.5") as backend:
        backend.wait_idle(120)
        run = backend.wait_run(backend.submit(models / "wide", context_length=4096, depth_percent=50), 240)
        assert run["status"] == "completed", run
        assert run["result"]["expandable_segments"] is True
        health = backend.http.get("/api/health").json()
        assert "expandable_segments:True" in health["allocator"] and health["limits"][0]["budget"] > 0
        address = {**os.environ, "LBS_PORT": str(backend.http.base_url.port)}
        words = [sys.executable, "clear_gpu_memory.py", "--json"]
        done = subprocess.run(words, cwd=FOLDER, env=address, text=True, stdout=subprocess.PIPE)
        print(done.stdout)
        assert done.returncode == 0 and json.loads(done.stdout)
    began = time.monotonic()
    while card_used(NVIDIA_SMI) > before and time.monotonic() - began < 5:
        time.sleep(0.05)
    print(f"{(card_used(NVIDIA_SMI) - before) / MIB:.0f} MiB left {time.monotonic() - began:.2f} s after the end")
    assert card_used(NVIDIA_SMI) <= before


@pytest.fixture
def warm_parent(tmp_path: Path) -> Iterator[dict[str, Any]]:
    path = str(tmp_path / "fork.sock")
    variables: dict[str, Any] = {"HEADROOM_FORKSERVER": path, "HEADROOM_MARKER": secrets.token_hex(16)}
    words = [sys.executable, "-u", "-m", "lbs.forkserver", "worker", path]
    env = {**os.environ, **variables, "HEADROOM_MARKER": secrets.token_hex(16)}
    process = subprocess.Popen(words, cwd=FOLDER, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin and process.stdout
    try:
        assert [json.loads(process.stdout.readline())["state"] for _ in range(2)] == ["warming", "warm"]
        yield variables
    finally:
        process.stdin.close()
        process.wait(30)
        process.stdout.close()


def test_a_forked_worker_has_cuda(models: Path, tmp_path: Path, warm_parent: dict[str, Any]) -> None:
    with started(tmp_path, **warm_parent) as backend:
        backend.wait_idle(120)
        assert backend.http.get("/api/health").json()["worker"]["warm"] is True
        run = backend.wait_run(backend.submit(models / "small", context_length=1024, depth_percent=50), 120)
        assert run["status"] == "completed", run
        assert run["result"]["peak_memory"]["0"] > 100 * MIB
