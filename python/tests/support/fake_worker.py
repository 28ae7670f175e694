"""`python -m tests.support.fake_worker`: a worker without torch, whose model's name says what it does."""

from __future__ import annotations

import os
import sys
import time
from typing import assert_never

from lbs.protocol.codec import decode_from_server, encode
from lbs.protocol.messages import (
    CancelRun,
    Cleared,
    ClearMemory,
    Hello,
    ItemDone,
    JsonObject,
    PauseRun,
    Progress,
    RunFailed,
    RunResult,
    Shutdown,
    StartRun,
    State,
    Unreleased,
    WorkerMessage,
)
from lbs.sentences import say, verbatim


def send(message: WorkerMessage) -> None:
    sys.stdout.buffer.write(encode(message))
    sys.stdout.buffer.flush()


def stumble(req_id: str, done: dict[str, JsonObject]) -> None:
    """Two of three items, then out of memory; with those two done, the rest."""
    if done:
        send(RunResult(req_id, {"score": 1.0, "kept": sorted(done)}))
        return
    for key in ("one", "two"):
        send(ItemDone(req_id, key, {"score": 1.0}))
    ways = [{"change": "batch", "from": 8, "to": 5, "live_peak": 1, "reserved_peak": 2, "total": 3}]
    send(RunFailed(req_id, "out_of_memory", verbatim("Full."), {"message": "CUDA", "ways_out": ways}))


def wait_for_cancel(req_id: str) -> None:
    for line in sys.stdin.buffer:
        if isinstance(decode_from_server(line), CancelRun):
            send(RunFailed(req_id, "cancelled", say("worker.cancelled"), {}))
            return


def steps(req_id: str, seconds: float) -> None:
    """Five items, one every so many seconds, which pause and cancel as the worker's do."""
    os.set_blocking(0, False)
    try:
        for number in range(5):
            send(Progress(req_id, number, 5, verbatim(f"item {number}")))
            paused = False
            while (line := sys.stdin.buffer.readline()) or paused:
                match decode_from_server(line) if line else None:
                    case PauseRun(paused=paused):
                        pass
                    case CancelRun():
                        send(RunFailed(req_id, "cancelled", say("worker.cancelled"), {}))
                        return
                time.sleep(0.01)
            time.sleep(seconds)
            send(ItemDone(req_id, f"item {number}", {"score": 1.0, "text": "x" * 20_000}))
        send(RunResult(req_id, {"score": 1.0}))
    finally:
        os.set_blocking(0, True)


def run(message: StartRun) -> None:
    req_id = message.req_id
    name = os.path.basename(message.model)
    send(State("running"))
    send(Progress(req_id, 1, 2, verbatim("?")))
    if name == "dies":
        os.kill(os.getpid(), 9)
    if name == "hangs":
        time.sleep(600)
    if name == "eats":
        # Until the kernel kills it: only for a test with a memory limit.
        hoard = [bytearray(2**24) for _ in range(64)]
        time.sleep(len(hoard) and 600)
    if name == "waits":
        send(ItemDone(req_id, "one", {"score": 1.0}))
        wait_for_cancel(req_id)
    elif name.startswith("steps"):
        steps(req_id, 0.3 if name == "steps-slow" else 0.05)
    elif name == "fails":
        send(RunFailed(req_id, "does_not_fit", say("models.no_config", path=message.model), {}))
    elif name.startswith("stumbles"):
        stumble(req_id, message.done)
    elif name == "large":
        send(RunResult(req_id, {"score": 1.0, "text": "x" * 200_000}))
    else:
        send(RunResult(req_id, {"score": 1.0}))
    if "leaks" in name:
        send(Unreleased(req_id, verbatim("It stayed."), {"bytes": {"0": 1 << 20}}))
    else:
        send(State("idle"))


def main() -> None:
    send(Hello("0", cuda=None, allocator=None, emulated=True, limits=[], limit_note=None))
    for line in sys.stdin.buffer:
        match decode_from_server(line):
            case StartRun() as message:
                run(message)
            case ClearMemory():
                send(Cleared(freed=7))
            case CancelRun() | PauseRun() | Shutdown():
                pass
            case other:
                assert_never(other)


if __name__ == "__main__":
    main()
