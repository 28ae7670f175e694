"""What submit, plan and worker refuse before anything is queued, planned or loaded, each in one sentence with the way out."""

from __future__ import annotations

import importlib.metadata
import json
import os
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbs.api.errors import ApiError
from lbs.api.submit import check_model, read_submissions
from lbs.models.context_length import context_length
from lbs.models.errors import ModelFolderError
from lbs.models.files import read_json_object
from lbs.models.inspection import inspect_folder
from lbs.models.kinds import check_kind
from lbs.models.library import causal_types, known_types
from lbs.models.tensor_file import read_headers
from lbs.plan import ModelError, check_context, read_model
from lbs.settings import Settings
from lbs.worker.errors import RunError
from lbs.worker.loading.checkpoint import read_checkpoint
from tests.support.cards import ONE_CARD

LLAMA: dict[str, Any] = {"model_type": "llama", "max_position_embeddings": 512}
INDEX = "model.safetensors.index.json"


def tensors(*names: str, size: int = 4) -> bytes:
    """A safetensors file with a U8 tensor of `size` bytes by each name."""
    header = {
        name: {"dtype": "U8", "shape": [size], "data_offsets": [place * size, (place + 1) * size]}
        for place, name in enumerate(names)
    }
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + bytes(len(names) * size)


def model(folder: Path, config: dict[str, Any] | None = None) -> Path:
    folder.mkdir()
    (folder / "config.json").write_text(json.dumps(LLAMA | (config or {})))
    (folder / "tokenizer.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(tensors("a"))
    return folder


def sharded(folder: Path, *names: str, **index: Any) -> Path:
    """Each shard has a tensor of its own name, and the index names them all."""
    model(folder)
    (folder / "model.safetensors").unlink()
    for name in names:
        (folder / name).write_bytes(tensors(name))
    found = {"metadata": {}, "weight_map": {name: name for name in names}, **index}
    (folder / INDEX).write_text(json.dumps(found))
    return folder


def refused(folder: Path) -> str:
    """The same sentence at submit, in a plan and by the worker; nothing is queued, traced or loaded."""
    body = {"model_name_or_path": str(folder), "dataset_name": "NeedleInAHaystack"}
    with pytest.raises(ApiError) as submitted:
        read_submissions(body, Settings.load())
    assert (submitted.value.status, submitted.value.code) == (400, "invalid_model")
    with pytest.raises(ModelError) as planned:
        read_model(str(folder), "float16")
    with pytest.raises(RunError) as ran:
        read_checkpoint(folder, Settings.load(), [ONE_CARD])
    assert ran.value.code == "invalid_model"
    text = str(submitted.value)
    assert str(planned.value) == str(ran.value) == text and "\n" not in text
    return text.replace(str(folder), "FOLDER")


def test_a_complete_folder_is_accepted(tmp_path: Path) -> None:
    folder = model(tmp_path / "m")
    assert check_model(str(folder), Settings()) == folder
    assert read_model(str(folder), "float16").stored == 4
    found = sharded(tmp_path / "s", "model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")
    assert check_model(str(found), Settings()) == found


def cut(share: Callable[[int], int]) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        file = folder / "model.safetensors"
        file.write_bytes(file.read_bytes()[: share(file.stat().st_size)])

    return change


def written(name: str, content: bytes) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).write_bytes(content)

    return change


