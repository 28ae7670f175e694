"""One model, many workloads: what `python -m lbs.plan.tracing` answers."""

from __future__ import annotations

import functools
import sys
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

import torch
from torch import nn
from torch._subclasses.fake_tensor import FakeTensorMode

from ..allocator.script import Step, in_blocks, read
from ..workload import Workload
from .build import CannotTrace, classes_of, decoder_layers, empty_model, first_line, give_fake_storages, own_tensors
from .kernels import emulated, experts_for, unpacked
from .live import Live, TooLong
from .longer import longer
from .play import Player
from .stand_in import watched


class Tracer:
    """Fails with CannotTrace where transformers cannot build the model, or it has no layers."""

    def __init__(
        self,
        config: Any,
        dtype: torch.dtype,
        *,
        cuda: bool,
        trust_remote_code: bool = False,
        adapter: Path | None = None,
    ) -> None:
        self._model = empty_model(config, dtype, trust_remote_code, adapter)
        self._cuda = cuda
        self.list_name, self._layers = decoder_layers(self._model)
        self.classes = classes_of(self._layers)
        self._once = True
        self._too_long = sys.maxsize
        self._weights = weights(self._model, self.list_name, self._layers)
        self._fake = FakeTensorMode(allow_non_fake_inputs=True)
        self._fill(once=True)
        # The same shorter prompts tell of every longer one.
        self._shorter = functools.lru_cache(maxsize=64)(self._trace)

    def _fill(self, *, once: bool) -> None:
        left = {
            module
            for number, layer in enumerate(self._layers)
            for module in layer.modules()
            if once and self.classes[number] != number
        }
        with self._fake:
            self._filled = give_fake_storages(self._model, left)

    def trace(self, work: Workload) -> dict[str, Any]:
        """Bytes that one run of `work` holds beside the weights, place by place; of a run too long to follow as shorter ones
        tell. Fails with CannotTrace."""
        if work.context < self._too_long:
            with suppress(TooLong):
                return self._trace(work)[1]
            self._too_long = work.context
        told: dict[str, Any] = longer(self._shorter, work)
        return told

    def _trace(self, work: Workload) -> tuple[int, dict[str, Any]]:
        script = self.script(work)
        return self._most_steps, read(script, work.forwards, self.classes, self._weights["sizes"])

    def script(self, work: Workload) -> list[Step]:
        """What one run of `work` does to memory, step by step. Fails with CannotTrace."""
        try:
            return self._script(work)
        except CannotTrace:
            raise
        except Exception as error:
            if not self._once:
                raise CannotTrace(f"its forward cannot be followed: {first_line(error)}") from None
        self.trace_all()
        return self.script(work)

    def trace_all(self) -> None:
        """Layers that lean on one another (shared caches, say) cannot be left out: none is, from now on."""
        self._once, self.classes = False, list(range(len(self._layers)))
        self._fill(once=False)

    def _script(self, work: Workload) -> list[Step]:
        live = Live(limited=work.chunk is None)  # each chunk is a forward, and no shorter run has as many
        for tensor in self._filled:
            live.ignore(tensor)
        with ExitStack() as stack:
            stack.enter_context(self._fake)
            stack.enter_context(unpacked())
            stack.enter_context(emulated(self._cuda))
            stack.enter_context(watched(self._layers, self.classes, live))
            experts_for(self._model, "grouped_mm")
            player = Player(self._model, live, work, "batched_mm" if self._cuda else None)
            player.play()
            self._most_steps = live.most_steps
            return list(live.script)  # what ends with the player is no part of the run

    def weights(self) -> dict[str, Any]:
        return self._weights


def weights(model: nn.Module, list_name: str, layers: list[nn.Module]) -> dict[str, Any]:
    """Bytes by place, in the order of loading: what comes before the layers, each layer, what comes after.

    `names`: the modules of "pre" and "post", as a device map wants them; `tied`: something of "post" lies in "pre";
    `sizes`: of each tensor.
    """
    seen: dict[int, int] = {}
    names: dict[str, list[str]] = {"pre": [], "post": []}
    sizes = {"pre": 0, "post": 0}
    tied = False
    of_layers: list[int] = []
    for name, piece in _pieces(model, list_name):
        if name == list_name:
            of_layers = [_bytes(layer, seen) for layer in layers]
            continue
        place = "post" if of_layers and _parameters(piece) else "pre"
        tied = tied or (place == "post" and any(id(tensor) in seen for tensor in _parameters(piece)))
        sizes[place] += _bytes(piece, seen)
        names[place].append(name)
    transient = max((_fused_experts(layer) for layer in layers), default=0)
    return {
        **sizes,
        "layers": of_layers,
        "names": names,
        "list": list_name,
        "tied": tied,
        "load_transient": 2 * transient,
        "sizes": list(seen.values()),
    }


def _fused_experts(layer: nn.Module) -> int:
    """Bytes of experts that a checkpoint holds one by one and loading stacks on the device (tensors of three dimensions)."""
    return sum(tensor.numel() * tensor.element_size() for tensor in layer.parameters() if tensor.dim() == 3)


def _bytes(piece: nn.Module | torch.Tensor, seen: dict[int, int]) -> int:
    """In the allocator's blocks; a tensor that `seen` knows counts no more (tied weights)."""
    total = 0
    for tensor in [piece] if isinstance(piece, torch.Tensor) else [*piece.parameters(), *piece.buffers()]:
        if id(tensor) not in seen:
            seen[id(tensor)] = in_blocks(tensor.numel() * tensor.element_size())
            total += seen[id(tensor)]
    return total


def _parameters(piece: nn.Module | torch.Tensor) -> list[torch.Tensor]:
    if isinstance(piece, torch.Tensor):
        return [piece] if isinstance(piece, nn.Parameter) else []
    return list(piece.parameters())


def _pieces(model: nn.Module, list_name: str, prefix: str = "") -> list[tuple[str, nn.Module | torch.Tensor]]:
    """The largest modules that lie beside the list of layers, and the list itself, in the model's own order; before what
    lies in a module the tensors that are its own, such as a mask."""
    found: list[tuple[str, nn.Module | torch.Tensor]] = [(f"{prefix}{key}", own) for key, own in own_tensors(model)]
    for name, child in model.named_children():
        full = f"{prefix}{name}"
        if full == list_name or not list_name.startswith(f"{full}."):
            found.append((full, child))
        else:
            found += _pieces(child, list_name, f"{full}.")
    return found
