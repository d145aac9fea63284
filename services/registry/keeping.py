"""Consent and secrets in an application: opened with it, swept while it runs."""

import asyncio
import contextlib
from collections.abc import AsyncIterator

from aiohttp import web

from services.keys import DATABASE, SECRETS, SETTINGS
from services.registry.secrets import Secrets


def setup(app: web.Application) -> None:
    """Give the application its secrets. After storage."""

    async def opened(app: web.Application) -> AsyncIterator[None]:
        app[SECRETS] = Secrets(app[DATABASE], app[SETTINGS].secret_key)
        sweeping = asyncio.create_task(app[SECRETS].sweep_for_ever())
        yield
        sweeping.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sweeping

    app.cleanup_ctx.append(opened)
