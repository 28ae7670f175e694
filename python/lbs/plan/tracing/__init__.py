"""Runs a model's own forward pass on fake tensors and counts what it allocates: no weights, no GPU, little memory.

The only part of the plan that imports torch; it runs in a child process (`python -m lbs.plan.tracing`), or in a worker.
"""
