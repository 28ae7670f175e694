"""C-Eval by lm-evaluation-harness, where it is installed: what the variant `lm-eval` is compared with."""

from __future__ import annotations

import importlib
import importlib.metadata
import json
import os
from pathlib import Path
from typing import Any

from lbs.benchmarks.ceval_data.rows import LETTERS, read_rows

VERSION = "0.4.13"


NEEDED = f"compares with lm-evaluation-harness: pip install lm-eval=={VERSION} into python/.venv"


def installed() -> bool:
    """In the version that the variant names."""
    try:
        return importlib.metadata.version("lm_eval") == VERSION
    except importlib.metadata.PackageNotFoundError:
        return False


def logprobs(model: Any, tokenizer: Any, exam: Path, folder: Path, *, shots: int, chat: bool) -> dict[str, list[float]]:
    """By the key of a question: the log-likelihoods of its four letters by the stock task on the files of `exam`. `folder`
    takes the task's files."""
    os.environ.setdefault("HF_HOME", str(folder / "cache"))
    harness = importlib.import_module("lm_eval")
    task_manager = importlib.import_module("lm_eval.tasks").TaskManager
    hflm = importlib.import_module("lm_eval.models.huggingface").HFLM
    subjects = sorted(file.stem.removesuffix("_val") for file in (exam / "val").glob("*.csv"))
    stock = Path(str(harness.__file__)).parent / "tasks" / "ceval"
    for subject in subjects:
        files = {split: str(_json_lines(exam, folder, subject, split)) for split in ("val", "dev")}
        task = {
            "include": str(stock / f"ceval-valid_{subject}.yaml"),
            "task": f"local_{subject}",
            "dataset_path": "json",
            "dataset_name": None,
            "dataset_kwargs": {"data_files": files},
        }
        (folder / f"{subject}.yaml").write_text(json.dumps(task), "utf-8")
    found = harness.simple_evaluate(
        model=hflm(pretrained=model, tokenizer=tokenizer, batch_size=1),
        tasks=[f"local_{subject}" for subject in subjects],
        task_manager=task_manager(include_defaults=False, include_path=[str(folder)]),
        num_fewshot=shots,
        bootstrap_iters=0,
        log_samples=True,
        apply_chat_template=chat,
        fewshot_as_multiturn=chat,
    )
    return {
        f"{subject}|{sample['doc_id'] + 1}": [answer[0] for answer in sample["filtered_resps"]]
        for subject in subjects
        for sample in found["samples"][f"local_{subject}"]
    }


def _json_lines(exam: Path, folder: Path, subject: str, split: str) -> Path:
    """The same rows as JSON lines: the loader of CSV would turn a column of digits into numbers."""
    rows = read_rows(exam / split / f"{subject}_{split}.csv")
    lines = [
        {"question": row.question, **dict(zip(LETTERS, row.choices, strict=True)), "answer": row.answer} for row in rows
    ]
    file = folder / f"{subject}_{split}.jsonl"
    file.write_text("\n".join(json.dumps(line, ensure_ascii=False) for line in lines), "utf-8")
    return file
