"""The frame of an action and what one turn brings to it."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any, ClassVar

from rasa_sdk import Action
from rasa_sdk.events import SlotSet

Event = dict[str, Any]


class Step(Action, ABC):  # type: ignore[misc]  # rasa_sdk is not typed
    """An action under the name that domain.yml and the rules use."""

    NAME: ClassVar[str]

    def name(self) -> str:
        """Give the name in domain.yml."""
        return self.NAME

    @abstractmethod
    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Do it: utter messages through the dispatcher, give the events that change the dialogue state."""


@dataclass(frozen=True)
class Turn:
    """One message of the resident, as the bot read it, and the state it meets."""

    text: str
    intent: str
    confidence: float
    entities: list[dict[str, Any]]
    # What a button of ours carried; empty for typed text.
    payload: dict[str, Any]
    correlation: str | None
    facts: dict[str, Any]
    region: str | None
    run: dict[str, Any] | None
    slots: dict[str, Any] = field(repr=False)

    @classmethod
    def read(cls, tracker: Any) -> Turn:
        """Read the latest message and the slots of a tracker."""
        message = tracker.latest_message or {}
        intent = message.get("intent") or {}
        entities = message.get("entities") or []
        payload = {e["entity"]: e["value"] for e in entities if e.get("extractor") == "payload"}
        text = message.get("text") or ""
        return cls(
            text="" if text.startswith("/") else text,
            intent=intent.get("name") or "",
            confidence=float(intent.get("confidence") or 0.0),
            entities=[e for e in entities if e.get("extractor") != "payload"],
            payload=payload,
            correlation=(message.get("metadata") or {}).get("correlation"),
            facts=dict(tracker.get_slot("facts") or {}),
            region=tracker.get_slot("region"),
            run=tracker.get_slot("run"),
            slots=dict(tracker.slots),
        )

    def place(self) -> str | None:
        """Give the code of the place named last in the message, else the place the conversation is about."""
        return self.places()[-1] if self.places() else self.region

    def places(self) -> list[str]:
        """Give the codes of the places named in the message, in order."""
        return [e["value"] for e in self.entities if e["entity"] == "place"]


def set_slots(**slots: Any) -> list[Event]:
    """Give one event for each slot, in the order given."""
    return [SlotSet(name, value) for name, value in slots.items()]
