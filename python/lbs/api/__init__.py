"""HTTP: the calls that clients from before make, and ours beside them."""

from lbs.api.app import create_app
from lbs.api.state import Control

__all__ = ["Control", "create_app"]
