"""The clearing tool as people run it: a process of its own, from another folder."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path

import pytest

import clear_gpu_memory
from clearing import backend as clearing_backend
from clearing import places, processes, smi
from clearing.common import Refused
from clearing.report import Report
from tests.support.backend import Backend, model_folder, started, until
from tests.support.clearing import TOOL, tool

pytestmark = pytest.mark.xdist_group("clearing")


def test_without_nvidia_smi_one_sentence(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(smi, "find_smi", lambda: None)
    monkeypatch.delenv("HEADROOM_NVIDIA_SMI", raising=False)
    monkeypatch.setenv("LBS_PORT", "1")
    assert clear_gpu_memory.main([]) == 3
    out, err = capsys.readouterr()
    assert "There is no nvidia-smi" in out and "No backend listens on 127.0.0.1:1" in out and not err


def test_nvidia_smi_is_found_off_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(places, "is_executable", lambda path: path == "/usr/lib/wsl/lib/nvidia-smi")
    monkeypatch.delenv("HEADROOM_NVIDIA_SMI", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path))
    assert smi.smi_command() == ["/usr/lib/wsl/lib/nvidia-smi"]


def test_an_error_of_nvidia_smi_is_shown(tmp_path: Path) -> None:
    script = tmp_path / "broken"
    script.write_text("#!/bin/sh\necho 'No devices were found'\nexit 6\n")
    script.chmod(0o755)
    done = tool(tmp_path, HEADROOM_NVIDIA_SMI=str(script), LBS_PORT="1")
    assert done.returncode == 3 and "(6): No devices were found" in done.stdout


def test_memory_is_shown_before_and_after(fake_smi: Path) -> None:
    done = tool(fake_smi.parent, LBS_PORT="1")
    assert done.returncode == 0, done.stderr
    assert done.stdout.count("GPU 0: 100 MiB of 1000 MiB used  (A card)") == 2
    assert "GPU 1: unknown of 1000 MiB" in done.stdout


def test_the_guides_own_line_works_in_the_folder_that_it_names(fake_smi: Path) -> None:
    env = {**os.environ, "HEADROOM_NVIDIA_SMI": str(fake_smi), "LBS_PORT": "1"}
    words = [sys.executable, "clear_gpu_memory.py"]
    done = subprocess.run(words, cwd=TOOL.parent, env=env, capture_output=True, text=True, timeout=60)
    assert done.returncode == 0 and "Reclaimed: GPU 0: 0 MiB, GPU 1: unknown" in done.stdout and done.stderr == ""


def test_names_are_never_trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = [
        '1000, 300, /opt/a? b/py"thon',
        "1001, [N/A], [x] y",
        "1003, 303, line",
        "break, 5, \x1b[31m",
        "1000, 7, x",
        "[N/A], 8, hidden",
        "[N/A], 9, [N/A]",
    ]
    monkeypatch.setattr(smi, "query_smi", lambda *_: lines)
    found = smi.holders()
    assert [(one.pid, one.mib) for one in found] == [(0, 9), (0, 8), (1000, 307), (1001, None), (1003, 303)]
    assert smi.printable("a\x1b[31m\n") == "a?[31m?"


def test_impossible_memory_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = ["0, 17592186044416, 1000, a", "1, 1003, 1000, b", "2, -1, 4294967295, c", "3, 1002, 1000, d"]
    monkeypatch.setattr(smi, "query_smi", lambda *_: lines)
    assert [(gpu.used, gpu.total) for gpu in smi.gpus()] == [(None, 1000), (None, 1000), (None, None), (1002, 1000)]
    monkeypatch.setattr(smi, "query_smi", lambda *_: ["7, 17592186044416, x"])
    assert smi.holders() == [smi.Holder(7, None, "x")]


def test_one_lost_gpu_hides_neither_the_others_nor_their_processes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script = tmp_path / "nvidia-smi"
    script.write_text(
        '#!/bin/sh\ncase "$*" in *"-i 0") ;; *"-i 1") ;; *-i*) echo "No devices were found"; exit 6;; esac\n'
        'case "$*" in *"-i 1") ;; *) echo "Unable to determine the device handle for GPU0: Unknown Error"; exit 255;; esac\n'
        'case "$*" in *compute-apps*) echo "7, 300, x";; *) echo "1, 20, 256, A card"; exit 14;; esac\n'
    )
    script.chmod(0o755)
    monkeypatch.setenv("HEADROOM_NVIDIA_SMI", str(script))
    assert smi.gpus() == [smi.Gpu(1, 20, 256, "A card")]
    assert smi.holders() == [smi.Holder(7, 300, "x")]
    rows = ["GPU-54d0709b-558d, 600", "54d0709b-558d-4c69-a1b0-6a1a3a0e1f3c, 43", "[N/A], 5, x"]
    script.write_text(
        "#!/bin/sh\nprintf '%s\\n' " + " ".join(f"'{row}'" for row in [*rows, "WARNING: x"]) + "\nexit 14\n"
    )
    assert smi.query_smi("--query-compute-apps=gpu_uuid,used_memory") == rows
    script.write_text('#!/bin/sh\necho "Unable to determine the device handle for GPU0: Unknown Error"; exit 255\n')
    with pytest.raises(Refused, match=r"failed \(255\): Unable to determine the device handle"):
        smi.gpus()


def test_unified_memory_is_the_sum_of_its_processes(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    answers = {
        "--query-gpu=index,memory.used,memory.total,name": ["0, [N/A], [N/A], NVIDIA GB10", "1, 5, 24576, RTX 4090"],
        "--query-gpu=index,uuid": ["0, GPU-a", "1, GPU-b"],
        "--query-compute-apps=gpu_uuid,used_memory": ["GPU-a, 600", "GPU-b, 5", "GPU-a, 43"],
    }
    monkeypatch.setattr(smi, "query_smi", lambda query, _: answers[query])
    found = smi.gpus()
    assert [(gpu.used, gpu.total, gpu.unified) for gpu in found] == [(643, None, True), (5, 24576, False)]
    Report(False, False).show_before(found)
    assert "GPU 0: 643 MiB of the system RAM used  (NVIDIA GB10)" in capsys.readouterr().out
    answers["--query-compute-apps=gpu_uuid,used_memory"].append("GPU-a, [N/A]")
    assert [gpu.used for gpu in smi.gpus()] == [None, 5]


@pytest.mark.slow
def test_a_backend_started_in_a_terminal_is_found_and_cleared(tmp_path: Path, fake_smi: Path) -> None:
    with started(tmp_path, fake=True, by_hand=True) as backend:
        backend.wait_idle()
        port = str(backend.http.base_url.port)
        done = tool(tmp_path, LBS_PORT=port)
        assert done.returncode == 0 and f"127.0.0.1:{port}: released 0 MiB" in done.stdout
        assert "keeps its CUDA context" in done.stdout
        tried = tool(tmp_path, "--dry-run", LBS_PORT=port)
        assert tried.returncode == 0 and "would be asked" in tried.stdout
        held = backend.submit(model_folder(tmp_path, "waits"))
        busy(backend, held)
        done = tool(tmp_path, LBS_PORT=port)
        assert done.returncode == 1 and f"Run {held} is in progress" in done.stdout


@pytest.mark.slow
def test_the_token_is_sent_to_our_backend_only(tmp_path: Path, fake_smi: Path) -> None:
    with started(tmp_path, fake=True, by_hand=True, LBS_TOKEN="t0ken") as backend:
        backend.wait_idle()
        port = str(backend.http.base_url.port)
        wrong = tool(tmp_path, LBS_PORT=port)
        assert wrong.returncode == 1 and "Export the LBS_TOKEN" in wrong.stdout
        assert tool(tmp_path, LBS_PORT=port, LBS_TOKEN="t0ken").returncode == 0


def test_another_program_on_the_port_is_left_alone(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    calls: list[tuple[str, str | None]] = []

    def stranger(method: str, path: str, token: str | None, seconds: float) -> tuple[int, dict[str, object]]:
        calls.append((method, token))
        return 403, {}

    monkeypatch.setenv("LBS_TOKEN", "t0ken")
    monkeypatch.setattr(clearing_backend, "call", stranger)
    report = Report(as_json=False, dry_run=False)
    assert not clearing_backend.clear_backend(report) and report.problems == []
    assert calls == [("GET", None)] and "is not the backend" in capsys.readouterr().out


@pytest.mark.slow
def test_processes_of_this_checkout_are_recognized(tmp_path: Path) -> None:
    code = "import time; time.sleep(600)"
    worker = subprocess.Popen([sys.executable, "-c", code, "-m", "lbs.worker"], cwd=TOOL.parent)
    other = subprocess.Popen([sys.executable, "-c", code, "-m", "lbs.worker"], cwd=tmp_path)
    server = subprocess.Popen(
        [sys.executable, "-u", "server.py"], cwd=TOOL.parent, env={**os.environ, "LBS_PORT": "0"}, stderr=-3
    )
    try:
        until(lambda: {worker.pid, server.pid} <= known() or None)
        assert other.pid not in known()
    finally:
        for process in (worker, other, server):
            process.terminate()
            process.wait(30)


def known() -> set[int]:
    return {process.pid for process in processes.snapshot() if processes.is_backend(process)}


def busy(backend: Backend, req_id: str) -> None:
    until(lambda: backend.http.get(f"/api/runs/{req_id}").json()["status"] == "processing" or None)


def test_its_grammar_is_that_of_python_3_8() -> None:
    for file in [TOOL, TOOL.with_name("closed_pipe.py"), *(TOOL.parent / "clearing").glob("*.py")]:
        text = file.read_text("utf-8")
        ast.parse(text, feature_version=(3, 8))
        # Annotations such as `int | None` are only read, never evaluated.
        assert "|" not in text or "from __future__ import annotations" in text


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["clear_gpu_memory.py", "--dry-run"], 0),
        (["clear_gpu_memory.py", "--dry-run", "--json"], 0),
        (["-c", "import sys; from closed_pipe import run; sys.exit(run(lambda: print('answer') or 0))"], 141),
    ],
)
def test_a_reader_that_leaves_early_causes_no_traceback_and_stops_nothing(
    words: list[str], code: int, fake_smi: Path
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    env = {**os.environ, "PATH": str(fake_smi.parent)}
    env.pop("PYTHONUNBUFFERED", None)
    done = subprocess.run(
        [sys.executable, *words],
        cwd=TOOL.parent,
        env=env,
        stdout=writing,
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
    )
    os.close(writing)
    assert (done.returncode, done.stderr) == (code, "")
