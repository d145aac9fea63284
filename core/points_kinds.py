"""How each kind of indicator scores: facts and the numbers of a day in, an exact range with its reason out.

The arithmetic stands by subject: points_ages, points_tiers, points_counts. Here is what holds for every kind:
defaults of optional facts, the condition under which an indicator counts at all, points that were changed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from fractions import Fraction
from typing import Any

from core.fields import UNKNOWN, Fact
from core.points_ages import age_plateau, linear_age
from core.points_counts import base_plus_per_unit, deduct, formula, per_unit, step, sum_per_unit
from core.points_scheme import Indicator
from core.points_score import Score, ask, unsure
from core.points_tiers import tiers
from core.rules_conditions import all_of, names

Kind = Callable[[Indicator, Mapping[str, Any], Mapping[str, Fact]], Score]
ZERO = Fraction(0)


def score(indicator: Indicator, value: Mapping[str, Any], facts: Mapping[str, Fact]) -> Score:
    """Score one indicator with the numbers of a day."""
    known = {**{f.id: f.default for f in indicator.fields if f.default is not None}, **facts}
    if all_of(indicator.when, known) is False:
        return Score(ZERO, ZERO, indicator.otherwise or "")
    found = _conditional(indicator, value, known)
    changed = value.get("changed")
    if changed is None or found.low is None:
        return found
    return replace(found, high=None, reason=f"{found.reason}{changed}")


def _conditional(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Score an indicator that may count only under a condition."""
    kind = KINDS[value["kind"]]
    if all_of(indicator.when, known):
        return kind(indicator, value, known)
    looked_at = names(indicator.when)
    missing = [field.id for field in indicator.fields if field.id in looked_at and field.id not in known]
    if missing:
        return ask(indicator, missing)
    found = kind(indicator, value, known)
    if found.low is None:
        cap = value["cap"]
        return unsure(indicator, ZERO, None if cap is None else Fraction(str(cap)))
    return unsure(indicator, ZERO, found.high)


def veto(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Refuse the whole application where the fact holds."""
    fact = known.get(indicator.fields[0].id)
    if fact is None:
        return ask(indicator, [indicator.fields[0].id])
    if fact == UNKNOWN:
        text = f"这一项您不清楚，先没有按它计算；{value['reason']}"
        return Score(None, None, text, notes=(f"{indicator.title}：{text}",))
    if fact is True:
        return Score(None, None, value["reason"], refused=value["reason"])
    return Score(ZERO, ZERO, "没有这种情形。")


def listed(indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact]) -> Score:
    """Say that an indicator exists whose points no source that we hold gives."""
    return Score(None, None, indicator.not_covered or "没有公布或没有收录分值，这里没有计入。")


KINDS: dict[str, Kind] = {
    "linear_age": linear_age,
    "age_plateau": age_plateau,
    "tiers": tiers,
    "per_unit": per_unit,
    "step": step,
    "base_plus_per_unit": base_plus_per_unit,
    "sum_per_unit": sum_per_unit,
    "formula": formula,
    "deduct": deduct,
    "veto": veto,
    "listed": listed,
}
