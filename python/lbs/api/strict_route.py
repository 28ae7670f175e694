"""Every call checks its query and its body by one rule: names it does not know are refused, never ignored."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, get_args, get_origin

from fastapi import Request, Response
from fastapi.routing import APIRoute

from lbs.api.errors import ApiError, problems_sentence, unknown_name
from lbs.sentences import Sentence, say, short

MOST_ITEMS = 1_000
"""In any list or object of a body; at most this many runs in one submission."""
MOST_VALUES = 100_000
"""In a whole body."""


class StrictRoute(APIRoute):
    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handle = super().get_route_handler()
        known = {field.alias: _takes_many(field.field_info.annotation) for field in self.dependant.query_params}

        async def strict(request: Request) -> Response:
            check_query(request.query_params.multi_items(), known)
            if request.method == "POST":
                check_body(await request.body())
            return await handle(request)

        return strict


def _takes_many(annotation: Any) -> bool:
    return any(get_origin(part) is list for part in (annotation, *get_args(annotation)))


def check_query(given: Sequence[tuple[str, str]], known: dict[str, bool]) -> None:
    """`known`: by name, whether it may be given more than once. Raises ApiError."""
    problems: list[Sentence] = []
    for name, times in Counter(name for name, _ in given).items():
        if name not in known:
            problems.append(unknown_name(name, known))
        elif times > 1 and not known[name]:
            problems.append(say("api.invalid_field", field=name, problem=say("validation.is_repeated")))
    if problems:
        raise ApiError(400, "invalid_input", problems_sentence(problems))


def check_body(body: bytes) -> None:
    """Refuses what JSON does not have or text cannot hold, and more items than any caller needs. Raises ApiError."""
    if not body:
        return
    try:
        value = json.loads(body, object_pairs_hook=_object)
        # Half a surrogate pair is JSON, but not text: it could neither be stored nor sent.
        json.dumps(value, ensure_ascii=False, allow_nan=False).encode()
    except (ValueError, RecursionError):
        raise ApiError(400, "invalid_input", say("api.body_not_json")) from None
    _check_size(value)


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """Of a name that stands twice in an object, JSON's readers keep one or the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        name = next(name for name, times in Counter(name for name, _ in pairs).items() if times > 1)
        problem = say("api.invalid_field", field=short(name), problem=say("validation.is_repeated"))
        raise ApiError(400, "invalid_input", problems_sentence([problem]))
    return found


def _check_size(body: Any) -> None:
    values, left = 0, [body]
    while left:
        value = left.pop()
        values += 1
        if isinstance(value, (list, dict)):
            if len(value) > MOST_ITEMS or values + len(left) + len(value) > MOST_VALUES:
                raise ApiError(400, "invalid_input", say("api.too_many_items", most=MOST_ITEMS, values=MOST_VALUES))
            left.extend(value if isinstance(value, list) else value.values())
