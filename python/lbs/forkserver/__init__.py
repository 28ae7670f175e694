"""A parent with torch and transformers imported, from which workers are forked before CUDA exists. Linux only."""
