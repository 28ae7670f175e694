"""Queries nvidia-smi, or the emulator. Memory in MiB."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import time
from typing import NamedTuple

from .common import HERE, Refused
from .places import find_smi

MAX_MIB = 1 << 22
"""More than any GPU has, as in electron/core/gpu/stream/plausible.ts."""
ROUNDING = 2


class Gpu(NamedTuple):
    """`used` and `total`: None where nvidia-smi reports none. `unified`: its memory is the system RAM; `used` is the sum of its
    processes, and `total` None."""

    ordinal: int
    used: int | None
    total: int | None
    name: str
    unified: bool = False


class Holder(NamedTuple):
    """One process on the GPUs. `pid`: 0 where nvidia-smi reports none; `mib`: None where it reports none."""

    pid: int
    mib: int | None
    name: str


def smi_command() -> list[str]:
    """Raises Refused where there is none."""
    chosen = os.environ.get("HEADROOM_NVIDIA_SMI")
    if chosen == "emulator":
        return [sys.executable, "-I", os.path.join(HERE, "nvidia_smi_emulator.py")]
    found = chosen or find_smi()
    if not found:
        raise Refused(
            "There is no nvidia-smi on PATH or in the driver's usual folders, so GPU memory cannot be shown: install "
            "NVIDIA's driver with its utilities, or name the executable with HEADROOM_NVIDIA_SMI."
        )
    return [found]


# Exit codes of failures that concern every GPU: a wrong query, no GPU, driver or library, and two driver versions.
FOR_ALL = (2, 6, 9, 12, 18)
NO_SUCH_GPU = 6
MOST_GPUS = 16
ROW = re.compile(r"(\d+|\[N/A\]|(GPU-|MIG-)\S+|[\da-f]{8}-[\da-f-]{20,}), ", re.IGNORECASE)


def query_smi(query: str, seconds: float = 30) -> list[str]:
    """The rows, also those that come with an exit code. One lost GPU makes nvidia-smi fail as a whole: then of the others."""
    code, text = _run(query, seconds)
    lines = text.splitlines()
    if code == 0:
        return lines
    rows = [line for line in lines if ROW.match(line)]
    if not rows and code not in FOR_ALL:
        rows = _of_each_alone(query, seconds)
    if not rows:
        raise Refused("nvidia-smi failed ({}): {}".format(code, " ".join(text.split())))
    return rows


def _of_each_alone(query: str, seconds: float) -> list[str]:
    rows: list[str] = []
    end = time.monotonic() + seconds
    for index in range(MOST_GPUS):
        if time.monotonic() > end:
            break
        code, text = _run(query, seconds, "-i", str(index))
        if code == NO_SUCH_GPU:
            break
        rows += [line for line in text.splitlines() if ROW.match(line)]
    return rows


def _run(query: str, seconds: float, *words: str) -> tuple[int, str]:
    command = [*smi_command(), query, "--format=csv,noheader,nounits", *words]
    try:
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=seconds, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Refused(f"{command[0]} cannot be run ({error}): try it in a terminal.") from None
    return done.returncode, done.stdout.decode("utf-8", "replace").strip()


def gpus(seconds: float = 30) -> list[Gpu]:
    found = []
    for line in query_smi("--query-gpu=index,memory.used,memory.total,name", seconds):
        cells = line.split(", ", 3)
        index = number(cells[0])
        if len(cells) == 4 and index is not None:
            used, total = memory(cells[1]), memory(cells[2])
            if used is not None and total is not None and used > total + ROUNDING:
                used = None
            unified = all(cell in ("[N/A]", "[Not Supported]", "0") for cell in cells[1:3])
            found.append(Gpu(index, used, total, printable(cells[3]), unified))
    if any(gpu.unified for gpu in found):
        sums = used_by_processes(seconds)
        found = [gpu._replace(used=sums.get(gpu.ordinal), total=None) if gpu.unified else gpu for gpu in found]
    return found


def used_by_processes(seconds: float) -> dict[int, int | None]:
    """MiB by GPU; None where the memory of a process is unknown: a sum without it would be too small."""
    indices = {}
    for line in query_smi("--query-gpu=index,uuid", seconds):
        index, _, uuid = line.partition(", ")
        indices[uuid] = number(index)
    sums: dict[int, int | None] = {index: 0 for index in indices.values() if index is not None}
    for line in query_smi("--query-compute-apps=gpu_uuid,used_memory", seconds):
        uuid, _, cell = line.partition(", ")
        place, mib = indices.get(uuid), memory(cell)
        if place is not None:
            before = sums[place]
            sums[place] = None if before is None or mib is None else before + mib
    return sums


def holders(seconds: float = 30) -> list[Holder]:
    """Every process on a GPU. The name is last in the line, since it may contain anything."""
    found: dict[tuple[int, str], Holder] = {}
    for line in query_smi("--query-compute-apps=pid,used_memory,process_name", seconds):
        cells = line.split(", ", 2)
        pid = 0 if cells[0] == "[N/A]" else number(cells[0])
        # The rest of a name with a newline looks like a line of its own.
        if len(cells) != 3 or pid is None:
            continue
        # Processes without a pid differ by name alone.
        key = (pid, "" if pid else cells[2])
        mib, other = memory(cells[1]), found.get(key)
        if other is not None:
            mib = other.mib if mib is None else mib + (other.mib or 0)
        found[key] = Holder(pid, mib, printable(cells[2]))
    return sorted(found.values(), key=lambda holder: (holder.pid, holder.name))


def memory(text: str) -> int | None:
    """MiB; None where there is none, or an impossible one, as drivers report after a failed reading."""
    mib = number(text)
    return mib if mib is not None and mib <= MAX_MIB else None


def number(text: str) -> int | None:
    return int(text) if text.strip().isdigit() else None


def mib_text(mib: int | None) -> str:
    return "unknown" if mib is None else f"{mib} MiB"


def printable(text: str) -> str:
    return "".join(letter if letter.isprintable() else "?" for letter in text)
