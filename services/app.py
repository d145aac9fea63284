"""The two applications, each a list of its parts."""

from aiohttp import web

from services import bodies, errors, headers, health, logs
from services.keys import SETTINGS
from services.settings import Settings


def create_app(settings: Settings) -> web.Application:
    """Make the public application: what residents reach on PORT."""
    app = web.Application(client_max_size=bodies.LIMIT_BYTES, middlewares=[logs.middleware, errors.middleware])
    app[SETTINGS] = settings
    headers.setup(app)
    health.setup(app)
    return app


def create_internal_app(settings: Settings) -> web.Application:
    """Make the internal application: the APIs for the actions, and operations, on loopback only."""
    app = web.Application(
        client_max_size=bodies.LIMIT_BYTES,
        middlewares=[logs.middleware, logs.trusting_middleware(), errors.middleware],
    )
    app[SETTINGS] = settings
    headers.setup(app)
    health.setup(app)
    return app
