"""A warm parent with torch and transformers imported, which forks servers and workers before CUDA exists. Linux only."""
