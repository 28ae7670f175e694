#!/usr/bin/env python3
"""Gives GPU memory back: `python clear_gpu_memory.py`, from any folder, with any Python from 3.8 on.

Shows what each GPU holds, asks the backend that was started by hand to let its models go, and lists who else holds
memory. It ends nothing by itself: `--kill PID` ends one process of your own, after you confirm.
Exit code 0: done; 1: something could not be cleared; 2: it was asked for what it does not do.
"""

import argparse
import os
import sys
from typing import List, Optional

# Isolated mode leaves the script's own folder out of the search path.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from clearing.backend import clear_backend
from clearing.common import DONE, NOT_CLEARED, WRONG_USE, Refused
from clearing.ending import kill
from clearing.processes import backends, is_mine, words_of
from clearing.smi import Holder, holders, mib_text, printable, show_memory


def main(arguments: Optional[List[str]] = None) -> int:
    asked = parse(arguments)
    try:
        return clear(asked.kill, asked.yes)
    except Refused as reason:
        print(reason, file=sys.stderr)
        return WRONG_USE
    except KeyboardInterrupt:
        print("Stopped; nothing more is done.", file=sys.stderr)
        return NOT_CLEARED


def parse(arguments: Optional[List[str]]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description="Shows what the GPUs hold and gives the backend's share back.",
        epilog="LBS_HOST, LBS_PORT and LBS_TOKEN say where the backend is; HEADROOM_NVIDIA_SMI names another nvidia-smi.",
    )
    parser.add_argument("--kill", metavar="PID", type=int, help="end this process of yours, after you confirm")
    parser.add_argument("--yes", action="store_true", help="confirm --kill here, for scripts")
    return parser.parse_args(arguments)


def clear(pid: Optional[int], yes: bool) -> int:
    seen = show_memory("Before:")
    code = clear_backend() if pid is None else kill(pid, yes)
    if seen:
        seen = show_memory("After:")
        list_holders(holders())
    list_backends(backends())
    # Without nvidia-smi nobody can say that the memory is back.
    return code if seen or code != DONE or pid is not None else NOT_CLEARED


def list_holders(found: List[Holder]) -> None:
    if not found:
        print("No process holds GPU memory that nvidia-smi tells of.")
        return
    print("On the GPUs now:")
    ours = set(backends())
    for holder in found:
        whose = "this backend" if holder.pid in ours else "yours" if is_mine(holder.pid) else "another user's"
        print("  {:>8}  {:>10}  {:<14}  {}".format(holder.pid, mib_text(holder.mib), whose, holder.name))
    if any(is_mine(holder.pid) for holder in found):
        print("To end one of yours: python clear_gpu_memory.py --kill PID (the panel's own: its button Stop).")


def list_backends(pids: List[int]) -> None:
    """Also where nvidia-smi shows nothing of them: a worker keeps its CUDA context until it ends."""
    for pid in pids:
        print("Running from this folder: pid {}  {}".format(pid, printable(" ".join(words_of(pid)))))


if __name__ == "__main__":
    sys.exit(main())
