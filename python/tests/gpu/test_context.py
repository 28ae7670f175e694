"""The CUDA context and the totals of this card against what the plan predicts for it before it is there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
import torch

from lbs.benchmarks.hooks import Hooks
from lbs.memory.context import predicted_context, workspace_of
from lbs.memory.limit import MIB, OVERSHOOT
from lbs.plan.cards import printed_card
from lbs.worker.devices import Device
from tests.support.backend import FOLDER
from tests.support.card_cases import ask, runner

pytestmark = pytest.mark.gpu
_BARE = (
    "import os, pynvml, torch; torch.zeros(1, device='cuda:0'); torch.cuda.synchronize(); pynvml.nvmlInit(); "
    "from lbs.memory.nvml import handle_of; handle = handle_of(str(torch.cuda.get_device_properties(0).uuid)); "
    "own = [p.usedGpuMemory for p in pynvml.nvmlDeviceGetComputeRunningProcesses(handle) if p.pid == os.getpid()]; "
    "print(own[0] - torch.cuda.memory_reserved(0) if own and own[0] else 0)"
)


def bare_context() -> int:
    """Bytes, of a process that has loaded no kernel but the one that fills; 0 where NVML does not list it."""
    done = subprocess.run([sys.executable, "-c", _BARE], cwd=FOLDER, check=True, text=True, stdout=subprocess.PIPE)
    return int(done.stdout)


def test_the_context_of_this_capability_is_near_its_prediction(models: Path, device: Device) -> None:
    found = torch.cuda.get_device_properties(0)
    processors, threads = int(found.multi_processor_count), int(found.max_threads_per_multi_processor)
    predicted = predicted_context(processors, threads, (found.major, found.minor))
    opened, margin = device.cards()[0].overhead, device.cards()[0].margin
    runner(device, 0.9).run(ask(models / "gqa", 8192), Hooks())
    for _ in range(2):  # one reading alone does not count
        device.remeasure()
    after = device.cards()[0].overhead
    figures = (f"{size / MIB:.0f}" for size in (bare_context(), opened, after, predicted, margin))
    print("\n| card | capability | multiprocessors | threads | bare | opened | after a run | predicted | margin |")
    print(f"| {found.name} | {found.major}.{found.minor} | {processors} | {threads} | {' | '.join(figures)} |")
    assert abs(after - predicted) <= 60 * MIB
    assert after - opened <= margin - OVERSHOOT


def test_the_workspace_of_this_capability_is_what_the_plan_counts(device: Device) -> None:
    found = torch.cuda.get_device_properties(0)
    predicted = workspace_of((found.major, found.minor))
    held = torch.cuda.memory_allocated(0)
    print(f"workspace of cuBLAS: {held} bytes, predicted {predicted}")
    assert held == predicted == device.kept


def test_the_table_of_cards_has_the_totals_of_this_one(device: Device) -> None:
    (card, *_) = device.cards()
    known = printed_card(card.name, card.total)
    assert known is not None, f"assets/cards.tsv has no {card.name} of {card.total / MIB:.0f} MiB"
    found = torch.cuda.get_device_properties(0)
    print(
        f"{card.name}: NVML {card.total / MIB:.0f}, PyTorch {card.torch_total / MIB:.0f}, driver {card.driver / MIB:.0f} MiB"
    )
    print(f"the table: NVML {known.total >> 20}, PyTorch {known.usable >> 20} MiB, {known.source}")
    assert (known.multiprocessors, known.threads) == (
        found.multi_processor_count,
        found.max_threads_per_multi_processor,
    )
    assert known.capability == card.compute_capability
    assert abs(known.usable - card.torch_total) <= 0.01 * card.torch_total
    assert abs(card.total - card.driver - card.torch_total) <= 64 * MIB or card.unified
