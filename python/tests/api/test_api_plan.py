"""`POST /api/plan` on the real server, with the toy model, an emulated GPU, and described GPUs."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest

from tests.support.backend import FAKE_WORKER, Backend, started, until
from tests.support.long_form import FULL

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("plan of one server")]
MIB = 1 << 20
TRACERS = [("-c", "print('{}', flush=True); import sys; sys.stdin.read()"), ("-m", "lbs.plan.tracing")]
"""A tracer without torch's imports, which the kill of its server ends at once, and (HEADROOM_FAULTS=full) the real one."""


@pytest.fixture(scope="module")
def backend(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Backend]:
    folder = tmp_path_factory.mktemp("plan")
    with started(folder, LBS_EMULATED_GPUS="256MiB", LBS_GPU_MEMORY_LIMIT="0.5", HEADROOM_HOME=str(folder)) as running:
        running.wait_idle()
        yield running


def plan(backend: Backend, toy: Path, **more: Any) -> dict[str, Any]:
    answer = backend.http.post("/api/plan", json={"model": str(toy), "context": 256, **more}, timeout=90)
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.json()
    return found


def test_the_run_takes_what_the_plan_predicts(backend: Backend, toy: Path) -> None:
    told = plan(backend, toy, new_tokens=4)
    assert told["verdict"] == "fits" and told["method"] == "traced" and told["predicted"] is True
    (gpu,) = told["gpus"]
    assert gpu["budget"] == told["budget"] == 128 * MIB and gpu["total"] <= gpu["budget"]
    grid = {"context_lengths": [256], "depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 4}
    run = backend.wait_run(backend.submit(toy, parameters=grid))
    assert run["status"] == "completed", run["error"]
    assert run["result"]["predicted_peak"] == told["total"]
    assert told["total_low"] <= run["result"]["peak_memory"]["0"] <= told["total"]
    again = plan(backend, toy, new_tokens=4)
    assert again["corrected_from"] == 1 and again["total"] == told["total"], "one run does not lower a plan"
    assert plan(backend, toy, kind="choose")["corrected_from"] == 0, "another kind of run was not measured"


@pytest.mark.skipif(not FULL, reason="in the long form")
def test_a_run_that_names_no_batch_takes_what_its_widest_plan_predicts(backend: Backend, toy: Path) -> None:
    grid = {"context_lengths": [256], "depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 4}
    told = plan(backend, toy, new_tokens=4, most_batch=3)
    assert told["total"] > plan(backend, toy, new_tokens=4)["total"]
    run = backend.wait_run(backend.submit(toy, parameters={**grid, "repeats": 3}))
    assert run["result"]["batch_sizes"] == {"256": 3} and run["result"]["predicted_peak"] == told["total"]
    full = plan(backend, toy, context=4000, limit=0.2, most_batch=64)
    assert full["verdict"] == "fits" and full["total"] <= full["budget"]


def test_after_a_few_answers_curves_predict_untraced_lengths(backend: Backend, toy: Path) -> None:
    told = next(told for n in range(1000) if (told := plan(backend, toy, context=300 + n))["interpolated"])
    assert told["method"] == "traced" and told["verdict"] == "fits"


def test_a_plan_that_does_not_fit_has_ways_out(backend: Backend, toy: Path) -> None:
    for limit, text in ((0.1, "0.1"), ("25.6 mib", "25.6MiB"), ("-230MiB", "-230MiB")):
        told = plan(backend, toy, context=4000, limit=limit)
        assert told["verdict"] == "does_not_fit"
        assert told["limit"] == pytest.approx(0.1, abs=0.002) and told["limit_text"] == text
        (way,) = [way for way in told["ways_out"] if way["change"] == "limit"]
        assert isinstance(way["to"], type(limit))
        assert plan(backend, toy, context=4000, limit=way["to"])["verdict"] == "fits"
    fit = plan(backend, toy, limit=0.12, fit=True)["fit"]
    assert plan(backend, toy, context=fit["context"]["value"], limit=0.12)["verdict"] == "fits"


def test_the_server_answers_other_calls_during_a_trace(backend: Backend, toy: Path, tmp_path: Path) -> None:
    config = json.loads((toy / "config.json").read_text()) | {
        "max_position_embeddings": 32768,
        "num_hidden_layers": 40,
        "hidden_size": 1024,
    }
    (tmp_path / "config.json").write_text(json.dumps(config))
    body = {"model": str(tmp_path), "context": 20000, "gpus": "24GiB,24GiB"}
    answers: list[Any] = []
    asking = threading.Thread(
        target=lambda: answers.append(backend.http.post("/api/plan", json=body, timeout=90).json())
    )
    asking.start()
    slowest = 0.0
    while asking.is_alive():
        before = time.monotonic()
        assert backend.http.get("/api/health").status_code == 200
        slowest = max(slowest, time.monotonic() - before)
        time.sleep(0.02)
    print(f"slowest health answer {slowest * 1000:.0f} ms")
    assert answers[0]["verdict"] in ("fits", "tight", "does_not_fit") and len(answers[0]["gpus"]) == 2


def traces(server: int) -> bool:
    """Whether a child of the server runs the tracer."""
    children = psutil.Process(server).children()
    return any("lbs.plan.tracing" in child.cmdline() for child in children)


def test_shutdown_does_not_wait_for_a_trace(toy: Path, tmp_path: Path) -> None:
    config = json.loads((toy / "config.json").read_text()) | {"max_position_embeddings": 1 << 20}
    (tmp_path / "config.json").write_text(json.dumps(config))
    body = {"model": str(tmp_path), "context": 1_000_000, "limit": 0.5}  # half a minute on the CPU's kernels
    codes: list[int] = []
    with started(tmp_path, LBS_EMULATED_GPUS="256MiB", HEADROOM_HOME=str(tmp_path)) as backend:
        backend.wait_idle()
        post = backend.http.post
        asking = threading.Thread(target=lambda: codes.append(post("/api/plan", json=body, timeout=90).status_code))
        asking.start()
        until(lambda: traces(backend.pid) or None)
        time.sleep(1)
        backend.http.post("/api/shutdown")
        assert backend.process.wait(30) == 0
        asking.join(30)
        assert codes == [503] and "Traceback" not in (backend.process.stderr.read() if backend.process.stderr else "")


@pytest.mark.skipif(not FULL, reason="in the long form")
def test_shutdown_does_not_wait_for_a_curve(toy: Path, tmp_path: Path) -> None:
    with started(tmp_path, LBS_EMULATED_GPUS="256MiB", HEADROOM_HOME=str(tmp_path)) as backend:
        backend.wait_idle()
        assert plan(backend, toy)["interpolated"] is False  # and from here on the curves are drawn
        backend.http.post("/api/shutdown")
        assert backend.process.wait(30) == 0
        assert "Traceback" not in (backend.process.stderr.read() if backend.process.stderr else "")


@pytest.mark.parametrize("command", TRACERS if FULL else TRACERS[:1])
def test_a_warm_tracer_waits_under_the_panel_and_ends_with_the_server(tmp_path: Path, command: tuple[str, ...]) -> None:
    panel: Any = {"HEADROOM_UNDER_PANEL": "1", "LBS_WARM_WORKERS": "1", "HEADROOM_HOME": str(tmp_path)}
    program = (
        "import sys; from lbs.plan import tracer_process; from lbs.server.serving import serve; "
        f"from lbs.settings import Settings; tracer_process.COMMAND = (sys.executable, *{command!r}); "
        f"serve(Settings.load(), {FAKE_WORKER!r})"
    )
    with started(tmp_path, fake=True, program=program, **panel) as backend:
        assert backend.http.get("/api/health").json()["tracers"] == []
        (pid,) = until(lambda: backend.http.get("/api/health").json()["tracers"] or None)
        tracer = psutil.Process(pid)
        assert tracer.cmdline()[1:] == [*command, "--warm"] and tracer.ppid() == backend.pid
        backend.process.kill()
        until(lambda: None if tracer.is_running() else True, 120)


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"model": "/nowhere"}, "no config.json"),
        ({"context": 5000}, "accepts 4096 tokens"),
        ({"context": 4096}, "shorten the context to 4064"),
        ({"new_tokens": 4096}, "generate fewer"),
        ({"context": 0}, "whole number from 1"),
        ({"gpus": "big"}, "such as 24GiB"),
        ({"limit": 80}, "for 80 GiB write 80GiB"),
        ({"dtype": "int3"}, "The dtype is one of"),
        ({"bacth": 2}, "bacth"),
    ],
)
def test_bad_input_is_one_sentence(backend: Backend, toy: Path, more: dict[str, Any], told: str) -> None:
    answer = backend.http.post("/api/plan", json={"model": str(toy), **more})
    assert answer.status_code == 400 and told in answer.json()["error"]
