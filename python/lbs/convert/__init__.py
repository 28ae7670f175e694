"""Turns pickled weights into safetensors without running what a pickle may hold. Imports torch: never the server's."""
