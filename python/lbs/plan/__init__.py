"""Predicted memory. Closed forms only; every figure of this package is predicted, never measured."""

from .forms import Plan, largest_prompt, plan_run

__all__ = ["Plan", "largest_prompt", "plan_run"]
