"""Pickled weights become safetensors that load as the same model; the code of a pickle never runs."""

from __future__ import annotations

import json
import os
import pickle
import resource
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file
from transformers import AutoModelForCausalLM, LlamaConfig, LlamaForCausalLM

from lbs.api.errors import ApiError
from lbs.api.submit import check_model
from lbs.convert import writing
from lbs.convert.__main__ import main
from lbs.models.errors import ModelFolderError
from lbs.models.weights import weight_bytes
from lbs.settings import Settings

IDS = torch.tensor([[1, 5, 7, 2]])


def llama(*, tied: bool = False) -> LlamaForCausalLM:
    torch.manual_seed(0)
    numbers = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 2, "num_attention_heads": 4}
    return LlamaForCausalLM(LlamaConfig(vocab_size=50, tie_word_embeddings=tied, **numbers)).eval()


def pickled(folder: Path, model: Any, *names: str, tensors: Mapping[str, Any] | None = None) -> Path:
    """As older transformers wrote it: one pytorch_model.bin, or `names` with an index."""
    model.config.save_pretrained(folder)
    state = dict(tensors or model.state_dict())
    if not names:
        torch.save(state, folder / "pytorch_model.bin")
        return folder
    weight_map = {key: names[number % len(names)] for number, key in enumerate(state)}
    for name in names:
        torch.save({key: value for key, value in state.items() if weight_map[key] == name}, folder / name)
    (folder / "pytorch_model.bin.index.json").write_text(json.dumps({"weight_map": weight_map}))
    return folder


def logits(folder: Path) -> torch.Tensor:
    model = AutoModelForCausalLM.from_pretrained(folder, use_safetensors=True, local_files_only=True, dtype="float32")
    with torch.no_grad():
        found: torch.Tensor = model(IDS).logits
    return found


def same(folder: Path, model: Any) -> bool:
    with torch.no_grad():
        return torch.equal(logits(folder), model(IDS).logits)


def refused(folder: Path, capsys: pytest.CaptureFixture[str]) -> str:
    before = sorted(folder.iterdir())
    assert main([str(folder)]) == 2
    assert sorted(folder.iterdir()) == before, "nothing may be left"
    message = capsys.readouterr().err
    assert message.startswith("lbs.convert: ") and message.count("\n") == 1
    return message


def test_one_file_is_converted_next_to_it_and_a_second_call_changes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    model = llama()
    folder = pickled(tmp_path / "m", model)
    before = {file.name for file in folder.iterdir()}
    assert main([str(folder)]) == 0
    assert same(folder, model) and (folder / "pytorch_model.bin").is_file()
    assert {file.name for file in folder.iterdir()} - before == {"model.safetensors"}
    assert weight_bytes(folder, 4) == sum(value.nbytes for value in model.state_dict().values())
    stamp = (folder / "model.safetensors").stat().st_mtime_ns
    assert main([str(folder)]) == 0 and "nothing changed" in capsys.readouterr().out
    assert (folder / "model.safetensors").stat().st_mtime_ns == stamp


def test_shards_keep_their_number_and_get_an_index(tmp_path: Path) -> None:
    model = llama()
    names = [f"pytorch_model-0000{number}-of-00002.bin" for number in (1, 2)]
    folder = pickled(tmp_path / "m", model, *names)
    assert main([str(folder)]) == 0 and same(folder, model)
    index = json.loads((folder / "model.safetensors.index.json").read_text())
    assert set(index["weight_map"].values()) == {f"model-0000{number}-of-00002.safetensors" for number in (1, 2)}
    assert index["metadata"]["total_size"] == weight_bytes(folder, 4)


@pytest.mark.parametrize("tied", [True, False])
def test_weights_that_share_memory_are_tied_again_only_where_the_model_ties_them(tmp_path: Path, tied: bool) -> None:
    model = llama(tied=tied)
    state = dict(model.state_dict())
    state["lm_head.weight"] = state["model.embed_tokens.weight"]
    model.load_state_dict(state)
    folder = pickled(tmp_path / "m", model, tensors=state)
    assert main([str(folder)]) == 0 and same(folder, model)
    assert ("lm_head.weight" in load_file(folder / "model.safetensors")) is not tied


def test_out_creates_a_complete_model_elsewhere(tmp_path: Path) -> None:
    model = llama()
    folder = pickled(tmp_path / "m", model)
    (folder / "tokenizer.json").write_text("{}")
    assert main([str(folder), "--out", str(tmp_path / "new" / "m")]) == 0
    assert same(tmp_path / "new" / "m", model) and (tmp_path / "new" / "m" / "tokenizer.json").is_file()
    assert not list(folder.glob("*.safetensors"))


