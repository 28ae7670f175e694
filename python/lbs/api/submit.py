"""What `POST /api/submit` may ask for, checked before anything is queued: all of it or nothing."""

from __future__ import annotations

import uuid
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, ValidationError

from lbs.api.errors import ApiError, sentence
from lbs.api.model_errors import told_as_api_errors
from lbs.benchmarks.datasets import DatasetError, members_of
from lbs.benchmarks.parameters import CEVAL, NEEDLE, TASK_TYPES, InvalidParameters, read_parameters
from lbs.models.adapter import WEIGHTS, AdapterError, is_adapter, model_folder
from lbs.models.model_dirs import permitted
from lbs.models.weights import missing_weights
from lbs.settings import Settings
from lbs.store import Run

_ALIASES = {"NeedleInHaystack": NEEDLE}


class Submission(BaseModel):
    model_config = ConfigDict(extra="ignore")

    req_id: str | None = Field(default=None, min_length=1, max_length=200)
    model_type: Literal["local", "api"] = "local"
    model_name_or_path: str = Field(min_length=1)
    dataset_name: str = Field(min_length=1)
    parameters: dict[str, Any] = {}
    context_length: int | None = None
    depth_percent: float | None = None
    offload: Literal["auto", "ask", "never"] | None = None


_ADAPTER: TypeAdapter[Submission | list[Submission]] = TypeAdapter(Submission | list[Submission])


def read_submissions(body: Any, settings: Settings) -> list[Run]:
    """Fails with an ApiError that names the first problem."""
    kind = TypeAdapter(list[Submission]) if isinstance(body, list) else TypeAdapter(Submission)
    try:
        parsed = kind.validate_python(body)
    except ValidationError as error:
        raise ApiError(400, "invalid_input", " ".join(sentence(dict(item)) for item in error.errors())) from None
    items = parsed if isinstance(parsed, list) else [parsed]
    if not items:
        raise ApiError(400, "invalid_input", "The list is empty: submit at least one run.")
    return [_run(item, settings) for item in items]


def _run(item: Submission, settings: Settings) -> Run:
    if item.model_type == "api":
        raise ApiError(400, "unsupported", "Models behind an API cannot be run yet: choose a local model folder.")
    dataset = "/".join(dataset_of(item.dataset_name, settings))
    old = {"context_length": item.context_length, "depth_percent": item.depth_percent}
    asked = {**{name: value for name, value in old.items() if value is not None}, **item.parameters}
    try:
        parameters = read_parameters(dataset, asked)
    except InvalidParameters as error:
        raise ApiError(400, "invalid_parameters", str(error)) from None
    return Run(
        req_id=item.req_id or uuid.uuid4().hex,
        dataset=dataset,
        model=str(check_model(item.model_name_or_path, settings)),
        parameters=parameters.model_dump(exclude_none=True),
        offload=item.offload,
    )


def resumed(run: Run, change: dict[str, Any] | None, settings: Settings) -> Run:
    """A run that takes over what `run` finished, with one thing changed. Fails with an ApiError."""
    if run.status in ("queued", "processing"):
        raise ApiError(409, "not_ended", f"Run {run.req_id} has not ended yet: cancel it first.")
    if run.status == "completed":
        raise ApiError(409, "finished", f"Run {run.req_id} is complete: there is nothing left to do.")
    parameters = run.parameters
    if change:
        try:
            asked = read_parameters(run.dataset, parameters).changed(change["name"], change["to"])
            parameters = read_parameters(run.dataset, asked).model_dump(exclude_none=True)
        except InvalidParameters as error:
            raise ApiError(400, "invalid_parameters", str(error)) from None
    check_model(run.model, settings)
    return Run(uuid.uuid4().hex, run.dataset, run.model, parameters, offload=run.offload, resumes=run.req_id)


def datasets(settings: Settings) -> dict[str, list[str]]:
    """Each set's own name stands for all of it; members of a set that nobody has configured are not known."""
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
        raise ApiError(400, "unsupported", f"The data set {set_name} cannot be run yet; there are {', '.join(known)}.")
    if set_name == CEVAL:
        try:
            members_of(CEVAL, settings)
        except DatasetError as error:
            raise ApiError(400, "no_dataset", str(error)) from None
    member = _ALIASES.get(member, member) or set_name
    if member not in known[set_name]:
        raise ApiError(400, "unsupported", f"{set_name} has no {member} yet; there are {', '.join(known[set_name])}.")
    return set_name, member


def check_model(name: str, settings: Settings) -> Path:
    """What can be seen of a model folder without loading it. Fails with an ApiError."""
    with told_as_api_errors():
        path = permitted(name, settings)
    if not path.is_dir():
        raise ApiError(400, "invalid_model", f"{path} is not a folder: choose a folder with a Hugging Face model.")
    if is_adapter(path):
        return _check_adapter(path, settings)
    if not (path / "config.json").is_file():
        raise ApiError(400, "invalid_model", f"{path} has no config.json: choose the folder that holds it.")
    if not any(path.glob("*.safetensors")):
        raise ApiError(400, "invalid_model", missing_weights(path))
    return path


def _check_adapter(path: Path, settings: Settings) -> Path:
    if not (path / WEIGHTS).is_file():
        raise ApiError(400, "invalid_model", missing_weights(path))
    try:
        check_model(str(model_folder(path)), settings)
    except AdapterError as error:
        raise ApiError(400, "invalid_model", str(error)) from None
    return path
