"""The launcher over real processes in a real terminal."""

from __future__ import annotations

import json
import os
import pty
import select
import signal
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import launcher
from tests.guardian.test_guardian import is_alive
from tests.support.backend import FOLDER, until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="Linux only")]

# Leaves a daemon behind whose session, parent and environment are its own, and writes its pid.
DAEMON = """
import os, sys
if os.fork() == 0:
    os.setsid()
    if os.fork() == 0:
        with open(sys.argv[1] + ".new", "w") as file: file.write(str(os.getpid()))
        os.rename(sys.argv[1] + ".new", sys.argv[1])
        os.execve("/bin/sleep", ["sleep", "300"], {})
    os._exit(0)
os.wait()
while not os.path.exists(sys.argv[1]): pass
"""
FACTS = """
import json, os, signal, sys
facts = {
    "foreground": os.tcgetpgrp(0) == os.getpgrp(),
    "loader": os.environ.get("LD_AUDIT"),
    "names": [name for name in os.environ if name.startswith("HEADROOM_LAUNCH_")],
    "size": list(os.get_terminal_size(0)),
}
signal.signal(signal.SIGINT, lambda *_: os._exit(9))
print(json.dumps(facts), flush=True)
sys.stdin.readline()
"""


def launch(*words: str, **more: Any) -> subprocess.Popen[bytes]:
    command = [sys.executable, "-I", "-S", str(FOLDER / "launcher.py"), *words]
    return subprocess.Popen(command, start_new_session=True, **more)


def pid_in(file: Path) -> int:
    return int(until(lambda: file.read_text() if file.exists() else None))


@pytest.mark.parametrize(
    ("program", "code"),
    [
        ("raise SystemExit(7)", 7),
        ("import os; os.kill(os.getpid(), 15)", -signal.SIGTERM),
        ("import os; os.kill(os.getpid(), 9)", -signal.SIGKILL),
        ("import os; os.kill(os.getpid(), 11)", -signal.SIGSEGV),
    ],
)
def test_it_exits_as_the_backend_does(program: str, code: int) -> None:
    assert launch(sys.executable, "-c", program).wait(30) == code


def test_a_program_that_does_not_exist_is_reported_as_a_shell_does() -> None:
    with launch("/nowhere/program", stderr=subprocess.PIPE) as process:
        assert process.wait(30) == 127
        assert process.stderr and b"/nowhere/program cannot be started: No such file" in process.stderr.read()


def test_nothing_that_the_backend_left_behind_survives_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    assert launch(sys.executable, "-c", DAEMON, str(file)).wait(30) == 0
    assert not is_alive(pid_in(file))


def test_a_signal_reaches_the_backend_once_and_the_daemon_ends_with_it(tmp_path: Path) -> None:
    file = tmp_path / "pid"
    count = "import signal, time; n = []; signal.signal(15, lambda *_: n.append(1)); print(flush=True); time.sleep(0.5)"
    wait = "\nwhile not n: time.sleep(0.01)\ntime.sleep(0.3); raise SystemExit(len(n))"
    process = launch(sys.executable, "-c", DAEMON + count + wait, str(file), stdout=subprocess.PIPE)
    assert process.stdout is not None
    process.stdout.readline()
    daemon = pid_in(file)
    # As the panel does, to the whole group.
    os.killpg(process.pid, signal.SIGTERM)
    assert process.wait(30) == 1
    process.stdout.close()
    assert not is_alive(daemon)


def test_a_killed_launcher_takes_the_backend_with_it() -> None:
    process = launch(
        sys.executable, "-c", "import os, time; print(os.getpid(), flush=True); time.sleep(300)", stdout=-1
    )
    assert process.stdout is not None
    backend = int(process.stdout.readline())
    process.kill()
    process.wait(30)
    process.stdout.close()
    until(lambda: True if not is_alive(backend) else None)


def test_the_backend_ignores_no_signal_that_python_ignores() -> None:
    with launch("grep", "SigIgn", "/proc/self/status", stdout=subprocess.PIPE) as process:
        assert process.stdout and int(process.stdout.read().split()[1], 16) & 1 << signal.SIGPIPE - 1 == 0


def test_the_backend_is_in_the_foreground_of_the_terminal() -> None:
    """Ctrl+C, the size of the terminal, and the variables that the launcher itself must not obey."""
    pid, terminal = pty.fork()
    if pid == 0:
        os.environ["HEADROOM_LAUNCH_LD_AUDIT"] = "/nowhere.so"
        words = [sys.executable, "-I", "-S", str(FOLDER / "launcher.py"), sys.executable, "-c", FACTS]
        os.execv(words[0], words)
    text = b""
    while b"}" not in text:
        assert select.select([terminal], [], [], 30)[0]
        text += os.read(terminal, 4096)
    facts = json.loads(text[text.index(b"{") : text.index(b"}") + 1])
    assert facts["foreground"] and facts["names"] == []
    assert facts["loader"] == "/nowhere.so" and len(facts["size"]) == 2
    os.write(terminal, b"\x03")
    assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 9
    os.close(terminal)


# The fork server without its imports; what it forks leaves a daemon behind.
FORKSERVER = (
    "import sys, lbs.forkserver.child as child, lbs.forkserver.warming as warming\n"
    f"def serve():\n    sys.argv = ['', sys.argv[-1]]\n    exec({DAEMON!r}, {{}})\n    return 5\n"
    "path, file = sys.argv[1:3]\n"
    "child._serve = lambda: (sys.argv.append(file), serve())[1]\n"
    "warming.import_server = lambda: None\n"
    "sys.argv = ['', 'server', path]\n"
    "from lbs.forkserver.__main__ import main\n"
    "sys.exit(main())\n"
)


def test_what_a_warm_server_leaves_behind_ends_with_it(tmp_path: Path) -> None:
    path, file = str(tmp_path / "s"), tmp_path / "pid"
    env = {**os.environ, "HEADROOM_MARKER": "0" * 32, "HEADROOM_SERVER_FORKSERVER": path}
    words = [sys.executable, "-u", "-c", FORKSERVER, path, str(file), "-m", "lbs.forkserver.padding"]
    parent = subprocess.Popen(words, cwd=FOLDER, env=env, stdin=subprocess.PIPE, stdout=subprocess.PIPE)
    assert parent.stdout and parent.stdin
    try:
        until(lambda: b'"warm"' in parent.stdout.readline() or None, 30)
        assert launch("--warm", "false", env={**env, "HEADROOM_MARKER": "1" * 32}, cwd=FOLDER).wait(30) == 5
        assert not is_alive(pid_in(file))
        assert socket.socket(socket.AF_UNIX).connect_ex(path) == 0, "the parent serves on"
    finally:
        parent.stdin.close()
        parent.wait(30)
        parent.stdout.close()


def test_a_signal_reaches_a_warm_server_whose_parent_has_exited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HEADROOM_MARKER", "2" * 32)
    line, parent = socket.socketpair()
    parent.close()
    with line:
        server = subprocess.Popen(["sleep", "300"])
        stranger = subprocess.Popen(["sleep", "300"], env={"PATH": os.environ["PATH"]})
        try:
            launcher.relay(line, stranger.pid, signal.SIGTERM)
            launcher.relay(line, server.pid, signal.SIGTERM)
            assert server.wait(10) == -signal.SIGTERM
            assert stranger.poll() is None
        finally:
            stranger.kill()
            stranger.wait()
