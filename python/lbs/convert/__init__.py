"""Converts pickled weights to safetensors without running a pickle's code. Imports torch: not for the server."""
