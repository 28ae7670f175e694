"""What the header of a GGUF file says, and one sentence for each file that cannot be converted."""

from __future__ import annotations

import struct
import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from gguf.constants import GGML_QUANT_SIZES
from gguf.quants import _type_traits
from hypothesis import given
from hypothesis import strategies as st
from transformers.integrations.ggml import GGUF_CONFIG_MAPPING
from transformers.integrations.gguf import GGUF_ARCHS
from transformers.integrations.gguf.dequant import GGML_BLOCK
from transformers.integrations.gguf.gguf_tokenizer_mapping import GGUF_PRE_TOKENIZER_SPLITS

from lbs.api.errors import ApiError
from lbs.api.scan import scan_gguf, scan_models
from lbs.api.submit import check_model
from lbs.models.errors import ModelFolderError
from lbs.models.gguf import GgufError, HeaderError, gguf_way_out, kinds, read_gguf, read_header
from lbs.models.weights import weight_bytes
from lbs.plan.model import ModelError, read_model
from lbs.settings import Settings
from tests.support.gguf_files import header

TOKENIZER: dict[str, Any] = {
    "tokenizer.ggml.model": "gpt2",
    "tokenizer.ggml.pre": "gpt-2",
    "tokenizer.ggml.tokens": ["a", "b"],
}
PAIRS: dict[str, Any] = {"general.architecture": "llama", "llama.block_count": 1, **TOKENIZER}
WEIGHT = ("token_embd.weight", (32, 2), 8, 0)
DATA = bytes(68)


def written(folder: Path, content: bytes, name: str = "m.gguf") -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(content)
    return folder / name


def whole(**changes: Any) -> bytes:
    return header(PAIRS | changes, [WEIGHT]) + DATA


def why(file: Path) -> str:
    with pytest.raises(GgufError) as error:
        read_gguf(file)
    text = str(error.value)
    assert str(file) in text and text.endswith(".") and "\n" not in text
    return text


def test_the_tables_are_those_of_the_libraries() -> None:
    sizes = {kind.value: size for kind, size in GGML_QUANT_SIZES.items()}
    convertible = {kind.value for kind in _type_traits} | {kinds.F32, kinds.F16}
    assert {kind: sizes[kind] for kind in convertible} == kinds.BLOCKS
    assert set(GGML_BLOCK) | {kinds.F32, kinds.F16, kinds.BF16} == kinds.BLOCKS_OF_TRANSFORMERS
    assert set(GGUF_ARCHS) == kinds.OWN_READER
    known = {name.replace("_moe", "moe") for name in GGUF_CONFIG_MAPPING} | kinds.OWN_READER
    assert known >= kinds.ARCHITECTURES
    assert set(GGUF_PRE_TOKENIZER_SPLITS) >= kinds.SPLITS_OF_TRANSFORMERS | kinds.SPLITS_OF_LLAMA3


def test_sizes_come_from_the_header(tmp_path: Path) -> None:
    found = read_gguf(written(tmp_path, whole()))
    assert (found.architecture, found.dtype, found.values, found.converted) == ("llama", "bfloat16", 64, 128)
    text = str(found.sentence())
    assert f"{tmp_path}/m.gguf is GGUF and can be converted: dequantized it holds 0.0 MiB instead of" in text


@pytest.mark.parametrize(("kind", "dtype"), [(0, "float32"), (1, "float16"), (30, "bfloat16"), (12, "bfloat16")])
def test_weights_that_are_not_quantized_keep_their_type(tmp_path: Path, kind: int, dtype: str) -> None:
    tensors = [("output_norm.weight", (256,), 0, 0), ("token_embd.weight", (256, 2), kind, 1024)]
    assert read_gguf(written(tmp_path, header(PAIRS, tensors) + bytes(4096))).dtype == dtype


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (b"", "is not GGUF"),
        (b"ggjt" + bytes(100), "is not GGUF"),
        (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n", "pointer of Git LFS"),
        (b"GGUF\0\0\0\3" + bytes(100), "big-endian"),
        (header(PAIRS, version=1), "version 1"),
        (header(PAIRS, version=9), "its version is 9"),
        (b"GGUF\3\0", "ends within its header"),
        (whole()[:150], "ends within its header"),
        (whole()[:-9], "incomplete"),
        (header(PAIRS), "without weights"),
        (header(counts=(1 << 60, 1)), "claims 1152921504606846976 tensors"),
        (header(counts=(1, 1 << 63)), "metadata pairs"),
        (header({"a": struct.pack("<IIQ", 9, 8, 1 << 61)}), "strings"),
        (header({"a": struct.pack("<IIQ", 9, 4, 1 << 61)}), "ends within its header"),
        (header({"a": struct.pack("<IIQ", 9, 9, 1)}), "value of type 9"),
        (header({"a": struct.pack("<IQ", 8, 1 << 62)}), "text of"),
        (header({"a": struct.pack("<IQ", 8, 2) + b"\xff\xff"}), "not UTF-8"),
        (header({"a": struct.pack("<I", 77)}), "value of type 77"),
        (header(PAIRS | {"general.alignment": 24}, [WEIGHT]) + DATA, "alignment"),
        (header(PAIRS, [WEIGHT, WEIGHT]) + DATA, "tensor twice"),
        (header(PAIRS, [("a", (32, 2), 8, 0), ("b", (32, 2), 8, 0)]) + DATA, "tensors overlap"),
        (header(PAIRS, [("a", (33, 2), 8, 0)]) + DATA, "the shape of 'a'"),
        (header(PAIRS, [("a", (32, 0), 8, 0)]) + DATA, "the shape of 'a'"),
        (header(PAIRS, [("a", (1 << 40, 1 << 40), 0, 0)]) + DATA, "the shape of 'a'"),
        (header(PAIRS, [("a", (32, 1, 1, 1, 1), 8, 0)]) + DATA, "5 dimensions"),
        (header(PAIRS, [("a", (32, 2), 200, 0)]) + DATA, "ggml's type 200"),
        (whole(**{"llama.block_count": 10**9}), "claims 1000000000 layers"),
        (whole(**{"general.type": "adapter"}), "LoRA adapter"),
        (whole(**{"general.type": "imatrix"}), "importance matrix"),
        (whole(**{"general.architecture": "clip"}), "mmproj"),
        (whole(**{"general.type": "mmproj"}), "mmproj"),
        (whole(**{"split.count": 3}), "3 parts"),
        (whole(**{"general.architecture": "bert"}), "encoder"),
        (whole(**{"general.architecture": "rwkv7"}), "architecture 'rwkv7'"),
        (whole(**{"tokenizer.ggml.model": "bert"}), "kind 'bert'"),
        (whole(**{"tokenizer.ggml.pre": "hal9000"}), "kind 'hal9000'"),
        (header({key: PAIRS[key] for key in PAIRS if "ggml" not in key}, [WEIGHT]) + DATA, "no tokenizer"),
    ],
)
def test_each_kind_of_unusable_file_is_one_sentence(tmp_path: Path, content: bytes, word: str) -> None:
    started = time.process_time()
    tracemalloc.start()
    assert word in why(written(tmp_path, content))
    assert tracemalloc.get_traced_memory()[1] < 32 << 20
    tracemalloc.stop()
    assert time.process_time() - started < 5


