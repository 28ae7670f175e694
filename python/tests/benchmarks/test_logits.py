"""No benchmark computes logits that it does not need: those of the last tokens alone, at every length of the prompt."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
import transformers as hub
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from lbs.benchmarks.ceval.encode import Feed, Prompt
from lbs.benchmarks.ceval.score import Scorer
from lbs.benchmarks.ceval_data import LETTERS, Question, Row
from lbs.benchmarks.generation import taken_by
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.needle.generate import Answerer
from tests.support.architectures import architectures, peculiar
from tests.support.letters import Letters
from tests.support.long_form import FULL

VOCABULARY = 4096
LENGTH = 60
CONFIGS = {**architectures(), **peculiar()}
QUICK = ("llama", "gemma2", "gpt2", "mpt", "falcon")
CONFIGS["mpt"].max_seq_len = 1024  # its attention's biases are as long, and would look like logits


class Rows(TorchDispatchMode):  # type: ignore[no-untyped-call]  # torch's own is not typed
    """The most rows of logits that an operation allocated, in any dtype and in float32."""

    def __init__(self, model: Any) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._weights = {tensor.untyped_storage()._cdata for tensor in model.parameters()}
        self.most = self.most_float32 = 0

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        out = func(*args, **(kwargs or {}))
        for leaf in tree_leaves(out):
            if not isinstance(leaf, torch.Tensor) or leaf.dim() < 2 or leaf.shape[-1] != VOCABULARY:
                continue
            if leaf.untyped_storage()._cdata not in self._weights:  # which the head transposes
                rows = leaf.untyped_storage().nbytes() // leaf.element_size() // VOCABULARY
                self.most = max(self.most, rows)
                self.most_float32 = max(self.most_float32, rows if leaf.dtype == torch.float32 else 0)
        return out


def score(model: Any) -> None:
    tails = [[ord(letter)] for letter in LETTERS]
    question = Question("x|1", "x", Row(1, "", ("", "", "", ""), "A", None), "A", ())
    feeds = [Feed([7] * length, [0, 1, 2, 3], tails) for length in (LENGTH, LENGTH - 9)]
    Scorer(model, Letters(), Hooks())([Prompt(question, "", feed.ids, [feed]) for feed in feeds])


def generate(model: Any) -> None:
    Answerer(model, Letters(), Hooks())([[7] * LENGTH, [7] * (LENGTH - 9)], 3)


def generate_in_chunks(model: Any) -> None:
    Answerer(model, Letters(), Hooks())([[7] * LENGTH, [7] * (LENGTH - 9)], 3, chunk=20)


def rows_of(model: Any, work: Callable[[Any], None]) -> Rows:
    vars(model).pop("_own_generation_config", None)
    model.generation_config.eos_token_id = None
    rows = Rows(model)
    with rows:
        work(model)
    assert rows.most
    return rows


@pytest.mark.slow
@pytest.mark.parametrize("name", CONFIGS if FULL else QUICK)
def test_a_benchmark_computes_one_row_of_logits_a_sequence(name: str) -> None:
    model = hub.AutoModelForCausalLM.from_config(CONFIGS[name], dtype=torch.bfloat16).eval()
    works = [score, generate] if name in ("mamba2", "minimax") else [score, generate, generate_in_chunks]
    for work in works:
        assert rows_of(model, work).most <= 2, work.__name__


@pytest.mark.slow
def test_a_model_with_an_adapter_computes_no_more(tmp_path: Path) -> None:
    from peft import LoraConfig, get_peft_model

    from lbs.models.apply_adapter import apply_adapter

    base = hub.AutoModelForCausalLM.from_config(CONFIGS["llama"], dtype=torch.bfloat16)
    get_peft_model(base, LoraConfig(r=4, target_modules=["q_proj"], task_type="CAUSAL_LM")).save_pretrained(tmp_path)
    plain = hub.AutoModelForCausalLM.from_config(CONFIGS["llama"], dtype=torch.bfloat16)
    model = apply_adapter(plain, tmp_path, torch.bfloat16, {"": "cpu"})
    for work in (score, generate, generate_in_chunks):
        assert rows_of(model, work).most <= 2, work.__name__


class AllLogits(hub.LlamaForCausalLM):  # type: ignore[misc]  # transformers is not typed
    """Like code beside a config that knows no logits_to_keep, and takes nothing else either."""

    def forward(
        self,
        input_ids: Any = None,
        attention_mask: Any = None,
        past_key_values: Any = None,
        use_cache: Any = None,
        return_dict: Any = None,
    ) -> Any:
        given = {"attention_mask": attention_mask, "past_key_values": past_key_values, "use_cache": use_cache}
        return super().forward(input_ids=input_ids, **given)


@pytest.mark.slow
def test_a_model_that_gives_all_logits_is_scored_without_a_float32_copy_of_them() -> None:
    model = AllLogits(CONFIGS["llama"]).to(torch.bfloat16).eval()
    assert taken_by(model, logits_to_keep=1, attention_mask=2) == {"attention_mask": 2}
    for work in (score, generate_in_chunks):
        rows = rows_of(model, work)
        assert rows.most > 2 >= rows.most_float32
