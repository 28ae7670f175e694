"""Who may call: the token or our own user, our own host names, admitted origins, JSON only."""

from __future__ import annotations

import hmac
import os
import shlex
import sys

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from lbs.api.errors import answer
from lbs.api.peer import peer_uid
from lbs.sentences import Sentence, say
from lbs.settings import Settings, is_loopback

_HOSTS = frozenset({"127.0.0.1", "localhost", "[::1]"})
_MAX_BODY_BYTES = 8 * 1024 * 1024

Refusal = tuple[int, str, Sentence]


class AccessGuard:
    """Checks every call. A refusal says what to do."""

    def __init__(self, app: ASGIApp, settings: Settings) -> None:
        self._app = app
        self._settings = settings

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        origin = headers.get("origin")
        admitted = origin in self._settings.origins if origin else False
        sender = _with_cors(send, origin) if admitted and origin else send
        refusal = self._refusal(scope, headers, admitted)
        if refusal:
            await answer(*refusal)(scope, receive, sender)
        elif admitted and scope["method"] == "OPTIONS":
            await _preflight(sender)
        else:
            await self._app(scope, receive, sender)

    def _refusal(self, scope: Scope, headers: Headers, admitted: bool) -> Refusal | None:
        return (
            self._host(headers)
            or self._origin(headers, admitted)
            or (None if scope["method"] == "OPTIONS" and admitted else self._caller(scope, headers))
            or _body(headers)
        )

    def _host(self, headers: Headers) -> Refusal | None:
        host = headers.get("host", "")
        name = host.lower() if host.endswith("]") else host.lower().rsplit(":", 1)[0]
        # On another address only the token, which is then always set, decides.
        if name in _HOSTS or name == self._settings.host or not is_loopback(self._settings.host):
            return None
        return 403, "host", say("api.foreign_host", host=repr(name), port=str(self._settings.port))

    def _origin(self, headers: Headers, admitted: bool) -> Refusal | None:
        origin = headers.get("origin")
        if origin is None or admitted or origin == f"http://{headers.get('host', '')}":
            return None
        line = shlex.quote(",".join([*sorted(self._settings.origins), origin]))
        return 403, "origin", say("api.foreign_origin", origin=origin, line=line)

    def _caller(self, scope: Scope, headers: Headers) -> Refusal | None:
        token = self._settings.token
        if token:
            given = headers.get("authorization", "")
            if hmac.compare_digest(given.encode(), f"Bearer {token}".encode()):
                return None
            return 401, "token", say("api.token_required")
        return _foreign_user(scope)


def _foreign_user(scope: Scope) -> Refusal | None:
    """Without a token, refuses other users; only Linux can tell them apart."""
    if not sys.platform.startswith("linux"):
        return None
    client, server = scope.get("client"), scope.get("server")
    if client and server and peer_uid((client[0], client[1]), (server[0], server[1])) == os.getuid():
        return None
    return 403, "user", say("api.foreign_user")


def _body(headers: Headers) -> Refusal | None:
    if "transfer-encoding" in headers:
        # Its size is unknown before it is read.
        return 411, "no_length", say("api.no_length")
    length = headers.get("content-length", "0")
    if length == "0":
        return None
    if not length.isdigit() or int(length) > _MAX_BODY_BYTES:
        return 413, "too_large", say("api.too_large", most=_MAX_BODY_BYTES)
    if headers.get("content-type", "").split(";")[0].strip().lower() == "application/json":
        return None
    return 415, "not_json", say("api.not_json")


def _with_cors(send: Send, origin: str) -> Send:
    async def wrapped(message: Message) -> None:
        if message["type"] == "http.response.start":
            message["headers"] = [
                *message.get("headers", []),
                (b"access-control-allow-origin", origin.encode()),
                (b"vary", b"Origin"),
            ]
        await send(message)

    return wrapped


async def _preflight(send: Send) -> None:
    headers = [
        (b"access-control-allow-methods", b"GET, POST, DELETE"),
        (b"access-control-allow-headers", b"authorization, content-type"),
        (b"access-control-max-age", b"600"),
    ]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
