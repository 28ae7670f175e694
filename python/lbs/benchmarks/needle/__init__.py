"""NeedleInAHaystack: does the model find a fact in a long text, at every length and depth?"""

from lbs.benchmarks.needle.run import run

__all__ = ["run"]
