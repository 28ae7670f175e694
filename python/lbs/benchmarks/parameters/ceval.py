"""What a C-Eval run may ask for."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import Field

from lbs.benchmarks.parameters.base import Parameters, ParameterValues

Subject = Annotated[str, Field(pattern=r"^[a-z0-9_]{1,80}$")]


class CEvalParameters(Parameters):
    """`subjects`: names of files without .jsonl, None for all; `batch_size`: questions at a time, None for as many as fit;
    `limit`: questions of each subject, from the first, None for all."""

    subjects: list[Subject] | None = Field(default=None, min_length=1)
    batch_size: int | None = Field(default=None, gt=0, le=4096)
    limit: int | None = Field(default=None, gt=0)

    def changed(self, way: str, to: Any) -> ParameterValues:
        if way == "batch":
            return {**self.model_dump(exclude_none=True), "batch_size": to}
        return super().changed(way, to)
