"""Is the process alive? Answered without asking any other part."""

from aiohttp import web

from services.replies import reply


def setup(app: web.Application) -> None:
    """Serve `GET /health/live`."""
    app.router.add_get("/health/live", _live)


async def _live(_request: web.Request) -> web.Response:
    return reply({"status": "alive"})
