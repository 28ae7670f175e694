"""A run whose KV cache is elsewhere: answers, notes, and the items that a resumed run takes over."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from lbs.benchmarks.hooks import Hooks
from lbs.settings import Settings
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.devices.none import NoDevice
from lbs.worker.errors import RunError
from lbs.worker.kv_cache import marked
from lbs.worker.runner import Runner
from tests.support.long_form import FULL
from tests.support.messages import start_run

MIB = 1 << 20
LIMIT = "0.105"
"""The prompt does not fit with its cache on the GPU, in whatever chunks; it does with the cache in system RAM."""
GRID: dict[str, Any] = {
    "context_lengths": [1500],
    "depths": [50],
    "task_types": ["single_needle_retrieval"],
    "max_new_tokens": 6,
}


def ran(device: Any, toy: Path, hooks: Hooks | None = None, **more: Any) -> Any:
    return Runner(device, Settings.load(), lambda _: None).run(start_run(toy, {**GRID, **more}), hooks or Hooks())


@pytest.mark.slow
def test_an_offloaded_cache_gives_the_same_answers_below_a_lower_limit(
    toy: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    roomy = ran(EmulatedDevice([256 * MIB]), toy)
    assert (roomy["kv_cache"], roomy["kv_cache_format"]) == ("gpu", None)
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", LIMIT)
    found = ran(EmulatedDevice([256 * MIB]), toy, kv_cache="offloaded")
    assert found["kv_cache"] == "offloaded" and found["plan"]["cpu"]["kv_cache"] > 2 * MIB
    assert found["peak_memory"]["0"] <= float(LIMIT) * 256 * MIB
    assert [test["response"] for test in found["tests"]] == [test["response"] for test in roomy["tests"]]
    assert any("kept in system RAM" in note for note in found["notes"])


@pytest.mark.slow
@pytest.mark.skipif(not FULL, reason="searches every way out of a traced plan")
def test_a_run_whose_cache_does_not_fit_is_offered_an_offloaded_one(toy: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", LIMIT)
    with pytest.raises(RunError) as caught:
        ran(EmulatedDevice([256 * MIB]), toy)
    ways = {way["change"]: way["to"] for way in caught.value.details["ways_out"]}
    assert ways["kv_offload"] == "offloaded" and "over PCIe" in str(caught.value)


@pytest.mark.slow
def test_a_quantized_cache_is_said_to_change_answers_and_keeps_its_items_apart(toy: Path) -> None:
    items: dict[str, Any] = {}
    device = EmulatedDevice([256 * MIB])
    more = {"kv_cache": "quantized", "context_lengths": [128], "depths": [0, 100]}
    found = ran(device, toy, Hooks(on_item=items.__setitem__), **more)
    assert (found["kv_cache"], found["kv_cache_format"]) == ("quantized", "fp8")
    assert any("quantized to fp8, which changes answers" in note for note in found["notes"])
    assert {item["kv_cache"] for item in items.values()} == {"quantized"}
    assert all("kv_cache" not in test for test in found["tests"])


@pytest.mark.slow
def test_on_a_cpu_the_result_says_that_nothing_was_offloaded(toy: Path) -> None:
    found = ran(NoDevice(), toy, kv_cache="offloaded", context_lengths=[128])
    assert any("on a CPU it is in system RAM anyway" in note for note in found["notes"])
    assert found["plan"]["cpu"]["kv_cache"] == 0


def test_a_cache_that_the_model_does_not_take_is_refused_before_the_model_is_loaded(
    toy: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = shutil.copytree(toy, tmp_path / "sliding")
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, "model_type": "mistral", "sliding_window": 64}))
    monkeypatch.setattr("lbs.worker.runner.load", lambda *_: pytest.fail("it is loaded"))
    with pytest.raises(RunError, match="takes no quantized KV cache: only models whose layers all have full") as caught:
        ran(EmulatedDevice([256 * MIB]), folder, context_lengths=[200], kv_cache="quantized")
    assert caught.value.code == "invalid_parameters"


@pytest.mark.parametrize(("kind", "kept"), [("gpu", ["plain"]), ("offloaded", ["plain"]), ("quantized", ["rounded"])])
def test_a_resumed_run_takes_over_only_items_of_its_kind_of_cache(kind: str, kept: list[str]) -> None:
    stored: dict[str, Any] = {}
    done: dict[str, Any] = {"plain": {"score": 1.0}, "rounded": {"score": 0.0, "kv_cache": "quantized"}}
    hooks = marked(start_run(Path("model"), {**GRID, "kv_cache": kind}), Hooks(on_item=stored.__setitem__, done=done))
    assert list(hooks.done) == kept and all("kv_cache" not in item for item in hooks.done.values())
    hooks.on_item("new", {"score": 0.5})
    assert stored["new"].get("kv_cache") == ("quantized" if kind == "quantized" else None)
