"""Reading a model folder, and the errors of one that cannot be used."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file

from lbs.models.weights import weight_bytes
from lbs.settings import Settings
from lbs.worker.errors import RunError
from lbs.worker.loading.checkpoint import read_checkpoint
from tests.support.cards import ONE_CARD

CONFIG = {"model_type": "llama", "hidden_size": 64, "num_attention_heads": 4, "max_position_embeddings": 128}


def folder(path: Path, **tensors: Any) -> Path:
    path.mkdir()
    (path / "config.json").write_text(json.dumps(CONFIG))
    (path / "tokenizer.json").write_text("{}")
    if tensors:
        save_file(tensors, path / "model.safetensors")
    return path


def refused(path: Path) -> str:
    with pytest.raises(RunError) as caught:
        read_checkpoint(path, Settings.load(), [ONE_CARD])
    assert caught.value.code == "invalid_model"
    return str(caught.value)


def test_weights_are_counted_as_they_will_be_loaded(tmp_path: Path) -> None:
    path = folder(tmp_path / "m", a=torch.zeros(10, 10), ids=torch.zeros(4, dtype=torch.int64))
    assert weight_bytes(path, 2) == 100 * 2 + 4 * 8
    found = read_checkpoint(path, Settings.load(), [ONE_CARD])
    assert found.dtype is torch.float16 and found.max_tokens == 128 and found.weights == 232


def test_only_files_in_the_index_count(tmp_path: Path) -> None:
    path = folder(tmp_path / "m")
    for tensor, name in (("a", "model-1.safetensors"), ("b", "model-2.safetensors"), ("c", "consolidated.safetensors")):
        save_file({tensor: torch.zeros(100)}, path / name)
    index = {"metadata": {}, "weight_map": {"a": "model-1.safetensors", "b": "model-2.safetensors"}}
    (path / "model.safetensors.index.json").write_text(json.dumps(index))
    assert weight_bytes(path, 4) == 800


def test_the_default_dtype_on_a_cpu_is_float32(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = folder(tmp_path / "m", a=torch.zeros(1))
    assert read_checkpoint(path, Settings.load(), []).dtype is torch.float32
    monkeypatch.setenv("LBS_TORCH_DTYPE", "float16")
    assert read_checkpoint(path, Settings.load(), []).dtype is torch.float16


def test_a_model_that_cannot_be_loaded_is_refused_in_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert "no config.json" in refused(tmp_path / "empty")
    pickled = folder(tmp_path / "pickled")
    (pickled / "pytorch_model.bin").write_bytes(b"\x80\x02.")
    assert "pickled" in refused(pickled)
    damaged = folder(tmp_path / "damaged")
    (damaged / "model.safetensors").write_bytes(b"\xff" * 64)
    assert "damaged" in refused(damaged)
    odd = folder(tmp_path / "odd", a=torch.zeros(1))
    (odd / "config.json").write_text('{"model_type": "no_such_architecture"}')
    assert "of type no_such_architecture, which the installed transformers does not know" in refused(odd)
