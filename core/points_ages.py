"""Indicators of age: more points the younger, or full points up to an age and fewer each year after it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from core.fields import UNKNOWN, Fact
from core.points_scheme import Indicator
from core.points_score import Score, ask, counted, exact, limit, said, unsure


def linear_age(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Score base points in an age range, one step more for each year below it, up to a cap."""
    age, low = known.get(counted(indicator).id), exact(value["base_points"])
    if age is None:
        return ask(indicator, [counted(indicator).id])
    if age == UNKNOWN:
        return unsure(indicator, low, exact(value["cap"]))
    assert isinstance(age, (int, float))
    if age < value["youngest"] or age > value["base_to"]:
        return _not_covered(indicator)
    years = max(0, value["base_from"] - int(age))
    points = limit(low + years * exact(value["per_year"]), value["cap"])
    base = f"{value['base_from']} 至 {value['base_to']} 周岁 {said(low)} 分"
    more = f"{value['base_from']} 周岁以下每小一岁加 {value['per_year']:g} 分，最多 {said(exact(value['cap']))} 分"
    return Score(points, points, f"{int(age)} 周岁计 {said(points)} 分（{base}，{more}）。")


def age_plateau(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Score full points up to an age, one step fewer for each year above it, never below zero."""
    age, full = known.get(counted(indicator).id), exact(value["points"])
    if age is None:
        return ask(indicator, [counted(indicator).id])
    if age == UNKNOWN:
        return unsure(indicator, Fraction(0), full)
    assert isinstance(age, (int, float))
    if age < value["youngest"]:
        return _not_covered(indicator)
    years = max(0, int(age) - value["plateau_to"])
    points = limit(max(Fraction(0), full - years * exact(value["per_year"])), value["cap"])
    rule = (
        f"{value['youngest']} 至 {value['plateau_to']} 周岁 {said(full)} 分，"
        f"{value['plateau_to']} 周岁以上每大一岁减 {value['per_year']:g} 分"
    )
    return Score(points, points, f"{int(age)} 周岁计 {said(points)} 分（{rule}）。")


def _not_covered(indicator: Indicator) -> Score:
    return Score(None, None, indicator.not_covered or f"{indicator.title}：没有收录这个年龄的分值，先不计分。")
