"""A fake nvidia-smi, and a process for it to list."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.clearing import SLEEP


@pytest.fixture
def fake_smi(tmp_path: Path) -> Path:
    """An nvidia-smi that tells of two GPUs and of those in `apps.txt` that live."""
    script = tmp_path / "nvidia-smi"
    script.write_text(
        f"#!{sys.executable}\nimport sys, pathlib\n"
        "if sys.argv[1].startswith('--query-gpu'):\n"
        "    print('0, 100, 1000, A card\\n1, [N/A], 1000, Another')\n"
        f"else:\n"
        f"    for line in pathlib.Path({str(tmp_path / 'apps.txt')!r}).read_text().splitlines():\n"
        "        stat = pathlib.Path('/proc', line.split(',')[0], 'stat')\n"
        "        if stat.exists() and ') Z' not in stat.read_text():\n"
        "            print(line)\n"
    )
    script.chmod(script.stat().st_mode | stat.S_IXUSR)
    (tmp_path / "apps.txt").write_text("")
    return script


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    process = subprocess.Popen([SLEEP, "600"])
    yield process
    process.kill()
    process.wait()
