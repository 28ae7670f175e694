"""Runs in order, one at a time, on a worker process that can be killed at any moment."""

from lbs.queue.events import Events
from lbs.queue.queue import Busy, Duplicate, HandedOver, QueueFull, RunQueue, WorkerFailed

__all__ = ["Busy", "Duplicate", "Events", "HandedOver", "QueueFull", "RunQueue", "WorkerFailed"]
