"""Runs and results on disk. A result is stored before its end is published."""

from lbs.store.claim import claim
from lbs.store.database import StoreError, open_database
from lbs.store.incidents import Incident
from lbs.store.queue_mark import QueueMark
from lbs.store.raw_json import with_raw
from lbs.store.record_filter import Filter, Live, SortKey, State
from lbs.store.records import Missing, Record, Unfinished
from lbs.store.runs import FINISHED, Run, RunStatus, RunStore

__all__ = [
    "FINISHED",
    "Filter",
    "Incident",
    "Live",
    "Missing",
    "QueueMark",
    "Record",
    "Run",
    "RunStatus",
    "RunStore",
    "SortKey",
    "State",
    "StoreError",
    "Unfinished",
    "claim",
    "open_database",
    "with_raw",
]
