"""A tracker, a dispatcher, and stand-ins of the internal API that follow its contract."""

import pytest
from aiohttp import web
from rasa_sdk.executor import CollectingDispatcher

from actions.clients import http as http_module
from services import eligibility, errors, knowledge, points
from services.keys import SNAPSHOT
from tests import content
from tests.actions.talking import use


@pytest.fixture(scope="session")
def published():
    return content.published()


@pytest.fixture
async def api(published, aiohttp_server, monkeypatch):
    """The real internal API over the real content."""
    app = web.Application(middlewares=[errors.middleware])
    app[SNAPSHOT] = published
    for part in (knowledge, points, eligibility):
        part.setup(app)
    server = await aiohttp_server(app)
    use(monkeypatch, str(server.make_url("")).rstrip("/"))
    yield server
    await http_module.http.close()


@pytest.fixture
def dispatcher():
    return CollectingDispatcher()
