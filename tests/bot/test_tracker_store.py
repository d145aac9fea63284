"""Dialogue state: only the running session is kept, and its length is known."""

import asyncio

import pytest
from rasa.shared.core.domain import Domain
from rasa.shared.core.events import ActionExecuted, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker

from bot.tracker_store import SAVED, SessionTrackerStore


@pytest.fixture
def store(tmp_path):
    return SessionTrackerStore(Domain.empty(), dialect="sqlite", db=str(tmp_path / "tracker.db"))


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
