"""The real server as a process, with the fake worker: no test here needs torch."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.support.backend import Backend, model_folder, started, until

pytestmark = pytest.mark.slow


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    with started(tmp_path, fake=True) as running:
        running.wait_idle()
        yield running


def test_a_run_from_submit_to_result(backend: Backend, tmp_path: Path) -> None:
    req_id = backend.submit(model_folder(tmp_path, "good"), context_length=64, depth_percent=50)
    run = backend.wait_run(req_id)
    assert run["status"] == "completed" and run["result"] == {"score": 1.0}
    assert run["parameters"]["context_lengths"] == [64] and run["parameters"]["depths"] == [50]
    progress = backend.http.get("/api/progress", params={"req_id": req_id}).json()[req_id]
    assert progress["status"] == "completed" and "error" not in progress
    results = backend.http.get("/api/results", params={"count": 5, "timeout": 0.2}).json()
    assert [one["req_id"] for one in results] == [req_id]
    assert backend.http.get("/api/results").json() == []
    assert backend.http.get("/api/history").json()[0]["results"] == {"score": 1.0}


def items(backend: Backend, req_id: str, status: str) -> dict[str, Any]:
    page: dict[str, Any] = backend.http.get(f"/api/runs/{req_id}/items").json()
    assert page["status"] == status and page["total"] == len(page["items"])
    for item in page["items"][-1:]:
        params = {"key": item["key"]}
        assert backend.http.get(f"/api/runs/{req_id}/item", params=params).json()["item"] == item["item"]
    return page


def test_runs_queue_up_and_a_queued_one_can_be_cancelled(backend: Backend, tmp_path: Path) -> None:
    first = backend.submit(model_folder(tmp_path, "waits"))
    second = backend.submit(model_folder(tmp_path, "good"))
    assert backend.http.post(f"/api/cancel/{second}").status_code == 200
    assert backend.wait_run(second)["status"] == "cancelled"
    assert backend.http.post("/api/memory/clear").json()["code"] == "busy"
    during = until(lambda: items(backend, first, "processing")["items"] or None)
    backend.http.post(f"/api/cancel/{first}")
    run = backend.wait_run(first)
    assert items(backend, first, "cancelled")["items"] == during
    assert [(item["key"], item["item"]) for item in during] == [("one", {"score": 1.0})]
    assert run["status"] == "cancelled" and run["error"] == "Cancelled."
    old = backend.http.get("/api/progress", params={"req_id": first}).json()[first]
    assert old["status"] == "failed" and old["error"] == "Cancelled."


def test_a_held_queue_starts_no_run_and_is_handed_over(tmp_path: Path) -> None:
    with started(tmp_path / "one", fake=True) as first:
        first.wait_idle()
        on = first.submit(model_folder(tmp_path, "waits"))
        until(lambda: first.http.get(f"/api/runs/{on}").json()["status"] == "processing" or None)
        waiting = [first.submit(model_folder(tmp_path, name)) for name in ("good", "large")]
        assert first.http.post("/api/queue/hold", json={"hold": True}).status_code == 200
        assert first.http.get("/api/health").json()["held"] is True
        first.http.post(f"/api/cancel/{on}")
        first.wait_run(on)
        time.sleep(0.3)
        assert first.http.get(f"/api/runs/{waiting[0]}").json()["status"] == "queued"
        assert first.http.post("/api/shutdown", json={"hand_over": True}).status_code == 200
        assert first.process.wait(30) == 0
    with started(tmp_path / "two", fake=True) as second:
        for req_id in waiting:
            assert second.wait_run(req_id)["status"] == "completed"
    with started(tmp_path / "three", fake=True) as third:
        assert third.http.get("/api/health").json()["held"] is False
        assert third.http.get(f"/api/runs/{waiting[0]}").json()["status"] == "completed"


def test_a_run_that_a_person_stops_is_cancelled_and_queued_runs_that_are_not_handed_over_fail(tmp_path: Path) -> None:
    with started(tmp_path / "one", fake=True) as first:
        first.wait_idle()
        on = first.submit(model_folder(tmp_path, "waits"))
        until(lambda: first.http.get(f"/api/runs/{on}").json()["status"] == "processing" or None)
        lost = first.submit(model_folder(tmp_path, "good"))
        assert first.http.post("/api/shutdown", json={"by_person": True}).status_code == 200
        first.process.wait(30)
    with started(tmp_path / "two", fake=True) as second:
        stopped = second.http.get(f"/api/runs/{on}").json()
        assert (stopped["status"], stopped["error_code"]) == ("cancelled", "stopped")
        assert second.http.get(f"/api/runs/{lost}").json()["error_code"] == "interrupted"


def test_a_dead_worker_fails_only_its_own_run(backend: Backend, tmp_path: Path) -> None:
    dead = backend.submit(model_folder(tmp_path, "dies"))
    good = backend.submit(model_folder(tmp_path, "good"))
    run = backend.wait_run(dead)
    assert run["status"] == "failed" and "SIGKILL" in run["error"]
    if sys.platform == "linux":
        # The fake worker killed itself, so the kernel's counter has not risen.
        assert "its counter has not risen" in run["error"]
    assert backend.wait_run(good)["status"] == "completed"


def test_a_failed_runs_sentence_travels_with_its_values(backend: Backend, tmp_path: Path) -> None:
    model = model_folder(tmp_path, "fails")
    run = backend.wait_run(backend.submit(model))
    sentence = {"code": "lbs.models.no_config", "values": {"path": str(model)}, "text": run["error"]}
    assert run["error_sentence"] == sentence and str(model) in run["error"]
    assert [one["error_sentence"] for one in backend.http.get("/api/runs").json()] == [sentence]
    with backend.http.stream("GET", "/api/events") as stream:
        lines = stream.iter_lines()
        while next(lines) != "event: run":
            pass
        assert json.loads(next(lines).removeprefix("data: "))["error_sentence"] == sentence


def test_a_worker_that_does_not_answer_a_cancel_is_killed(backend: Backend, tmp_path: Path) -> None:
    hung = backend.submit(model_folder(tmp_path, "hangs"))
    until(lambda: backend.http.get(f"/api/runs/{hung}").json()["status"] == "processing" or None)
    backend.http.post(f"/api/cancel/{hung}")
    started_at = time.monotonic()
    while backend.http.get("/api/health").json()["worker"]["state"] == "running":
        began = time.monotonic()
        assert backend.http.get("/api/progress").status_code == 200
        assert time.monotonic() - began < 4  # less than the kill is waited for
        assert time.monotonic() - started_at < 60
        time.sleep(0.2)
    assert backend.wait_run(hung)["status"] == "cancelled"
    backend.wait_idle()


def test_clear_returns_the_freed_bytes(backend: Backend) -> None:
    assert backend.http.post("/api/memory/clear").json() == {"status": "success", "freed": 7}


def test_a_run_that_cannot_start_is_refused(backend: Backend, tmp_path: Path) -> None:
    good = model_folder(tmp_path, "good")
    pickled = model_folder(tmp_path, "pickled", "pytorch_model.bin")

    def refusal(**body: object) -> tuple[int, str]:
        answer = backend.http.post("/api/submit", json={"model_name_or_path": str(good), **body})
        return answer.status_code, answer.json()["code"]

    needle = "NeedleInAHaystack"
    assert refusal(dataset_name="LongBench/2wikimqa") == (400, "unsupported")
    assert refusal(dataset_name=needle, model_type="api") == (400, "unsupported")
    assert refusal(dataset_name=needle, model_name_or_path=str(tmp_path)) == (400, "invalid_model")
    assert refusal(dataset_name=needle, model_name_or_path=str(pickled)) == (400, "invalid_model")
    assert refusal(dataset_name=needle, parameters={"depths": [120]}) == (400, "invalid_parameters")
    assert refusal(dataset_name=needle, parameters={"nonsense": 1}) == (400, "invalid_parameters")
    assert backend.http.get("/api/runs").json() == []


def test_foreign_origins_and_host_names_are_refused(backend: Backend) -> None:
    def code(**headers: str) -> str:
        return str(backend.http.get("/api/health", headers=headers).json().get("code"))

    assert code(Origin="http://evil.example") == "origin"
    assert code(Host="evil.example") == "host"
    assert code() == "None"
    assert backend.http.post("/api/submit", content="x").json()["code"] == "not_json"
    assert backend.http.get("/api/nothing").json()["code"] == "not_found"


def test_token_and_admitted_origin(tmp_path: Path) -> None:
    with started(tmp_path, fake=True, LBS_TOKEN="t0ken", LBS_ALLOWED_ORIGINS="http://page.example") as backend:
        assert backend.http.get("/api/health").status_code == 200
        url = backend.http.base_url
        assert httpx.get(f"{url}/api/health").json()["code"] == "token"
        headers = {"Origin": "http://page.example", "Access-Control-Request-Method": "GET"}
        preflight = httpx.options(f"{url}/api/health", headers=headers)
        assert preflight.status_code == 204
        assert preflight.headers["access-control-allow-origin"] == "http://page.example"


def test_a_worker_that_holds_memory_after_its_run_is_replaced_and_the_result_stays(
    backend: Backend, tmp_path: Path
) -> None:
    before = backend.http.get("/api/health").json()["worker"]["pid"]
    leaked = backend.submit(model_folder(tmp_path, "leaks"))
    after = backend.submit(model_folder(tmp_path, "good"))
    assert backend.wait_run(leaked)["status"] == "completed"
    assert backend.wait_run(after)["status"] == "completed"
    worker = backend.http.get("/api/health").json()["worker"]
    assert worker["pid"] != before and worker["error"] is None
    (listed,) = backend.http.get("/api/incidents").json()
    assert (listed["id"], listed["kind"], listed["sentence"]) == (leaked, "unreleased", "It stayed.")
    incident = backend.http.get(f"/api/incidents/{leaked}").json()
    assert incident["details"]["unreleased"] == {"bytes": {"0": 1 << 20}} and incident["ways_out"] == []
    assert incident["details"]["asked"]["dataset"].startswith("Needle")
    assert backend.http.get(f"/api/runs/{leaked}").json()["status"] == "completed"


def test_memory_left_by_a_failed_run_joins_its_incident(backend: Backend, tmp_path: Path) -> None:
    failed = backend.wait_run(backend.submit(model_folder(tmp_path, "stumbles and leaks")))
    assert failed["error_code"] == "out_of_memory"

    def both() -> Any:
        incident = backend.http.get(f"/api/incidents/{failed['req_id']}").json()
        return incident if "unreleased" in incident["details"] else None

    incident = until(both)
    assert incident["kind"] == "out_of_memory" and incident["sentence"] == "Full. In addition: It stayed."
    assert incident["ways_out"][0]["to"] == 5 and incident["details"]["message"] == "CUDA"


def test_events_begin_with_the_state_and_end_with_the_server(backend: Backend) -> None:
    kinds = []
    with backend.http.stream("GET", "/api/events") as stream:
        for line in stream.iter_lines():
            if line.startswith("event: "):
                kinds.append(line.removeprefix("event: "))
            if line.startswith("data: ") and kinds[-1] == "health":
                assert json.loads(line.removeprefix("data: "))["status"] in ("starting", "ready")
            if kinds == ["health", "memory"]:
                # The server closes the stream, which ends this loop.
                os.kill(backend.pid, signal.SIGTERM)
    assert kinds[:2] == ["health", "memory"]
    assert backend.process.wait(30) is not None


def test_scan_models(backend: Backend, tmp_path: Path) -> None:
    model_folder(tmp_path / "zoo", "b")
    model_folder(tmp_path / "zoo" / "deep", "a")
    model_folder(tmp_path / "zoo" / "b", "inner")
    model_folder(tmp_path / "zoo", ".hidden")

    def scan(folder: object) -> httpx.Response:
        return backend.http.post("/api/scan-models", json={"folder_path": str(folder)})

    found = scan(tmp_path / "zoo").json()
    assert [model["name"] for model in found["models"]] == ["zoo/b", "zoo/deep/a"] and found["count"] == 2
    assert scan("").status_code == 400 and scan(tmp_path / "none").status_code == 404


def test_shutdown_ends_server_and_worker(backend: Backend) -> None:
    worker = backend.http.get("/api/health").json()["worker"]["pid"]
    backend.http.post("/api/shutdown")
    assert backend.process.wait(30) == 0
    with pytest.raises(ProcessLookupError):
        os.kill(worker, 0)


def test_started_by_hand_with_the_real_worker(tmp_path: Path) -> None:
    """`python server.py`: quick health while torch is imported, an error for a busy port, and a quiet exit on Ctrl-C."""
    folder, port_file = Path(__file__).resolve().parents[2], tmp_path / "port.json"
    env = {**os.environ, "LBS_PORT": "0", "LBS_EMULATED_GPUS": "256MiB", "HEADROOM_PORT_FILE": str(port_file)}
    words = [sys.executable, str(folder / "server.py")]
    # Its own session, as in a terminal: Ctrl-C reaches the whole group.
    process = subprocess.Popen(words, cwd=tmp_path, env=env, text=True, stderr=subprocess.PIPE, start_new_session=True)
    try:
        port_info = until(lambda: json.loads(port_file.read_text()) if port_file.exists() else None, 30)
        assert port_info["pid"] == process.pid
        with httpx.Client(base_url=f"http://127.0.0.1:{port_info['port']}", timeout=30) as http:
            until(lambda: http.get("/api/health").json()["torch"], 60)
            health = http.get("/api/health").json()
        assert health["emulated"] and health["worker"]["state"] == "idle"
        busy = {**env, "LBS_PORT": str(port_info["port"])}
        second = subprocess.run(words, env=busy, capture_output=True, text=True, timeout=30)
        assert second.returncode == 2 and f"The port {port_info['port']} on 127.0.0.1 cannot be used" in second.stderr
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(30) == 0
        assert process.stderr is not None and "Traceback" not in process.stderr.read()
        with pytest.raises(ProcessLookupError):
            os.kill(health["worker"]["pid"], 0)
    finally:
        process.kill()
        process.communicate()


def test_a_server_whose_worker_cannot_import_says_so_and_refuses_runs(tmp_path: Path) -> None:
    (tmp_path / "numpy.py").write_text("raise RuntimeError('mine')")
    with started(tmp_path, warm=False, PYTHONPATH=str(tmp_path)) as backend:
        assert backend.http.get("/api/health").json()["status"] in ("starting", "failed")
        until(lambda: backend.http.get("/api/health").json()["status"] == "failed" or None, 60)
        worker = backend.http.get("/api/health").json()["worker"]
        assert worker["state"] == "failed" and worker["step"] is None
        assert worker["error"].startswith(f"numpy cannot be imported because PYTHONPATH={tmp_path} is set")
        body = {"model_name_or_path": str(model_folder(tmp_path, "good")), "dataset_name": "NeedleInAHaystack"}
        refused = backend.http.post("/api/submit", json=body)
        assert (refused.status_code, refused.json()["code"]) == (503, "worker_failed")
        assert refused.json()["error"] == worker["error"]
        assert backend.http.get("/api/runs").json() == []


def test_a_long_poll_does_not_delay_shutdown(backend: Backend) -> None:
    answers: list[httpx.Response] = []
    url = f"{backend.http.base_url}/api/results?timeout=30"
    poll = threading.Thread(target=lambda: answers.append(httpx.get(url, timeout=40)))
    poll.start()
    time.sleep(0.3)
    backend.http.post("/api/shutdown")
    assert backend.process.wait(30) == 0
    poll.join()
    assert answers[0].json() == []
