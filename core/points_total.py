"""How items make a total: alternatives, parts under their limits, deductions, limits of the whole.

A high end of None means that there may be more and nobody knows how much, so that the low end is a lower bound.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from core.points_scheme import Part, Scheme
from core.points_score import Score, exact

ZERO = Fraction(0)


@dataclass(frozen=True)
class Sum:
    """A sum of points; `high` None: a lower bound."""

    low: Fraction
    high: Fraction | None


@dataclass(frozen=True)
class Total:
    """The sums of the parts (None where no source gives points), and the whole, None where no part has any."""

    parts: Mapping[str, Sum | None]
    whole: Sum | None


def add_up(scheme: Scheme, scores: Mapping[str, Score], day: date) -> Total:
    """Add scores up to parts and a total."""
    parts = {part.id: _part(scheme, part, scores, day) for part in scheme.parts}
    gained = [parts[part.id] for part in scheme.parts if not part.deducts and not part.apart]
    taken = [parts[part.id] for part in scheme.parts if part.deducts]
    known = [each for each in gained if each is not None]
    if not known:
        return Total(parts, None)
    less = sum((each.low for each in taken if each is not None), ZERO)
    low = sum((each.low for each in known), ZERO) + less
    # A part without points, or a question that the total does not wait for, may add to it.
    unheard = any(score.asks and score.low is None for score in scores.values())
    high: Fraction | None = ZERO + less
    for each in gained:
        high = None if each is None or each.high is None or high is None else high + each.high
    return Total(parts, Sum(_within(scheme, low), None if unheard or high is None else _within(scheme, high)))


def passed_over(scheme: Scheme, scores: Mapping[str, Score]) -> dict[str, str]:
    """Name the indicators that do not count since another counts instead, with the title of the group."""
    found = {}
    for group in scheme.alternatives:
        members = [name for name in group.members if name in scores and scores[name].low is not None]
        if len(members) > 1:
            best = max(members, key=lambda name: (scores[name].low or ZERO, scores[name].open))
            found.update({name: group.title for name in members if name != best and scores[name].high != 0})
    return found


def _part(scheme: Scheme, part: Part, scores: Mapping[str, Score], day: date) -> Sum | None:
    own = {e.id: scores[e.id] for e in scheme.indicators if e.part == part.id and e.id in scores}
    grouped = {name for group in scheme.alternatives for name in group.members}
    ranges = [s for name, score in own.items() if name not in grouped and (s := _range([score])) is not None]
    for group in scheme.alternatives:
        found = _range([own[name] for name in group.members if name in own])
        if found is not None:
            ranges.append(found)
    kinds = {e.id: e.kind for e in scheme.indicators}
    if not ranges or (part.deducts and all(score.low is None for score in own.values())):
        return None
    low, high = sum((each.low for each in ranges), ZERO), ZERO
    unknown = any(each.high is None for each in ranges)
    if not part.deducts:
        unknown = unknown or any(kinds[name] == "listed" for name in own)
    high = sum((each.high for each in ranges if each.high is not None), ZERO)
    cap = None if part.cap is None else part.cap.latest(day)
    if cap is not None:
        low, high = min(low, exact(cap)), min(high, exact(cap))
        unknown = unknown and low < exact(cap)
    return Sum(low, None if unknown else high)


def _range(scores: list[Score]) -> Sum | None:
    """Give the best of some scores."""
    known = [score for score in scores if score.low is not None]
    if not known:
        return None
    highs = [score.high for score in known]
    low = max(score.low for score in known if score.low is not None)
    return Sum(low, None if None in highs else max(high for high in highs if high is not None))


def _within(scheme: Scheme, points: Fraction) -> Fraction:
    if scheme.maximum is not None:
        points = min(points, exact(scheme.maximum))
    return points if scheme.minimum is None else max(points, exact(scheme.minimum))