def fifo(name: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        os.mkfifo(folder / name)

    return change


def link(name: str, target: str) -> Callable[[Path], None]:
    def change(folder: Path) -> None:
        (folder / name).unlink(missing_ok=True)
        (folder / name).symlink_to(target)

    return change


POINTER = b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 123\n"
AGAIN = "FOLDER is incomplete: model.safetensors"
DAMAGED = "FOLDER/model.safetensors is damaged"
WRONG_SHAPE = b'{"a": {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]}}'


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (cut(lambda size: size - 1), f"{AGAIN} has 71 of 72 bytes; fetch model.safetensors again."),
        (cut(lambda size: 20), f"{AGAIN} has only 20 bytes and ends within its header; fetch model.safetensors again."),
        (cut(lambda size: 0), f"{AGAIN} has only 0 bytes and ends within its header; fetch model.safetensors again."),
        (
            written("model.safetensors", POINTER),
            f"{AGAIN} is only a Git LFS pointer; fetch model.safetensors again (git lfs pull).",
        ),
        (
            written("tokenizer.json", POINTER),
            "FOLDER is incomplete: tokenizer.json is only a Git LFS pointer; fetch tokenizer.json again (git lfs pull).",
        ),
        (link("model.safetensors", "gone"), f"{AGAIN} is missing; fetch model.safetensors again."),
        (
            link("tokenizer.json", "gone"),
            "FOLDER is incomplete: tokenizer.json is missing; fetch tokenizer.json again.",
        ),
        (written("model.safetensors", b"<html>" * 20), f"{DAMAGED} (its header is not that of a safetensors file)"),
        (written("model.safetensors", struct.pack("<Q", 3) + b"[1]"), f"{DAMAGED} (its header is not"),
        (written("model.safetensors", struct.pack("<Q", 8) + b"[[[[[[[["), f"{DAMAGED} (its header is not"),
        (written("model.safetensors", tensors("a") + b"more"), f"{DAMAGED} (its header does not match its data)"),
        (
            written("model.safetensors", struct.pack("<Q", len(WRONG_SHAPE)) + WRONG_SHAPE + bytes(4)),
            f"{DAMAGED} (the entry of a in its header makes no sense)",
        ),
        (link("model.safetensors", "model.safetensors"), "FOLDER/model.safetensors cannot be read (Too many levels of"),
        (
            link("config.json", "config.json"),
            "FOLDER/config.json cannot be read (Too many levels of symbolic links): fix",
        ),
        (fifo("model.safetensors"), "FOLDER/model.safetensors is not a regular file: replace it by the file itself."),
        (fifo("config.json"), "FOLDER/config.json is not a regular file: replace it by the file itself."),
        (fifo("tokenizer.json"), "FOLDER/tokenizer.json is not a regular file: replace it by the file itself."),
        (fifo("generation_config.json"), "FOLDER/generation_config.json is not a regular file"),
        (link("chat_template.jinja", "/dev/zero"), "FOLDER/chat_template.jinja is not a regular file"),
        (written("config.json", b"{"), "FOLDER/config.json is not JSON: download the model again."),
        (written("config.json", b"[" * 100_000), "FOLDER/config.json is not JSON: download the model again."),
        (written("config.json", b'{"a": ' + b"9" * 5000 + b"}"), "FOLDER/config.json is not JSON"),
        (written("generation_config.json", b"[1]"), "FOLDER/generation_config.json is not a JSON object: download"),
        (written("added_tokens.json", b"{"), "FOLDER/added_tokens.json is not JSON: download the model again."),
        (written("config.json", b"[1]"), "FOLDER/config.json is not a JSON object: download the model again."),
        (written("config.json", b"{}"), "FOLDER: its config names no model_type: download the model again."),
    ],
)
def test_a_damaged_or_incomplete_folder_is_refused(tmp_path: Path, change: Callable[[Path], None], text: str) -> None:
    folder = model(tmp_path / "m")
    change(folder)
    assert refused(folder).startswith(text)


TWO = ("model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors")


@pytest.mark.parametrize(
    ("index", "text"),
    [
        ({"weight_map": {"x": "../outside.safetensors"}}, "names '../outside.safetensors', which is not a safetensors"),
        ({"weight_map": {"x": "/etc/passwd"}}, "names '/etc/passwd', which is not a safetensors file next to it"),
        ({"weight_map": {"x": "sub/m.safetensors"}}, "names 'sub/m.safetensors'"),
        ({"weight_map": {"x": 7}}, "names 7"),
        ({"weight_map": {"x": "a\0.safetensors"}}, "names 'a\\x00.safetensors'"),
        ({"weight_map": {}}, "is damaged (no weight_map, or no metadata)"),
        ({"weight_map": [1]}, "is damaged (no weight_map, or no metadata)"),
        ({"metadata": None}, "is damaged (no weight_map, or no metadata)"),
        ({"weight_map": {TWO[0]: TWO[0]}}, f"does not name {TWO[1]}: some of the weights would be missing"),
        ({"weight_map": {"x": TWO[0], TWO[1]: TWO[1]}}, f"names the tensor x in {TWO[0]}, which does not contain it"),
    ],
)
def test_an_index_that_is_damaged_or_leads_out_is_refused(tmp_path: Path, index: dict[str, Any], text: str) -> None:
    (tmp_path / "outside.safetensors").write_bytes(tensors("x"))
    found = refused(sharded(tmp_path / "m", *TWO, **index))
    assert found.startswith(f"FOLDER/{INDEX} {text}"), found


