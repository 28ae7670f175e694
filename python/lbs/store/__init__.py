"""Runs and results on disk. A finished result is here before anybody hears of it."""

from lbs.store.database import open_database
from lbs.store.runs import FINISHED, Run, RunStore

__all__ = ["FINISHED", "Run", "RunStore", "open_database"]
