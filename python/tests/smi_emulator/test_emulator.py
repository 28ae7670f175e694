"""The emulated nvidia-smi as a process."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2]
GPU = "index,memory.total,memory.reserved,memory.used,memory.free"


def smi(*words: str, **env: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-I", str(FOLDER / "nvidia_smi_emulator.py"), *words]
    return subprocess.run(command, env={**os.environ, **env}, capture_output=True, text=True, timeout=20)


def hold(pid: int, start_time: int | None, gpus: dict[str, int], name: str = "python -m lbs.worker") -> None:
    folder = Path(os.environ["HEADROOM_HOME"]) / "emulator" / "held"
    folder.mkdir(parents=True, exist_ok=True)
    entry = {"pid": pid, "start_time": start_time, "name": name, "gpus": gpus}
    (folder / f"{pid}.json").write_text(json.dumps(entry))


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
def test_the_memory_of_a_running_worker_is_shown_and_of_an_exited_one_is_not() -> None:
    before = figures()[0][3]
    hold(os.getpid(), start_time(os.getpid()), {"0": 64 << 20})
    assert figures()[0][3] == before + 64
    apps = smi("--query-compute-apps=gpu_uuid,pid,used_gpu_memory,process_name", "--format=csv,noheader,nounits")
    assert apps.stdout == f"GPU-0000e000-0000-0000-0000-000000000000, {os.getpid()}, 64, python -m lbs.worker\n"
    hold(os.getpid(), start_time(os.getpid()) + 1, {"0": 64 << 20})
    assert figures()[0][3] == before


def test_headers_are_canonical_and_unknown_fields_are_refused() -> None:
    asked = smi("--query-gpu=gpu_uuid,clocks.sm,clocks_throttle_reasons.active,memory.used", "--format=csv")
    header = "uuid, clocks.current.sm [MHz], clocks_event_reasons.active, memory.used [MiB]"
    assert asked.stdout.splitlines()[0] == header
    bad = smi("--query-gpu=nonsense", "--format=csv")
    assert (bad.returncode, bad.stdout, bad.stderr) == (2, 'Field "nonsense" is not a valid field to query.\n\n', "")
    assert smi("--query-gpu=index").returncode == 2
    assert smi("--query-gpu=index", "--format=csv", "-lms", "0").returncode == 2
    assert smi("-i", "7", "--query-gpu=index", "--format=csv").returncode == 6
    assert smi("-x").returncode == 2


def test_every_field_of_the_help_can_be_queried_by_each_of_its_names() -> None:
    lines = [line for line in smi("--help-query-gpu").stdout.splitlines() if line.startswith('"')]
    names = [name for line in lines for name in line.split('"')[1::2]]
    done = smi(f"--query-gpu={','.join(names)}", "--format=csv,noheader")
    assert done.returncode == 0 and len(done.stdout.split(", ")) == len(names) > len(lines) > 20


def test_a_selected_gpu_is_shown_alone_but_counted_with_the_others() -> None:
    done = smi("-i", "1", "--query-gpu=index,count", "--format=csv,noheader", LBS_EMULATED_GPUS="1GiB,2GiB")
    assert done.stdout == "1, 2\n"


def test_configured_cards_win_over_the_scenarios_and_keep_the_names_of_the_same_size() -> None:
    words = ("--query-gpu=name", "--format=csv,noheader")
    assert smi(*words, HEADROOM_SCENARIO="mig").stdout == "Emulated H100 80GB\n"
    asked = smi(*words, HEADROOM_SCENARIO="mig", LBS_EMULATED_GPUS="80GiB,1GiB").stdout
    assert asked == "Emulated H100 80GB\nEmulated GPU 1 GiB\n"
    assert smi(*words, HEADROOM_SCENARIO="mig", LBS_EMULATED_GPUS="1GiB").stdout == "Emulated GPU 1 GiB\n"


def test_an_unknown_scenario_is_named_with_those_that_exist(tmp_path: Path) -> None:
    done = smi("-L", HEADROOM_SCENARIO="migg")
    assert done.returncode == 2 and done.stderr == ""
    assert "There is no scenario 'migg'" in done.stdout and "eight-gpus" in done.stdout
    missing = smi("-L", HEADROOM_SCENARIO=str(tmp_path / "nowhere.yaml"))
    assert missing.returncode == 2 and "cannot be read" in missing.stdout
    (tmp_path / "mine.yaml").write_text('{"driver_share": 2}')
    wrong = smi("-L", HEADROOM_SCENARIO=str(tmp_path / "mine.yaml"))
    assert wrong.returncode == 2 and "mine.yaml.driver_share is a share of the card" in wrong.stdout
    assert smi("-L", HEADROOM_SCENARIO_BEGAN="noon").returncode == 2


def test_the_driver_fails_within_its_span_and_recovers() -> None:
    def answer(seconds: float) -> tuple[int, str]:
        began = str(time.time() - seconds)
        done = smi("-L", HEADROOM_SCENARIO="driver-mismatch", HEADROOM_SCENARIO_BEGAN=began)
        return done.returncode, done.stdout

    code, said = answer(0)
    assert code == 18
    assert said.splitlines()[0] == "Failed to initialize NVML: Driver/library version mismatch"
    assert said.splitlines()[1].startswith("NVML library version: ")
    assert answer(3600) == (0, "GPU 0: Emulated GPU 256 MiB (UUID: GPU-0000e000-0000-0000-0000-000000000000)\n")


def test_a_running_stream_ends_with_the_drivers_message(tmp_path: Path) -> None:
    fail = {"after_s": 0.5, "exit": 9, "says": "gone\n"}
    (tmp_path / "fails.yaml").write_text(json.dumps({"fail": fail}))
    env = {"HEADROOM_SCENARIO": str(tmp_path / "fails.yaml"), "HEADROOM_SCENARIO_BEGAN": str(time.time())}
    done = smi("--query-gpu=index", "--format=csv,noheader", "-lms", "50", **env)
    assert done.returncode == 9 and done.stdout.splitlines()[-1] == "gone"


def test_a_stream_ends_quietly_on_a_signal_and_without_a_reader() -> None:
    command = [sys.executable, "-I", str(FOLDER / "nvidia_smi_emulator.py"), "--query-gpu=index"]
    process = subprocess.Popen([*command, "--format=csv,noheader", "-lms", "50"], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert [process.stdout.readline() for _ in range(3)] == ["0\n"] * 3
    process.terminate()
    assert process.wait(30) == 0
    process.stdout.close()


@pytest.mark.skipif(os.name == "nt", reason="a broken pipe is a signal only here")
def test_a_stream_ends_when_its_reader_has_exited() -> None:
    command = [sys.executable, "-I", str(FOLDER / "nvidia_smi_emulator.py"), "--query-gpu=index"]
    process = subprocess.Popen([*command, "--format=csv,noheader", "-lms", "50"], stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    process.stdout.close()
    assert process.wait(30) == -13
