"""The backend that was started by hand, asked through its own API."""

from __future__ import annotations

import http.client
import json
import os

from .common import DONE, MIB, NOT_CLEARED, Refused
from .smi import number


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


def clear_backend() -> int:
    """Asks it to let its models go. DONE also where none runs: then it holds nothing."""
    where = "{}:{}".format(*address())
    try:
        status, answer = call("GET", "/api/health", None, 5)
        # Only what answers like our backend is shown the token.
        if answer.get("status") != "ready" and answer.get("code") not in ("token", "host", "user"):
            print(f"What listens on {where} is not the backend (HTTP {status}): nothing was asked of it.")
            return DONE
        status, answer = call("POST", "/api/memory/clear", os.environ.get("LBS_TOKEN"), 15)
    except ConnectionRefusedError:
        print(f"No backend listens on {where} (LBS_HOST and LBS_PORT say where to look).")
        return DONE
    except (OSError, http.client.HTTPException, ValueError) as error:
        print(f"The backend on {where} does not answer ({error}): end it with --kill PID.")
        return NOT_CLEARED
    if status == 200:
        print("The backend on {} gave {} MiB back.".format(where, int(str(answer.get("freed", 0))) // MIB))
        return DONE
    hint = " Export LBS_TOKEN as the backend has it." if status == 401 else ""
    print("The backend on {} did not clear: {}{}".format(where, answer.get("error", status), hint))
    return NOT_CLEARED
