"""Calls about the queue that are refused, and what each refusal says."""

from __future__ import annotations

from collections.abc import Callable

import httpx
import pytest

from tests.support.api import refused

Ask = Callable[..., httpx.Response]


def test_what_is_not_queued_keeps_its_place(ask: Ask) -> None:
    for path, body in (
        ("/api/queue/move", {"req_id": "gone", "before": None}),
        ("/api/queue/wait", {"req_id": "gone", "bytes": None}),
    ):
        assert "gone is not queued" in refused(ask("POST", path, json=body), 409, "not_queued")


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("move", {"req_id": "a"}),
        ("pause", {"paused": "perhaps"}),
        ("wait", {"req_id": "a", "bytes": 0}),
        ("wait", {"req_id": "a", "bytes": 1 << 51}),
        ("wait", {"req_id": "a", "bytes": 1.5}),
    ],
)
def test_invalid_input_is_refused(ask: Ask, path: str, body: dict[str, object]) -> None:
    refused(ask("POST", f"/api/queue/{path}", json=body), 400, "invalid_input")


def test_no_run_waits_for_memory_where_there_is_no_gpu(ask: Ask) -> None:
    answer = ask("POST", "/api/queue/wait", json={"req_id": "a", "bytes": 1})
    assert "no GPU" in refused(answer, 400, "wait_too_large")
