"""Points for new residents (新市民积分): facts and a day in, scored items with reasons and sources out.

Pure: no clock, no network, no database. The numbers and their sources are in knowledge/points/;
core/points_kinds.py says how each kind of indicator counts, core/points_total.py how items make a total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core import points_words
from core.fields import Fact, Field
from core.points_files import load_schemes
from core.points_kinds import score
from core.points_scheme import About, Indicator, Scheme, holds
from core.points_score import Score
from core.points_total import Sum, Total, add_up, passed_over
from core.points_words import Gap
from core.rules_dated import NotInForce
from core.rules_expressions import plain

__all__ = ["Gap", "Item", "NotInForce", "Points", "Scheme", "Sheet", "Subtotal", "estimate", "load_schemes"]


@dataclass(frozen=True)
class Points:
    """A range of points in 分; both ends are equal unless sources disagree or the resident is not sure.

    `high` None: a lower bound, there may be more.
    """

    low: int | float
    high: int | float | None


@dataclass(frozen=True)
class Item:
    """One line of the sheet; `points` None means none could be given, and `reason` says why.

    `lower_bound`: scored with values that were changed since. `counted` False: another item counts instead.
    `assumed`: nobody said anything about it, so it was taken as none.
    """

    id: str
    title: str
    part: str
    points: Points | None
    max: int | float | None
    reason: str
    sources: tuple[str, ...]
    disputed: bool
    lower_bound: bool
    counted: bool
    assumed: bool


@dataclass(frozen=True)
class Subtotal:
    """One part of the total under its own limit; `low` and `high` are None where no source gives points for it."""

    id: str
    title: str
    low: int | float | None
    high: int | float | None
    max: int | float | None


@dataclass(frozen=True)
class Sheet:
    """An estimate: `total` is None as long as `missing` names fields that it waits for.

    `lower_bound`: the total is at least this. `refused` says why an application is invalid, `not_computable` why the
    scheme gives no total; both leave the total None. `assumed` says what was taken as none.
    """

    scheme: str
    title: str
    day: date
    items: tuple[Item, ...]
    subtotals: tuple[Subtotal, ...]
    total: Points | None
    lower_bound: bool
    missing: tuple[Field, ...]
    advice: tuple[str, ...]
    gap: tuple[Gap, ...]
    assumed: tuple[str, ...]
    refused: str | None
    not_computable: str | None
    about: tuple[About, ...]
    notes: tuple[str, ...]
    documents: tuple[str, ...]


def estimate(scheme: Scheme, facts: Mapping[str, Fact], day: date) -> Sheet:
    """Estimate the points of one resident.

    Args:
        scheme: from `load_schemes`.
        facts: canonical facts by field id (`core.fields.canonical`); others are not looked at.
        day: the day whose values apply, normally the day of application.
    Returns:
        The sheet. An answer “不知道” (`UNKNOWN`) gives a range; an age that no source covers gives no points,
        the total is then that of the other items, and a note says so.
    Raises:
        NotInForce: the scheme or a value of it does not hold on that day.
    """
    holds(scheme, day)
    values = {each.id: value for each in scheme.indicators if (value := each.values.latest(day)) is not None}
    shown = tuple(each for each in scheme.indicators if each.id in values)
    scores = {each.id: score(each, values[each.id], facts) for each in shown}
    refused = next((found.refused for found in scores.values() if found.refused), None)
    waits = {name for found in scores.values() for name in found.missing}
    wanted = set() if refused else waits | {name for found in scores.values() for name in found.asks}
    ready = not waits and not refused
    total = add_up(scheme, scores, day) if ready else Total({}, None)
    whole = total.whole if scheme.computable else None
    over = passed_over(scheme, scores)
    return Sheet(
        scheme=scheme.id,
        title=scheme.title,
        day=day,
        items=tuple(_item(each, scores[each.id], values[each.id], over, facts) for each in shown),
        subtotals=_subtotals(scheme, total, day) if ready else (),
        total=None if whole is None else Points(plain(whole.low), _number(whole.high)),
        lower_bound=whole is not None and whole.high is None,
        missing=tuple(field for field in scheme.fields if field.id in wanted),
        advice=points_words.advice(scheme, scores, Total(total.parts, whole), day),
        gap=() if whole is None else points_words.gaps(scheme, whole, day),
        assumed=points_words.assumed(scheme, scores, facts) if ready else (),
        refused=refused,
        not_computable=None if scheme.computable else scheme.no_values or points_words.NO_VALUES,
        about=points_words.about(scheme, day),
        notes=points_words.notes(scheme, scores) if ready else (),
        documents=scheme.documents,
    )


def _item(
    indicator: Indicator,
    found: Score,
    value: Mapping[str, Any],
    over: Mapping[str, str],
    facts: Mapping[str, Fact],
) -> Item:
    points = None if found.low is None else Points(plain(found.low), _number(found.high))
    instead = f"（{over[indicator.id]}，这一项没有重复计。）" if indicator.id in over else ""
    return Item(
        id=indicator.id,
        title=indicator.title,
        part=indicator.part,
        points=points,
        max=value["cap"],
        reason=found.reason + instead,
        sources=indicator.documents,
        disputed=found.disputed,
        lower_bound=found.open,
        counted=points is not None and indicator.id not in over,
        assumed=points_words.is_assumed(indicator, facts),
    )


def _subtotals(scheme: Scheme, total: Total, day: date) -> tuple[Subtotal, ...]:
    found = []
    for part in scheme.parts:
        own: Sum | None = total.parts.get(part.id)
        cap = None if part.cap is None else part.cap.latest(day)
        low, high = (None, None) if own is None else (plain(own.low), _number(own.high))
        found.append(Subtotal(part.id, part.title, low, high, cap))
    return tuple(found)


def _number(points: Any) -> int | float | None:
    return None if points is None else plain(points)
