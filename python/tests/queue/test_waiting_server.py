"""A real server that waits for memory which others hold on an emulated GPU, and keeps its queue over a restart."""

from __future__ import annotations

import json
from contextlib import AbstractContextManager
from pathlib import Path

from tests.support.backend import Backend, model_folder, started, until

MIB = 1 << 20


def _others(file: Path, share: float) -> None:
    others = [{"pid": 5004021, "name": "/usr/bin/train.py", "share": share}]
    part = file.with_suffix(".part")
    part.write_text(json.dumps({"others": others}))
    part.replace(file)


def _server(tmp_path: Path, scenario: Path) -> AbstractContextManager[Backend]:
    return started(
        tmp_path,
        fake=True,
        LBS_EMULATED_GPUS="1GiB",
        LBS_GPU_MEMORY_LIMIT="0.8",
        LBS_DB_PATH=str(tmp_path / "r.db"),
        HEADROOM_NVIDIA_SMI="emulator",
        HEADROOM_SCENARIO=str(scenario),
        HEADROOM_SCENARIO_BEGAN="0",
    )


def _order(backend: Backend) -> list[str]:
    return list(backend.http.get("/api/queue").json()["order"])


def test_a_run_waits_until_others_leave_enough_and_its_place_survives_a_restart(tmp_path: Path) -> None:
    scenario, model = tmp_path / "s.json", model_folder(tmp_path, "good")
    _others(scenario, 0.75)
    with _server(tmp_path, scenario) as backend:
        backend.wait_idle()
        assert backend.http.post("/api/queue/pause", json={"paused": True}).status_code == 200
        waits = backend.submit(model, req_id="waits", wait_for_bytes=500 * MIB)
        behind = [backend.submit(model, req_id=name) for name in ("b", "c")]
        assert backend.http.post("/api/queue/move", json={"req_id": "c", "before": "b"}).status_code == 200
        assert _order(backend) == [waits, "c", "b"]
        refusal = backend.http.post("/api/queue/wait", json={"req_id": "b", "bytes": 900 * MIB})
        assert (refusal.status_code, refusal.json()["code"]) == (400, "wait_too_large")
        assert "at most 819.2 MiB of GPU 0 under the limit 0.8" in refusal.json()["error"]
        backend.http.post("/api/shutdown", json={"hand_over": True})
        until(lambda: backend.process.poll() is not None or None)
    (tmp_path / "run" / "port.json").unlink()
    with _server(tmp_path, scenario) as backend:
        backend.wait_idle()
        health = backend.http.get("/api/health").json()
        assert health["queue"] == {"paused": True, "length": 3, "order": [waits, "c", "b"]}
        backend.http.post("/api/queue/pause", json={"paused": False})
        # Those behind it begin; it stays and says why.
        ended = [backend.wait_run(one) for one in behind]
        assert ended[1]["start_time"] < ended[0]["start_time"]
        sentence = "Waits for 500 MiB on GPU 0: 256 MiB are free (train.py holds 768 MiB)."
        until(lambda: backend.http.get(f"/api/runs/{waits}").json()["wait_sentence"]["text"] == sentence or None)
        assert _order(backend) == [waits]
        _others(scenario, 0.2)
        assert backend.wait_run(waits)["status"] == "completed"
