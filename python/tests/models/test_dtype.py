"""The dtype of a run: the same for every plan and for the worker."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lbs.models.dtype import own_dtype, resolve_dtype
from lbs.plan import installed_gpus, parse_gpus, read_model
from lbs.plan.__main__ import main
from lbs.settings import Settings, SettingsError
from lbs.worker.devices.emulated import EmulatedDevice
from lbs.worker.loading.checkpoint import read_checkpoint

AMPERE, TURING = (8, 0), (7, 5)


@pytest.mark.parametrize(
    ("asked", "own", "capabilities", "name", "source"),
    [
        (None, "bfloat16", [AMPERE], "bfloat16", "checkpoint"),
        (None, "bfloat16", [(9, 0), (12, 0)], "bfloat16", "checkpoint"),
        (None, "bfloat16", [AMPERE, TURING], "float16", "default"),
        (None, "bfloat16", [None], "float16", "default"),
        (None, "float32", [AMPERE], "float16", "default"),
        (None, None, [AMPERE], "float16", "default"),
        (None, "bfloat16", [], "float32", "no_gpu"),
        ("auto", "bfloat16", [TURING], "bfloat16", "checkpoint"),
        ("auto", None, [AMPERE], "float32", "checkpoint"),
        ("float16", "bfloat16", [AMPERE], "float16", "setting"),
        ("bfloat16", "float16", [TURING], "bfloat16", "setting"),
        ("float16", "bfloat16", [], "float16", "setting"),
    ],
)
def test_the_rule(asked: str | None, own: str | None, capabilities: list[Any], name: str, source: str) -> None:
    found = resolve_dtype(asked, own, capabilities)
    assert (found.name, found.source) == (name, source)


def test_a_checkpoint_names_its_dtype_in_the_config_or_by_its_weights(tmp_path: Path) -> None:
    (tmp_path / "tokenizer.json").write_text("{}")
    save_file({"a": torch.zeros(2, dtype=torch.bfloat16)}, tmp_path / "model.safetensors")
    assert own_dtype({"torch_dtype": "float16"}, tmp_path) == "float16"
    assert own_dtype({"text_config": {"dtype": "bfloat16"}}) == "bfloat16"
    assert own_dtype({}, tmp_path) == "bfloat16" and own_dtype({}, tmp_path / "none") is None and own_dtype({}) is None


@pytest.mark.usefixtures("traced_here")
@pytest.mark.parametrize(
    ("capability", "device_map", "name"),
    [("8.0", "auto", "bfloat16"), ("7.5", "auto", "float16"), ("8.0", "cpu", "float32")],
)
def test_plan_command_and_worker_agree(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    capability: str,
    device_map: str,
    name: str,
) -> None:
    (tmp_path / "config.json").write_text(
        json.dumps({"model_type": "llama", "dtype": "bfloat16", "num_hidden_layers": 1})
    )
    (tmp_path / "tokenizer.json").write_text("{}")
    save_file({"a": torch.zeros(2, dtype=torch.bfloat16)}, tmp_path / "model.safetensors")
    monkeypatch.setenv("LBS_EMULATED_COMPUTE_CAPABILITY", capability)
    monkeypatch.setenv("LBS_EMULATED_GPUS", "1GiB")
    settings = Settings.load()
    cards = EmulatedDevice.from_setting("1GiB").cards() if device_map == "auto" else []
    gpus = installed_gpus("1GiB") if device_map == "auto" else []
    assert [gpu.card.compute_capability for gpu in gpus] == [card.compute_capability for card in cards]
    assert read_checkpoint(tmp_path, settings, cards).dtype_name == name
    assert read_model(str(tmp_path), settings.torch_dtype, gpus).dtype == name
    if gpus:
        main([str(tmp_path), "--json", "--context", "64"])
        assert json.loads(capsys.readouterr().out)["dtype"] == name


@pytest.mark.parametrize("text", ["8", "eight", "8.0.1", "-8.0"])
def test_a_wrong_capability_is_named(monkeypatch: pytest.MonkeyPatch, text: str) -> None:
    monkeypatch.setenv("LBS_EMULATED_GPUS", "1GiB")
    monkeypatch.setenv("LBS_EMULATED_COMPUTE_CAPABILITY", text)
    with pytest.raises(SettingsError, match="LBS_EMULATED_COMPUTE_CAPABILITY is"):
        Settings.load()


def test_a_described_gpu_computes_bfloat16() -> None:
    assert [gpu.card.compute_capability for gpu in parse_gpus("24GiB,24GiB")] == [AMPERE, AMPERE]
