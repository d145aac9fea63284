"""Dialogue state: only the running session is kept, and its length is known."""

import asyncio
import os
import secrets

import pytest
import sqlalchemy as sa
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import SAVED, SessionTrackerStore

POSTGRESQL = os.environ.get("TEST_POSTGRES_URL", "postgresql://127.0.0.1:5432/test")


@pytest.fixture(params=["a file", "sqlite", "postgresql"])
def db(request, tmp_path):
    """ANJU_TRACKER_DB as an operator may write it, of an empty store."""
    if request.param != "postgresql":
        yield f"{'sqlite:///' if request.param == 'sqlite' else ''}{tmp_path / 'tracker.db'}"
        return
    server = sa.create_engine(POSTGRESQL, isolation_level="AUTOCOMMIT")
    try:
        server.connect().close()
    except sa.exc.OperationalError:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL at TEST_POSTGRES_URL ({POSTGRESQL})")
    name = f"anju_tracker_{secrets.token_hex(6)}"
    with server.connect() as connection:
        connection.execute(f"CREATE DATABASE {name}")
    yield f"postgresql+asyncpg://{POSTGRESQL.partition('://')[2].rpartition('/')[0]}/{name}"
    with server.connect() as connection:
        connection.execute(f"DROP DATABASE {name} WITH (FORCE)")
    server.dispose()


@pytest.fixture
def store(db):
    # As endpoints.yml has it: the dialect gives way to that of an address.
    return SessionTrackerStore(Domain.empty(), dialect="sqlite", db=db)


def tracker_with(events):
    tracker = DialogueStateTracker("c1", [])
    for event in events:
        tracker.update(event)
    return tracker


def test_a_new_session_replaces_the_old_one(store):
    async def run():
        tracker = tracker_with([SessionStarted(), UserUttered("一"), ActionExecuted("action_listen")])
        await store.save(tracker)
        again = await store.retrieve("c1")
        for event in (SessionStarted(), SlotSet("region", "330400"), ActionExecuted("action_listen")):
            again.update(event)
        await store.save(again)
        return await store.retrieve("c1")

    kept = asyncio.run(run())
    assert [type(event).__name__ for event in kept.events] == ["SessionStarted", "SlotSet", "ActionExecuted"]


def test_the_length_of_the_session_is_told_to_the_turn(store):
    saved = {}
    SAVED.set(saved)
    asyncio.run(store.save(tracker_with([SessionStarted(), UserUttered("一"), ActionExecuted("action_listen")])))
    assert saved["events"] == 3


def test_facts_that_came_with_a_message_are_not_stored_again(store):
    start = SessionStarted()
    message = UserUttered("一", metadata={"facts": {"age": 35}, "correlation": "c9"})
    asyncio.run(store.save(tracker_with([start, message, ActionExecuted("action_listen")])))
    kept = asyncio.run(store.retrieve("c1"))
    stored = next(event for event in kept.events if isinstance(event, UserUttered))
    assert stored.metadata == {"correlation": "c9"}


def test_a_connection_that_the_server_closed_costs_no_turn(store):
    asyncio.run(store.save(tracker_with([SessionStarted(), UserUttered("一")])))
    if store.engine.dialect.name == "postgresql":
        server = sa.create_engine(store.engine.url.set(database="postgres"), isolation_level="AUTOCOMMIT")
        with server.connect() as connection:
            closed = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = %s"
            assert connection.execute(closed, store.engine.url.database).rowcount
        server.dispose()
    assert len(asyncio.run(store.retrieve("c1")).events) == 2


def test_services_delete_from_the_table_that_rasa_makes(store):
    """services/storage/tracker.py names this table and these columns, and cannot import Rasa."""
    columns = {column["name"]: column for column in sa.inspect(store.engine).get_columns("events")}
    assert list(columns) == ["id", "sender_id", "type_name", "timestamp", "intent_name", "action_name", "data"]
    assert sa.inspect(store.engine).get_indexes("events")[0]["column_names"] == ["sender_id"]