def test_a_missing_shard_and_a_missing_index_are_named(tmp_path: Path) -> None:
    folder = sharded(tmp_path / "m", *TWO)
    (folder / TWO[1]).unlink()
    assert refused(folder) == f"FOLDER is incomplete: {TWO[1]} is missing; fetch {TWO[1]} again."
    (folder / INDEX).unlink()
    assert refused(folder) == f"FOLDER is incomplete: {INDEX} is missing; fetch {INDEX} again."
    (folder / INDEX).write_bytes(b"{")
    assert refused(folder) == f"FOLDER/{INDEX} is not JSON: download the model again."
    other = model(tmp_path / "other")
    (other / "model.safetensors").rename(other / "consolidated.safetensors")
    assert refused(other).startswith("FOLDER contains consolidated.safetensors but no model.safetensors")


def test_a_folder_without_a_tokenizer_is_refused_at_submit(tmp_path: Path) -> None:
    folder = model(tmp_path / "m")
    (folder / "tokenizer.json").unlink()
    assert "it has no tokenizer; fetch tokenizer.json" in refused(folder)


def test_a_folder_that_cannot_be_listed_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def denied(_path: object) -> None:
        raise PermissionError(13, "Permission denied")

    folder = model(tmp_path / "m")
    monkeypatch.setattr("lbs.models.files.os.scandir", denied)
    assert refused(folder) == "FOLDER cannot be read (Permission denied): fix its permissions or links."


def test_a_json_file_has_a_bound(tmp_path: Path) -> None:
    file = tmp_path / "config.json"
    with file.open("wb") as opened:
        opened.truncate(1 << 40)
    with pytest.raises(ModelFolderError, match="is larger than 64 MiB"):
        read_json_object(file)


@given(st.binary(max_size=200), st.integers(0, 300))
def test_no_header_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, noise: bytes, keep: int) -> None:
    file = tmp_path_factory.getbasetemp() / "noise.safetensors"
    for content in (noise, struct.pack("<Q", len(noise)) + noise, (tensors("a", "b") + noise)[:keep]):
        file.write_bytes(content)
        try:
            found = read_headers(file)
        except ModelFolderError:
            continue
        assert sum(header.size for header in found.values()) <= len(content) - 8


KINDS: list[tuple[dict[str, Any], str]] = [
    (
        {"model_type": "llava", "text_config": {"model_type": "llama"}, "vision_config": {}},
        "is a multimodal model (llava), not a causal language model, and cannot be benchmarked: its language model (llama) "
        "could be run if it is saved as a model of its own.",
    ),
    ({"model_type": "qwen2_vl", "vision_config": {}}, "is a multimodal model (qwen2_vl), not a causal language model"),
    ({"model_type": "t5", "is_encoder_decoder": True}, "is an encoder-decoder model (t5), not a causal language model"),
    ({"model_type": "bart"}, "is an encoder-decoder model (bart)"),
    ({"model_type": "whisper"}, "is an encoder-decoder model (whisper)"),
    ({"model_type": "bert"}, "is an encoder (bert), not a causal language model, and cannot be benchmarked: choose"),
    ({"model_type": "roberta", "is_decoder": False}, "is an encoder (roberta)"),
    ({"model_type": "distilbert"}, "is an encoder (distilbert)"),
    ({"model_type": "vit"}, "is a model of type vit, not a causal language model"),
    ({"model_type": "nope"}, "is a model of type nope, which the installed transformers does not know"),
    (
        {"model_type": "nope", "auto_map": {"AutoModelForCausalLM": "modeling_nope.Nope"}},
        "is a model of type nope, which only runs with the Python code in its own folder: if you trust that code, set "
        "LBS_TRUST_REMOTE_CODE=true, and it runs with your rights.",
    ),
    ({"model_type": ["llama"]}, ": its config names no model_type"),
    ({"attn_implementation": "kernels-community/flash-attn"}, ": its config asks for code of the hub (attn_impl"),
    ({"text_config": {"_attn_implementation": "a/b"}}, ": its config asks for code of the hub (_attn_implementation"),
    (
        {"attn_implementation": {"text_config": "a/b"}},
        ": its config asks for code of the hub (attn_implementation: a/b)",
    ),
    ({"transformers_weights": "other.safetensors"}, ": its config names weights of its own"),
    ({"quantization_config": {"quant_method": "modelopt"}}, "quantized with modelopt, which cannot be loaded here"),
    ({"quantization_config": {"quant_method": "nvfp4"}}, "quantized with nvfp4, which cannot be loaded here"),
    (
        {"quantization_config": {"group_size": 64, "bits": 4}},
        "a method that its quantization_config does not name, as MLX",
    ),
    ({"quantization_config": ["awq"]}, "a method that its quantization_config does not name"),
    ({"text_config": {"quantization_config": "awq"}}, "a method that its quantization_config does not name"),
]


