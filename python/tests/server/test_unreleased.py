"""A benchmark that keeps its model after its run, on a real worker with an emulated GPU."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.backend import started, until

MIB = 1 << 20
LEAKY = """
from lbs.benchmarks import needle
kept, real = [], needle.run
def leaks(model, *words, **named):
    kept.append(model)
    return real(model, *words, **named)
needle.run = leaks
from lbs.worker.__main__ import main
main()
"""
PROGRAM = (
    "import sys; from lbs.server.serving import serve; from lbs.settings import Settings; "
    f"serve(Settings.load(), (sys.executable, '-u', '-c', {LEAKY!r}))"
)


@pytest.mark.slow
def test_unreleased_memory_is_an_incident_of_a_run_that_stays_completed(toy: Path, tmp_path: Path) -> None:
    with started(tmp_path, fake=True, program=PROGRAM, LBS_EMULATED_GPUS="256MiB") as backend:
        backend.wait_idle()
        worker = backend.http.get("/api/health").json()["worker"]["pid"]
        run = backend.wait_run(backend.submit(toy, parameters={"context_lengths": [512], "depths": [0]}))
        assert run["status"] == "completed" and run["result"]["total_tests"] == 2
        listed = until(lambda: backend.http.get("/api/incidents").json() or None)
        assert [(one["id"], one["kind"]) for one in listed] == [(run["req_id"], "unreleased")]
        incident = backend.http.get(f"/api/incidents/{run['req_id']}").json()
        unreleased = incident["details"]["unreleased"]
        assert unreleased["bytes"]["0"] >= 2 * MIB and "GPU 0: " in incident["sentence"]
        assert unreleased["gpus"][0]["allocated"] == unreleased["bytes"]["0"] and unreleased["cached_models"] == []
        assert unreleased["allocator"] == [] and unreleased["cache"]["hits"] == 0
        backend.wait_idle()
        assert backend.http.get("/api/health").json()["worker"]["pid"] != worker
        assert backend.http.get(f"/api/runs/{run['req_id']}").json()["status"] == "completed"
