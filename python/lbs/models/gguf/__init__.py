"""GGUF files: models of llama.cpp, which the backend converts to safetensors before it runs them. No torch."""

from .header import Header, HeaderError, Tensor, read_header
from .reading import Gguf, GgufError, converted_folder, gguf_files, is_gguf, only_gguf, read_gguf
from .way_out import gguf_way_out

__all__ = [
    "Gguf",
    "GgufError",
    "Header",
    "HeaderError",
    "Tensor",
    "converted_folder",
    "gguf_files",
    "gguf_way_out",
    "is_gguf",
    "only_gguf",
    "read_gguf",
    "read_header",
]
