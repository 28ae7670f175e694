"""Averages by category and overall, each with its standard error."""

from __future__ import annotations

import math
import statistics
from collections.abc import Mapping, Sequence
from typing import TypedDict

from lbs.benchmarks.parameters import CATEGORIES, CATEGORY_OF, HARD


class Average(TypedDict):
    """`accuracy`: over questions (micro), as lm-evaluation-harness weighs them. `subject_mean`: the mean of the subjects'
    accuracies (macro), which C-Eval publishes. `of`: the subjects that C-Eval has here. Standard errors are None where
    there are too few questions for one."""

    questions: int
    subjects: int
    of: int
    accuracy: float
    stderr: float | None
    subject_mean: float
    subject_mean_stderr: float | None


def averages(scores: Mapping[str, Sequence[float]]) -> dict[str, Average]:
    """`scores`: of each question, by subject. Categories without a question are left out; `hard` overlaps `stem`."""
    groups: dict[str, list[str]] = {
        "overall": list(scores),
        **{category: [name for name in scores if CATEGORY_OF.get(name) == category] for category in CATEGORIES},
        "hard": [name for name in scores if name in HARD],
    }
    sizes = {"overall": len(CATEGORY_OF), "hard": len(HARD)}
    return {
        group: _average(
            [scores[name] for name in names],
            sizes.get(group) or sum(category == group for category in CATEGORY_OF.values()),
        )
        for group, names in groups.items()
        if names
    }


def _average(subjects: Sequence[Sequence[float]], of: int) -> Average:
    every = [score for scores in subjects for score in scores]
    errors = [mean_stderr(scores) for scores in subjects]
    known = [error for error in errors if error is not None]
    return {
        "questions": len(every),
        "subjects": len(subjects),
        "of": of,
        "accuracy": statistics.fmean(every),
        "stderr": mean_stderr(every),
        "subject_mean": statistics.fmean(statistics.fmean(scores) for scores in subjects),
        "subject_mean_stderr": math.hypot(*known) / len(subjects) if len(known) == len(subjects) else None,
    }


def mean_stderr(scores: Sequence[float]) -> float | None:
    """The sample standard deviation over the square root of the number of scores."""
    return statistics.stdev(scores) / math.sqrt(len(scores)) if len(scores) > 1 else None
