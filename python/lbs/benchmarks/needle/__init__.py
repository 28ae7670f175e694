"""NeedleInAHaystack: does the model find a fact in a long text, at every length and depth?"""

from lbs.benchmarks.needle.budget import answer_budgets
from lbs.benchmarks.needle.prepare import Prepared, prepare
from lbs.benchmarks.needle.run import run

__all__ = ["Prepared", "answer_budgets", "prepare", "run"]
