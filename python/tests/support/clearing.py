"""The clearing tool as a process, and what a fake nvidia-smi lists."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

SLEEP = shutil.which("sleep") or "sleep"
TOOL = Path(__file__).resolve().parents[2] / "clear_gpu_memory.py"


def tool(folder: Path, *words: str, **variables: str) -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": str(folder), **variables}
    return subprocess.run(
        [sys.executable, TOOL, *words], cwd=folder, env=env, capture_output=True, text=True, timeout=60
    )


def tells(fake: Path, pid: int, name: str) -> None:
    (fake.parent / "apps.txt").write_text(f"{pid}, 300, {name}\n{pid}, [N/A], {name}\n")
