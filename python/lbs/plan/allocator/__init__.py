"""What a run allocates step by step, and what CUDA's caching allocator reserves for that. No torch."""
