"""What a run may use of the GPUs, and who holds the rest. Bytes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from clearing.common import Refused
from clearing.processes import words_of
from clearing.same_program import fits_process
from clearing.smi import memory, number, printable, query_smi
from lbs.memory.size import GIB, MIB
from lbs.protocol.messages import Memory
from lbs.sentences import Sentence, say, short

_SMI_SECONDS = 3
_NAMED = 3
_SMALLEST = 64 * MIB
"""A process that holds less is not worth naming."""


@dataclass(frozen=True)
class GpuRoom:
    """One GPU that a run may use. `most`: the budget, or what the driver lends; `free`: of that what other processes leave. Our
    own idle models count as free: they are evicted for the run."""

    index: int
    uuid: str
    most: int
    free: int


MeasureRoom: TypeAlias = Callable[[Memory | None], Sequence[GpuRoom]]
"""By the worker's last report. Raises pynvml.NVMLError or OSError where the driver does not answer."""


def no_gpus(_: Memory | None) -> Sequence[GpuRoom]:
    return []


def free_of(room: Sequence[GpuRoom]) -> int:
    return sum(max(0, gpu.free) for gpu in room)


def most_of(room: Sequence[GpuRoom]) -> int:
    return sum(max(0, gpu.most) for gpu in room)


def smaller(first: Sequence[GpuRoom], second: Sequence[GpuRoom]) -> Sequence[GpuRoom]:
    """What both measurements found."""
    return first if free_of(first) <= free_of(second) else second


def never_enough(size: int, room: Sequence[GpuRoom], limit: str) -> Sentence | None:
    """Why a wait for so much would never end; None where it may. `limit`: empty where none is set."""
    if not room:
        return say("queue.wait_no_gpu")
    if size <= most_of(room):
        return None
    gpus, most = gpus_named(room), _size(most_of(room))
    if limit:
        return say("queue.wait_above_limit", gpus=gpus, most=most, size=_size(size), limit=limit)
    return say("queue.wait_too_large", gpus=gpus, most=most, size=_size(size))


def wait_sentence(size: int, room: Sequence[GpuRoom], holders: Sequence[Sentence], limit: str) -> Sentence:
    if never := never_enough(size, room, limit):
        return never
    gpus, free = gpus_named(room), _size(free_of(room))
    if holders:
        return say("queue.waits_held", size=_size(size), gpus=gpus, free=free, holders=list(holders))
    return say("queue.waits", size=_size(size), gpus=gpus, free=free)


def gpus_named(room: Sequence[GpuRoom]) -> Sentence | str:
    if len(room) == 1:
        return f"GPU {room[0].index}"
    return say("queue.gpus", indices=[str(gpu.index) for gpu in room])


def holders_on(room: Sequence[GpuRoom], ours: Callable[[], set[int | None]]) -> list[Sentence]:
    """The largest other processes on these GPUs, as nvidia-smi lists them; none where it fails or reports no sizes."""
    try:
        lines = query_smi("--query-compute-apps=gpu_uuid,pid,used_memory,process_name", _SMI_SECONDS)
    except Refused:
        return []
    wanted, own = {gpu.uuid for gpu in room}, ours()
    sizes: Counter[tuple[int, str]] = Counter()
    for line in lines:
        cells = line.split(", ", 3)
        pid = number(cells[1]) if len(cells) == 4 else None
        if pid is not None and pid not in own and cells[0] in wanted:
            sizes[pid, printable(cells[3])] += (memory(cells[2]) or 0) * MIB
    largest = [(key, size) for key, size in sizes.most_common(_NAMED) if size >= _SMALLEST]
    return [say("queue.holder", name=_program(*key), size=_size(size)) for key, size in largest]


def _program(pid: int, name: str) -> str:
    """The script of an interpreter says more than `python3`."""
    words = words_of(pid)[1:] if fits_process(name, pid) else []
    script = next((word for word in words if word.endswith(".py")), name)
    return short(script.replace("\\", "/").rsplit("/", 1)[-1], 60)


def _size(size: int) -> str:
    """`18 GiB`, `12.3 GiB` or `180 MiB`."""
    number, unit = (size / GIB, "GiB") if size >= GIB else (size / MIB, "MiB")
    return f"{number:.1f}".removesuffix(".0") + f" {unit}"
