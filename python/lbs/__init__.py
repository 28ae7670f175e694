"""The benchmark backend of Headroom: a server without torch and a worker that holds the GPU."""

__version__ = "0.1.0"
