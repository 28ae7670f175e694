"""Checks `POST /api/submit` before anything is queued: all runs are accepted or none."""

from __future__ import annotations

import os
import uuid
from pathlib import Path
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from lbs.api.dataset_names import check_parameters, dataset_of, listed
from lbs.api.errors import ApiError, invalid_field, problems_sentence
from lbs.api.model_errors import model_path_errors
from lbs.api.plan import chosen_gpus
from lbs.api.run_lengths import check_lengths
from lbs.benchmarks.parameters import (
    DATASETS,
    MOST_TOKENS,
    InvalidParameters,
    KvCache,
    parameter_names,
    read_parameters,
)
from lbs.models.adapter import AdapterError, is_adapter, model_folder
from lbs.models.errors import ModelFolderError
from lbs.models.gguf import gguf_way_out
from lbs.models.inspection import inspect_folder
from lbs.models.model_dirs import permitted
from lbs.models.quantization import Capability
from lbs.plan import installed_gpus
from lbs.protocol.messages import JsonObject
from lbs.sentences import Sentence, say, sentence_of, short
from lbs.settings import Settings
from lbs.store import Run

LARGEST_WAIT = 1 << 50


class Change(BaseModel):
    """One of a plan's ways out: `name` is context, batch, chunk, kv_offload or kv_quantized. Limit and dtype are settings of the
    backend, which resumes without a change after a restart."""

    model_config = ConfigDict(extra="forbid")

    name: str
    to: Annotated[int, Field(gt=0, le=MOST_TOKENS)] | KvCache

    @model_validator(mode="after")
    def _checked(self) -> Self:
        expected = {"kv_offload": "offloaded", "kv_quantized": "quantized"}.get(self.name)
        if self.to != expected if expected else isinstance(self.to, str):
            raise ValueError(say("validation.not_this_change", name=short(self.name), kind=expected or "a number"))
        return self


class Submission(BaseModel):
    """`openai_api_key` and `base_url` belong to models behind an API. The parameters of the set may stand beside these
    fields as well as in `parameters`."""

    model_config = ConfigDict(extra="forbid")

    req_id: str | None = Field(default=None, min_length=1, max_length=200, pattern=r"^[A-Za-z0-9._-]+$")
    model_type: Literal["local", "api"] = "local"
    model_name_or_path: str = Field(min_length=1)
    dataset_name: str = Field(min_length=1)
    parameters: JsonObject = {}
    offload: Literal["auto", "ask", "never"] | None = None
    force: bool = Field(default=False, strict=True)
    wait_for_bytes: int | None = Field(default=None, gt=0, le=LARGEST_WAIT, strict=True)
    openai_api_key: str | None = None
    base_url: str | None = None


_SCHEMA = Submission.model_json_schema() | {"additionalProperties": True}
OPENAPI: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "application/json": {
                "schema": {"anyOf": [_SCHEMA, {"type": "array", "items": _SCHEMA, "minItems": 1, "maxItems": 1000}]}
            }
        },
    }
}
"""The body of a submission for /openapi.json: it is checked here, and not by the route."""


def read_submissions(body: object, settings: Settings) -> list[Run]:
    """Raises ApiError."""
    values = body if isinstance(body, list) else [body]
    if not values:
        raise ApiError(400, "invalid_input", say("api.nothing_submitted"))
    items: list[Submission] = []
    problems: list[Sentence] = []
    for number, value in enumerate(values):
        try:
            items.append(Submission.model_validate(_sorted_names(value)))
        except ValidationError as error:
            place = (number,) if isinstance(body, list) else ()
            set_name = _set_name(value)
            known = [*Submission.model_fields, *(parameter_names(set_name) if set_name else ())]
            problems += [invalid_field({**item, "loc": (*place, *item["loc"])}, known) for item in error.errors()]
    if problems:
        raise ApiError(400, "invalid_input", problems_sentence(problems))
    return [_run(item, settings) for item in items]


def _set_name(value: object) -> str | None:
    name = value.get("dataset_name") if isinstance(value, dict) else None
    return listed(name.partition("/")[0], DATASETS) if isinstance(name, str) else None


