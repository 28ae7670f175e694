"""Clears the backend that was started by hand, through its API."""

from __future__ import annotations

import http.client
import json
import os

from .common import MIB, Refused
from .report import Report
from .smi import number

_CONTEXT = "its worker keeps its CUDA context: stop the server to release that too"


def address() -> tuple[str, int]:
    host = os.environ.get("LBS_HOST") or "127.0.0.1"
    port = number(os.environ.get("LBS_PORT") or "5000")
    if port is None:
        raise Refused("LBS_PORT is not a number: export the port that the backend listens on.")
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host.strip("[]")), port


def call(method: str, path: str, token: str | None, seconds: float) -> tuple[int, dict[str, object]]:
    """Status and answer. http.client uses no proxies, so nothing is sent to another machine."""
    host, port = address()
    connection = http.client.HTTPConnection(host, port, timeout=seconds)
    try:
        connection.request(method, path, headers={"Authorization": "Bearer " + token} if token else {})
        response = connection.getresponse()
        answer = json.loads(response.read().decode("utf-8", "replace"))
        return response.status, answer if isinstance(answer, dict) else {}
    finally:
        connection.close()


def clear_backend(report: Report) -> bool:
    """Whether a backend released its models. It is no problem where none is running."""
    where = "{}:{}".format(*address())
    if report.dry_run:
        report.action(None, f"A backend on {where}", "would be asked to release its models")
        return False
    try:
        status, answer = call("GET", "/api/health", None, 5)
        # The token is sent only to what answers like our backend.
        if "worker" not in answer and answer.get("code") not in ("token", "host", "user"):
            report.say(f"What listens on {where} is not the backend (HTTP {status}): it was left alone.")
            return False
        status, answer = call("POST", "/api/memory/clear", os.environ.get("LBS_TOKEN"), 15)
    except ConnectionRefusedError:
        report.say(f"No backend listens on {where} (LBS_HOST and LBS_PORT set the address).")
        return False
    except (OSError, http.client.HTTPException, ValueError) as error:
        report.problem(f"The backend on {where} does not answer ({error}): terminate it with --pid N.")
        return False
    if status == 200:
        freed = int(str(answer.get("freed", 0))) // MIB
        report.action(None, f"The backend on {where}", f"released {freed} MiB; {_CONTEXT}")
        return True
    hint = " Export the LBS_TOKEN of the backend." if status == 401 else ""
    report.problem("The backend on {} did not clear: {}{}".format(where, answer.get("error", status), hint))
    return False
