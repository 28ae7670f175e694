"""CPU time of scoring and of generating, beside a bare loop of transformers and lm-evaluation-harness. Run by
`npm run bench`.

All in one process, one question at a time, in five interleaved rounds: the median of the rounds' ratios counts.
"""

from __future__ import annotations

import importlib
import importlib.util
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from transformers import AutoTokenizer, LlamaConfig, LlamaForCausalLM

from lbs.benchmarks import ceval
from lbs.benchmarks.ceval_data import LETTERS, plain_prompt, read_questions
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.parameters import CEvalParameters
from lbs.models import toy

EXAM = Path(__file__).parents[2] / "python" / "tests" / "benchmarks" / "ceval_exam"
ROUNDS = 5
LIMIT = 1.05
NEW_TOKENS = 8


def model_and_tokenizer(folder: Path) -> tuple[Any, Any]:
    """Ten layers of the shape of SmolLM2-135M with random weights, which cost as much as trained ones."""
    toy.build(folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=49152,
        hidden_size=576,
        intermediate_size=1536,
        num_hidden_layers=10,
        num_attention_heads=9,
        num_key_value_heads=3,
        max_position_embeddings=8192,
        eos_token_id=None,
    )
    return LlamaForCausalLM(config).eval(), tokenizer


def ours(model: Any, tokenizer: Any, parameters: CEvalParameters) -> None:
    questions = read_questions(EXAM, parameters).asked
    texts = ceval.render(tokenizer, questions, parameters)
    prompts = ceval.encode_prompts(tokenizer, questions, texts, parameters)
    ceval.run(model, tokenizer, prompts, parameters, batch=1, hooks=Hooks())


def bare_scoring(model: Any, tokenizer: Any, texts: list[str]) -> None:
    letters = [tokenizer.encode(f" {letter}", add_special_tokens=False)[-1] for letter in LETTERS]
    for text in texts:
        with torch.no_grad():
            logits = model(torch.tensor([tokenizer.encode(text)]), use_cache=False, logits_to_keep=1).logits
            torch.log_softmax(logits[0, -1], -1)[letters].argmax().item()


def bare_generating(model: Any, tokenizer: Any, texts: list[str]) -> None:
    for text in texts:
        ids = torch.tensor([tokenizer.encode(text)])
        mask = torch.ones_like(ids)
        out = model.generate(ids, attention_mask=mask, max_new_tokens=NEW_TOKENS, do_sample=False, pad_token_id=0)
        tokenizer.decode(out[0, ids.shape[1] :])


def by_lm_eval(model: Any, tokenizer: Any) -> Callable[[list[str]], None]:
    hflm = importlib.import_module("lm_eval.models.huggingface").HFLM(
        pretrained=model, tokenizer=tokenizer, batch_size=1, max_length=8192
    )
    instance = importlib.import_module("lm_eval.api.instance").Instance

    def score(texts: list[str]) -> None:
        pairs = [(text, f" {letter}") for text in texts for letter in LETTERS]
        hflm.loglikelihood([instance("loglikelihood", {}, pair, 0) for pair in pairs], disable_tqdm=True)

    return score


def cpu_seconds(work: Callable[[], None]) -> float:
    before = time.process_time()
    work()
    return time.process_time() - before


def compare(name: str, mine: Callable[[], None], other: Callable[[], None]) -> None:
    mine()
    other()
    ratios = []
    for number in range(ROUNDS):
        # Alternately first, since the second finds warmer caches.
        order = [mine, other] if number % 2 == 0 else [other, mine]
        seconds = {work: cpu_seconds(work) for work in order}
        ratios.append(seconds[mine] / seconds[other])
    median = statistics.median(ratios)
    spread = f"{min(ratios):.3f} to {max(ratios):.3f}"
    print(
        f"  {name:58} {median:9.3f} x   limit {LIMIT:g} x: {'ok' if median <= LIMIT else 'OVER'}   ({spread})",
        flush=True,
    )


def main() -> None:
    # Threads that wait for each other spend CPU time as well, more of it on a busy machine.
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        model, tokenizer = model_and_tokenizer(Path(folder))
    print("C-Eval, CPU time of ours over theirs:")
    scored = CEvalParameters.read({"limit": 1})
    generated = CEvalParameters.read(
        {"subjects": ["accountant"], "limit": 2, "scoring": "generation", "max_new_tokens": NEW_TOKENS}
    )
    questions = [read_questions(EXAM, parameters).asked for parameters in (scored, generated)]
    to_score, to_write = ([plain_prompt(question, "lm-eval") for question in asked] for asked in questions)
    compare(
        "scoring, beside a bare loop",
        lambda: ours(model, tokenizer, scored),
        lambda: bare_scoring(model, tokenizer, to_score),
    )
    compare(
        "generating, beside generate()",
        lambda: ours(model, tokenizer, generated),
        lambda: bare_generating(model, tokenizer, to_write),
    )
    if importlib.util.find_spec("lm_eval") is None:
        print("  scoring, beside lm-evaluation-harness: skipped; pip install lm-eval==0.4.13 into python/.venv")
        return
    score = by_lm_eval(model, tokenizer)
    compare(
        "scoring, beside lm-evaluation-harness",
        lambda: ours(model, tokenizer, scored),
        lambda: score(to_score),
    )


if __name__ == "__main__":
    main()
