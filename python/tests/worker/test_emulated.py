"""The emulated GPU counts PyTorch's memory, enforces its cap, and is empty after every run."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch

from lbs.benchmarks import needle
from lbs.benchmarks.hooks import Hooks
from lbs.memory.limit import SMALL_CONTEXT, compute_limits
from lbs.memory.limit_value import Limit
from lbs.plan import installed_gpus
from lbs.plan.footprint import TracedFootprint
from lbs.settings import Settings
from lbs.worker import runner as runner_module
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.devices.held import HeldFile
from lbs.worker.errors import RunError
from lbs.worker.runner import Runner
from smi_emulator.scenario import Scenario
from tests.support.messages import start_run

pytestmark = pytest.mark.slow
MIB = 1 << 20
GRID = {"context_lengths": [1024], "depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 8}


def layers(count: int, width: int = 512) -> torch.nn.Sequential:
    """1 MiB of float32 per layer, no bias."""
    return torch.nn.Sequential(*[torch.nn.Linear(width, width, bias=False) for _ in range(count)])


def capped(cards: int, fraction: float) -> EmulatedDevice:
    device = EmulatedDevice([256 * MIB] * cards)
    device.open()
    device.apply_limit(compute_limits(Limit.parse(fraction), device.cards(), 1 << 34))
    return device


def test_weights_and_activations_count_and_are_freed() -> None:
    device = capped(1, 0.5)
    model = layers(3)
    device.adopt(model, {"": 0})
    assert device.memory()[0]["weights"] == device.memory()[0]["allocated"] == 3 * MIB
    with device.running(model), torch.no_grad():
        out = model(torch.ones(1024, 512))
        assert device.memory()[0]["allocated"] >= 5 * MIB
    del out, model
    freed = device.empty_cache()
    (gpu,) = device.memory()
    assert freed > 0 and gpu["allocated"] == gpu["reserved"] == 0 and gpu["used"] == SMALL_CONTEXT
    assert gpu["peak"] > SMALL_CONTEXT + 5 * MIB


def test_the_cap_raises_the_real_allocators_error() -> None:
    device = capped(1, 0.1)  # 25.6 MiB, of which 8.5 MiB are left beside context and margin
    with pytest.raises(torch.OutOfMemoryError, match=r"CUDA out of memory\. Tried to allocate 1\.0 MiB.* allowed;"):
        device.adopt(layers(10), {"": 0})
    (gpu,) = device.memory()
    assert gpu["budget"] is not None and gpu["used"] <= gpu["budget"]


def test_the_memory_of_a_scenarios_process_is_not_available(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "mine.yaml"
    trainer = {"pid": 5004388, "name": "/opt/train/bin/python", "share": [[0, 0.5], [100, 0.5], [100, 0.9]]}
    file.write_text(json.dumps({"driver_share": 0.01, "others": [trainer]}))
    monkeypatch.setenv("HEADROOM_SCENARIO", str(file))
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path))
    monkeypatch.setenv("HEADROOM_SCENARIO_BEGAN", str(time.time()))
    early = EmulatedDevice.from_setting("256MiB,256MiB")
    early.open()
    held = int(0.5 * 256 * MIB) + int(0.01 * 256 * MIB)
    assert early.others() == {0: held, 1: held}
    assert [gpu.others for gpu in installed_gpus("256MiB,256MiB")] == [held, held]
    early.adopt(layers(40), {"": 0})
    early.close()

    monkeypatch.setenv("HEADROOM_SCENARIO_BEGAN", str(time.time() - 101))
    late = EmulatedDevice.from_setting("256MiB,256MiB")
    late.open()
    # 256 MiB less 232.96 of other processes and 12 of our context: five steps of 2 MiB.
    with pytest.raises(torch.OutOfMemoryError, match=r"of which 1\.0 MiB is free\..*"):
        late.adopt(layers(40), {"": 0})
    late.close()


def test_each_layer_counts_on_its_own_gpu_and_the_cpu_on_none() -> None:
    device = capped(2, 0.5)
    model = layers(3)
    device.adopt(model, {"0": 0, "1": 1, "2": "cpu"})
    assert [gpu["weights"] for gpu in device.memory()] == [MIB, MIB]
    before = [gpu["allocated"] for gpu in device.memory()]
    allocated: list[list[int]] = []
    model[1].register_forward_hook(lambda *_: allocated.append([gpu["allocated"] for gpu in device.memory()]))
    given = torch.ones(2048, 512)
    with device.running(model), torch.no_grad():
        out = model(given)
    assert allocated[0] == [before[0] + 4 * MIB, before[1] + 4 * MIB]
    del out


def test_the_held_file_is_updated_and_removed_with_the_process(tmp_path: Path) -> None:
    held = HeldFile(tmp_path)
    held.update({0: 7})
    until(lambda: held.path.is_file())
    record = json.loads(held.path.read_text())
    assert (
        record["gpus"] == {"0": 7}
        and record["pid"] == os.getpid()
        and record["name"] == f"{Path(sys.executable).name} -m lbs.worker"
    )
    held.close()
    held.update({0: 8})
    time.sleep(0.2)
    assert list(tmp_path.iterdir()) == []


def test_a_cancelled_run_releases_everything(toy: Path) -> None:
    device, weights = EmulatedDevice([256 * MIB]), []

    def cancelled() -> bool:
        if held := device.memory()[0]["weights"]:
            weights.append(held)
        return len(weights) > 3

    assert failed(device, toy, cancelled).code == "cancelled"
    assert weights, "it was cancelled while the model was held"
    assert device.memory()[0]["used"] == SMALL_CONTEXT


def shrink_after_planning(monkeypatch: pytest.MonkeyPatch, device: EmulatedDevice, fraction: float) -> None:
    """After the plan was made, the GPU has less memory than planned."""
    real = vars(runner_module)["place"]

    def place(*args: Any, **more: Any) -> Any:
        placed = real(*args, **more)
        device.apply_limit(compute_limits(Limit.parse(fraction), device.cards(), 1 << 34))
        return placed

    monkeypatch.setattr(runner_module, "place", place)


def test_a_wrong_plan_ends_out_of_memory_and_releases_everything(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = EmulatedDevice([256 * MIB])
    shrink_after_planning(monkeypatch, device, 0.08)
    error = failed(device, toy, lambda: False)
    assert error.code == "out_of_memory" and "CUDA out of memory" in error.details["message"]
    assert error.details["plan"] is not None
    assert error.details["parsed"]["tried"] > 0 and error.details["plan"]["live_peak"] > 0
    assert device.memory()[0]["used"] == SMALL_CONTEXT


def test_a_run_that_the_plan_let_run_out_of_memory_is_refused_the_next_time(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan that is too small by half, as a new attention kernel would make it."""
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", "0.11")
    real = TracedFootprint.peak
    monkeypatch.setattr(TracedFootprint, "peak", lambda *args: real(*args) // 2)
    device = EmulatedDevice([256 * MIB])
    grid = {**GRID, "context_lengths": [3000], "prefill_chunk": 256}

    def attempt() -> RunError:
        with pytest.raises(RunError) as caught:
            run(device, toy, lambda: False, grid)
        return caught.value

    first, second = attempt(), attempt()
    assert (first.code, second.code) == ("out_of_memory", "does_not_fit")
    planned, corrected = first.details["plan"], second.details["plan"]
    assert planned and corrected and corrected["corrected_from"] == 1 and corrected["correction"] > 1
    assert second.details["needed"] > second.details["allowed"] >= planned["reserved_peak"]


def test_memory_that_others_took_meanwhile_is_reported_and_planned_with(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device, real = EmulatedDevice([256 * MIB]), vars(runner_module)["place"]

    def place(*args: Any, **more: Any) -> Any:
        placed = real(*args, **more)
        trainer = {"pid": 5004388, "name": "/opt/train/bin/python", "share": 0.94}
        device._scenario = Scenario({"others": [trainer]}, time.time())
        return placed

    monkeypatch.setattr(runner_module, "place", place)
    error = failed(device, toy, lambda: False)
    assert error.code == "out_of_memory"
    assert "other processes hold 240.6 MiB of GPU 0, 240.6 MiB more than when the run was planned" in str(error)
    # With so little left no change of the run would fit.
    assert error.details["ways_out"] == [] and "End the processes that took it" in str(error)


def test_an_out_of_memory_error_reports_the_memory_at_that_moment(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = EmulatedDevice([256 * MIB])
    shrink_after_planning(monkeypatch, device, 0.095)
    with pytest.raises(RunError) as caught:
        # The smallest chunk from the start: nothing is left to halve.
        run(device, toy, lambda: False, {**GRID, "context_lengths": [1600], "prefill_chunk": 128})
    (gpu,) = caught.value.details["gpus"]
    assert caught.value.code == "out_of_memory" and gpu["weights"] > 3 * MIB and gpu["allocated"] > gpu["weights"]
    assert " 0.0 MiB of weights" not in str(caught.value) and device.memory()[0]["used"] == SMALL_CONTEXT


def test_a_requested_chunk_that_was_halved_is_noted(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device = EmulatedDevice([256 * MIB])
    shrink_after_planning(monkeypatch, device, 0.1)
    result = run(device, toy, lambda: False, {**GRID, "prefill_chunk": 1000})
    assert result["prefill_chunk_size"] < 1000 and any("Memory ran out" in note for note in result["notes"])


def test_a_prompt_that_runs_out_of_memory_is_prefilled_in_chunks_with_a_note(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = EmulatedDevice([256 * MIB])
    shrink_after_planning(monkeypatch, device, 0.1)
    result = run(device, toy, lambda: False)
    assert result["prefill_chunk_size"] in (512, 256, 128)
    assert (ledger := Path(os.environ["HEADROOM_HOME"]) / "plans" / "ledger.jsonl").is_file() and ledger.read_text()
    assert any(f"chunks of {result['prefill_chunk_size']} tokens" in note for note in result["notes"])
    assert device.memory()[0]["used"] == SMALL_CONTEXT


def test_a_resumed_run_does_the_rest_and_notes_what_it_took_over(toy: Path) -> None:
    runner = Runner(EmulatedDevice([256 * MIB]), Settings.load(), lambda _state: None)
    grid = {**GRID, "context_lengths": [128], "depths": [0, 100]}
    message = start_run(toy, grid)
    items: dict[str, Any] = {}
    runner.run(message, Hooks(on_item=items.__setitem__))
    first, *rest = items
    again: dict[str, Any] = {}
    result = runner.run(message, Hooks(on_item=again.__setitem__, done={first: items[first]}))
    assert list(again) == rest and result["total_tests"] == 2
    assert "The run that this one resumes finished 1 items, under its own settings." in result["notes"]


def test_the_guides_lines_are_printed_byte_for_byte(toy: Path, capfd: pytest.CaptureFixture[str]) -> None:
    device = EmulatedDevice([256 * MIB, 256 * MIB])
    run(device, toy, lambda: False, LBS_GPU_MEMORY_LIMIT="0.8", LBS_TORCH_DTYPE="float32")
    ours = [line for line in capfd.readouterr().err.splitlines() if line.startswith("[Runner] ")]
    lines = [line for line in ours if not any(word in line for word in ("Loading", "Toy", "] dtype "))]
    limit = "[Runner] GPU memory limit set: 0.20 GB / 0.25 GB (80.0%)"
    before = "[Runner] GPU memory before loading: 0.00 GB / 0.25 GB"
    after = "[Runner] GPU memory after release: 0.00 GB"
    assert lines[:5] == [
        "[Runner] Using uncached evaluation for NeedleInAHaystack to ensure memory release",
        *[limit, limit, before, before],
    ]
    assert lines[5:7] == ["[Runner] GPU memory after loading: 0.01 GB / 0.25 GB", before.replace("before", "after")]
    assert lines[7] == "[Runner] Actual model dtype: torch.float32"
    assert float(lines[8].removeprefix("[Runner] GPU memory before release: ").removesuffix(" GB")) >= 0.01
    assert lines[10:] == [after, after]


def test_a_second_prompt_takes_no_more_than_the_first(toy: Path) -> None:
    device = EmulatedDevice([256 * MIB])
    result = run(
        device, toy, lambda: False, {**GRID, "context_lengths": [2048], "depths": [0, 50, 100], "batch_size": 1}
    )
    (gpu,) = result["plan"]["gpus"]
    # The plan is of one prompt: a kept cache of the last one would exceed it by far (8 MiB of KV cache in float32).
    assert gpu["total_low"] <= result["peak_memory"]["0"] <= gpu["total"]


def test_memory_that_a_run_leaves_behind_is_found(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    device, kept = EmulatedDevice([256 * MIB]), []
    runner = Runner(device, Settings.load(), lambda _state: None)
    real = needle.run

    def leaks(model: Any, *words: Any, **named: Any) -> Any:
        kept.append(model)
        return real(model, *words, **named)

    monkeypatch.setattr(needle, "run", leaks)
    message = start_run(toy, GRID)
    assert runner.unreleased() == {}
    runner.run(message, Hooks())
    assert runner.unreleased()[0] >= 2 * MIB
    kept.clear()
    runner.release()
    assert runner.unreleased() == {}


def test_an_unforeseen_failure_keeps_its_traceback_but_not_the_model(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    device = EmulatedDevice([256 * MIB])

    def breaks(model: Any, *_: Any, **__: Any) -> None:
        raise ZeroDivisionError("a bug of ours")

    monkeypatch.setattr(needle, "run", breaks)
    with pytest.raises(ZeroDivisionError) as caught:
        run(device, toy, lambda: False)
    assert any(entry.name == "breaks" for entry in caught.traceback)
    assert device.memory()[0]["used"] == SMALL_CONTEXT


def run(
    device: EmulatedDevice, toy: Path, cancelled: Callable[[], bool], grid: dict[str, Any] = GRID, **variables: str
) -> dict[str, Any]:
    with pytest.MonkeyPatch.context() as environment:
        for name, value in variables.items():
            environment.setenv(name, value)
        runner = Runner(device, Settings.load(), lambda _state: None)
    message = start_run(toy, grid)
    return runner.run(message, Hooks(cancelled=cancelled))


def failed(device: EmulatedDevice, toy: Path, cancelled: Callable[[], bool]) -> RunError:
    with pytest.raises(RunError) as caught:
        run(device, toy, cancelled)
    return caught.value


def until(condition: Callable[[], bool], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.01)


def test_a_run_that_fits_only_in_chunks_is_planned_in_them_and_answers_the_same(
    toy: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    grid = {**GRID, "context_lengths": [200, 1600]}
    roomy = run(EmulatedDevice([256 * MIB]), toy, lambda: False, grid)
    assert roomy["prefill_chunk_sizes"] == {"200": None, "1600": None} and roomy["plan"]["chosen_chunk"] is None
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", "0.115")
    device = EmulatedDevice([256 * MIB])
    tight = run(device, toy, lambda: False, grid)
    chunk = tight["plan"]["chosen_chunk"]
    assert chunk in (256, 512, 1024, 2048) and tight["plan"]["verdict"] == "fits"
    assert tight["prefill_chunk_sizes"] == {"200": None, "1600": chunk} and tight["prefill_chunk_size"] == chunk
    assert [test["response"] for test in tight["tests"]] == [test["response"] for test in roomy["tests"]]
    assert any(f"Prompts of 1600 tokens were prefilled in chunks of {chunk}" in note for note in tight["notes"])
    assert not any("Memory ran out" in note for note in tight["notes"])
    assert f"Prefill in chunks of {chunk} tokens so that it fits" in "".join(capsys.readouterr())
    assert device.memory()[0]["peak"] <= 0.115 * 256 * MIB
