"""Which processes the clearing tool ends: only those that are certainly what they were when they were chosen."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from clearing import everything, one_process, processes, settling, smi, terminate
from clearing.common import Refused
from clearing.report import Report
from lbs.queue import evidence
from tests.support.clearing import SLEEP, tells, tool

pytestmark = pytest.mark.xdist_group("clearing")


def test_pid_terminates_only_our_own_process_on_a_gpu(fake_smi: Path, sleeper: subprocess.Popen[bytes]) -> None:
    refused = tool(fake_smi.parent, "--pid", str(sleeper.pid), "--yes")
    assert refused.returncode == 2 and "holds no GPU memory" in refused.stderr
    tells(fake_smi, sleeper.pid, "/elsewhere/python")
    refused = tool(fake_smi.parent, "--pid", str(sleeper.pid), "--yes")
    assert refused.returncode == 2 and "another container" in refused.stderr
    tells(fake_smi, sleeper.pid, SLEEP)
    refused = tool(fake_smi.parent, "--pid", str(sleeper.pid))
    assert refused.returncode == 2 and "add --yes" in refused.stderr and sleeper.poll() is None
    assert f"Terminate {SLEEP} (pid {sleeper.pid}, of {one_process.user_name()}, 300 MiB)?" in refused.stderr
    tried = tool(fake_smi.parent, "--pid", str(sleeper.pid), "--dry-run")
    assert tried.returncode == 0 and "would be terminated" in tried.stdout and sleeper.poll() is None
    done = tool(fake_smi.parent, "--pid", str(sleeper.pid), "--yes")
    assert done.returncode == 0 and f"/bin/sleep (pid {sleeper.pid}): terminated" in done.stdout
    assert sleeper.wait(5) == -15


def test_pid_never_touches_others(fake_smi: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tells(fake_smi, 1, "init")
    assert tool(fake_smi.parent, "--pid", "1", "--yes").returncode == 2
    assert tool(fake_smi.parent, "--pid", str(2**22 + 1), "--yes").returncode == 2
    monkeypatch.setattr(processes, "owner_of", lambda _: os.getuid() + 1)
    with pytest.raises(Refused, match="another user"):
        one_process.refuse(terminate.Identity(os.getppid(), "1"), False, None)
    monkeypatch.setattr(processes, "owner_of", lambda _: os.getuid())
    monkeypatch.setattr(one_process, "words_of", lambda _: ["/usr/lib/xorg/Xorg"])
    with pytest.raises(Refused, match="draws this screen"):
        one_process.refuse(terminate.Identity(4242, "1"), False, None)


def test_a_pid_of_another_namespace_is_nobodys_here(
    fake_smi: Path, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = {sleeper.pid: "this backend"}
    for name, owner in ((SLEEP, "this backend"), ("/opt/host/python", "elsewhere"), ("[Not Found]", "this backend")):
        assert everything.owner_text(smi.Holder(sleeper.pid, 1, name), ours) == owner
    for name, owner in ((SLEEP, "yours"), ("/opt/host/python", "elsewhere"), ("[Not Found]", "unidentified")):
        assert everything.owner_text(smi.Holder(sleeper.pid, 1, name), {}) == owner
    for pid in (0, 2**22 + 1):
        assert everything.owner_text(smi.Holder(pid, 1, SLEEP), {}) == "not visible here"
    listed = [smi.Holder(sleeper.pid, 1, name) for name in (SLEEP, "/opt/host/python")] + [smi.Holder(1 << 23, 1, "x")]
    monkeypatch.setattr(evidence, "holders", lambda _: listed)
    monkeypatch.setattr(evidence, "our_pids", lambda: {sleeper.pid, 1 << 23})
    incident = evidence._processes(None)
    assert isinstance(incident, list) and [one["ours"] for one in incident] == [True, False, True]
    # Not even one of this backend.
    monkeypatch.setattr(one_process, "is_ours", lambda _: True)
    monkeypatch.setenv("HEADROOM_NVIDIA_SMI", str(fake_smi))
    tells(fake_smi, sleeper.pid, "/opt/host/python")
    with pytest.raises(Refused, match="another container"):
        one_process.terminate_one(sleeper.pid, True, Report(False, False))
    assert sleeper.poll() is None
    assert tool(fake_smi.parent, "--pid", "0", "--yes").returncode == 2


def test_a_process_that_nvidia_smi_keeps_listing_is_a_problem(
    fake_smi: Path, sleeper: subprocess.Popen[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    tells(fake_smi, sleeper.pid, SLEEP)
    monkeypatch.setenv("HEADROOM_NVIDIA_SMI", str(fake_smi))
    figures, listed = settling.settled({sleeper.pid}, seconds=0.1)
    assert listed == {sleeper.pid} and [gpu.used for gpu in figures] == [100, None]
    assert settling.settled({1 << 23})[1] == set()


def test_a_reused_pid_is_left_alone(sleeper: subprocess.Popen[bytes]) -> None:
    # What was looked at began at another time: the process of that number is somebody else.
    assert terminate.terminate([terminate.Identity(sleeper.pid, "1")]) == [] and sleeper.poll() is None
    assert terminate.terminate([terminate.Identity(sleeper.pid, processes.start_of(sleeper.pid))]) == []
    assert sleeper.wait(5) == -15


def test_a_process_that_ignores_sigterm_is_killed() -> None:
    code = "import signal, time; signal.signal(15, signal.SIG_IGN); print(flush=True); time.sleep(600)"
    stubborn = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE)
    assert stubborn.stdout is not None
    stubborn.stdout.readline()
    assert terminate.terminate([terminate.Identity(stubborn.pid, processes.start_of(stubborn.pid))], patience=0.3) == []
    assert stubborn.wait(5) == -9
