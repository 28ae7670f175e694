"""Every LBS_* variable: one class, read once, the same for server and worker. Its twin is electron/contract/settings.ts."""

from __future__ import annotations

import ipaddress
import math
import os
import re
from pathlib import Path
from typing import Annotated, Any, Literal, TypedDict

from pydantic import AfterValidator, BeforeValidator, Field, ValidationError, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lbs.memory.limit_value import NO_LIMIT, Limit, LimitField
from lbs.sentences import Sentence, problem_of, say
from lbs.settings.paths import datasets_file, results_db
from smi_emulator.cards import EmulatorError, emulated_capability, parse_cards

Dtype = Literal["auto", "float16", "bfloat16", "float32"]
Offload = Literal["auto", "ask", "never"]
Source = Literal["environment", "default"]

_FLAGS = {"0": False, "false": False, "1": True, "true": True}


class SettingJson(TypedDict):
    """One setting in force, and where its value came from."""

    value: bool | int | float | str | None
    source: Source


class SettingsError(ValueError):
    """A variable that cannot be used; its sentence names every one."""


def _flag(value: Any) -> bool:
    known = _FLAGS.get(str(value).strip().lower())
    if known is None:
        raise ValueError(say("settings.flag"))
    return known


def _number(value: Any) -> float:
    try:
        # Python parses 0_8 as 8, which is never intended.
        number = math.nan if "_" in str(value) else float(value)
    except (TypeError, ValueError):
        raise ValueError(say("settings.number")) from None
    if not math.isfinite(number):
        raise ValueError(say("settings.finite"))
    return number


def _share(value: float) -> float:
    if not 0 < value <= 1:
        raise ValueError(say("settings.share"))
    return value


Flag = Annotated[bool, BeforeValidator(_flag)]
Share = Annotated[float, BeforeValidator(_number), AfterValidator(_share)]


def under_panel() -> bool:
    """Whether the panel started this process."""
    return os.environ.get("HEADROOM_UNDER_PANEL") == "1"


class Settings(BaseSettings):
    """The settings in force. Unset variables have the defaults below; `source` says which were set."""

    model_config = SettingsConfigDict(env_prefix="LBS_", env_ignore_empty=True, extra="ignore", frozen=True)

    gpu_memory_limit: Annotated[LimitField, NoDecode] = NO_LIMIT
    enable_memory_management: Flag = True
    use_model_cache: Flag = True
    torch_dtype: Dtype | None = None
    """None: lbs.models.dtype chooses for each checkpoint."""
    local_device_map: str = "auto"
    offload: Offload = Field(default_factory=lambda: "ask" if under_panel() else "auto")
    trust_remote_code: Flag = False
    max_cached_local_models: int = Field(default=4, ge=0)
    gpu_max_utilization: Share = 0.5
    cpu_max_utilization: Share = 0.8
    db_path: str = Field(default_factory=lambda: str(results_db()))
    datasets: str = Field(default_factory=lambda: str(datasets_file()))
    web_dir: str | None = None
    model_dirs: str = ""
    allowed_origins: str = ""
    warm_workers: Flag = True
    host: str = "127.0.0.1"
    port: int = Field(default=5000, ge=0, le=65535)
    token: str | None = Field(default=None, repr=False)
    # For machines without a GPU; not part of `public`, since it is no setting of the guide.
    emulated_gpus: str | None = None

    @field_validator("local_device_map")
    @classmethod
    def _device_map(cls, value: str) -> str:
        if not re.fullmatch(r"auto|cpu|cuda:\d{1,3}", value):
            raise ValueError(say("settings.device_map"))
        return value

    @field_validator("host")
    @classmethod
    def _bare_host(cls, value: str) -> str:
        return value.strip().strip("[]").lower()

    @field_validator("token")
    @classmethod
    def _plain_token(cls, value: str | None) -> str | None:
        # The message leaves the value out: it goes to logs.
        if value and not re.fullmatch(r"[!-~]+", value):
            raise ValueError(say("settings.token"))
        return value

    @field_validator("allowed_origins")
    @classmethod
    def _exact_origins(cls, value: str) -> str:
        for origin in _split_origins(value):
            if not re.fullmatch(r"null|[a-z][a-z0-9+.-]*://[^/\s?#@*]+", origin):
                raise ValueError(say("settings.origins"))
        return value

    @field_validator("model_dirs")
    @classmethod
    def _absolute_folders(cls, value: str) -> str:
        for folder in _split_folders(value):
            if not os.path.isabs(os.path.expanduser(folder)) or re.match(r"~[^/\\]", folder):
                raise ValueError(say("settings.model_dirs", separator=os.pathsep))
        return value

    @field_validator("emulated_gpus")
    @classmethod
    def _cards(cls, value: str | None) -> str | None:
        if value:
            try:
                parse_cards(value)
            except EmulatorError:
                raise ValueError(say("settings.emulated_gpus")) from None
            try:
                emulated_capability()
            except EmulatorError as error:
                raise ValueError(say("settings.emulated_capability", reason=str(error))) from None
        return value

    @field_validator("db_path", "datasets", "web_dir")
    @classmethod
    def _home(cls, value: str | None) -> str | None:
        return value and os.path.expanduser(value)

    @model_validator(mode="after")
    def _reachable_only_with_token(self) -> Settings:
        if not is_loopback(self.host) and not self.token:
            raise ValueError(say("settings.host_needs_token", host=self.host))
        return self

    @classmethod
    def load(cls) -> Settings:
        """The settings in this process's environment. Raises SettingsError."""
        try:
            return cls()
        except ValidationError as error:
            first, *more = [_sentence(item) for item in error.errors()]
            raise SettingsError(say("settings.several", problems=[first, *more]) if more else first) from None

    def source(self, field: str) -> Source:
        return "environment" if field in self.model_fields_set else "default"

    def public(self) -> dict[str, SettingJson]:
        """By variable name, without the token."""
        fields = [name for name in type(self).model_fields if name not in ("token", "emulated_gpus")]
        return {f"LBS_{name.upper()}": {"value": self._plain(name), "source": self.source(name)} for name in fields}

    def _plain(self, field: str) -> bool | int | float | str | None:
        value = getattr(self, field)
        return value.value if isinstance(value, Limit) else value

    @property
    def model_folders(self) -> tuple[Path, ...]:
        """With links followed; empty: models may be anywhere."""
        return tuple(Path(folder).expanduser().resolve() for folder in _split_folders(self.model_dirs))

    @property
    def origins(self) -> frozenset[str]:
        return frozenset(_split_origins(self.allowed_origins))


def _split_origins(text: str) -> list[str]:
    return [part.strip().rstrip("/") for part in text.split(",") if part.strip()]


def _split_folders(text: str) -> list[str]:
    return [part.strip() for part in text.split(os.pathsep) if part.strip()]


def is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def _sentence(item: Any) -> Sentence:
    problem = problem_of(item)
    if not item["loc"]:
        return problem
    field = str(item["loc"][0])
    name = f"LBS_{field.upper()}"
    if field == "token":
        # Its value goes to no log.
        return say("settings.secret", name=name, problem=problem)
    return say("settings.variable", name=name, problem=problem, value=repr(item["input"]))
