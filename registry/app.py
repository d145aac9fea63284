"""The application of the reference registry."""

import logging
import time
from collections.abc import AsyncIterator

from aiohttp import web
from aiohttp.typedefs import Handler

from registry import challenges, errors, people, records, signatures
from registry.errors import reply
from registry.keys import SETTINGS, STORE
from registry.settings import Settings
from registry.store import Store

# Its bodies hold one number.
LIMIT_BYTES = 16 * 1024

logger = logging.getLogger(__name__)


def create_app(settings: Settings) -> web.Application:
    """Make the application; the sample people are read when it starts."""
    app = web.Application(client_max_size=LIMIT_BYTES, middlewares=[_logged, errors.middleware, signatures.middleware])
    app[SETTINGS] = settings
    app[STORE] = Store(settings.database_url, settings.secret)

    async def opened(app: web.Application) -> AsyncIterator[None]:
        await app[STORE].open(people.load(settings.people))
        yield
        await app[STORE].close()

    app.cleanup_ctx.append(opened)
    app.router.add_get("/health/live", _live)
    challenges.setup(app)
    records.setup(app)
    return app


async def _live(_request: web.Request) -> web.Response:
    return reply({"status": "alive"})


@web.middleware
async def _logged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Log one line a request, with the declared route: the address could hold anything."""
    began = time.perf_counter()
    response = await handler(request)
    resource = request.match_info.route.resource
    # The watchdog asks every two seconds.
    level = logging.DEBUG if request.path == "/health/live" else logging.INFO
    route, ms = resource.canonical if resource is not None else "-", (time.perf_counter() - began) * 1000
    logger.log(level, "%s %s %d %.1f ms", request.method, route, response.status, ms)
    return response
