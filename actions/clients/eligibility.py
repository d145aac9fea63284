"""The eligibility service: facts in, a decision with its reason out."""

from __future__ import annotations

from typing import Any, TypedDict, cast
from urllib.parse import quote

from actions.clients.http import http


class Decision(TypedDict):
    """`POST /api/eligibility/{check}`; decided when `missing` is empty."""

    check: str
    title: str
    outcome: str
    answer: str | int | float
    sentence: str
    results: list[dict[str, str]]
    reason: str
    rule: str | None
    missing: list[dict[str, Any]]
    assumed: list[dict[str, Any]]
    notes: list[str]
    sources: list[dict[str, Any]]
    next_step: dict[str, str] | None
    explanation: str


async def decide(check: str, facts: dict[str, Any], correlation: str | None = None) -> Decision:
    """Decide a check, for today.

    Raises:
        ServiceError: see `Http.request`; codes `unknown_check`, `not_in_force`, `bad_fact`.
    """
    path = f"/api/eligibility/{quote(check, safe='')}"
    return cast(Decision, await http.request("eligibility", "POST", path, {"facts": facts}, correlation))


async def checks(correlation: str | None = None) -> list[dict[str, Any]]:
    """List the checks: id, title, topic and the fields each may ask for.

    Raises:
        ServiceError: see `Http.request`.
    """
    answer = await http.request("eligibility", "GET", "/api/eligibility", correlation=correlation)
    return list(answer["checks"])
