#!/usr/bin/env python3
"""Clears GPU memory: `python clear_gpu_memory.py`, from any folder, with Python 3.8 or later.

Shows what each GPU holds before and after. Terminates leftover processes of this backend whose server or panel has
exited, asks a backend that was started by hand to release its models, and lists all other processes on the GPUs.
Processes of a running panel, of other users and of the display are left alone; --pid N terminates one of your own
processes, after confirmation.

Exit code 0: done
          1: something could not be cleared; the output says what to do
          2: invalid arguments, or a process that is never terminated from here
          3: nvidia-smi is unavailable, so the result cannot be verified
"""

import argparse
import os
import sys
from typing import List, Optional

# Isolated mode leaves the script's folder out of sys.path.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from clearing.common import NOT_CLEARED, WRONG_USE, Refused
from clearing.everything import clear_all, list_backends, list_holders
from clearing.one_process import terminate_one
from clearing.report import Report
from clearing.settling import settled
from clearing.smi import gpus
from closed_pipe import run


def main(arguments: Optional[List[str]] = None) -> int:
    options = parse(arguments)
    report = Report(options.json, options.dry_run)
    try:
        clear(options, report)
    except Refused as reason:
        report.problems.append(str(reason))
        print(reason, file=sys.stderr)
        return report.finish(WRONG_USE)
    except KeyboardInterrupt:
        report.problems.append("Interrupted.")
        print(report.problems[-1], file=sys.stderr)
        return report.finish(NOT_CLEARED)
    return report.finish(report.code())


def parse(arguments: Optional[List[str]]) -> argparse.Namespace:
    summary, _, details = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=summary,
        epilog=details + "\nLBS_HOST, LBS_PORT and LBS_TOKEN: of the backend; HEADROOM_HOME: the data folder;\n"
        "HEADROOM_NVIDIA_SMI: the nvidia-smi executable.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pid", metavar="N", type=int, help="terminate this process of yours, after confirmation")
    parser.add_argument("--yes", action="store_true", help="confirm --pid without a prompt, for scripts")
    parser.add_argument("--dry-run", action="store_true", help="print what would be done, without doing it")
    parser.add_argument("--json", action="store_true", help="print one JSON object only, sizes in MiB")
    return parser.parse_args(arguments)


def clear(options: argparse.Namespace, report: Report) -> None:
    try:
        report.show_before(gpus())
    except Refused as reason:
        report.unavailable(str(reason))
    if options.pid is None:
        terminated, released = clear_all(report)
    else:
        terminated, released = terminate_one(options.pid, options.yes, report), False
    if report.before is not None:
        show_result(report, set(terminated), released or bool(terminated))
    list_backends(report)


def show_result(report: Report, terminated: "set[int]", changed: bool) -> None:
    try:
        if not report.dry_run:
            after, listed = settled(terminated) if changed else (gpus(), set())
            report.show_after(after)
            for pid in sorted(listed):
                report.problem(f"Process {pid} has exited, but nvidia-smi still lists it: check again in a minute.")
        list_holders(report)
    except Refused as reason:
        report.unavailable(str(reason))


if __name__ == "__main__":
    sys.exit(run(main))
