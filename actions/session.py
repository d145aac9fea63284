"""Start a session of the dialogue without losing what is under way.

Rasa's own start breaks off a running form and writes each past slot event again, so that a long
conversation never gets shorter. This one writes each slot once: a constant number of events.
"""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import ActionExecuted, ActiveLoop, SessionStarted, SlotSet

from actions.base import Event, Step

METADATA = "session_started_metadata"


class ActionSessionStart(Step):
    """Begin a session; facts and region come from their owner where it sent them along."""

    NAME = "action_session_start"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Give SessionStarted, each slot once, the active loop and action_listen."""
        sent = tracker.get_slot(METADATA) or (tracker.latest_message or {}).get("metadata") or {}
        slots = {name: value for name, value in tracker.slots.items() if name != METADATA}
        slots["facts"] = sent.get("facts") or slots.get("facts") or {}
        # The message that asks for the session fills the open slot of a form like any text would.
        slots["next_fact"] = None
        slots["region"] = sent.get("region") or slots.get("region")
        loop = (tracker.active_loop or {}).get("name")
        return [
            SessionStarted(),
            *(SlotSet(name, value) for name, value in slots.items()),
            ActiveLoop(loop),
            ActionExecuted("action_listen"),
        ]
