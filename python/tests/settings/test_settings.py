from __future__ import annotations

import ast
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbs.memory.allocator import merged_allocator_conf
from lbs.sentences import sentence_of
from lbs.server.worker_environment import worker_environment
from lbs.settings import Settings, SettingsError, is_loopback

SERVER = Path(__file__).resolve().parents[2] / "server.py"
per_example = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@per_example
@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_limit_is_accepted_as_it_is_or_refused(value: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LBS_GPU_MEMORY_LIMIT", repr(value))
        if value == 0 or 0 < value <= 1:
            assert Settings.load().gpu_memory_limit.value == value
        else:
            with pytest.raises(SettingsError, match="LBS_GPU_MEMORY_LIMIT must be"):
                Settings.load()


def test_percent_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", "80")
    with pytest.raises(SettingsError, match=r"for 80 % write 80%"):
        Settings.load()


@pytest.mark.parametrize(("text", "value"), [("1", True), ("TRUE", True), ("0", False), ("false", False)])
def test_flags(monkeypatch: pytest.MonkeyPatch, text: str, value: bool) -> None:
    monkeypatch.setenv("LBS_USE_MODEL_CACHE", text)
    assert Settings.load().use_model_cache is value


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("LBS_USE_MODEL_CACHE", "yes"),
        ("LBS_TORCH_DTYPE", "fp16"),
        ("LBS_LOCAL_DEVICE_MAP", "gpu"),
        ("LBS_OFFLOAD", "disk"),
        ("LBS_PORT", "70000"),
        ("LBS_MAX_CACHED_LOCAL_MODELS", "-1"),
        ("LBS_GPU_MAX_UTILIZATION", "0"),
    ],
)
def test_an_invalid_variable_is_named(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(SettingsError, match=name):
        Settings.load()


def test_several_invalid_variables_are_one_sentence_with_codes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", "80")
    monkeypatch.setenv("LBS_TORCH_DTYPE", "fp16")
    monkeypatch.setenv("LBS_TOKEN", "a secret")
    with pytest.raises(SettingsError) as raised:
        Settings.load()
    sentence = sentence_of(raised.value)
    assert sentence.code == "settings.several" and "verbatim" not in json.dumps(sentence.as_json())
    assert str(sentence) == str(raised.value)
    assert all(name in str(sentence) for name in ("LBS_GPU_MEMORY_LIMIT", "LBS_TORCH_DTYPE", "LBS_TOKEN"))
    assert "a secret" not in json.dumps(sentence.as_json())


def test_another_address_requires_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_HOST", "0.0.0.0")
    with pytest.raises(SettingsError, match="LBS_TOKEN"):
        Settings.load()
    monkeypatch.setenv("LBS_TOKEN", "secret")
    assert Settings.load().host == "0.0.0.0"
    assert "secret" not in repr(Settings.load())
    assert not is_loopback("example.org")


def test_defaults_in_a_terminal_and_under_the_panel(monkeypatch: pytest.MonkeyPatch) -> None:
    assert Settings.load().offload == "auto"
    assert Settings.load().source("offload") == "default"
    monkeypatch.setenv("HEADROOM_UNDER_PANEL", "1")
    assert Settings.load().offload == "ask"
    monkeypatch.setenv("LBS_OFFLOAD", "never")
    assert Settings.load().public()["LBS_OFFLOAD"] == {"value": "never", "source": "environment"}


def test_one_allocator_setting_with_the_cuda_name_winning() -> None:
    env = {"PYTORCH_ALLOC_CONF": "a:1,b:[1:2,3:4]", "PYTORCH_CUDA_ALLOC_CONF": "a:2,expandable_segments:False"}
    assert merged_allocator_conf(env, expandable=True) == "a:2,b:[1:2,3:4],expandable_segments:True"


@pytest.mark.slow
@pytest.mark.parametrize("value", ["80", "much", "nan"])
def test_an_invalid_variable_is_one_sentence_and_exit_code_2(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", value)
    done = subprocess.run([sys.executable, SERVER], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "LBS_GPU_MEMORY_LIMIT must be" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_the_panel_knows_the_same_variables_and_defaults(monkeypatch: pytest.MonkeyPatch) -> None:
    """electron/contract/settings.ts is the twin: same names, same defaults where the panel is what starts the backend."""
    twin = (SERVER.parent.parent / "electron" / "contract" / "settings.ts").read_text("utf-8")
    start = twin.index("export const defaultSettings")
    block = twin[start : twin.index("\n};", start)]
    theirs = dict(re.findall(r"^  (LBS_\w+): (.+),$", block, re.MULTILINE))
    monkeypatch.setenv("HEADROOM_UNDER_PANEL", "1")
    ours = Settings.load().public()
    assert set(theirs) == set(ours)
    # The panel leaves paths unset, which means the data folder here, and asks for any free port.
    apart = {"LBS_DB_PATH": "null", "LBS_DATASETS": "null", "LBS_PORT": "0"}
    for name, text in theirs.items():
        expected = apart.get(name) or json.dumps(ours[name]["value"]).replace('"', "'")
        assert float(text) == float(expected) if text[0].isdigit() else text == expected, name


@pytest.mark.parametrize(
    ("name", "text", "words"),
    [
        ("LBS_EMULATED_GPUS", "lots", "256MiB"),
        ("LBS_ALLOWED_ORIGINS", "*", "exact origins"),
        ("LBS_ALLOWED_ORIGINS", "http://a.example/page", "exact origins"),
        ("LBS_GPU_MEMORY_LIMIT", "0_8", "must be"),
    ],
)
def test_values_that_would_silently_mean_something_else_are_refused(
    monkeypatch: pytest.MonkeyPatch, name: str, text: str, words: str
) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(SettingsError, match=words):
        Settings.load()


def test_a_token_that_no_header_can_carry_is_refused_without_showing_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_TOKEN", "top secret")
    with pytest.raises(SettingsError, match="LBS_TOKEN must be") as refused:
        Settings.load()
    assert "top" not in str(refused.value)


def test_the_worker_does_not_get_the_servers_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_ENABLE_MEMORY_MANAGEMENT", "0")
    before = {
        "LBS_TOKEN": "t",
        "LBS_HOST": "0.0.0.0",
        "PYTORCH_CUDA_ALLOC_CONF": "backend:native",
        "HEADROOM_MARKER": "m",
    }
    env = worker_environment(Settings.load(), before)
    assert not {"LBS_TOKEN", "LBS_HOST", "PYTORCH_CUDA_ALLOC_CONF"} & set(env)
    assert env["PYTORCH_ALLOC_CONF"] == "backend:native,expandable_segments:False"
    assert env["HEADROOM_MARKER"] == "m" and env["CUDA_DEVICE_ORDER"] == "PCI_BUS_ID" and env["HF_HUB_OFFLINE"] == "1"


def test_an_old_python_can_parse_the_entry_and_gets_a_sentence(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
) -> None:
    ast.parse(SERVER.read_text("utf-8"), feature_version=(3, 4))
    import server

    monkeypatch.setattr(sys, "version_info", (3, 10, 12, "final", 0))
    assert server.main() == 2
    assert "Python 3.10.12 is too old" in capsys.readouterr().err


@pytest.mark.slow
def test_missing_packages_are_one_sentence() -> None:
    # -S: as in a fresh Python, nothing that pip installed is there.
    done = subprocess.run([sys.executable, "-S", SERVER], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2 and "lacks fastapi, uvicorn" in done.stderr and "torch" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.slow
def test_a_refusal_reaches_the_panel_as_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "psutil.py").write_text("raise RuntimeError('mine')")
    steps = tmp_path / "steps"
    env = {**os.environ, "HEADROOM_STEPS_FILE": str(steps), "PYTHONPATH": str(tmp_path)}
    done = subprocess.run([sys.executable, SERVER], env=env, capture_output=True, text=True, timeout=60)
    [line] = [line for line in steps.read_text().splitlines() if line.startswith("refused ")]
    sentence = json.loads(line.removeprefix("refused "))
    assert done.returncode == 2 and done.stderr == f"headroom: {sentence['text']}\n"
    assert sentence["code"] == "lbs.imports.variable"
    assert (sentence["values"]["module"], sentence["values"]["variable"]) == ("psutil", "PYTHONPATH")
    assert f"{tmp_path}/psutil.py: RuntimeError: mine" in sentence["text"]


@pytest.mark.slow
def test_the_server_holds_no_torch() -> None:
    heavy = ("torch", "transformers", "accelerate", "numpy")
    code = f"import sys, lbs.server.serving; print([name for name in {heavy} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], cwd=SERVER.parent, capture_output=True, text=True, timeout=30)
    assert done.stdout.strip() == "[]", done.stderr


@pytest.mark.parametrize(("text", "value"), [("0.80", 0.8), ("80%", 0.8), ("22 gib", "22GiB"), ("-2GiB", "-2GiB")])
def test_the_limit_as_it_is_written_in_the_environment(
    monkeypatch: pytest.MonkeyPatch, text: str, value: float | str
) -> None:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", text)
    assert Settings.load().public()["LBS_GPU_MEMORY_LIMIT"] == {"value": value, "source": "environment"}
