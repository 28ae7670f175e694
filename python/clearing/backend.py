"""The backend that was started by hand, asked through its own API."""

from __future__ import annotations

import http.client
import json
import os

from .common import MIB, Refused
from .report import Report
from .smi import number

_CONTEXT = "its worker keeps its CUDA context: end the server to have that back, too"


def address() -> tuple[str, int]:
    host = os.environ.get("LBS_HOST") or "127.0.0.1"
    port = number(os.environ.get("LBS_PORT") or "5000")
    if port is None:
        raise Refused("LBS_PORT is no number: export the port that the backend listens on.")
    return {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host.strip("[]")), port


def call(method: str, path: str, token: str | None, seconds: float) -> tuple[int, dict[str, object]]:
    """Status and answer. http.client on purpose: it knows no proxies, so nothing leaves for another machine."""
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
    """Asks it to let its models go; whether it did. Where none runs nothing is held, and nothing is wrong."""
    where = "{}:{}".format(*address())
    if report.dry_run:
        report.did(None, f"A backend on {where}", "would be asked to let its models go")
        return False
    try:
        status, answer = call("GET", "/api/health", None, 5)
        # Only what answers like our backend is shown the token.
        if answer.get("status") != "ready" and answer.get("code") not in ("token", "host", "user"):
            report.say(f"What listens on {where} is not the backend (HTTP {status}): nothing was asked of it.")
            return False
        status, answer = call("POST", "/api/memory/clear", os.environ.get("LBS_TOKEN"), 15)
    except ConnectionRefusedError:
        report.say(f"No backend listens on {where} (LBS_HOST and LBS_PORT say where to look).")
        return False
    except (OSError, http.client.HTTPException, ValueError) as error:
        report.problem(f"The backend on {where} does not answer ({error}): end it with --pid N.")
        return False
    if status == 200:
        freed = int(str(answer.get("freed", 0))) // MIB
        report.did(None, f"The backend on {where}", f"gave {freed} MiB back; {_CONTEXT}")
        return True
    hint = " Export LBS_TOKEN as the backend has it." if status == 401 else ""
    report.problem("The backend on {} did not clear: {}{}".format(where, answer.get("error", status), hint))
    return False
