"""A run that ran out of memory: its evidence is kept, and its finished items are not repeated."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from lbs.store import Run, RunStore, open_database
from tests.smi_emulator.test_emulator import hold, start_time
from tests.support.backend import FOLDER, model_folder, started


def test_an_out_of_memory_is_an_incident_and_is_resumed_with_what_would_fit(tmp_path: Path) -> None:
    model = model_folder(tmp_path, "stumbles")
    emulator: dict[str, Any] = {"HEADROOM_NVIDIA_SMI": "emulator", "LBS_EMULATED_GPUS": "1GiB"}
    with started(tmp_path, fake=True, **emulator) as backend:
        backend.wait_idle()
        grid = {"context_lengths": [256, 1024, 4096]}
        worker = backend.http.get("/api/health").json()["worker"]["pid"]
        for pid in (worker, os.getpid()):
            hold(pid, start_time(pid), {"0": 64 << 20})
        first = backend.wait_run(backend.submit(model, parameters=grid))
        assert first["error_code"] == "out_of_memory" and first["resumes"] is None
        (listed,) = backend.http.get("/api/incidents").json()
        assert (listed["id"], listed["kind"], listed["sentence"]) == (first["req_id"], "out_of_memory", "Full.")
        incident = backend.http.get(f"/api/incidents/{first['req_id']}").json()
        assert incident["ways_out"][0]["to"] == 5 and incident["details"]["message"] == "CUDA"
        assert incident["details"]["asked"]["parameters"]["context_lengths"] == grid["context_lengths"]
        assert incident["details"]["memory"] == []
        ours = {one["pid"]: one["ours"] for one in incident["details"]["processes"]}
        assert ours == {worker: True, os.getpid(): False}
        change = {"change": {"name": "context", "to": 512}}
        answer = backend.http.post(f"/api/runs/{first['req_id']}/resume", json=change).json()
        assert answer["kept_items"] == 2
        again = backend.wait_run(answer["req_id"])
        assert again["result"]["kept"] == ["one", "two"] and again["resumes"] == first["req_id"]
        assert again["parameters"]["context_lengths"] == [256, 512]
        for req_id, body, status in (
            (again["req_id"], {}, 409),
            ("nobody", {}, 404),
            (first["req_id"], {"change": {"name": "limit", "to": 1}}, 400),
            (first["req_id"], {"change": {"name": "context", "to": 0}}, 400),
        ):
            refused = backend.http.post(f"/api/runs/{req_id}/resume", json=body)
            assert refused.status_code == status and refused.json()["error"].endswith(".")
        assert backend.http.get("/api/incidents/nobody").status_code == 404


def test_finished_items_survive_the_death_of_the_backend(tmp_path: Path) -> None:
    program = (
        "import os, sys; from lbs.store import Run, RunStore, open_database; from pathlib import Path;"
        "s = RunStore(open_database(Path(sys.argv[1]))); s.save(Run('a', 'C-Eval/C-Eval', '/m', {}));"
        "s.items.add({('a', 'x|1'): {'score': 1.0}}); os.kill(os.getpid(), 9)"
    )
    assert subprocess.run([sys.executable, "-c", program, str(tmp_path / "r.db")], cwd=FOLDER).returncode == -9
    store = RunStore(open_database(tmp_path / "r.db"))
    assert store.fail_unfinished() == 1
    store.save(Run("b", "C-Eval/C-Eval", "/m", {}, resumes="a"))
    assert store.items.of("b") == {"x|1": {"score": 1.0}}
    store.close()
