"""Runs in order, one at a time, on a worker process that can be killed at any moment."""

from lbs.queue.errors import Busy, Duplicate, HandedOver, NotQueued, QueueFull, WorkerFailed
from lbs.queue.events import Events
from lbs.queue.queue import RunQueue

__all__ = ["Busy", "Duplicate", "Events", "HandedOver", "NotQueued", "QueueFull", "RunQueue", "WorkerFailed"]
