"""Every failure as `{"error": text, "code": stable word, "sentence": Sentence}`."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from lbs.sentences import Sentence, SentenceError, problem_of, say, verbatim
from lbs.store import StoreError

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "not_json"}


class ApiError(SentenceError):
    """A refusal. `status`: the HTTP status; `code`: a stable word."""

    def __init__(self, status: int, code: str, sentence: Sentence) -> None:
        super().__init__(sentence)
        self.status, self.code = status, code


def answer(status: int, code: str, sentence: Sentence) -> JSONResponse:
    """`error` is English, for scripts; the panel words `sentence` in its language."""
    return JSONResponse({"error": str(sentence), "code": code, "sentence": sentence.as_json()}, status_code=status)


def install(app: FastAPI) -> None:
    @app.exception_handler(ApiError)
    async def api_error(_: Request, error: ApiError) -> JSONResponse:
        return answer(error.status, error.code, error.sentence)

    @app.exception_handler(StoreError)
    async def store_error(_: Request, error: StoreError) -> JSONResponse:
        return answer(507, "storage", error.sentence)

    @app.exception_handler(RequestValidationError)
    async def validation_error(_: Request, error: RequestValidationError) -> JSONResponse:
        return answer(400, "invalid_input", invalid_input(error.errors()))

    @app.exception_handler(HTTPException)
    async def http_error(_: Request, error: HTTPException) -> JSONResponse:
        return answer(error.status_code, _CODES.get(error.status_code, "http_error"), _http_sentence(error))

    @app.exception_handler(Exception)
    async def unexpected(_: Request, error: Exception) -> JSONResponse:
        traceback.print_exception(error, file=sys.stderr)
        return answer(500, "internal", say("api.internal_error"))


def _http_sentence(error: HTTPException) -> Sentence:
    match error.status_code:
        case 404:
            return say("api.no_such_call")
        case 405:
            return say("api.no_such_method")
    return verbatim(str(error.detail))


def invalid_input(errors: Sequence[Mapping[str, object]]) -> Sentence:
    """One sentence of all of pydantic's errors."""
    return say("api.invalid_input", problems=[_problem(error) for error in errors])


def _problem(error: Mapping[str, object]) -> Sentence:
    location = error.get("loc")
    parts = [str(part) for part in location if part not in ("body", "query")] if isinstance(location, tuple) else []
    problem = problem_of(error)
    return say("api.invalid_field", field=".".join(parts), problem=problem) if parts else problem
