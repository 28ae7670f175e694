"""The hash of a model: the same for the same files, another for other weights, config or tokenizer."""

from __future__ import annotations

from pathlib import Path

from lbs.models.fingerprint import fingerprint

SIZE = 3 << 20


def model(folder: Path, weights: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text("{}")
    (folder / "model.safetensors").write_bytes(weights)
    return folder


def test_a_copy_has_the_same_hash_and_every_part_counts(tmp_path: Path) -> None:
    weights = bytes(range(256)) * (SIZE // 256)
    one, copy = model(tmp_path / "one", weights), model(tmp_path / "copy", weights)
    whole = fingerprint([one])
    assert whole == fingerprint([copy]) and whole.startswith("sampled-sha256:")
    (copy / "README.md").write_text("read me")
    assert fingerprint([copy]) == whole
    for name in ("config.json", "tokenizer.json", "tokenizer.model", "modeling.py", "model-2.safetensors"):
        (copy / name).write_text("other")
        assert fingerprint([copy]) != whole, name
        (copy / name).unlink()
        model(copy, weights)
    assert fingerprint([copy, one]) != whole


def test_weights_of_the_same_shapes_differ(tmp_path: Path) -> None:
    """A change anywhere that is as long as the gap between two blocks touches one."""
    before = fingerprint([model(tmp_path / "m", bytes(SIZE))])
    gap = SIZE // 15
    found = {before}
    for start in range(0, SIZE - gap + 1, gap // 2):
        weights = bytearray(SIZE)
        weights[start : start + gap] = b"x" * gap
        found.add(fingerprint([model(tmp_path / "m", bytes(weights))]))
    assert len(found) == len(range(0, SIZE - gap + 1, gap // 2)) + 1
