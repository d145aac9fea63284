"""The points service: facts in, a sheet of scored indicators out."""

from __future__ import annotations

from typing import Any, TypedDict, cast

from actions.clients.http import http


class Range(TypedDict):
    """Points from `low` to `high`; equal where no source disagrees, `high` None where there may be more."""

    low: float
    high: float | None


class Item(TypedDict):
    """One indicator; `points` is None where it could not be scored, `counted` False where another counts instead.

    `assumed`: nobody said anything about it, so it was taken as none. `lower_bound`: its values were changed since.
    """

    id: str
    title: str
    part: str
    points: Range | None
    max: float | None
    reason: str
    sources: list[str]
    disputed: bool
    lower_bound: bool
    counted: bool
    assumed: bool


class Estimate(TypedDict):
    """`POST /api/points/estimate`; `total` is None while it waits for facts, and where there can be none.

    `lower_bound`: the total is at least that. `refused` and `not_computable` are the reasons for no total.
    """

    scheme: str
    title: str
    day: str
    items: list[Item]
    subtotals: list[dict[str, Any]]
    total: Range | None
    lower_bound: bool
    missing: list[dict[str, Any]]
    advice: list[str]
    gap: list[dict[str, Any]]
    assumed: list[str]
    refused: str | None
    not_computable: str | None
    about: list[dict[str, Any]]
    notes: list[str]
    sources: list[dict[str, Any]]


async def estimate(scheme: str, facts: dict[str, Any], correlation: str | None = None) -> Estimate:
    """Score the facts under a scheme, for today.

    Raises:
        ServiceError: see `Http.request`; codes `unknown_scheme`, `not_in_force`, `bad_fact`.
    """
    body = {"scheme": scheme, "facts": facts}
    return cast(Estimate, await http.request("points", "POST", "/api/points/estimate", body, correlation))


async def schemes(correlation: str | None = None, place: str | None = None) -> list[dict[str, Any]]:
    """List the schemes: id, title, region, whether a total can be given, and the fields each may use.

    `place`: those that apply there, the most specific first.

    Raises:
        ServiceError: see `Http.request`.
    """
    path = "/api/points/schemes" + (f"?place={place}" if place else "")
    answer = await http.request("points", "GET", path, correlation=correlation)
    return list(answer["schemes"])
