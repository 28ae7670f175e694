"""The LBS_* settings, and the folder for everything that Headroom writes. Server and worker share them."""

from lbs.settings.settings import Settings, SettingsError, is_loopback, under_panel

__all__ = ["Settings", "SettingsError", "is_loopback", "under_panel"]
