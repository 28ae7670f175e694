"""C-Eval: Chinese multiple-choice questions; the model's next token decides."""

from lbs.benchmarks.ceval.questions import Question, read_questions
from lbs.benchmarks.ceval.run import run

__all__ = ["Question", "read_questions", "run"]
