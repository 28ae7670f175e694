#!/usr/bin/env python3
"""Gives GPU memory back: `python clear_gpu_memory.py`, from any folder, with any Python from 3.8 on.

Asks a backend that was started by hand to clear (LBS_HOST, LBS_PORT, LBS_TOKEN), shows what is left on each GPU and
who holds it. `--kill PID` ends one process of yours after a question (`--yes` answers it). Others' are never touched.
Standard library only. Exit code 0: done; 1: something did not work; 2: a wrong argument.
"""

import argparse
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from typing import List, Optional, Tuple

TIMEOUT = 15


def nvidia_smi() -> Optional[str]:
    named = os.environ.get("HEADROOM_NVIDIA_SMI")
    return named if named and named != "emulator" else shutil.which("nvidia-smi")


def ask(smi: str, query: str) -> List[List[str]]:
    """The rows of one query; fails with RuntimeError and what nvidia-smi said."""
    command = [smi, query, "--format=csv,noheader,nounits"]
    done = subprocess.run(command, stdout=subprocess.PIPE, universal_newlines=True, timeout=TIMEOUT, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout.strip())
    return [line.split(", ") for line in done.stdout.splitlines() if line.strip()]


def show(smi: Optional[str], when: str) -> None:
    if smi is None:
        print("nvidia-smi was not found: what the GPUs hold cannot be shown.")
        return
    print("GPU memory " + when + ":")
    for index, name, used, total in ask(smi, "--query-gpu=index,name,memory.used,memory.total"):
        print("  GPU %s  %s  %s / %s MiB" % (index, name, used, total))
    for row in ask(smi, "--query-compute-apps=pid,used_gpu_memory,process_name"):
        pid, used, name = row[0], row[1], ", ".join(row[2:])
        print("    pid %s  %s MiB  %s  %s" % (pid, used, owner(int(pid)), name))


def owner(pid: int) -> str:
    try:
        uid = os.stat("/proc/%d" % pid).st_uid
    except OSError:
        return "?"
    return "yours" if uid == os.getuid() else "another user's"


def clear_backend() -> Tuple[bool, str]:
    """Asks the backend that listens where the guide's variables say; no backend is no failure."""
    host, port = os.environ.get("LBS_HOST") or "127.0.0.1", os.environ.get("LBS_PORT") or "5000"
    headers = {"Content-Type": "application/json"}
    if os.environ.get("LBS_TOKEN"):
        headers["Authorization"] = "Bearer " + os.environ["LBS_TOKEN"]
    url = "http://%s:%s/api/memory/clear" % (host, port)
    request = urllib.request.Request(url, data=b"{}", headers=headers, method="POST")
    # A proxy of the environment has no business on loopback.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=TIMEOUT) as answer:
            freed = json.loads(answer.read())["freed"]
    except urllib.error.HTTPError as error:
        return False, "The backend refused: " + said(error)
    except (OSError, ValueError, KeyError):
        return True, "No backend answers on %s:%s; under the panel, use its button." % (host, port)
    return True, "The backend gave %.1f MiB back." % (freed / 2**20)


def said(error: urllib.error.HTTPError) -> str:
    try:
        return str(json.loads(error.read())["error"])
    except (OSError, ValueError, KeyError):
        return "status %d" % error.code


def kill(pid: int, yes: bool) -> Tuple[bool, str]:
    if pid <= 1 or owner(pid) != "yours":
        return False, "Process %d is not yours, or is gone: nothing was done." % pid
    if not yes and input("End process %d? [y/N] " % pid).strip().lower() != "y":
        return True, "Nothing was done."
    os.kill(pid, signal.SIGTERM)
    for _ in range(50):
        time.sleep(0.1)
        if owner(pid) != "yours":
            return True, "Process %d has ended." % pid
    os.kill(pid, signal.SIGKILL)
    return True, "Process %d did not end when asked, and was killed." % pid


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", maxsplit=1)[0])
    parser.add_argument("--kill", type=int, metavar="PID", help="end this process of yours")
    parser.add_argument("--yes", action="store_true", help="do not ask before --kill")
    words = parser.parse_args()
    smi = nvidia_smi()
    try:
        show(smi, "before")
        well, sentence = kill(words.kill, words.yes) if words.kill is not None else clear_backend()
        print(sentence)
        show(smi, "after")
    except (RuntimeError, subprocess.TimeoutExpired, OSError) as error:
        print("nvidia-smi does not work: %s" % error)
        return 1
    return 0 if well else 1


if __name__ == "__main__":
    sys.exit(main())
