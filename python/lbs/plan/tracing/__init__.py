"""Runs a model's own forward on fake tensors and counts what it would hold: no weights, no GPU, no memory to speak of.

The only part of the plan that imports torch; it runs in a child (`python -m lbs.plan.tracing`), never in the server.
"""
