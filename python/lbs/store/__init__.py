"""Runs and results on disk. A finished result is here before anybody hears of it."""

from lbs.store.claim import claim
from lbs.store.database import StoreError, open_database
from lbs.store.incidents import Incident
from lbs.store.items import Item
from lbs.store.runs import FINISHED, Run, RunStore

__all__ = ["FINISHED", "Incident", "Item", "Run", "RunStore", "StoreError", "claim", "open_database"]