LACKING: list[tuple[dict[str, Any], str]] = [
    ({"quant_method": "gptq", "bits": 4}, "pip install 'optimum>=1.24.0' 'gptqmodel>=1.4.3' (with"),
    ({"quant_method": "awq"}, "pip install 'gptqmodel>=1.4.3' (with the backend's Python)."),
    ({"load_in_4bit": True}, "pip install 'bitsandbytes>=0.46.1' (with"),
    ({"quant_method": "compressed-tensors"}, "pip install 'compressed-tensors>=0.15.0' (with"),
    ({"quant_method": "fbgemm_fp8"}, "pip install fbgemm-gpu-genai (with"),
]


@pytest.mark.parametrize(("settings", "line"), LACKING)
@pytest.mark.parametrize("nested", [False, True])
def test_a_method_whose_packages_are_missing_names_the_pip_line(
    tmp_path: Path, settings: dict[str, Any], line: str, nested: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It can be planned all the same."""
    own = {"quantization_config": settings}
    found = inspect_folder(model(tmp_path / "m", {"text_config": own} if nested else own), trust_remote_code=False)
    with pytest.raises(ModelFolderError) as caught:
        found.check_runnable()
    assert str(caught.value) == str(found.refusal()) and line in str(found.refusal())
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "99.0")
    found.check_runnable()
    # One that is too old counts as missing.
    monkeypatch.setattr(importlib.metadata, "version", lambda _name: "0.0.1")
    assert (line in str(found.refusal())) == (">=" in line)


@pytest.mark.parametrize(("config", "text"), KINDS)
def test_a_model_that_cannot_be_run_is_refused(tmp_path: Path, config: dict[str, Any], text: str) -> None:
    assert text in refused(model(tmp_path / "m", config))


@pytest.mark.parametrize(
    "config",
    [
        {"model_type": "gemma3", "text_config": {"model_type": "gemma3_text"}, "vision_config": {}},
        {"model_type": "bert", "is_decoder": True},
        {"model_type": "bart", "is_encoder_decoder": False, "is_decoder": True},
        # transformers has a model of its own for the type, and uses that.
        {"auto_map": {"AutoConfig": "x.Y", "AutoModelForCausalLM": "modeling_llama.Mine"}},
        {"quantization_config": {"quant_method": "fp8"}},
        {"quantization_config": {"quant_method": "bitnet"}},
        {"quantization_config": None, "attn_implementation": "sdpa"},
    ],
)
def test_a_model_that_can_be_run_is_accepted(tmp_path: Path, config: dict[str, Any]) -> None:
    folder = model(tmp_path / "m", config)
    assert inspect_folder(folder, trust_remote_code=False).notes == [] or "quant_method" in str(config)


def test_trusted_code_runs_if_it_is_in_the_folder(tmp_path: Path) -> None:
    config: dict[str, Any] = {"model_type": "nope", "auto_map": {"AutoModelForCausalLM": "modeling_nope.Nope"}}
    inspect_folder(model(tmp_path / "m", config), trust_remote_code=True)
    config["auto_map"] = {"AutoModelForCausalLM": "someone/repository--modeling_nope.Nope"}
    with pytest.raises(ModelFolderError, match="runs with code of someone/repository, which is not in its folder"):
        inspect_folder(model(tmp_path / "elsewhere", config), trust_remote_code=True)


def test_a_tokenizer_with_code_of_its_own_names_the_setting(tmp_path: Path) -> None:
    own = {"tokenizer_class": "MyTokenizer", "auto_map": {"AutoTokenizer": ["tokenization_mine.MyTokenizer", None]}}
    folder = model(tmp_path / "m", {"model_type": "bloom"})
    (folder / "tokenizer_config.json").write_text(json.dumps(own))
    assert "its tokenizer (MyTokenizer) only works with the Python code in its own folder" in refused(folder)
    assert "LBS_TRUST_REMOTE_CODE=true" in refused(folder)
    inspect_folder(folder, trust_remote_code=True)
    # transformers has a tokenizer of its own for the type, and uses that.
    other = model(tmp_path / "other", {"model_type": "gpt2"})
    (other / "tokenizer_config.json").write_text(json.dumps(own))
    inspect_folder(other, trust_remote_code=False)


def test_types_are_those_of_the_installed_transformers() -> None:
    from transformers.models.auto.configuration_auto import CONFIG_MAPPING_NAMES
    from transformers.models.auto.modeling_auto import MODEL_FOR_CAUSAL_LM_MAPPING_NAMES

    assert known_types() == set(CONFIG_MAPPING_NAMES) and causal_types() == set(MODEL_FOR_CAUSAL_LM_MAPPING_NAMES)


def test_every_causal_type_is_accepted_unless_it_encodes() -> None:
    from transformers import CONFIG_MAPPING

    for model_type in sorted(causal_types() - {"gemma4_assistant"}):  # it has no default config
        config = CONFIG_MAPPING[model_type]()
        try:
            check_kind(config.to_dict(), "m", trust_remote_code=False)
        except ModelFolderError as error:
            assert config.is_encoder_decoder or "is an encoder" in str(error), error
        else:
            assert not config.is_encoder_decoder


YARN = {"rope_type": "yarn", "factor": 4.0, "original_max_position_embeddings": 512}


@pytest.mark.parametrize(
    ("config", "most"),
    [
        ({}, 512),
        ({"rope_scaling": YARN}, 2048),
        ({"rope_scaling": {"type": "yarn", "factor": 4}}, 2048),
        ({"rope_scaling": {"type": "dynamic", "factor": 2.0}}, 1024),
        ({"rope_parameters": {"rope_type": "linear", "factor": 8.0}}, 4096),
        # max_position_embeddings is the scaled length already.
        ({"max_position_embeddings": 2048, "rope_scaling": YARN}, 2048),
        ({"rope_scaling": {"rope_type": "llama3", "factor": 8.0, "original_max_position_embeddings": 64}}, 512),
        ({"rope_scaling": {"rope_type": "llama3", "factor": 8.0}}, 512),
        ({"rope_scaling": {"type": "longrope", "short_factor": [1]}, "original_max_position_embeddings": 64}, 512),
        ({"rope_scaling": {"type": "dynamic", "factor": 0.5}}, 512),
        ({"rope_scaling": {"type": "dynamic", "factor": float("inf")}}, 512),
        ({"rope_scaling": {"type": "dynamic", "factor": "2"}}, 512),
        ({"rope_scaling": {"type": "dynamic", "factor": 1e300}}, 1 << 30),
        ({"rope_scaling": {"type": "mrope", "mrope_section": [1]}}, 512),
        ({"model_type": "mpt", "max_seq_len": 100}, 100),
        ({"model_type": "mpt", "max_position_embeddings": None}, 2048),
        ({"model_type": "dbrx", "max_seq_len": 300}, 300),
        ({"model_type": "gpt2", "n_positions": 96, "rope_scaling": {"type": "linear", "factor": 4}}, 96),
        ({"model_type": "gpt2", "n_ctx": 96}, 512),
        ({"model_type": "gemma3_text", "rope_scaling": {"rope_type": "linear", "factor": 8.0}}, 512),
        ({"model_type": "gemma3", "text_config": {"model_type": "gemma3_text", "max_position_embeddings": 99}}, 512),
        ({"model_type": "mamba", "max_position_embeddings": None}, 1 << 20),
        ({"max_position_embeddings": None}, 2048),
        ({"max_position_embeddings": True}, 2048),
    ],
)
def test_the_length_is_what_the_config_and_its_scaling_give(config: dict[str, Any], most: int) -> None:
    assert context_length(LLAMA | config).most == most


def test_plan_and_run_have_one_length_and_say_how_it_comes(tmp_path: Path) -> None:
    folder = model(tmp_path / "m", {"rope_scaling": YARN})
    planned = read_model(str(folder), "float16")
    assert read_checkpoint(folder, Settings.load(), [ONE_CARD]).max_tokens == 2048
    check_context(planned, 2048)
    with pytest.raises(ModelError, match=r"The model accepts 2048 \(512 x 4, yarn\) tokens, not 2049: shorten"):
        check_context(planned, 2049)
    with pytest.raises(ModelError, match=r"accepts 2048 \(512 x 4, yarn\) tokens, not 2020 and 32 more .* to 2016\."):
        check_context(planned, 2020, 32)
