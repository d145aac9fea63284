"""Messages as the channel expects them: text, buttons and an outcome record in one."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

Button = dict[str, str]


def button(title: str, intent: str, **entities: str | None) -> Button:
    """Make a button that sends a payload of ours, such as `/ask_topic{"topic": "settlement.renting"}`."""
    values = {name: value for name, value in entities.items() if value is not None}
    payload = f"/{intent}" + (json.dumps(values, ensure_ascii=False) if values else "")
    return {"title": title, "payload": payload}


def say(
    dispatcher: Any,
    text: str,
    outcome: str,
    *,
    record: dict[str, Any] | None = None,
    buttons: Iterable[Button] = (),
    **custom: Any,
) -> None:
    """Utter one message.

    Args:
        outcome: the outcome of the turn as reports count it, such as `asked_fact`.
        record: what else the outcome record holds: topic, entry, region, confidence, alternatives, snapshot.
        custom: details, notes, sources, sheet, progress, facts, region; empty ones are left out.
    """
    shown = {key: value for key, value in custom.items() if value or (key == "facts" and value is not None)}
    sources = [source["document"] for source in custom.get("sources") or []]
    shown["outcome"] = {"outcome": outcome, "sources": sources, **(record or {})}
    dispatcher.utter_message(text=text, buttons=list(buttons), json_message=shown)


STOP = button("先不算了", "stop")
PERSON = button("找人工", "human_handoff")
