"""Without a guardian: a server whose terminal is closed exits, and its worker with it."""

from __future__ import annotations

import json
import os
import pty
import secrets
import subprocess
import sys
from pathlib import Path

import pytest

from tests.guardian.test_guardian import is_alive
from tests.support.backend import FAKE_WORKER, FOLDER, until

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform != "linux", reason="tells by /proc what lives")]

_LIGHT = (
    f"from lbs.server.serving import serve; from lbs.settings import Settings; serve(Settings.load(), {FAKE_WORKER!r})"
)


def test_the_server_exits_with_its_terminal(tmp_path: Path) -> None:
    ours, theirs = pty.openpty()
    port_file = tmp_path / "port.json"
    env = {
        **os.environ,
        "HEADROOM_UNDER_PANEL": "1",
        "HEADROOM_PORT_FILE": str(port_file),
        "LBS_TOKEN": secrets.token_hex(32),
        "LBS_PORT": "0",
    }
    # Not the leader of the terminal's session: no hang-up comes, only EIO where it reads.
    process = subprocess.Popen([sys.executable, "-c", _LIGHT], cwd=FOLDER, env=env, stdin=theirs, stderr=theirs)
    os.close(theirs)
    try:
        started = until(lambda: json.loads(port_file.read_text()) if port_file.exists() else None, 20)
        children = until(
            lambda: (
                list(map(int, Path(f"/proc/{started['pid']}/task/{started['pid']}/children").read_text().split()))
                or None
            )
        )
        os.write(ours, b"typed by mistake\n")
        os.close(ours)
        assert process.wait(30) == 0
        until(lambda: None if any(map(is_alive, children)) else True, 5)
    finally:
        process.kill()
        process.wait()
