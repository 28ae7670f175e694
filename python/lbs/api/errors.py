"""Every failure as `{"error": text, "code": stable word, "sentence": Sentence}`."""

from __future__ import annotations

import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from pydantic import BaseModel
from starlette.exceptions import HTTPException

from lbs.sentences import Sentence, SentenceError, problem_of, say, short, unknown_problem, verbatim
from lbs.store import StoreError

_CODES = {404: "not_found", 405: "method_not_allowed", 413: "too_large", 415: "not_json"}
_LISTED = 10


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
    async def validation_error(request: Request, error: RequestValidationError) -> JSONResponse:
        return answer(400, "invalid_input", invalid_input(error.errors(), _fields_of_body(request)))

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


def invalid_input(errors: Sequence[Mapping[str, object]], known: Iterable[str] = ()) -> Sentence:
    """One sentence of pydantic's errors. `known`: the fields of the body, for the one nearest to an unknown name."""
    known = list(known)
    return problems_sentence([invalid_field(error, known if len(_parts(error)) == 1 else ()) for error in errors])


def problems_sentence(problems: Sequence[Sentence]) -> Sentence:
    """Lists ten and counts the rest."""
    listed, left = list(problems[:_LISTED]), len(problems) - _LISTED
    if left > 0:
        listed.append(say("api.more_problems", count=left))
    return say("api.invalid_input", problems=listed)


def unknown_name(name: str, known: Iterable[str]) -> Sentence:
    """With the nearest name that is known."""
    return say("api.invalid_field", field=short(name), problem=unknown_problem(name, known))


def invalid_field(error: Mapping[str, object], known: Iterable[str]) -> Sentence:
    """`error`: one of pydantic's; `known`: the names beside it. A known one that is refused stands in two places."""
    parts = _parts(error)
    if error.get("type") == "extra_forbidden" and parts:
        twice = parts[-1] in known
        problem = say("validation.is_repeated") if twice else unknown_problem(parts[-1], known)
    else:
        problem = problem_of(error)
    return say("api.invalid_field", field=short(".".join(parts)), problem=problem) if parts else problem


def _parts(error: Mapping[str, object]) -> list[str]:
    location = error.get("loc")
    return [str(part) for part in location if part not in ("body", "query")] if isinstance(location, tuple) else []


def _fields_of_body(request: Request) -> Iterable[str]:
    field = getattr(request.scope.get("route"), "body_field", None)
    model = field.field_info.annotation if field else None
    return model.model_fields if isinstance(model, type) and issubclass(model, BaseModel) else ()
