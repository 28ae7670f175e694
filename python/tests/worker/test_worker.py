"""Server and worker with the real torch, the toy model and an emulated GPU, as a user runs them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from lbs.models.fingerprint import fingerprint
from tests.support.backend import FOLDER, Backend, started, until

pytestmark = pytest.mark.slow

MIB = 1 << 20
QUICK = {"context_lengths": [256], "depths": [50], "task_types": ["single_needle_retrieval"], "max_new_tokens": 4}


@pytest.fixture
def backend(tmp_path: Path) -> Iterator[Backend]:
    with started(tmp_path, LBS_EMULATED_GPUS="256MiB", LBS_GPU_MEMORY_LIMIT="0.5") as running:
        running.wait_idle()
        yield running


def used(backend: Backend) -> int:
    return int(backend.http.get("/api/memory").json()["gpus"][0]["used"])


def smi_used() -> int:
    command = [sys.executable, "-I", "nvidia_smi_emulator.py", "--query-compute-apps=used_gpu_memory"]
    done = subprocess.run([*command, "--format=csv,noheader,nounits"], cwd=FOLDER, capture_output=True, text=True)
    return sum(int(line) for line in done.stdout.split())


def test_health_has_the_limit_and_a_run_stays_under_it(backend: Backend, toy: Path) -> None:
    health = backend.http.get("/api/health").json()
    (limit,) = health["limits"]
    assert limit["budget"] == 128 * MIB and limit["cap"] < limit["budget"] and health["emulated"] is True
    assert health["allocator"] == "expandable_segments:True"
    assert health["limit_note"] is None and health["limit_note_sentence"] is None
    run = backend.wait_run(backend.submit(toy, parameters={**QUICK, "context_lengths": [128, 256]}))
    assert run["status"] == "completed", run["error"]
    result = run["result"]
    assert result["total_tests"] == 2 and result["evaluation_type"] == "parameterized_comprehensive"
    assert 12 * MIB < result["peak_memory"]["0"] <= 128 * MIB
    assert result["model_hash"] == fingerprint([toy]) and result["seed"] == result["parameters"]["seed"] == 0
    assert result["parameters"]["context_lengths"] == [128, 256] and result["versions"]["torch"] == health["torch"]
    assert result["settings"]["LBS_GPU_MEMORY_LIMIT"] == 0.5 and "LBS_DB_PATH" not in result["settings"]
    items = backend.http.get(f"/api/runs/{run['req_id']}/items").json()
    stored = [item["item"] for item in items["items"]]
    assert (items["total"], items["more"], items["status"]) == (2, False, "completed")
    answers = [{one["context_length"]: one["response"] for one in found} for found in (stored, result["tests"])]
    assert answers[0] == answers[1] and len(answers[0]) == 2
    again = backend.wait_run(backend.submit(toy, parameters={**QUICK, "context_lengths": [128, 256]}))
    found = backend.http.post("/api/records/compare", json={"req_ids": [run["req_id"], again["req_id"]]}).json()
    assert (found["against"][0]["pairs"]["same"], found["against"][0]["pairs"]["p"]) == (2, 1.0)
    assert {"model_hash", "torch", "LBS_GPU_MEMORY_LIMIT", "seed"} <= {line["name"] for line in found["lines"]}
    (row,) = backend.http.post("/api/records/export", json={"req_ids": [run["req_id"]]}).json()["runs"]
    assert row["versions"] == result["versions"] and row["settings"] == result["settings"]
    # Released as soon as the run ended: only the context is left, by nvidia-smi too.
    assert used(backend) == 12 * MIB == smi_used() * MIB


def test_a_run_that_does_not_fit_is_refused_with_numbers(tmp_path: Path, toy: Path) -> None:
    with started(tmp_path, LBS_EMULATED_GPUS="256MiB", LBS_GPU_MEMORY_LIMIT="0.08", LBS_OFFLOAD="never") as backend:
        run = backend.wait_run(backend.submit(toy, parameters=QUICK))
        assert run["status"] == "failed" and run["error_code"] == "does_not_fit" and "MiB" in run["error"]


def test_offload_needs_consent_and_is_recorded(tmp_path: Path, toy: Path) -> None:
    with started(
        tmp_path,
        LBS_EMULATED_GPUS="256MiB",
        LBS_GPU_MEMORY_LIMIT="0.109",
        LBS_OFFLOAD="ask",
        LBS_TORCH_DTYPE="float32",
    ) as backend:
        run = backend.wait_run(backend.submit(toy, parameters=QUICK))
        assert run["error_code"] == "offload_needs_consent"
        run = backend.wait_run(backend.submit(toy, parameters=QUICK, offload="auto"))
        assert run["status"] == "completed", run["error"]
        result = run["result"]
        (row,) = backend.http.post("/api/records", json={"offset": 0, "limit": 1}).json()["rows"]
        assert row["offloaded"] and row["predicted_peak"] == result["predicted_peak"] and row["limit"] == "0.109"
        speed = result["performance"]
        assert speed["generated_tokens"] == sum(test["tokens_out"] for test in result["tests"])
        assert speed["time_to_first_token"] > 0 and speed["prefill_tokens_per_second"] > 0
        # Predicted as it was placed, not entirely on the GPU, which would exceed the limit.
        assert result["offload"] > 0 and result["peak_memory"]["0"] <= result["predicted_peak"] <= 0.109 * 256 * MIB


def test_a_context_longer_than_the_model_is_refused_and_cancel_is_quick(backend: Backend, toy: Path) -> None:
    body = {"model_name_or_path": str(toy), "dataset_name": "NeedleInAHaystack"}
    for length in (5000, 4096):  # with the answer, 4096 are too many as well
        parameters = {"context_lengths": [256, length], "max_new_tokens": 32}
        refused = backend.http.post("/api/submit", json={**body, "parameters": parameters})
        assert refused.status_code == 400 and "shorten the context to 4064" in refused.json()["error"]
    long = backend.submit(toy, parameters={"context_lengths": [2048], "max_new_tokens": 2000})
    until(lambda: backend.http.get(f"/api/runs/{long}").json()["total_items"] or None)
    worker = backend.http.get("/api/health").json()["worker"]["pid"]
    backend.http.post(f"/api/cancel/{long}")
    assert backend.wait_run(long)["status"] == "cancelled"
    # One that does not answer a cancel within 5 s is replaced.
    assert backend.http.get("/api/health").json()["worker"]["pid"] == worker


def test_a_limit_below_the_context_fails_at_once(tmp_path: Path, toy: Path) -> None:
    with started(tmp_path, LBS_EMULATED_GPUS="256MiB", LBS_GPU_MEMORY_LIMIT="-250MiB") as backend:
        failed = until(lambda: backend.http.get("/api/health").json()["worker"]["error"], 60)
        assert failed.startswith("The GPU memory limit -250MiB leaves 6.0 MiB of GPU 0") and "LIMIT=-2" in failed
        body = {"model_name_or_path": str(toy), "dataset_name": "NeedleInAHaystack"}
        refused = backend.http.post("/api/submit", json=body)
        assert refused.status_code == 503 and refused.json()["error"] == failed


def test_the_worker_exits_when_its_stdin_closes() -> None:
    process = subprocess.Popen(
        [sys.executable, "-u", "-m", "lbs.worker"], cwd=FOLDER, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    assert process.stdin is not None and process.stdout is not None
    messages: list[dict[str, Any]] = []
    while not messages or messages[-1]["type"] == "starting":
        messages.append(json.loads(process.stdout.readline()))
    *steps, hello = messages
    assert [step["step"] for step in steps][:3] == ["numpy", "torch", "transformers"] and steps[-1]["step"] == "gpus"
    assert (
        hello["type"] == "hello" and "no GPU" in hello["limit_note"]["text"] and not os.environ.get("LBS_EMULATED_GPUS")
    )
    process.stdin.close()
    assert process.wait(30) == 0
    process.stdout.close()


def write_questions(folder: Path) -> None:
    folder.mkdir()
    question = {"question": "甲" * 300, "A": "一", "B": "二", "C": "三", "D": "四", "answer": "A"}
    (folder / "accountant.jsonl").write_text("\n".join([json.dumps(question)] * 16), "utf-8")


def test_ceval_is_cached_named_in_memory_and_cleared(tmp_path: Path, toy: Path) -> None:
    write_questions(tmp_path / "ceval")
    (tmp_path / "datasets.json").write_text(json.dumps({"C-Eval": str(tmp_path / "ceval")}))
    names = str(tmp_path / "datasets.json")
    with started(tmp_path, LBS_DATASETS=names, LBS_EMULATED_GPUS="256MiB", LBS_GPU_MEMORY_LIMIT="0.5") as backend:
        assert backend.http.get("/api/datasets").json()["C-Eval"] == ["C-Eval", "accountant"]
        for _ in range(2):
            run = backend.wait_run(backend.submit(toy, "C-Eval/accountant", parameters={"batch_size": 4}))
            assert run["status"] == "completed", run["error"]
        assert run["result"]["total_tests"] == 16 and run["result"]["batch_size"] == 4
        assert run["result"]["peak_memory"]["0"] <= 128 * MIB
        memory = backend.http.get("/api/memory").json()
        (cached,) = memory["cached_models"]
        assert cached["place"] == "gpu" and memory["cache"]["hits"] == 1 and cached["bytes"] > MIB
        assert used(backend) == smi_used() * MIB > 12 * MIB + cached["bytes"]
        assert backend.http.post("/api/memory/clear").json()["freed"] >= cached["bytes"]
        until(lambda: used(backend) == 12 * MIB or None)
        refused = backend.http.post(
            "/api/submit", json={"model_name_or_path": str(toy), "dataset_name": "C-Eval/astrology"}
        )
        assert refused.status_code == 400 and "accountant" in refused.json()["error"]


def test_a_dataset_without_a_folder_names_the_file_to_write(tmp_path: Path, toy: Path) -> None:
    with started(tmp_path, fake=True) as backend:
        body = {"model_name_or_path": str(toy), "dataset_name": "C-Eval"}
        answer = backend.http.post("/api/submit", json=body)
        assert answer.status_code == 400 and answer.json()["code"] == "no_dataset"
        assert "datasets.json" in answer.json()["error"]


def test_a_refused_run_is_resumed_with_the_context_that_fits(tmp_path: Path, toy: Path) -> None:
    with started(tmp_path, LBS_EMULATED_GPUS="256MiB", LBS_GPU_MEMORY_LIMIT="0.12", LBS_OFFLOAD="never") as backend:
        run = backend.wait_run(backend.submit(toy, parameters={**QUICK, "context_lengths": [128, 4000]}))
        assert run["error_code"] == "does_not_fit", run["error"]
        incident = backend.http.get(f"/api/incidents/{run['req_id']}").json()
        (way,) = [way for way in incident["ways_out"] if way["change"] == "context"]
        change = {"change": {"name": "context", "to": way["to"]}}
        again = backend.http.post(f"/api/runs/{run['req_id']}/resume", json=change).json()["req_id"]
        found = backend.wait_run(again)
        assert found["status"] == "completed", found["error"]
        assert set(found["result"]["context_length_statistics"]) == {"128", str(way["to"])}
        assert found["result"]["peak_memory"]["0"] <= 0.12 * 256 * MIB
