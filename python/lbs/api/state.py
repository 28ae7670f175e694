"""Typed access to `request.app.state`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import cast

from fastapi import Request

from lbs.queue import RunQueue
from lbs.settings import Settings


@dataclass(frozen=True)
class Control:
    """How the API shuts its server down."""

    shutdown: Callable[[], None]
    should_exit: Callable[[], bool]


def queue_of(request: Request) -> RunQueue:
    return cast(RunQueue, request.app.state.queue)


def settings_of(request: Request) -> Settings:
    return cast(Settings, request.app.state.settings)


def control_of(request: Request) -> Control:
    return cast(Control, request.app.state.control)
