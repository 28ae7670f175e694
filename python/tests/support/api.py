"""What every refusal of the API looks like."""

from __future__ import annotations

import os

import httpx

MINE = os.getuid()


def refused(answer: httpx.Response, status: int, code: str) -> str:
    body = answer.json()
    assert (answer.status_code, body["code"]) == (status, code), body
    assert set(body) == {"error", "code", "sentence"} and len(body["error"]) > 10
    assert set(body["sentence"]) == {"code", "values", "text"} and body["sentence"]["text"] == body["error"]
    return str(body["error"])
