"""Points for new residents (新市民积分): facts and a day in, scored items with reasons and sources out.

Pure: no clock, no network, no database. The numbers and their sources are in knowledge/points/;
core/points_kinds.py says how each kind of indicator counts, and this module how items make a total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from core.fields import Fact, Field
from core.points_kinds import KINDS, Score, exact, spread
from core.points_scheme import Indicator, Scheme, holds, load_schemes
from core.rules_dated import NotInForce
from core.rules_expressions import plain

__all__ = ["Item", "NotInForce", "Points", "Scheme", "Sheet", "Subtotal", "estimate", "load_schemes"]


@dataclass(frozen=True)
class Points:
    """A range of points in 分; both ends are equal unless sources disagree or the resident is not sure."""

    low: int | float
    high: int | float


@dataclass(frozen=True)
class Item:
    """One line of the sheet; `points` None means none could be given, and `reason` says why."""

    id: str
    title: str
    points: Points | None
    max: int | float | None
    reason: str
    sources: tuple[str, ...]
    disputed: bool


@dataclass(frozen=True)
class Subtotal:
    """One part of the total under its own limit; `low` and `high` are None where no source gives points for it."""

    id: str
    title: str
    low: int | float | None
    high: int | float | None
    max: int | float


@dataclass(frozen=True)
class Sheet:
    """An estimate: `total` is None as long as `missing` names fields to ask for."""

    scheme: str
    title: str
    day: date
    items: tuple[Item, ...]
    subtotals: tuple[Subtotal, ...]
    total: Points | None
    missing: tuple[Field, ...]
    advice: tuple[str, ...]
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
    values = {indicator.id: indicator.values.at(day) for indicator in scheme.indicators}
    scores = {each.id: KINDS[each.kind](each, values[each.id], facts) for each in scheme.indicators}
    wanted = {name for score in scores.values() for name in score.missing}
    missing = tuple(field for field in scheme.fields if field.id in wanted)
    subtotals = () if missing else tuple(_subtotals(scheme, scores, day))
    items = tuple(_item(each, scores[each.id], values[each.id]["cap"]) for each in scheme.indicators)
    known = [part for part in subtotals if part.low is not None and part.high is not None]
    total = None
    if known and not missing:
        total = Points(
            plain(sum((exact(part.low or 0) for part in known), Fraction(0))),
            plain(sum((exact(part.high or 0) for part in known), Fraction(0))),
        )
    advice = () if missing else tuple(text for each in scheme.indicators for text in scores[each.id].advice)
    notes = () if missing else tuple(_notes(scheme, scores))
    return Sheet(scheme.id, scheme.title, day, items, subtotals, total, missing, advice, notes, scheme.documents)


def _item(indicator: Indicator, score: Score, cap: float | None) -> Item:
    points = None
    if score.low is not None and score.high is not None:
        points = Points(plain(score.low), plain(score.high))
    return Item(indicator.id, indicator.title, points, cap, score.reason, indicator.documents, score.disputed)


def _subtotals(scheme: Scheme, scores: Mapping[str, Score], day: date) -> list[Subtotal]:
    found = []
    for part in scheme.parts:
        cap = exact(part.cap.at(day))
        own = [scores[each.id] for each in scheme.indicators if each.part == part.id]
        lows = [score.low for score in own if score.low is not None]
        highs = [score.high for score in own if score.high is not None]
        low = plain(min(sum(lows, Fraction(0)), cap)) if lows else None
        high = plain(min(sum(highs, Fraction(0)), cap)) if highs else None
        found.append(Subtotal(part.id, part.title, low, high, plain(cap)))
    return found


def _notes(scheme: Scheme, scores: Mapping[str, Score]) -> list[str]:
    """Say what the total rests on: gaps first, then assumptions, disagreements and the scheme's own notes."""
    notes = []
    for each in scheme.indicators:
        score = scores[each.id]
        if score.low is None and each.kind != "listed":
            notes.append(f"总分没有包含“{each.title}”这一项：{score.reason}")
    for each in scheme.indicators:
        notes.extend(scores[each.id].notes)
        if scores[each.id].disputed:
            score = scores[each.id]
            assert score.low is not None
            assert score.high is not None
            notes.append(
                f"“{each.title}”资料有冲突，所以给出 {spread(score.low, score.high)} 分的范围，以当地答复为准。"
            )
    notes.extend(scheme.notes)
    return list(dict.fromkeys(notes))
