"""What is published, loaded once at the start for all internal parts."""

from collections.abc import AsyncIterator

from aiohttp import web

from services.keys import SETTINGS, SNAPSHOT
from services.knowledge.published import Published


def setup(app: web.Application) -> None:
    """Load the snapshot with the application; vectors of phrasings are kept in `var/` between starts."""

    async def loaded(app: web.Application) -> AsyncIterator[None]:
        app[SNAPSHOT] = await Published.load(vectors=app[SETTINGS].var / "vectors.npz")
        yield

    app.cleanup_ctx.append(loaded)
