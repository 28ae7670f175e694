"""Makes safetensors of pickled weights, whose code is not run, and of GGUF. Imports torch: not for the server."""