def test_a_single_pth_of_the_oldest_format_and_views_are_converted(tmp_path: Path) -> None:
    folder = tmp_path / "m"
    folder.mkdir()
    whole = torch.arange(12.0).view(3, 4)
    state = {"a": whole, "b": whole.t(), "c": whole[1:]}
    torch.save(state, folder / "weights.pth", _use_new_zipfile_serialization=False)
    assert main([str(folder)]) == 0
    found = load_file(folder / "model.safetensors")
    assert all(torch.equal(found[name], value) for name, value in state.items())


class Evil:
    def __init__(self, mark: Path) -> None:
        self._mark = mark

    def __reduce__(self) -> Any:
        return os.mkdir, (str(self._mark),)


@pytest.mark.parametrize("way", ["torch", "old torch", "pickle"])
def test_a_pickle_with_code_is_refused_and_not_run(
    tmp_path: Path, way: str, capsys: pytest.CaptureFixture[str]
) -> None:
    folder, mark = pickled(tmp_path / "m", llama()), tmp_path / "it-ran"
    state = {"a": torch.zeros(2), "b": Evil(mark)}
    if way == "pickle":
        (folder / "pytorch_model.bin").write_bytes(pickle.dumps(state))
    else:
        torch.save(state, folder / "pytorch_model.bin", _use_new_zipfile_serialization=way == "torch")
    message = refused(folder, capsys)
    assert not mark.exists()
    assert "none of it was run" in message
    if way != "pickle":
        assert "mkdir" in message


@pytest.mark.parametrize(
    ("state", "word"),
    [
        ({"model": {"a": torch.zeros(1)}, "epoch": 3}, "'model' is a dict"),
        ([torch.zeros(1)], "a list"),
        ({"a": torch.zeros(1).expand(1 << 40)}, "not a plain tensor"),
        ({"a": torch.eye(2).to_sparse()}, "not a plain tensor"),
    ],
)
def test_anything_but_plain_weights_is_refused(
    tmp_path: Path, state: Any, word: str, capsys: pytest.CaptureFixture[str]
) -> None:
    torch.save(state, tmp_path / "weights.pt")
    assert word in refused(tmp_path, capsys)


def test_damage_strange_indexes_and_empty_folders_are_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert "no pickled weights" in refused(tmp_path, capsys)
    cut = pickled(tmp_path / "cut", llama()) / "pytorch_model.bin"
    cut.write_bytes(cut.read_bytes()[:2000])
    assert "damaged" in refused(cut.parent, capsys)
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "pytorch_model.bin.index.json").write_text('{"weight_map": {"a": "../cut/pytorch_model.bin"}}')
    assert "not a file next to it" in refused(outside, capsys)
    for name in ("a.pt", "b.pth"):
        torch.save({"a": torch.zeros(1)}, tmp_path / name)
    assert "without an index" in refused(tmp_path, capsys)


def test_a_failing_disk_leaves_nothing_behind(tmp_path: Path) -> None:
    folder = pickled(tmp_path / "m", llama(), "pytorch_model-1.bin", "pytorch_model-2.bin")
    before = sorted(folder.iterdir())
    code = (
        "import resource, sys; from lbs.convert.__main__ import main; import lbs.convert.writing; "
        f"resource.setrlimit(resource.RLIMIT_FSIZE, (8192, {resource.getrlimit(resource.RLIMIT_FSIZE)[1]})); "
        "sys.exit(main(sys.argv[1:]))"
    )
    where = Path(__file__).resolve().parents[2]
    done = subprocess.run([sys.executable, "-c", code, str(folder)], capture_output=True, text=True, cwd=where)
    assert done.returncode == 1 and "nothing new is in" in done.stderr, done.stderr
    assert sorted(folder.iterdir()) == before


def test_a_failing_rename_undoes_the_earlier_ones(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = pickled(tmp_path / "m", llama(), "pytorch_model-1.bin", "pytorch_model-2.bin")
    before, real = sorted(folder.iterdir()), os.replace

    def replace(source: Path, target: Path) -> None:
        if target.name == writing.INDEX:
            raise OSError(28, "No space left on device")
        real(source, target)

    monkeypatch.setattr(os, "replace", replace)
    assert main([str(folder)]) == 1
    assert sorted(folder.iterdir()) == before


def test_the_refusals_name_the_command_with_the_folder(tmp_path: Path) -> None:
    folder = pickled(tmp_path / "my model", llama())
    command = f"python -m lbs.convert '{folder}'"
    with pytest.raises(ApiError) as submitted:
        check_model(str(folder), Settings())
    with pytest.raises(ModelFolderError) as read:
        weight_bytes(folder, 2)
    assert command in str(submitted.value) and command in str(read.value)
    assert main([str(folder)]) == 0
    (folder / "tokenizer.json").write_text("{}")
    assert check_model(str(folder), Settings()) == folder.resolve()
