"""Samples one process's memory with nvidia-smi while something runs."""

from __future__ import annotations

import os
import subprocess
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field

MIB = 1 << 20
_EVERY_MS = 20


@dataclass
class Samples:
    """Bytes of GPU 0. `own`: the peak that nvidia-smi reports for our pid; `card`: the peak of the whole GPU above its use
    before; `count`: the number of samples."""

    before: int
    own: int = 0
    card: int = 0
    count: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    @property
    def peak(self) -> int:
        """In a container or a virtual machine nvidia-smi may not list our pid: then what the whole GPU gained."""
        return self.own or self.card

    def card_holds(self, line: str) -> None:
        with self._lock:
            self.card = max(self.card, int(line) * MIB - self.before)
            self.count += 1

    def process_holds(self, line: str) -> None:
        pid, _, held = line.partition(",")
        if pid.strip() == str(os.getpid()) and held.strip().isdigit():
            with self._lock:
                self.own = max(self.own, int(held) * MIB)


@contextmanager
def watched(nvidia_smi: Sequence[str]) -> Iterator[Samples]:
    """Samples while the block runs, from its first line on. `nvidia_smi`: its command."""
    samples = Samples(card_used(nvidia_smi))
    streams = [
        _stream([*nvidia_smi, "-i", "0", "--query-gpu=memory.used"], samples.card_holds),
        _stream([*nvidia_smi, "-i", "0", "--query-compute-apps=pid,used_memory"], samples.process_holds),
    ]
    try:
        end = time.monotonic() + 20
        while samples.count == 0:
            assert time.monotonic() < end, "nvidia-smi printed nothing within 20 s"
            time.sleep(0.01)
        yield samples
        # One more sample, for the end.
        count, end = samples.count, time.monotonic() + 20
        while samples.count == count:
            assert time.monotonic() < end, "nvidia-smi printed nothing more"
            time.sleep(0.01)
        assert all(process.poll() is None for process, _ in streams), "nvidia-smi ended before its time"
    finally:
        for process, reader in streams:
            process.kill()
            process.wait()
            reader.join()


def _stream(words: Sequence[str], take: object) -> tuple[subprocess.Popen[str], threading.Thread]:
    words = [*words, "--format=csv,noheader,nounits", "-lms", str(_EVERY_MS)]
    process = subprocess.Popen(words, text=True, stdout=subprocess.PIPE, bufsize=1)

    def read() -> None:
        assert process.stdout and callable(take)
        for line in process.stdout:
            if line.strip():
                take(line.strip())
        process.stdout.close()

    reader = threading.Thread(target=read, daemon=True)
    reader.start()
    return process, reader


def card_used(nvidia_smi: Sequence[str]) -> int:
    """Bytes of GPU 0 in use by all processes."""
    words = [*nvidia_smi, "-i", "0", "--query-gpu=memory.used", "--format=csv,noheader,nounits"]
    return int(subprocess.run(words, text=True, stdout=subprocess.PIPE, check=True).stdout.strip()) * MIB
