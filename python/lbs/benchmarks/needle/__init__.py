"""NeedleInAHaystack: can the model find a fact in a long text, at every length and depth?"""

from lbs.benchmarks.needle.run import Cancelled, run

__all__ = ["Cancelled", "run"]
