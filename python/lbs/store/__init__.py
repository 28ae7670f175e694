"""Runs and results on disk. A result is stored before its end is published."""

from lbs.store.claim import claim
from lbs.store.database import StoreError, open_database
from lbs.store.incidents import Incident
from lbs.store.queue_mark import QueueMark
from lbs.store.raw_json import with_raw
from lbs.store.runs import FINISHED, Run, RunStatus, RunStore

__all__ = [
    "FINISHED",
    "Incident",
    "QueueMark",
    "Run",
    "RunStatus",
    "RunStore",
    "StoreError",
    "claim",
    "open_database",
    "with_raw",
]
