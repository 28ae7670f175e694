"""The model cache: its policy for any sequence of loads, and real models on an emulated GPU."""

from __future__ import annotations

import json
import shutil
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.benchmarks.hooks import Hooks
from lbs.memory.limit import SMALL_CONTEXT
from lbs.protocol.messages import StartRun
from lbs.settings import Settings
from lbs.worker.cache_policy import Idle, Room, evictions
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.runner import Runner
from tests.support.messages import start_run

MIB = 1 << 20
sizes = st.integers(0, 1000)
models = st.lists(
    st.tuples(st.dictionaries(st.integers(0, 2), sizes, max_size=3), sizes, st.booleans()), max_size=8
).map(lambda found: [Idle(name, *one) for name, one in enumerate(found)])
rooms = st.builds(
    Room, st.dictionaries(st.integers(0, 2), st.integers(0, 2500)), st.integers(0, 3000), st.integers(0, 6)
)


def after(idle: Sequence[Idle], room: Room) -> list[Idle]:
    left = {one.name: one for one in idle}
    for name, step in evictions(idle, room):
        left[name] = left[name].parked
        if step == "drop":
            del left[name]
    return list(left.values())


@given(models, rooms)
def test_no_sequence_of_loads_exceeds_the_budget(idle: list[Idle], room: Room) -> None:
    left = after(idle, room)
    assert len(left) <= room.models and sum(one.host for one in left) <= room.host
    for gpu in range(3):
        assert sum(one.gpus.get(gpu, 0) for one in left) <= room.gpus.get(gpu, 0)


@given(models, rooms)
def test_no_step_takes_more_ram_than_there_is(idle: list[Idle], room: Room) -> None:
    left = {one.name: one for one in idle}
    within = sum(one.host for one in idle) <= room.host
    for name, step in evictions(idle, room):
        left[name] = left[name].parked
        if step == "drop":
            del left[name]
        within = within or sum(one.host for one in left.values()) <= room.host
        assert step == "drop" or (within and sum(one.host for one in left.values()) <= room.host)


@given(models, rooms)
def test_nothing_is_evicted_without_need(idle: list[Idle], room: Room) -> None:
    enough = Room({gpu: 10**6 for gpu in range(3)}, 10**6, len(idle))
    assert evictions(idle, enough) == []
    # A second pass evicts nothing more.
    assert evictions(after(idle, room), room) == []


def test_the_oldest_is_evicted_first_and_parked_on_the_way() -> None:
    idle = [Idle(1, {0: 60}), Idle(2, {0: 60}), Idle(3, {0: 60}, movable=False)]
    assert evictions(idle, Room({0: 130}, 100, 4)) == [(1, "park")]
    assert evictions(idle, Room({0: 60}, 100, 4)) == [(1, "park"), (1, "drop"), (2, "park")]
    assert evictions(idle, Room({0: 0}, 200, 4)) == [(1, "park"), (2, "park"), (3, "drop")]
    assert evictions(idle, Room({0: 1000}, 0, 1)) == [(1, "drop"), (2, "drop")]


