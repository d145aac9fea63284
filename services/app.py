"""The two applications, each a list of its parts. Later parts use what earlier ones opened."""

from aiohttp import web

from services import (
    bodies,
    clients,
    eligibility,
    errors,
    headers,
    health,
    knowledge,
    logs,
    metrics,
    openapi,
    points,
    registry,
    site,
    snapshot,
)
from services.channels import chat, secret
from services.conversations import conversations
from services.keys import SETTINGS
from services.operations import retention
from services.registry import keeping
from services.settings import Settings
from services.storage import database


def create_app(settings: Settings) -> web.Application:
    """Make the public application: what residents reach on PORT."""
    app = web.Application(client_max_size=bodies.LIMIT_BYTES, middlewares=[logs.middleware, errors.middleware])
    app[SETTINGS] = settings
    headers.setup(app)
    database.setup(app)
    clients.setup(app)
    conversations.setup(app)
    chat.setup(app)
    keeping.setup(app)
    secret.setup(app)
    site.setup(app)
    health.setup(app)
    return app


def create_internal_app(settings: Settings) -> web.Application:
    """Make the internal application: the APIs for the actions, and operations, on loopback only."""
    app = web.Application(
        client_max_size=bodies.LIMIT_BYTES,
        middlewares=[logs.middleware, logs.trusting_middleware, errors.middleware],
    )
    app[SETTINGS] = settings
    headers.setup(app)
    database.setup(app)
    clients.setup(app)
    snapshot.setup(app)
    knowledge.setup(app)
    points.setup(app)
    eligibility.setup(app)
    keeping.setup(app)
    registry.setup(app)
    retention.setup(app)
    health.setup(app)
    health.setup_ready(app)
    metrics.setup(app)
    openapi.setup(app)
    return app
