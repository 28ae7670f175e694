#!/usr/bin/env python3
"""Gives GPU memory back: `python clear_gpu_memory.py`, from any folder, with any Python from 3.8 on.

Shows what each GPU holds before and after. Ends what is left of this backend once its server or its panel is gone,
asks the backend that was started by hand to let its models go, and lists who else holds memory. What belongs to a
running panel, to another user or to the screen is left alone; --pid N ends one process of your own, after a question.

Exit code 0: done
          1: something could not be cleared; the line that says so says what to do
          2: it was asked for what it does not do
          3: nvidia-smi cannot tell what is held, so nobody can say that it is back
"""

import argparse
import os
import sys
from typing import List, Optional

# Isolated mode leaves the script's own folder out of the search path.
sys.path.insert(0, os.path.dirname(os.path.realpath(__file__)))

from clearing.common import NOT_CLEARED, WRONG_USE, Refused
from clearing.one import end_one
from clearing.report import Report
from clearing.settling import settled
from clearing.smi import gpus
from clearing.whole import clear_all, list_backends, list_holders


def main(arguments: Optional[List[str]] = None) -> int:
    asked = parse(arguments)
    report = Report(asked.json, asked.dry_run)
    try:
        clear(asked, report)
    except Refused as reason:
        report.problems.append(str(reason))
        print(reason, file=sys.stderr)
        return report.finish(WRONG_USE)
    except KeyboardInterrupt:
        report.problems.append("Stopped; nothing more is done.")
        print(report.problems[-1], file=sys.stderr)
        return report.finish(NOT_CLEARED)
    return report.finish(report.code())


def parse(arguments: Optional[List[str]]) -> argparse.Namespace:
    about, _, more = (__doc__ or "").partition("\n\n")
    parser = argparse.ArgumentParser(
        description=about,
        epilog=more + "\nLBS_HOST, LBS_PORT and LBS_TOKEN say where the backend is; HEADROOM_HOME names another data "
        "folder;\nHEADROOM_NVIDIA_SMI names another nvidia-smi.",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--pid", metavar="N", type=int, help="end this process of yours, after a question")
    parser.add_argument("--yes", action="store_true", help="answer the question of --pid here, for scripts")
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and do nothing")
    parser.add_argument("--json", action="store_true", help="one JSON object on stdout, in MiB, and nothing else there")
    return parser.parse_args(arguments)


def clear(asked: argparse.Namespace, report: Report) -> None:
    try:
        report.saw_before(gpus())
    except Refused as reason:
        report.cannot_tell(str(reason))
    if asked.pid is None:
        ended, gave = clear_all(report)
    else:
        ended, gave = end_one(asked.pid, asked.yes, report), False
    if report.before is not None:
        look_again(report, set(ended), gave or bool(ended))
    list_backends(report)


def look_again(report: Report, ended: "set[int]", changed: bool) -> None:
    try:
        if not report.dry_run:
            figures, listed = settled(ended) if changed else (gpus(), set())
            report.saw_after(figures)
            for pid in sorted(listed):
                report.problem(f"Process {pid} has ended, but nvidia-smi still lists it: look again in a minute.")
        list_holders(report)
    except Refused as reason:
        report.cannot_tell(str(reason))


if __name__ == "__main__":
    sys.exit(main())
