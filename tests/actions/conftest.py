"""A tracker, a dispatcher, and stand-ins of the internal API that follow its contract."""

import pytest
from aiohttp import web
from rasa_sdk import Tracker
from rasa_sdk.executor import CollectingDispatcher

from actions.clients import http as http_module
from services import eligibility, errors, knowledge, points
from services.keys import SNAPSHOT
from services.knowledge.published import Published

SLOTS = ("facts", "region", "last_topic", "last_entry", "last_question", "run", "pending_field", "next_fact")


@pytest.fixture(scope="session")
def published():
    return Published._load(http_knowledge_folder(), None)


def http_knowledge_folder():
    from core.knowledge import FOLDER

    return FOLDER


@pytest.fixture
async def api(published, aiohttp_server, monkeypatch):
    """The real internal API over the real content."""
    app = web.Application(middlewares=[errors.middleware])
    app[SNAPSHOT] = published
    for part in (knowledge, points, eligibility):
        part.setup(app)
    server = await aiohttp_server(app)
    await use(monkeypatch, str(server.make_url("")).rstrip("/"))
    yield server
    await http_module.http.close()


async def use(monkeypatch, url):
    monkeypatch.setattr(http_module.http, "_base", url)


@pytest.fixture
def dispatcher():
    return CollectingDispatcher()


def tracker(
    text="", intent="ask_topic", entities=(), confidence=0.95, loop=None, latest_action="action_listen", **slots
):
    """Make a tracker as Rasa sends it for one message."""
    message = {
        "text": text,
        "intent": {"name": intent, "confidence": confidence},
        "entities": list(entities),
        "metadata": {"correlation": "c1"},
    }
    events = [{"event": "user", "text": text}]
    if slots.get("next_fact") is not None:
        events.append({"event": "slot", "name": "next_fact", "value": slots["next_fact"]})
    state = {name: slots.get(name) for name in SLOTS}
    return Tracker("conv1", state, message, events, False, None, {"name": loop} if loop else {}, latest_action)


def payload(**values):
    """Entities of a button of ours."""
    return [{"entity": name, "value": value, "extractor": "payload"} for name, value in values.items()]


def slots_of(events):
    """Give the slots that events set, the last of each."""
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}
