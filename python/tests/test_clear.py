"""The clearing tool as people call it: any folder, an old Python's syntax, no packages."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.backend import started

TOOL = Path(__file__).resolve().parent.parent / "clear_gpu_memory.py"


def clear(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", "-S", str(TOOL), *words]
    return subprocess.run(command, cwd="/", env={**os.environ, **env}, capture_output=True, text=True, timeout=30)


def test_it_needs_no_new_syntax() -> None:
    ast.parse(TOOL.read_text(), feature_version=(3, 8))


def test_without_gpu_and_backend_it_says_so() -> None:
    done = clear(PATH="/nowhere", LBS_PORT="1")
    assert done.returncode == 0 and "nvidia-smi was not found" in done.stdout and "No backend answers" in done.stdout


@pytest.mark.slow
def test_it_asks_the_running_backend_and_shows_the_gpus(tmp_path: Path) -> None:
    smi = tmp_path / "nvidia-smi"
    emulator = TOOL.parent / "nvidia_smi_emulator.py"
    smi.write_text(f'#!/bin/sh\nexec "{sys.executable}" -I "{emulator}" "$@"\n')
    smi.chmod(0o755)
    with started(tmp_path, fake=True) as backend:
        backend.wait_idle()
        port = str(backend.http.base_url.port)
        done = clear(HEADROOM_NVIDIA_SMI=str(smi), LBS_PORT=port)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "The backend gave 0.0 MiB back." in done.stdout and done.stdout.count("Emulated GPU 256 MiB") == 2


@pytest.mark.slow
def test_it_ends_only_what_is_named_and_ours() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    time.sleep(0.1)
    try:
        # A zombie until we wait for it: the tool must not hang on that.
        done = clear("--kill", str(process.pid), "--yes", PATH="/nowhere")
        assert done.returncode == 0 and str(process.pid) in done.stdout
        assert process.wait(5) < 0
    finally:
        process.kill()
    assert clear("--kill", "1", "--yes", PATH="/nowhere").returncode == 1
