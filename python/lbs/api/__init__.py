"""The HTTP API (docs/api.md)."""

from lbs.api.app import create_app
from lbs.api.state import Control

__all__ = ["Control", "create_app"]
