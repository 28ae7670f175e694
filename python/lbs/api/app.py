"""The application: routes, access checks, errors, and the lifespan of the queue."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from fastapi import FastAPI

from lbs import __version__
from lbs.api import dataset_folders, errors, plan, queue_calls, records, runs, system
from lbs.api.security import AccessGuard
from lbs.api.state import Control
from lbs.api.web_folder import WebFolder
from lbs.queue import RunQueue
from lbs.settings import Settings, under_panel


def create_app(settings: Settings, queue: RunQueue, control: Control) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await queue.start()
        planning: plan.Planning = app.state.planning
        # A server that was started by hand may end at once, or never plan.
        wanted = settings.warm_workers and under_panel()
        warming = asyncio.create_task(planning.keep_warm(queue)) if wanted else None
        try:
            yield
        finally:
            if warming:
                warming.cancel()
            await queue.stop()
            queue.store.close()
            planning.close()

    # No interactive documentation: it loads scripts from other hosts.
    app = FastAPI(title="Headroom", version=__version__, lifespan=lifespan, docs_url=None, redoc_url=None)
    app.state.settings, app.state.queue, app.state.control = settings, queue, control
    app.state.planning = plan.Planning()
    errors.install(app)
    app.include_router(runs.router)
    app.include_router(records.router)
    app.include_router(dataset_folders.router)
    app.include_router(system.router)
    app.include_router(queue_calls.router)
    app.include_router(plan.router)
    if settings.web_dir:
        app.mount("/", WebFolder(directory=Path(settings.web_dir), html=True))
    app.add_middleware(AccessGuard, settings=settings)
    return app
