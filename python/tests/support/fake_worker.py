"""A worker without torch that follows lbs/protocol/messages.py, for tests of the queue. Its model's name says what it does."""

import json
import os
import sys
import time
from typing import Any


def say(**message: Any) -> None:
    sys.stdout.write(json.dumps(message) + "\n")
    sys.stdout.flush()


def stumble(req_id: str, done: dict[str, Any]) -> None:
    """Two of three items, then out of memory; with those two done, the rest."""
    if done:
        say(type="result", req_id=req_id, result={"score": 1.0, "kept": sorted(done)})
        return
    for key in ("one", "two"):
        say(type="item", req_id=req_id, key=key, item={"score": 1.0})
    ways = [{"change": "batch", "from": 8, "to": 5, "live_peak": 1, "reserved_peak": 2, "total": 3}]
    say(type="error", req_id=req_id, code="out_of_memory", message="Full.", details={"said": "CUDA", "ways_out": ways})


def run(message: dict[str, Any]) -> None:
    req_id = message["req_id"]
    name = os.path.basename(message["model"])
    say(type="state", state="running")
    say(type="progress", req_id=req_id, current_item=1, total_items=2, current_question="?")
    if name == "dies":
        os.kill(os.getpid(), 9)
    if name == "hangs":
        time.sleep(600)
    if name == "eats":
        # Until the kernel ends it: only for a test that has set it a limit.
        hoard = [bytearray(2**24) for _ in range(64)]
        time.sleep(len(hoard) and 600)
    if name == "waits":
        for line in sys.stdin:
            if json.loads(line)["type"] == "cancel":
                say(type="error", req_id=req_id, code="cancelled", message="Cancelled.", details={})
                break
    elif name == "fails":
        say(type="error", req_id=req_id, code="does_not_fit", message="It does not fit.", details={})
    elif name.startswith("stumbles"):
        stumble(req_id, message["done"])
    elif name == "large":
        say(type="result", req_id=req_id, result={"score": 1.0, "text": "x" * 200_000})
    else:
        say(type="result", req_id=req_id, result={"score": 1.0})
    if "leaks" in name:
        say(type="unreleased", req_id=req_id, message="It stayed.", details={"bytes": {"0": 1 << 20}})
    else:
        say(type="state", state="idle")


def main() -> None:
    say(type="hello", torch="0", cuda=None, allocator=None, emulated=True, limits=[], limit_note=None)
    for line in sys.stdin:
        message = json.loads(line)
        if message["type"] == "run":
            run(message)
        elif message["type"] == "clear":
            say(type="cleared", freed=7)


main()
