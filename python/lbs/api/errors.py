"""Every failure as `{"error": sentence, "code": stable word}`."""

from __future__ import annotations

import sys
import traceback

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lbs.sentences import Sentence, say, verbatim
from lbs.store import StoreError

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "not_json"}
_SENTENCES = {404: "There is no such call here.", 405: "This call does not know that method."}


class ApiError(Exception):
    """An answer that is a refusal. `status` is the HTTP status, `code` a stable word, `sentence` for the person."""

    def __init__(self, status: int, code: str, sentence: Sentence | str) -> None:
        super().__init__(str(sentence))
        self.status, self.code, self.sentence = status, code, sentence


def answer(status: int, code: str, sentence: Sentence | str) -> JSONResponse:
    """`error` is English, for scripts; `sentence` lets the panel word it in its language."""
    said = verbatim(sentence) if isinstance(sentence, str) else sentence
    return JSONResponse({"error": str(said), "code": code, "sentence": said.as_json()}, status_code=status)


def install(app: FastAPI) -> None:
    @app.exception_handler(ApiError)
    async def refused(_: Request, error: ApiError) -> JSONResponse:
        return answer(error.status, error.code, error.sentence)

    @app.exception_handler(StoreError)
    async def full(_: Request, error: StoreError) -> JSONResponse:
        return answer(507, "storage", str(error))

    @app.exception_handler(RequestValidationError)
    async def invalid(_: Request, error: RequestValidationError) -> JSONResponse:
        return answer(400, "invalid_input", " ".join(sentence(item) for item in error.errors()))

    @app.exception_handler(HTTPException)
    async def http(_: Request, error: HTTPException) -> JSONResponse:
        code = _CODES.get(error.status_code, "http_error")
        return answer(error.status_code, code, _SENTENCES.get(error.status_code, str(error.detail)))

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        traceback.print_exception(error, file=sys.stderr)
        return answer(500, "internal", say("api.internal_error"))


def sentence(item: dict[str, object]) -> str:
    """One of pydantic's errors in words."""
    location = item.get("loc")
    words = [str(part) for part in location if part not in ("body", "query")] if isinstance(location, tuple) else []
    message = str(item.get("msg", "invalid")).removeprefix("Value error, ")
    return f"{'.'.join(words)}: {message}." if words else f"{message}."
