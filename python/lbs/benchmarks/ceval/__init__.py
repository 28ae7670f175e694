"""C-Eval: Chinese multiple-choice questions, scored by log-probabilities or by what the model writes."""

from lbs.benchmarks.ceval.encode import Feed, Prompt, Prompts, encode_prompts
from lbs.benchmarks.ceval.render import Texts, render
from lbs.benchmarks.ceval.run import run

__all__ = ["Feed", "Prompt", "Prompts", "Texts", "encode_prompts", "render", "run"]
