"""From a fork to a server or a worker: whatever the parent was must not be seen, and nothing of it stays open."""

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
    """`streams` become stdin, stdout and stderr; `foreign` are the parent's own descriptors."""
    code = 1
    try:
        _enter(kind, env, folder, streams, foreign)
        code = _serve() if kind == "server" else _work()
    except BaseException:
        traceback.print_exc(file=sys.stderr)
    finally:
        # Not through the parent's own way out: its handlers and buffers are none of ours.
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _serve() -> int:
    import server

    return server.main()


def _work() -> int:
    from lbs.worker.__main__ import main

    # A terminal's Ctrl+C goes to everybody; ending the worker is the server's part.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    return main()


def _enter(kind: Kind, env: Mapping[str, str], folder: str, streams: Sequence[int], foreign: Sequence[int]) -> None:
    # A session of its own: a signal for the forkserver's group is not meant for it.
    os.setsid()
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    for number, stream in enumerate(streams):
        os.dup2(stream, number)
    for descriptor in {*foreign, *streams}:
        os.close(descriptor)
    # First of all that can fail: what does not carry the marker, no guardian would ever end.
    take_identity(env[MARKER], f"lbs.{kind}")
    os.environ.clear()
    os.environ.update(env)
    os.chdir(folder)
    _reseed()


def _reseed() -> None:
    """Each fork would draw the same numbers; torch's own generator begins with a fixed seed in any process."""
    random.seed()
    numpy = sys.modules.get("numpy")
    if numpy is not None:
        numpy.random.seed()
