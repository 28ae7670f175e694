"""Turns a fork into a server or a worker, which looks like one and shares no descriptors with the parent."""

from __future__ import annotations

import os
import random
import signal
import sys
import traceback
from collections.abc import Mapping, Sequence
from typing import NoReturn

from lbs.forkserver.identity import take_identity
from lbs.forkserver.warming import Kind

MARKER = "HEADROOM_MARKER"


def become(kind: Kind, env: Mapping[str, str], folder: str, streams: Sequence[int], foreign: Sequence[int]) -> NoReturn:
    """`streams`: descriptors that become stdin, stdout and stderr; `foreign`: the parent's own descriptors."""
    code = 1
    try:
        _enter(kind, env, folder, streams, foreign)
        code = _serve() if kind == "server" else _work()
    except BaseException:
        traceback.print_exc(file=sys.stderr)
    finally:
        # Without the parent's exit handlers and buffers.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _serve() -> int:
    import server

    return server.main()


def _work() -> int:
    from lbs.worker.__main__ import main

    # Ctrl+C in a terminal reaches every process; the server ends its worker.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return main()


def _enter(kind: Kind, env: Mapping[str, str], folder: str, streams: Sequence[int], foreign: Sequence[int]) -> None:
    # A session of its own: signals to the fork server's group do not reach it.
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for descriptor in {*foreign, *streams}:
        os.close(descriptor)
    # Before anything else that can fail: the guardian kills only processes with the marker.
    take_identity(env[MARKER], f"lbs.{kind}")
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    _reseed()


def _reseed() -> None:
    """Forks would otherwise draw the same random numbers; torch's own generator has a fixed seed in any process."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
