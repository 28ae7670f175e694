"""How much the layers on the CPU slow a run down: measured during the run, layer by layer."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from lbs.worker.devices import Placement

_FORWARDS = 8
"""Each measurement waits for the GPU, which would slow a whole run down."""


class Pace:
    """The time of the first forwards, and their time if each layer were as fast as those on GPUs."""

    def __init__(self, wait: Callable[[], None], clock: Callable[[], float] = time.perf_counter) -> None:
        """`wait` returns when the GPUs are idle; `clock` returns seconds."""
        self._wait = wait
        self._clock = clock
        self._took: dict[bool, list[float]] = {True: [], False: []}
        self._whole = self._ideal = 0.0

    @property
    def slowdown(self) -> float | None:
        """Such as 3.5 for three and a half times as long; None where no layer ran on a GPU."""
        return self._whole / self._ideal if self._ideal else None

    @contextmanager
    def watching(self, model: Any, layers: dict[str, bool]) -> Iterator[None]:
        """`layers`: each layer's module name, and whether it is on a GPU."""
        began: list[float] = []
        forwards = 0

        def enter(_module: Any, _args: Any) -> None:
            self._wait()
            began[:] = [self._clock()]  # layers do not nest; a failed one left its start behind

        def leave(on_gpu: bool) -> Callable[[Any, Any, Any], None]:
            def measure(_module: Any, _args: Any, _out: Any) -> None:
                self._wait()
                self._took[on_gpu].append(self._clock() - began[0])

            return measure

        def end(_module: Any, _args: Any, _out: Any) -> None:
            nonlocal forwards
            forwards += 1
            self._sum()
            if forwards == _FORWARDS:
                remove()

        modules = dict(model.named_modules())
        hooks = [modules[name].register_forward_pre_hook(enter) for name in layers]
        hooks += [modules[name].register_forward_hook(leave(on_gpu)) for name, on_gpu in layers.items()]
        hooks.append(model.register_forward_hook(end))

        def remove() -> None:
            while hooks:
                hooks.pop().remove()

        try:
            yield
        finally:
            remove()

    def _sum(self) -> None:
        gpu, cpu = self._took[True], self._took[False]
        if gpu:
            self._whole += sum(gpu) + sum(cpu)
            self._ideal += sum(gpu) / len(gpu) * (len(gpu) + len(cpu))
        gpu.clear()
        cpu.clear()


def layers_of(placement: Placement) -> dict[str, bool]:
    """The numbered entries of a device map: the layers, and whether each is on a GPU."""
    return {name: place != "cpu" for name, place in placement.items() if name.rpartition(".")[2].isdigit()}
