"""The points service: facts in, a sheet of scored indicators out."""

from __future__ import annotations

from typing import Any, TypedDict, cast

from actions.clients.http import http


class Range(TypedDict):
    """Points from `low` to `high`; equal where no source disagrees."""

    low: float
    high: float


class Item(TypedDict):
    """One indicator; `points` is None where it could not be scored."""

    id: str
    title: str
    points: Range | None
    max: float | None
    reason: str
    sources: list[str]
    disputed: bool


class Estimate(TypedDict):
    """`POST /api/points/estimate`; `total` is None while facts are missing."""

    scheme: str
    title: str
    day: str
    items: list[Item]
    subtotals: list[dict[str, Any]]
    total: Range | None
    missing: list[dict[str, Any]]
    advice: list[str]
    notes: list[str]
    sources: list[dict[str, Any]]


async def estimate(scheme: str, facts: dict[str, Any], correlation: str | None = None) -> Estimate:
    """Score the facts under a scheme, for today.

    Raises:
        ServiceError: see `Http.request`; codes `unknown_scheme`, `not_in_force`, `bad_fact`.
    """
    body = {"scheme": scheme, "facts": facts}
    return cast(Estimate, await http.request("points", "POST", "/api/points/estimate", body, correlation))


async def schemes(correlation: str | None = None) -> list[dict[str, Any]]:
    """List the schemes: id, title and the fields each may ask for.

    Raises:
        ServiceError: see `Http.request`.
    """
    answer = await http.request("points", "GET", "/api/points/schemes", correlation=correlation)
    return list(answer["schemes"])
