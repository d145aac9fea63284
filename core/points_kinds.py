"""How each kind of indicator scores: facts and the numbers of a day in, an exact range with its reason out.

Points are fractions, so that 0.25 分 a month stays exact. What the resident does not know gives a range
from the least to the most that is possible, which serves better than no figure, and the reason says so.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Any

from core.fields import UNKNOWN, Fact, format_value
from core.points_scheme import Indicator, Tier
from core.rules_conditions import all_of, names
from core.rules_expressions import plain


@dataclass(frozen=True)
class Score:
    """What one indicator gives; `low` None means no points can be given, `missing` the field ids to ask for."""

    low: Fraction | None
    high: Fraction | None
    reason: str
    missing: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default_factory=tuple)
    disputed: bool = False


def said(points: Fraction) -> str:
    """Write points without a needless `.0`: 5, 5.5, 9.25."""
    return f"{plain(points):g}"


def spread(low: Fraction, high: Fraction) -> str:
    """Write a range of points, or one figure where both ends are equal."""
    return said(low) if low == high else f"{said(low)} 到 {said(high)}"


def linear_age(indicator: Indicator, value: Mapping[str, Any], facts: Mapping[str, Fact]) -> Score:
    """Score the age: base points in an age range, one step more for each year below it, up to a cap."""
    age, low, cap = facts.get(indicator.fields[0].id), exact(value["base_points"]), exact(value["cap"])
    if age is None:
        return _ask(indicator)
    if age == UNKNOWN:
        return _unsure(indicator, low, cap)
    assert isinstance(age, (int, float))
    if age < value["youngest"] or age > value["base_to"]:
        return Score(None, None, indicator.not_covered or f"{indicator.title}：没有收录这个年龄的分值，先不计分。")
    years = max(0, value["base_from"] - int(age))
    points = min(low + years * exact(value["per_year"]), cap)
    base = f"{value['base_from']} 至 {value['base_to']} 周岁 {said(low)} 分"
    more = f"{value['base_from']} 周岁以下每小一岁加 {value['per_year']:g} 分，最多 {said(cap)} 分"
    return Score(points, points, f"{int(age)} 周岁计 {said(points)} 分（{base}，{more}）。")


def per_unit(indicator: Indicator, value: Mapping[str, Any], facts: Mapping[str, Fact]) -> Score:
    """Score a count: points for each full unit, up to a cap."""
    asked = indicator.fields[0]
    count, per, cap = facts.get(asked.id), exact(value["per"]), exact(value["cap"])
    if count is None:
        return _ask(indicator)
    if count == UNKNOWN:
        return _unsure(indicator, Fraction(0), cap)
    assert isinstance(count, (int, float))
    points = min(int(count) * per, cap)
    unit = asked.unit or ""
    reason = (
        f"{format_value(asked, int(count))}，每满一{unit} {said(per)} 分，计 {said(points)} 分（最多 {said(cap)} 分）。"
    )
    if points == cap:
        return Score(points, points, reason)
    left = math.ceil((cap - points) / per)
    more = (indicator.more or "再满 {count} {unit}").format(count=left, unit=unit)
    advice = f"{more}，可以加 {said(cap - points)} 分，{indicator.title}到 {said(cap)} 分封顶。"
    return Score(points, points, reason, advice=(advice,))


def tiers(indicator: Indicator, value: Mapping[str, Any], facts: Mapping[str, Fact]) -> Score:
    """Score the best tier that the facts reach; tiers stand from the most points down, the last holds always."""
    known = dict(facts)
    notes = []
    for assumption in indicator.assume:
        if assumption.field not in facts and all_of(assumption.when, facts):
            known[assumption.field] = assumption.value
            notes.append(assumption.text)
    possible: list[Tier] = []
    for tier in value["tiers"]:
        holds = all_of(tier.when, known)
        if holds is not False:
            possible.append(tier)
        if holds:
            break
    reached = possible[-1]
    undecided = [name for tier in possible[:-1] for name in names(tier.when)]
    missing = tuple(asked.id for asked in indicator.fields if asked.id in undecided and asked.id not in known)
    if missing:
        return _ask(indicator, missing)
    if len(possible) > 1:
        return _unsure(indicator, exact(reached.low), exact(possible[0].high), notes)
    if reached.note:
        notes.append(reached.note)
    low, high = exact(reached.low), exact(reached.high)
    reason = (
        f"{reached.text}，计 {spread(low, high)} 分（最多 {said(exact(value['cap']))} 分）。{reached.disputed or ''}"
    )
    better = value["tiers"][: value["tiers"].index(reached)]
    advice = tuple(
        f"{indicator.title}：{tier.how}，可以提高到 {spread(exact(tier.low), exact(tier.high))} 分。"
        for tier in better[-1:]
        if tier.how
    )
    return Score(low, high, reason, advice=advice, notes=tuple(notes), disputed=low != high)


def listed(indicator: Indicator, value: Mapping[str, Any], facts: Mapping[str, Fact]) -> Score:
    """Say that an indicator exists whose points no source that we hold gives."""
    return Score(None, None, indicator.not_covered or "没有公布或没有收录分值，这里没有计入。")


def exact(number: float) -> Fraction:
    """Read a number of a YAML file as it is written there."""
    return Fraction(str(number))


Kind = Callable[[Indicator, Mapping[str, Any], Mapping[str, Fact]], Score]
KINDS: dict[str, Kind] = {"linear_age": linear_age, "per_unit": per_unit, "tiers": tiers, "listed": listed}


def _ask(indicator: Indicator, missing: tuple[str, ...] | None = None) -> Score:
    wanted = missing or tuple(asked.id for asked in indicator.fields)
    titles = "、".join(asked.title for asked in indicator.fields if asked.id in wanted)
    return Score(None, None, f"还要知道：{titles}。", missing=wanted)


def _unsure(indicator: Indicator, low: Fraction, high: Fraction, notes: list[str] | None = None) -> Score:
    reason = f"这一项您不清楚，所以按最少 {said(low)} 分、最多 {said(high)} 分估算。"
    helps = tuple(f"{asked.title}：{asked.help}" for asked in indicator.fields if asked.help)
    return Score(low, high, reason, notes=(*(notes or ()), *helps))
