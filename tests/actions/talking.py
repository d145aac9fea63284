"""What an action gets from Rasa and gives back, for tests."""

from rasa_sdk import Tracker

from actions.clients import http as http_module

SLOTS = ("facts", "region", "last_topic", "last_entry", "last_question", "offered", "run", "pending_field", "next_fact")


def use(monkeypatch, url):
    """Let the clients speak to this address."""
    monkeypatch.setattr(http_module.http, "_base", url)


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


def slots_of(events):
    """Give the slots that events set, the last of each."""
    return {event["name"]: event["value"] for event in events if event["event"] == "slot"}
