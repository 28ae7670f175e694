"""Checks `POST /api/submit` before anything is queued: all runs are accepted or none."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lbs.api.errors import ApiError, invalid_input
from lbs.api.model_errors import model_path_errors
from lbs.benchmarks.datasets import DatasetError, check_questions, members_of
from lbs.benchmarks.parameters import (
    CEVAL,
    NEEDLE,
    TASK_TYPES,
    CEvalParameters,
    InvalidParameters,
    read_parameters,
    subject_key,
)
from lbs.models.adapter import WEIGHTS, AdapterError, is_adapter, model_folder
from lbs.models.gguf import gguf_way_out
from lbs.models.model_dirs import permitted
from lbs.models.weights import missing_weights
from lbs.protocol.messages import JsonObject
from lbs.sentences import as_sentence, say, sentence_of
from lbs.settings import Settings
from lbs.store import Run

_ALIASES = {"NeedleInHaystack": NEEDLE}


class Change(BaseModel):
    """One of a plan's ways out: `name` is context, batch or chunk. Limit and dtype are settings of the backend, which
    resumes without a change after a restart."""

    model_config = ConfigDict(extra="forbid")

    name: str
    to: int = Field(gt=0)


class Submission(BaseModel):
    model_config = ConfigDict(extra="ignore")

    req_id: str | None = Field(default=None, min_length=1, max_length=200)
    model_type: Literal["local", "api"] = "local"
    model_name_or_path: str = Field(min_length=1)
    dataset_name: str = Field(min_length=1)
    parameters: JsonObject = {}
    context_length: int | None = None
    depth_percent: float | None = None
    offload: Literal["auto", "ask", "never"] | None = None
    force: bool = Field(default=False, strict=True)


def read_submissions(body: object, settings: Settings) -> list[Run]:
    """Raises ApiError."""
    kind = TypeAdapter(list[Submission]) if isinstance(body, list) else TypeAdapter(Submission)
    try:
        parsed = kind.validate_python(body)
    except ValidationError as error:
        raise ApiError(400, "invalid_input", invalid_input([{**item} for item in error.errors()])) from None
    items = parsed if isinstance(parsed, list) else [parsed]
    if not items:
        raise ApiError(400, "invalid_input", say("api.nothing_submitted"))
    return [_run(item, settings) for item in items]


def _run(item: Submission, settings: Settings) -> Run:
    if item.model_type == "api":
        raise ApiError(400, "unsupported", say("api.api_models_unsupported"))
    dataset = "/".join(dataset_of(item.dataset_name, settings))
    single = {"context_length": item.context_length, "depth_percent": item.depth_percent}
    requested = {**{name: value for name, value in single.items() if value is not None}, **item.parameters}
    try:
        parameters = read_parameters(dataset, requested)
        if isinstance(parameters, CEvalParameters):
            check_questions(parameters, settings)
    except (DatasetError, InvalidParameters) as error:
        raise ApiError(400, "invalid_parameters", sentence_of(error)) from None
    return Run(
        req_id=item.req_id or uuid.uuid4().hex,
        dataset=dataset,
        model=str(check_model(item.model_name_or_path, settings)),
        parameters=parameters.model_dump(exclude_none=True),
        offload=item.offload,
        force=item.force,
    )


def resumed(run: Run, change: Change | None, settings: Settings, *, force: bool = False) -> Run:
    """A new run that takes over the finished items of `run`, with one change. `force`: it runs although the plan says that it
    does not fit. Raises ApiError."""
    if run.status in ("queued", "processing"):
        raise ApiError(409, "not_ended", say("api.run_not_finished", run=run.req_id))
    if run.status == "completed":
        raise ApiError(409, "finished", say("api.run_completed", run=run.req_id))
    parameters = run.parameters
    if change:
        try:
            changed = read_parameters(run.dataset, parameters).changed(change.name, change.to)
            parameters = read_parameters(run.dataset, changed).model_dump(exclude_none=True)
        except InvalidParameters as error:
            raise ApiError(400, "invalid_parameters", sentence_of(error)) from None
    check_model(run.model, settings)
    return Run(
        uuid.uuid4().hex,
        run.dataset,
        run.model,
        parameters,
        offload=run.offload,
        force=force or run.force,
        resumes=run.req_id,
    )


def datasets(settings: Settings) -> dict[str, list[str]]:
    """The members of each set, its own name (all of it) first; a set without a folder has no others."""
    try:
        subjects = members_of(CEVAL, settings)
    except DatasetError:
        subjects = []
    return {NEEDLE: [NEEDLE, *TASK_TYPES], CEVAL: [CEVAL, *subjects]}


def dataset_of(name: str, settings: Settings) -> tuple[str, str]:
    set_name, _, member = name.partition("/")
    set_name = _ALIASES.get(set_name, set_name)
    known = datasets(settings)
    if set_name not in known:
        raise ApiError(400, "unsupported", say("api.dataset_unsupported", name=set_name, known=list(known)))
    if set_name == CEVAL:
        try:
            members_of(CEVAL, settings)
        except DatasetError as error:
            raise ApiError(400, "no_dataset", sentence_of(error)) from None
    member = _ALIASES.get(member, member) or set_name
    if set_name == CEVAL and member not in known[set_name]:
        member = subject_key(member)
    if member not in known[set_name]:
        raise ApiError(
            400, "unsupported", say("api.member_unsupported", name=set_name, member=member, known=known[set_name])
        )
    return set_name, member


def check_model(name: str, settings: Settings) -> Path:
    """Checks a model folder without loading it. Raises ApiError."""
    with model_path_errors():
        path = permitted(name, settings)
    given = Path(name).expanduser()  # a link in a hub's cache has the name, its target has none
    if not path.is_dir():
        sentence = gguf_way_out(given) or say("api.not_a_model_folder", path=str(path))
        raise ApiError(400, "invalid_model", sentence)
    if is_adapter(path):
        return _check_adapter(path, settings)
    if not (path / "config.json").is_file():
        raise ApiError(400, "invalid_model", gguf_way_out(path) or say("api.no_config", path=str(path)))
    if not any(path.glob("*.safetensors")):
        raise ApiError(400, "invalid_model", as_sentence(missing_weights(path)))
    return path


def _check_adapter(path: Path, settings: Settings) -> Path:
    if not (path / WEIGHTS).is_file():
        raise ApiError(400, "invalid_model", as_sentence(missing_weights(path)))
    try:
        check_model(str(model_folder(path)), settings)
    except AdapterError as error:
        raise ApiError(400, "invalid_model", sentence_of(error)) from None
    return path
