"""The folders of the datasets: `GET` and `POST /api/dataset-folders`."""

from __future__ import annotations

import asyncio

from fastapi import APIRouter, Request
from pydantic import BaseModel, ConfigDict, Field

from lbs.api.dataset_names import listed
from lbs.api.errors import ApiError
from lbs.api.state import settings_of
from lbs.api.strict_route import StrictRoute
from lbs.benchmarks import dataset_folders
from lbs.benchmarks.datasets import DatasetError
from lbs.benchmarks.parameters import DATASETS

router = APIRouter(route_class=StrictRoute)


class FolderOf(BaseModel):
    """`folder`: absolute, `~` is the home folder; null removes the entry."""

    model_config = ConfigDict(extra="forbid")

    name: str
    folder: str | None = Field(max_length=4096)


@router.get("/api/dataset-folders")
async def folders(request: Request) -> list[dataset_folders.DatasetFolder]:
    return await asyncio.to_thread(dataset_folders.dataset_folders, settings_of(request))


@router.post("/api/dataset-folders")
async def set_folder(request: Request, body: FolderOf) -> list[dataset_folders.DatasetFolder]:
    settings = settings_of(request)
    name = listed(body.name, DATASETS) or body.name
    try:
        await asyncio.to_thread(dataset_folders.set_folder, name, body.folder, settings)
    except DatasetError as error:
        raise ApiError(400, "no_dataset", error.sentence) from None
    return await asyncio.to_thread(dataset_folders.dataset_folders, settings)
