"""The prefill chunk that a run really uses. No torch: the plan counts with it, too."""

from __future__ import annotations

_SHORTEST_REST = 8


def even_chunk(tokens: int, chunk: int | None) -> int | None:
    """At most `chunk`; None where the whole prompt is one chunk. The last chunk has a few tokens at least: some hybrid models
    (Jamba) lose the inputs that their convolution keeps where a chunk is shorter than it."""
    if chunk is None or chunk >= tokens:
        return None
    fitting = (size for size in range(chunk, _SHORTEST_REST, -1) if not 0 < tokens % size < _SHORTEST_REST)
    return next(fitting, chunk)