def _sorted_names(value: object) -> object:
    """A submission with the set's parameters under `parameters`. A name in both places stays where it is, and is refused."""
    if not isinstance(value, dict) or not isinstance(value.get("parameters", {}), dict):
        return value
    set_name = _set_name(value)
    if set_name is None:
        # The set is refused, and its parameters are unknown.
        return {name: value[name] for name in Submission.model_fields if name in value}
    names, inner = parameter_names(set_name), value.get("parameters", {})
    moved = {name: given for name, given in value.items() if name in names and (name not in inner or given is None)}
    given = {name: one for name, one in moved.items() if one is not None}
    rest = {name: one for name, one in value.items() if name not in moved}
    return {**rest, "parameters": {**inner, **given}} if given else rest


def _run(item: Submission, settings: Settings) -> Run:
    if item.model_type == "api":
        raise ApiError(400, "unsupported", say("api.api_models_unsupported"))
    dataset = "/".join(dataset_of(item.dataset_name, settings))
    try:
        parameters = check_parameters(read_parameters(dataset, item.parameters), settings)
    except InvalidParameters as error:
        raise ApiError(400, "invalid_parameters", sentence_of(error)) from None
    model = str(check_model(item.model_name_or_path, settings))
    values = parameters.model_dump(exclude_none=True)
    check_lengths(dataset, values, model, settings)
    return Run(
        req_id=item.req_id or uuid.uuid4().hex,
        dataset=dataset,
        model=model,
        parameters=values,
        offload=item.offload,
        force=item.force,
        wait_bytes=item.wait_for_bytes,
    )


def resumed(run: Run, change: Change | None, settings: Settings, *, force: bool = False) -> Run:
    """A new run that takes over the finished items of `run`, with one change. `force`: it runs although the plan says that it
    does not fit. Raises ApiError."""
    if run.status in ("queued", "processing"):
        raise ApiError(409, "not_ended", say("api.run_not_finished", run=run.req_id))
    if run.status == "completed":
        raise ApiError(409, "finished", say("api.run_completed", run=run.req_id))
    dataset = "/".join(dataset_of(run.dataset, settings))
    try:
        parameters = read_parameters(dataset, run.parameters)
        if change:
            parameters = read_parameters(dataset, parameters.changed(change.name, change.to))
        parameters = check_parameters(parameters, settings)
    except InvalidParameters as error:
        raise ApiError(400, "invalid_parameters", sentence_of(error)) from None
    values = parameters.model_dump(exclude_none=True)
    check_lengths(dataset, values, str(check_model(run.model, settings)), settings)
    return Run(
        uuid.uuid4().hex,
        dataset,
        run.model,
        values,
        offload=run.offload,
        force=force or run.force,
        resumes=run.req_id,
    )


def keeps_items(before: Run, run: Run) -> bool:
    """Whether a run that resumes another takes over its items: not where only one of them quantizes its KV cache."""
    return (before.parameters.get("kv_cache") == "quantized") == (run.parameters.get("kv_cache") == "quantized")


def check_model(name: str, settings: Settings) -> Path:
    """Checks a model folder without loading it. Raises ApiError."""
    with model_path_errors():
        path = permitted(name, settings)
    given = Path(name).expanduser()  # a link in a hub's cache has the name, its target has none
    if not os.path.isdir(path):
        sentence = gguf_way_out(given) or say("api.not_a_model_folder", path=short(str(path)))
        raise ApiError(400, "invalid_model", sentence)
    if not is_adapter(path) and not (path / "config.json").exists() and (way_out := gguf_way_out(path)):
        raise ApiError(400, "invalid_model", way_out)
    try:
        with model_path_errors():
            permitted(model_folder(path), settings)
        found = inspect_folder(path, trust_remote_code=settings.trust_remote_code)
        found.check_runnable(_capabilities(settings) if found.quantization else None)
    except (AdapterError, ModelFolderError) as error:
        raise ApiError(400, "invalid_model", sentence_of(error)) from None
    return path


def _capabilities(settings: Settings) -> list[Capability | None] | None:
    """Of the GPUs that runs may use; None where NVML shows none, since the worker may see more."""
    gpus = chosen_gpus(installed_gpus(settings.emulated_gpus), settings.local_device_map)
    return [gpu.card.compute_capability for gpu in gpus] or None
