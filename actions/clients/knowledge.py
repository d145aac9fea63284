"""The knowledge service: which approved answer fits a question, or why there is none."""

from __future__ import annotations

from typing import Any, TypedDict, cast

from actions.clients.http import http


class NextStep(TypedDict, total=False):
    """What to do next; one of the keys beside `text` at most."""

    text: str
    check: str
    scheme: str
    url: str
    phone: str


class Choice(TypedDict, total=False):
    """Something to offer as a button."""

    title: str
    topic: str
    entry: str
    region: str


class Answer(TypedDict):
    """The outcome record of `POST /api/knowledge/ask`; `answer` holds the approved sentence in every case."""

    outcome: str
    topic: str | None
    entry: str | None
    title: str | None
    region: str | None
    region_name: str | None
    answer: str
    details: str | None
    next_step: NextStep | None
    notes: list[str]
    sources: list[dict[str, Any]]
    confidence: float
    alternatives: list[str]
    choices: list[Choice]
    results: list[dict[str, Any]]
    snapshot: str
    # Someone is in danger: to be shown whatever else is under way.
    urgent: bool


async def ask(
    question: str,
    region: str | None = None,
    topic: str | None = None,
    entry: str | None = None,
    correlation: str | None = None,
) -> Answer:
    """Ask in words, or for a topic or entry that was tapped, for a place.

    Raises:
        ServiceError: see `Http.request`; code `unknown_id` where an id is no longer published.
    """
    given = {"q": question, "region": region, "topic": topic, "entry": entry}
    body = {key: value for key, value in given.items() if value is not None}
    return cast(Answer, await http.request("knowledge", "POST", "/api/knowledge/ask", body, correlation))
