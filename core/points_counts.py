"""Indicators that count: months, years, hours, yuan, times; and those worked out by a formula."""

from __future__ import annotations

import math
from collections.abc import Mapping
from fractions import Fraction
from functools import lru_cache
from typing import Any

from core.fields import UNKNOWN, Fact, Field, format_value
from core.points_scheme import Indicator
from core.points_score import Advice, Score, absent, ask, at_most, counted, exact, limit, said, unsure
from core.rules_expressions import parse

# Up to this many months (or steps of another unit) advice goes to the limit; further off it names the next step only.
FAR_MONTHS = 60
FAR_STEPS = 5
_parsed = lru_cache(maxsize=None)(parse)


def per_unit(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Score points for each full unit, up to a cap; `from`: nothing before so much, `bonus`: more once so much."""
    asked = counted(indicator)
    count = known.get(asked.id)
    if count is None:
        return ask(indicator, [asked.id])
    if count == UNKNOWN:
        return unsure(indicator, Fraction(0), _cap(value))
    assert isinstance(count, (int, float))
    points = _count_points(value, count)
    start = value.get("from", 0)
    late = f"，满 {start:g} {asked.unit} 起才计" if count < start else ""
    extra = _bonus(value, count)
    bonus = f"，另加 {said(extra)} 分" if extra else ""
    reason = (
        f"{format_value(asked, _whole(count))}{_scope(indicator)}，{_each(value, asked)} {said(exact(value['per']))} 分"
        f"{late}{bonus}，计 {said(points)} 分{at_most(value['cap'])}。"
    )
    return Score(points, points, reason, advice=_advice(indicator, value, asked, count, points))


def step(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Score first points at an amount, then more for each further amount, up to a cap."""
    asked = counted(indicator)
    count = known.get(asked.id)
    if count is None:
        return ask(indicator, [asked.id])
    if count == UNKNOWN:
        return unsure(indicator, Fraction(0), _cap(value))
    assert isinstance(count, (int, float))
    points = Fraction(0)
    if count >= value["at"]:
        further = math.floor((exact(count) - exact(value["at"])) / exact(value["every"]))
        points = limit(exact(value["first"]) + further * exact(value["then"]), value["cap"])
    rule = (
        f"满 {value['at']:g} {asked.unit} {said(exact(value['first']))} 分，"
        f"以后每满 {value['every']:g} {asked.unit}加 {said(exact(value['then']))} 分"
    )
    amount = f"{format_value(asked, _whole(count))}{_scope(indicator)}"
    text = f"{amount}，{rule}，计 {said(points)} 分{at_most(value['cap'])}。"
    return Score(points, points, text)


def base_plus_per_unit(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Score base points (the condition is the indicator's `when`), and more for each further full unit."""
    asked = counted(indicator)
    count, base = known.get(asked.id), exact(value["base"])
    if count is None:
        return ask(indicator, [asked.id])
    if count == UNKNOWN:
        return unsure(indicator, base, _cap(value))
    assert isinstance(count, (int, float))
    points = limit(base + _units(value, count) * exact(value["per"]), value["cap"])
    rule = f"基础 {said(base)} 分，{_each(value, asked)}加 {said(exact(value['per']))} 分"
    return Score(
        points,
        points,
        f"{rule}，{format_value(asked, _whole(count))}计 {said(points)} 分{at_most(value['cap'])}。",
    )


def sum_per_unit(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Add up several counts, each with a limit of its own, such as honours of each level."""
    missing = absent(indicator, known)
    if missing:
        return ask(indicator, missing)
    low, high, texts = Fraction(0), Fraction(0), []
    bounded = True
    for row in value["counts"]:
        count = known[row.field.id]
        if count == UNKNOWN:
            bounded = bounded and row.cap is not None
            high += exact(row.cap or 0)
            texts.append(f"{row.text}不清楚")
            continue
        assert isinstance(count, (int, float))
        points = limit(math.floor(exact(count) / exact(row.unit)) * exact(row.per), row.cap)
        low, high = low + points, high + points
        if count:
            texts.append(f"{row.text} {format_value(row.field, _whole(count))}计 {said(points)} 分")
    low, high = limit(low, value["cap"]), limit(high, value["cap"])
    detail = "，".join(texts) or "没有"
    total = said(low) if low == high else f"{said(low)} 到 {said(high)}"
    reason = f"{detail}{_scope(indicator)}，合计 {total} 分{at_most(value['cap'])}。"
    return Score(low, high if bounded or value["cap"] is not None else None, reason)


def formula(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Score what a formula gives, from zero up to a cap."""
    expression = _parsed(value["expr"])
    missing = [name for name in expression.names if name not in known]
    if missing:
        return ask(indicator, missing)
    found = expression.value(known)
    if isinstance(found, str):
        return unsure(indicator, Fraction(0), _cap(value))
    points = limit(max(Fraction(0), exact(found)), value["cap"])
    used = [field for field in indicator.fields if field.id in expression.names and known[field.id]]
    facts = "，".join(f"{field.title} {format_value(field, known[field.id])}" for field in used) or "没有"
    return Score(points, points, f"{facts}{_scope(indicator)}，计 {said(points)} 分{at_most(value['cap'])}。")


def deduct(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Take points off for each event; what the resident does not know is not taken off, and the reason says so."""
    asked = counted(indicator)
    count, per = known.get(asked.id), exact(value["per"])
    if count is None:
        return ask(indicator, [asked.id])
    if count == UNKNOWN:
        text = f"这一项您不清楚，没有扣分；有的话每{asked.unit}扣 {said(per)} 分。"
        return Score(None, None, text, notes=(f"{indicator.title}：{text}",))
    assert isinstance(count, (int, float))
    if not count:
        return Score(Fraction(0), Fraction(0), f"没有，不扣分（有的话每{asked.unit}扣 {said(per)} 分）。")
    points = -int(count) * per
    rule = f"每{asked.unit}扣 {said(per)} 分"
    return Score(points, points, f"{format_value(asked, int(count))}，{rule}，共扣 {said(-points)} 分。")


def _advice(
    indicator: Indicator, value: Mapping[str, Any], asked: Field, count: float, points: Fraction
) -> tuple[Advice, ...]:
    """Say how much more is needed to the limit, or for the next step where the limit is far off."""
    if indicator.optional and indicator.more is None:
        return ()
    unit, cap = exact(value.get("unit", 1)), _cap(value)
    if cap is not None and points >= cap:
        return ()
    monthly = {"个月": 1, "年": 12}.get(asked.unit or "")
    done = _units(value, count)
    target = None
    if cap is not None:
        target = (done + math.ceil((cap - points) / exact(value["per"]))) * unit
        steps = (target - exact(count)) / unit
        if (monthly and (target - exact(count)) * monthly > FAR_MONTHS) or (not monthly and steps > FAR_STEPS):
            target = None
    if target is None:
        ahead = max(1, math.ceil(Fraction(12, monthly) / unit)) if monthly else 1
        target = (done + ahead) * unit
    target = max(target, exact(value.get("from", 0)))
    reached = _count_points(value, float(target))
    left = target - exact(count)
    more = (indicator.more or "再满 {count} {unit}").format(count=said(left), unit=asked.unit or "")
    gain = f"{'按旧分值' if value.get('changed') else ''}可以加 {said(reached - points)} 分"
    if cap is not None and reached == cap:
        end = f"，{indicator.title}到 {said(cap)} 分封顶。"
    else:
        end = f"（{indicator.title}最多 {said(cap)} 分）。" if cap is not None else "。"
    return (Advice(f"{more}，{gain}{end}", reached, math.ceil(left * monthly) if monthly else None),)


def _count_points(value: Mapping[str, Any], count: float) -> Fraction:
    if count < value.get("from", 0):
        return Fraction(0)
    return limit(_units(value, count) * exact(value["per"]) + _bonus(value, count), value["cap"])


def _bonus(value: Mapping[str, Any], count: float) -> Fraction:
    """Give the highest bonus that a count reaches."""
    return max((exact(points) for at, points in value["bonus"] if count >= at), default=Fraction(0))


def _units(value: Mapping[str, Any], count: float) -> int:
    return math.floor(exact(count) / exact(value.get("unit", 1)))


def _each(value: Mapping[str, Any], asked: Field) -> str:
    """Word the unit: 每满一个月, 每满 20 小时."""
    size = value.get("unit", 1)
    return f"每满一{asked.unit}" if size == 1 else f"每满 {size:g} {asked.unit}"


def _cap(value: Mapping[str, Any]) -> Fraction | None:
    return None if value["cap"] is None else exact(value["cap"])


def _scope(indicator: Indicator) -> str:
    return f"（只算{indicator.scope}）" if indicator.scope else ""


def _whole(count: float) -> int | float:
    return int(count) if count == int(count) else count
