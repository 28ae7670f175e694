"""The parts of clear_gpu_memory.py: standard library only, Python 3.8 or later."""
