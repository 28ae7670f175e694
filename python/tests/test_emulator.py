"""The emulated nvidia-smi as a process, as everybody calls it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parent.parent
SCENARIOS = FOLDER.parent / "assets" / "scenarios"
GPU = "index,memory.total,memory.reserved,memory.used,memory.free"


def smi(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(FOLDER / "nvidia_smi_emulator.py"), *words]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=20)


def hold(pid: int, start_time: int | None, gpus: dict[str, int]) -> None:
    folder = Path(os.environ["HEADROOM_HOME"]) / "emulator" / "held"
    folder.mkdir(parents=True, exist_ok=True)
    told = {"pid": pid, "start_time": start_time, "name": "python -m lbs.worker", "gpus": gpus}
    (folder / f"{pid}.json").write_text(json.dumps(told))


def figures(**env: str) -> list[list[int]]:
    done = smi(f"--query-gpu={GPU}", "--format=csv,noheader,nounits", **env)
    assert done.returncode == 0, done.stdout
    return [[int(cell) for cell in line.split(", ")] for line in done.stdout.splitlines()]


def start_time(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[19])


def test_total_is_reserved_and_used_and_free() -> None:
    rows = figures(LBS_EMULATED_GPUS="24GiB,256MiB")
    assert [row[:2] for row in rows] == [[0, 24576], [1, 256]]
    for _, total, reserved, used, free in rows:
        assert abs(total - reserved - used - free) <= 1


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="needs /proc")
def test_what_a_living_worker_holds_is_shown_and_a_dead_one_is_not() -> None:
    before = figures()[0][3]
    hold(os.getpid(), start_time(os.getpid()), {"0": 64 << 20})
    assert figures()[0][3] == before + 64
    apps = smi("--query-compute-apps=gpu_uuid,pid,used_gpu_memory,process_name", "--format=csv,noheader,nounits")
    assert apps.stdout == f"GPU-0000e000-0000-0000-0000-000000000000, {os.getpid()}, 64, python -m lbs.worker\n"
    hold(os.getpid(), start_time(os.getpid()) + 1, {"0": 64 << 20})
    assert figures()[0][3] == before


def test_headers_are_canonical_and_unknown_fields_are_refused() -> None:
    asked = smi("--query-gpu=gpu_uuid,clocks.sm,memory.used", "--format=csv")
    assert asked.stdout.splitlines()[0] == "uuid, clocks.current.sm [MHz], memory.used [MiB]"
    bad = smi("--query-gpu=nonsense", "--format=csv")
    assert (bad.returncode, bad.stdout, bad.stderr) == (2, 'Field "nonsense" is not a valid field to query.\n\n', "")
    assert smi("--query-gpu=index").returncode == 2
    assert smi("--query-gpu=index", "--format=csv", "-lms", "0").returncode == 2
    assert smi("-i", "7", "--query-gpu=index", "--format=csv").returncode == 6


def test_every_field_of_the_help_can_be_asked_for() -> None:
    names = [line.split('"')[1] for line in smi("--help-query-gpu").stdout.splitlines() if line.startswith('"')]
    done = smi(f"--query-gpu={','.join(names)}", "--format=csv,noheader")
    assert done.returncode == 0 and len(done.stdout.split(", ")) == len(names) > 20


@pytest.mark.parametrize("scenario", sorted(path.name for path in SCENARIOS.glob("*.yaml")))
def test_scenarios(scenario: str) -> None:
    done = smi("--query-gpu=index", "--format=csv", HEADROOM_SCENARIO=str(SCENARIOS / scenario))
    assert done.returncode == (9 if scenario == "no-driver.yaml" else 0)
    assert done.stdout and not done.stderr


def test_a_stream_ends_quietly_when_asked_to_and_when_nobody_reads() -> None:
    command = [sys.executable, "-I", str(FOLDER / "nvidia_smi_emulator.py"), "--query-gpu=index"]
    process = subprocess.Popen([*command, "--format=csv,noheader", "-lms", "50"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(3)] == ["0\n"] * 3
    process.terminate()
    assert process.wait(5) == 0
    process.stdout.close()
