from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lbs.settings import Settings, SettingsError, is_loopback
from lbs.worker_environment import merged_allocator_conf

SERVER = Path(__file__).resolve().parent.parent / "server.py"
per_example = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


@per_example
@given(st.floats(allow_nan=True, allow_infinity=True))
def test_a_limit_is_taken_as_it_is_or_refused(value: float) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LBS_GPU_MEMORY_LIMIT", repr(value))
        if value == 0 or 0 < value <= 1:
            assert Settings.load().gpu_memory_limit == value
        else:
            with pytest.raises(SettingsError, match="LBS_GPU_MEMORY_LIMIT must be"):
                Settings.load()


def test_percent_is_explained(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", "80")
    with pytest.raises(SettingsError, match=r"for 80 % write 0\.8"):
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
def test_what_is_wrong_is_named(monkeypatch: pytest.MonkeyPatch, name: str, text: str) -> None:
    monkeypatch.setenv(name, text)
    with pytest.raises(SettingsError, match=name):
        Settings.load()


def test_another_address_wants_a_token(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LBS_HOST", "0.0.0.0")
    with pytest.raises(SettingsError, match="LBS_TOKEN"):
        Settings.load()
    monkeypatch.setenv("LBS_TOKEN", "secret")
    assert Settings.load().host == "0.0.0.0"
    assert "secret" not in repr(Settings.load())
    assert not is_loopback("example.org")


def test_defaults_by_hand_and_under_the_panel(monkeypatch: pytest.MonkeyPatch) -> None:
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
def test_by_hand_one_sentence_and_exit_code_2(monkeypatch: pytest.MonkeyPatch, value: str) -> None:
    monkeypatch.setenv("LBS_GPU_MEMORY_LIMIT", value)
    done = subprocess.run([sys.executable, SERVER], capture_output=True, text=True, timeout=30)
    assert done.returncode == 2
    assert "LBS_GPU_MEMORY_LIMIT must be" in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