def test_a_part_of_a_split_file_is_known_by_its_name(tmp_path: Path) -> None:
    assert "4 parts" in why(written(tmp_path, whole(), "m-00002-of-00004.gguf"))


@given(st.integers(0, len(whole()) - 1), st.binary(min_size=1, max_size=8), st.integers(0, 200))
def test_damage_anywhere_is_found_or_harmless(
    tmp_path_factory: pytest.TempPathFactory, at: int, new: bytes, cut: int
) -> None:
    content = bytearray(whole())
    content[at : at + len(new)] = new
    file = tmp_path_factory.getbasetemp() / "damaged.gguf"
    file.write_bytes(content[: len(content) - cut])
    try:
        found = read_header(file)
    except HeaderError:
        return
    assert sum(len(tensor.name) for tensor in found.tensors) <= len(content)


def test_no_pipe_and_no_folder_is_taken_for_a_file(tmp_path: Path) -> None:
    (tmp_path / "folder.gguf").mkdir()
    assert gguf_way_out(tmp_path) is None and gguf_way_out(tmp_path / "folder.gguf") is None


def _submit(path: Path) -> Any:
    return check_model(str(path), Settings())


def _plan(path: Path) -> Any:
    return read_model(str(path), "auto")


@pytest.mark.parametrize("call", [_submit, _plan])
def test_where_a_model_is_expected_the_sentence_names_the_conversion(
    tmp_path: Path, call: Callable[[Path], Any]
) -> None:
    file = written(tmp_path / "my model", whole())
    (tmp_path / "links").mkdir()
    link = tmp_path / "links" / "linked.gguf"
    link.symlink_to(file)
    for path, named in ((file, file), (file.parent, file), (link, link)):
        with pytest.raises((ApiError, ModelError)) as error:
            call(path)
        assert f"run `python -m lbs.convert '{named}'`" in str(error.value) or f"lbs.convert {named}`" in str(
            error.value
        )
    written(file.parent, whole(), "other.gguf")
    with pytest.raises((ApiError, ModelError), match="contains 2 GGUF files, such as"):
        call(file.parent)
    with pytest.raises((ApiError, ModelError), match="mmproj"):
        call(written(tmp_path, whole(**{"general.type": "mmproj"}), "mmproj.gguf"))
    (file.parent / "m").mkdir()
    (file.parent / "m" / "config.json").write_text("{}")
    with pytest.raises((ApiError, ModelError), match="already converted: choose"):
        call(file)


def test_a_config_that_names_only_the_family_does_not_make_a_model_of_it(tmp_path: Path) -> None:
    file = written(tmp_path / "zoo" / "m", whole())
    (file.parent / "config.json").write_text('{"model_type": "llama"}')
    with pytest.raises(ModelFolderError, match=r"lbs\.convert"):
        weight_bytes(file.parent, 2)
    for call in (_submit, _plan):
        with pytest.raises((ApiError, ModelError), match=r"lbs\.convert"):
            call(file.parent)
    assert scan_models(str(tmp_path / "zoo"), 5, Settings()) == []


def test_a_scan_lists_gguf_files_beside_the_models_until_they_are_converted(tmp_path: Path) -> None:
    file = written(tmp_path / "zoo" / "deep", whole())
    written(tmp_path / "zoo", whole(**{"general.type": "adapter"}), "lora.GGUF")
    found = scan_gguf(str(tmp_path / "zoo"), 5, Settings())
    assert [one["name"] for one in found] == ["zoo/deep/m.gguf", "zoo/lora.GGUF"]
    assert "can be converted: dequantized it holds" in found[0]["note"] and "LoRA adapter" in found[1]["note"]
    assert found[0]["note_sentence"]["code"] == "lbs.models.gguf_convertible"
    (file.parent / "m").mkdir()
    (file.parent / "m" / "config.json").write_text("{}")
    assert [one["name"] for one in scan_gguf(str(tmp_path / "zoo"), 5, Settings())] == ["zoo/lora.GGUF"]
    assert [one["name"] for one in scan_models(str(tmp_path / "zoo"), 5, Settings())] == ["zoo/deep/m"]
