"""Runs the server: socket, database, port file, readiness line, shutdown."""

from __future__ import annotations

import contextlib
import functools
import json
import os
import socket
import sqlite3
import sys
from collections.abc import Sequence
from pathlib import Path

from lbs.api import Control, create_app
from lbs.api.gpu_room import gpu_room
from lbs.memory.allocator import allocator_note
from lbs.queue import RunQueue
from lbs.queue.worker_process import WorkerCommand
from lbs.sentences import Sentence, say
from lbs.server.http_server import Server, config_of
from lbs.server.start_steps import passed
from lbs.server.worker_environment import worker_environment
from lbs.settings import Settings, SettingsError, is_loopback
from lbs.settings.private import make_folder, write_private
from lbs.store import QueueMark, RunStore, StoreError, claim, open_database

_PYTHON_FOLDER = Path(__file__).resolve().parents[2]
WORKER_WORDS = (sys.executable, "-u", "-m", "lbs.worker")
PROBE_WORDS = (sys.executable, "-m", "lbs.imports.probe", "worker")


def serve(settings: Settings, worker_words: Sequence[str] = WORKER_WORDS) -> None:
    """Serves until shutdown. Raises SettingsError or StoreError where it cannot start."""
    check_web_dir(settings)
    bound = bind(settings)
    port = int(bound.getsockname()[1])
    store = open_store(Path(settings.db_path))
    passed("database")
    forkserver = os.environ.get("HEADROOM_FORKSERVER") if settings.warm_workers else None
    env = worker_environment(settings, os.environ)
    if note := allocator_note(settings.enable_memory_management, os.environ):
        print(f"[Server] {note}", file=sys.stderr, flush=True)
    command = WorkerCommand(worker_words, env, _PYTHON_FOLDER, forkserver, PROBE_WORDS)
    measure = functools.partial(gpu_room, settings)
    queue = RunQueue(store, command, measure, settings.gpu_memory_limit.text if settings.gpu_memory_limit else "")
    server: Server
    control = Control(shutdown=lambda: server.exit(), should_exit=lambda: server.should_exit)
    server = Server(
        config_of(create_app(settings, queue, control)),
        on_listening=lambda: announce(settings.host, port),
        # Wakes the readers of the event stream, which then ends.
        on_exit=lambda: queue.events.publish("end", {}),
    )
    with contextlib.suppress(KeyboardInterrupt):
        server.run(sockets=[bound])


def announce(host: str, port: int) -> None:
    write_port_file(port)
    passed("port")
    print(f"[Server] Headroom's backend listens on {url_of(host, port)}", file=sys.stderr, flush=True)
    if not is_loopback(host):
        print(
            f"[Server] Warning: LBS_HOST={host} lets other machines reach this backend. Nothing is encrypted: anyone who "
            "can read the traffic can steal the token, start runs and read all results.",
            file=sys.stderr,
            flush=True,
        )


def open_store(path: Path) -> RunStore:
    """Opens the results, and fails the runs that a dead backend left unfinished. Raises StoreError."""
    claimed = functools.cache(lambda: claim(path))
    recovered: list[Sentence] = []

    def alone() -> bool:
        return claimed() is not None

    def reopen(damaged: bool) -> sqlite3.Connection:
        return open_database(path, alone, store.note_recovery, damaged=damaged)

    store = RunStore(open_database(path, alone, recovered.append), reopen)
    for sentence in recovered:
        store.note_recovery(sentence)
    handle = claimed()
    store.mark = None if handle is None else QueueMark(handle)
    if handle is None:
        print(f"[Server] Another backend uses {path} too: its runs are not touched.", file=sys.stderr)
    else:
        if store.fail_unfinished():
            print("[Server] Runs that the last backend left unfinished are now failed.", file=sys.stderr)
        with contextlib.suppress(StoreError):
            # On a full disk deleted runs stay for longer.
            store.records.purge()
    return store


def url_of(host: str, port: int) -> str:
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def bind(settings: Settings) -> socket.socket:
    family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    if sys.platform != "win32":
        # Allows a port whose last owner has just exited; a port in use still fails.
        bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((settings.host, settings.port))
        bound.listen(128)
    except socket.gaierror:
        bound.close()
        raise SettingsError(say("server.host", host=settings.host)) from None
    except OSError as error:
        bound.close()
        reason, following = error.strerror or str(error), settings.port + 1
        sentence = say("server.port", port=str(settings.port), host=settings.host, reason=reason, next=str(following))
        raise SettingsError(sentence) from None
    return bound


def check_web_dir(settings: Settings) -> None:
    if settings.web_dir and not Path(settings.web_dir).is_dir():
        raise SettingsError(say("server.no_web_dir", folder=settings.web_dir))


def write_port_file(port: int) -> None:
    """Written atomically: the panel never reads half a number."""
    name = os.environ.get("HEADROOM_PORT_FILE")
    if not name:
        return
    target = Path(name)
    make_folder(target.parent)
    write_private(target, json.dumps({"port": port, "pid": os.getpid()}))
