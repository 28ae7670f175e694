"""Why the queue refuses a call."""

from __future__ import annotations

from lbs.sentences import SentenceError


class Busy(SentenceError):
    """A run is in progress."""


class Duplicate(SentenceError):
    """A run of that req_id exists already."""


class NotQueued(SentenceError):
    """The run has begun or ended meanwhile, or never was queued."""


class QueueFull(SentenceError):
    """More runs than the queue holds."""


class WorkerFailed(SentenceError):
    """The worker cannot start, so a run would never begin."""


class HandedOver(Exception):
    """The next backend has the queue: this one would lose a further run."""
