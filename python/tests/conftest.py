"""Every test has a data folder of its own, and none of the person's LBS_* variables."""

from __future__ import annotations

import gc
import os
import shutil
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, settings

from lbs.models import toy as toy_model

# Every process of the tests computes alike on every machine: with one thread, and without AMX, whose kernels allocate
# extra buffers. torch reads both variables when it is imported, tqdm its own: no progress bars in what a command prints.
os.environ.update(OMP_NUM_THREADS="1", ONEDNN_MAX_CPU_ISA="AVX512_CORE_BF16", TQDM_DISABLE="1")

# No time limit for an example, since the machine may be busy.
settings.register_profile("untimed", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("untimed")

_CONTROLLER = "PYTEST_XDIST_WORKER" not in os.environ
if _CONTROLLER:
    # Modules that read it when they are imported must not find the user's data; xdist's processes inherit it.
    os.environ["HEADROOM_HOME"] = tempfile.mkdtemp(prefix="headroom-tests-")
    # torch sets it during some imports; processes started before and after would differ.
    os.environ["TORCHINDUCTOR_CACHE_DIR"] = os.environ["HEADROOM_HOME"]
_HOME = os.environ["HEADROOM_HOME"]


def pytest_collection_finish() -> None:
    # As in a warm parent: a run collects garbage three times, and each scan of all imports takes a quarter of a second.
    gc.collect()
    gc.freeze()


def pytest_unconfigure() -> None:
    if _CONTROLLER:
        shutil.rmtree(_HOME, ignore_errors=True)


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """One line that says whether the tests on the real model ran."""
    marked = [
        report
        for name in ("passed", "failed", "error", "skipped")
        for report in terminalreporter.stats.get(name, [])
        if "real_model" in getattr(report, "keywords", {})
    ]
    reasons = [report.longrepr[2] for report in marked if report.skipped and isinstance(report.longrepr, tuple)]
    ran = sum(report.when == "call" and not report.skipped for report in marked)
    if marked:
        skipped = f", {len(reasons)} skipped ({'; '.join(sorted(set(reasons)))})" if reasons else ""
        terminalreporter.write_line(f"real model: {ran} tests ran on SmolLM2-135M-Instruct{skipped}")


@pytest.fixture(autouse=True)
def own_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith(("LBS_", "HEADROOM_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("HEADROOM_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")


@pytest.fixture
def traced_here(monkeypatch: pytest.MonkeyPatch) -> None:
    """`python -m lbs.plan`, called in this process, traces in it too: its torch is imported already."""
    from lbs.plan.own_tracer import OwnTracer

    class Here(OwnTracer):
        def close(self) -> None: ...

    monkeypatch.setattr("lbs.plan.__main__.Tracers", Here)


@pytest.fixture(scope="session")
def smollm2() -> Path:
    """The folder of SmolLM2-135M-Instruct, a real model in bfloat16, which no test writes to. Tests that use it are marked
    `real_model`."""
    from tests.support.real_model import NoRealModel, real_model

    try:
        return real_model()
    except NoRealModel as reason:
        pytest.skip(f"no real model: {reason}")


@pytest.fixture(scope="session")
def smollm2_gguf() -> Path:
    """The GGUF file of that model, which no test writes to."""
    from tests.support.real_model import NoRealModel, real_gguf

    try:
        return real_gguf()
    except NoRealModel as reason:
        pytest.skip(f"no real model: {reason}")


@pytest.fixture(scope="session")
def toy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The toy model's folder, which nobody writes to."""
    folder = tmp_path_factory.mktemp("models") / "tiny-llama"
    toy_model.build(folder)
    return folder
