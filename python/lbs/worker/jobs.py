"""What a worker can run: each benchmark's data, workload and `run`."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import replace
from typing import Any

from lbs.benchmarks import ceval, needle
from lbs.benchmarks.ceval_data import read_questions
from lbs.benchmarks.datasets import DatasetError, folder_of
from lbs.benchmarks.hooks import Hooks
from lbs.benchmarks.notes import effect_of_chunks
from lbs.benchmarks.parameters import CEVAL, CEvalParameters, InvalidParameters, NeedleParameters, read_parameters
from lbs.plan import Change, Plan, Workload
from lbs.protocol.messages import JsonObject, StartRun
from lbs.sentences import say, sentence_of
from lbs.settings import Settings
from lbs.worker.loading.load import Loaded
from lbs.worker.loading.placement import Planner

_FIRST_DEFAULT_LENGTH = 1024
_LARGEST_BATCH = 64
_LARGEST_PROMPT_BATCH = 16
"""Progress and finished items come between two batches of whole prompts."""


class Job(ABC):
    """`cached`: the model may stay loaded after the run."""

    cached = True

    @abstractmethod
    def plan(self, planner: Planner, tokenizer: Any) -> Plan:
        """The plan of the run's peak. Raises InvalidParameters."""

    @abstractmethod
    def run(self, loaded: Loaded, hooks: Hooks) -> JsonObject: ...


class NeedleJob(Job):
    cached = False

    def __init__(self, parameters: NeedleParameters) -> None:
        self._parameters = parameters
        self._prepared: needle.Prepared | None = None
        self._batches: dict[int, int] = {}
        self._chunks: dict[int, int | None] = {}
        self._planned = 1

    def plan(self, planner: Planner, tokenizer: Any) -> Plan:
        """Of the context length that needs most: each runs in the requested batch, else in the largest that fits."""
        parameters, most = self._parameters, planner.max_tokens
        new_tokens = max(needle.answer_budgets(tokenizer, parameters, most).values()) + parameters.thinking_tokens
        work = Workload(
            max(1, most - new_tokens),
            new_tokens=new_tokens,
            chunk=parameters.prefill_chunk,
            kv_cache=parameters.kv_cache,
        )
        budget = None if parameters.context_lengths else planner.longest(work)
        # Where nothing fits on the GPUs, the shortest length is planned: its plan explains a refusal, or offloads.
        budget = min(work.context, _FIRST_DEFAULT_LENGTH) if budget == 0 else budget
        prepared = needle.prepare(tokenizer, parameters, context_limit=most, budget_limit=budget)
        plans = [self._plan(planner, replace(work, context=length), most) for length, most in prepared.lengths.items()]
        self._prepared = prepared
        works = [plan.input.work for plan in plans]
        self._batches = {work.context: work.batch for work in works}
        self._chunks = {work.context: work.chunk for work in works}
        plan = max(plans, key=lambda plan: (plan.verdict == "does_not_fit", plan.reserved_peak))
        self._planned = plan.input.work.context
        return plan

    def _plan(self, planner: Planner, work: Workload, most: int) -> Plan:
        """`most`: the prompts that can share a batch."""
        most = min(most, self._parameters.batch_size or _LARGEST_PROMPT_BATCH)
        batch = most if self._parameters.batch_size else planner.widest(work, most)
        return planner.plan(replace(work, batch=batch))

    def run(self, loaded: Loaded, hooks: Hooks) -> JsonObject:
        assert self._prepared is not None
        result = needle.run(
            loaded.model, loaded.tokenizer, self._prepared, batches=self._batches, chunks=self._chunks, hooks=hooks
        )
        length = str(self._planned)
        return {
            **result,
            "batch_size": result["batch_sizes"][length],
            "prefill_chunk_size": result["prefill_chunk_sizes"][length],
        }


class CEvalJob(Job):
    def __init__(self, parameters: CEvalParameters, settings: Settings) -> None:
        try:
            folder = folder_of(CEVAL, settings)
        except DatasetError as error:
            raise InvalidParameters(sentence_of(error)) from None
        self._parameters = parameters
        self._questions = read_questions(folder, parameters)
        self._notes = list(self._questions.notes)
        self._batch = 1
        self._prompts: ceval.Prompts | None = None

    def plan(self, planner: Planner, tokenizer: Any) -> Plan:
        """For a batch of the longest questions: the requested batch size, else the largest that fits."""
        parameters = self._parameters
        questions = self._questions.asked
        texts = ceval.render(tokenizer, questions, parameters)
        self._prompts = ceval.encode_prompts(tokenizer, questions, texts, parameters)
        prompts = self._prompts.each
        generated = parameters.new_tokens
        longest = max(prompt.longest for prompt in prompts)
        if longest + generated > planner.max_tokens:
            most = planner.max_tokens - generated
            raise InvalidParameters(say("worker.question_too_long", tokens=longest, most=most))
        work = Workload(longest, kind="choose", padded=True)
        if generated:
            work = Workload(
                longest,
                new_tokens=generated,
                padded=True,
                chunk=parameters.prefill_chunk,
                kv_cache=parameters.kv_cache,
            )
        sequences = max(len(prompt.feeds) for prompt in prompts)
        most = min(len(prompts), parameters.batch_size or _LARGEST_BATCH)
        self._batch = most if parameters.batch_size else max(1, planner.widest(work, most * sequences) // sequences)
        plan = planner.plan(replace(work, batch=self._batch * sequences))
        if chunk := plan.input.chosen_chunk:
            self._parameters = parameters.model_copy(update={"prefill_chunk": chunk})
            self._notes.append(
                say("benchmarks.chunk_chosen", chunk=chunk, effect=effect_of_chunks(parameters.kv_cache))
            )
        return plan

    def run(self, loaded: Loaded, hooks: Hooks) -> JsonObject:
        assert self._prompts is not None
        return dict(
            ceval.run(
                loaded.model,
                loaded.tokenizer,
                self._prompts,
                self._parameters,
                batch=self._batch,
                hooks=hooks,
                notes=self._notes,
            )
        )


def accepted_changes(message: StartRun) -> frozenset[Change]:
    """The ways out with which a run of these parameters can be resumed."""
    parameters = read_parameters(message.dataset, message.parameters)

    def is_accepted(change: Change) -> bool:
        try:
            parameters.changed(change, 1)
        except InvalidParameters:
            return False
        return True

    changes: tuple[Change, ...] = ("batch", "context", "chunk", "kv_offload", "kv_quantized")
    return frozenset(change for change in changes if is_accepted(change))


def least_context(message: StartRun) -> int:
    """Tokens below which no context is offered as a way out: room for a question, and for each needle in any language."""
    parameters = read_parameters(message.dataset, message.parameters)
    return 128 + 64 * max(3, parameters.num_needles) if isinstance(parameters, NeedleParameters) else 1


def job_of(message: StartRun, settings: Settings) -> Job:
    """Raises InvalidParameters."""
    parameters = read_parameters(message.dataset, message.parameters)
    if isinstance(parameters, CEvalParameters):
        return CEvalJob(parameters, settings)
    assert isinstance(parameters, NeedleParameters)
    return NeedleJob(parameters)