@pytest.fixture(scope="module")
def toys(toy: Path, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    folder = tmp_path_factory.mktemp("models")
    return [shutil.copytree(toy, folder / name) for name in ("tiny-a", "tiny-b", "tiny-c")]


def question(number: int, answer: str = "A") -> dict[str, Any]:
    return {
        "id": number,
        "question": "甲" * (1 + number % 7),
        "A": "一",
        "B": "二",
        "C": "三",
        "D": "四",
        "answer": answer,
    }


@pytest.fixture
def asks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "ceval"
    folder.mkdir()
    for subject, answer in (("accountant", "A"), ("physics", "B")):
        lines = [json.dumps(question(number, answer), ensure_ascii=False) for number in range(10)]
        (folder / f"{subject}.jsonl").write_text("\n".join(lines), "utf-8")
    file = tmp_path / "datasets.json"
    file.write_text(json.dumps({"C-Eval": str(folder)}))
    monkeypatch.setenv("LBS_DATASETS", str(file))
    monkeypatch.setenv("LBS_TORCH_DTYPE", "float32")
    return folder


def ceval(model: Path, **parameters: Any) -> StartRun:
    return start_run(model, parameters, "C-Eval/C-Eval")


def letters(result: dict[str, Any]) -> list[dict[str, float]]:
    """Their log-probabilities, which say more than the letters do."""
    return [test["logprobs"] for test in result["tests"]]


def weights(runner: Runner, device: EmulatedDevice) -> list[int]:
    """Of the first GPU: allocated bytes after a run, and the cache's own count."""
    return [device.memory()[0]["allocated"], runner.cache.bytes_per_gpu.get(0, 0)]


@pytest.mark.slow
def test_a_cached_model_is_reused_and_evicted_for_needle(asks: Path, toys: list[Path]) -> None:
    device = EmulatedDevice([256 * MIB])
    runner = Runner(device, Settings.load(), lambda _: None)
    first = runner.run(ceval(toys[0]), Hooks())
    held, cached = weights(runner, device)
    assert held == cached > 0 and runner.unreleased() == {}
    second = runner.run(ceval(toys[0], limit=5), Hooks())
    (models, counts) = runner.cache.report()
    assert counts["hits"] == 1 and models[0]["hits"] == 1 and models[0]["place"] == "gpu"
    assert first["total_tests"] == 20 and second["total_tests"] == 10 and 0 <= first["accuracy"] <= 1
    grid = {"context_lengths": [128], "depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 4}
    runner.run(start_run(toys[0], grid), Hooks())
    assert weights(runner, device) == [0, 0] and device.memory()[0]["used"] == SMALL_CONTEXT
    counts = runner.cache.report()[1]
    assert counts["last_sentence"] is not None and counts["last"] == counts["last_sentence"]["text"]
    assert "an uncached run uses the GPUs alone" in counts["last"]


@pytest.mark.slow
def test_the_least_recently_used_is_parked_and_comes_back(
    asks: Path, toys: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    one = Runner(EmulatedDevice([256 * MIB]), Settings.load(), lambda _: None)
    one.run(ceval(toys[0]), Hooks())
    size = one.cache.bytes_per_gpu[0]
    monkeypatch.setenv("LBS_GPU_MAX_UTILIZATION", str(1.5 * size / (256 * MIB)))
    device = EmulatedDevice([256 * MIB])
    runner = Runner(device, Settings.load(), lambda _: None)
    answers = letters(runner.run(ceval(toys[0]), Hooks()))
    runner.run(ceval(toys[1]), Hooks())
    places = {Path(model["path"]).name: model["place"] for model in runner.cache.report()[0]}
    assert places == {"tiny-a": "cpu", "tiny-b": "gpu"} and weights(runner, device) == [size, size]
    assert letters(runner.run(ceval(toys[0]), Hooks())) == answers
    places = {Path(model["path"]).name: model["place"] for model in runner.cache.report()[0]}
    assert places == {"tiny-a": "gpu", "tiny-b": "cpu"} and runner.cache.report()[1]["hits"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(
    "variables",
    [
        {"LBS_USE_MODEL_CACHE": "0"},
        {"LBS_MAX_CACHED_LOCAL_MODELS": "0"},
        {"LBS_GPU_MAX_UTILIZATION": "0.0001", "LBS_CPU_MAX_UTILIZATION": "0.0000001"},
    ],
)
def test_a_cache_that_is_off_keeps_nothing(
    asks: Path, toys: list[Path], monkeypatch: pytest.MonkeyPatch, variables: dict[str, str]
) -> None:
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    device = EmulatedDevice([256 * MIB])
    runner = Runner(device, Settings.load(), lambda _: None)
    runner.run(ceval(toys[0], limit=2), Hooks())
    assert weights(runner, device) == [0, 0] and runner.cache.report()[0] == []


@pytest.mark.slow
def test_changed_files_are_another_model(asks: Path, toys: list[Path], tmp_path: Path) -> None:
    model = tmp_path / "tiny-mine"
    shutil.copytree(toys[0], model)
    runner = Runner(EmulatedDevice([256 * MIB]), Settings.load(), lambda _: None)
    runner.run(ceval(model, limit=1), Hooks())
    (model / "model.safetensors").touch()
    runner.run(ceval(model, limit=1), Hooks())
    assert runner.cache.report()[1]["hits"] == 0
