"""What a run does to memory step by step, and what CUDA's caching allocator makes of it. No torch."""
