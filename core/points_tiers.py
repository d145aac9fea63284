"""Indicators with tiers: the best one that the facts reach counts, with what is added to it or taken off it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from core.fields import Fact
from core.points_scheme import Indicator, Tier
from core.points_score import Advice, Score, absent, ask, at_most, exact, limit, spread, unsure
from core.rules_conditions import Clause, all_of, names, truth


def tiers(indicator: Indicator, value: Mapping[str, Any], facts: Mapping[str, Fact]) -> Score:
    """Score the best tier that the facts reach; tiers stand from the most points down, the last holds always."""
    known = dict(facts)
    notes = []
    for assumption in indicator.assume:
        if assumption.field not in facts and all_of(assumption.when, facts):
            known[assumption.field] = assumption.value
            notes.append(assumption.text)
    possible = _possible(value["tiers"], known)
    reached = possible[-1]
    undecided = [name for tier in possible[:-1] for name in _deciding(tier, known)]
    missing = tuple(field.id for field in indicator.fields if field.id in undecided and field.id not in known)
    if missing and (indicator.needed or len(absent(indicator, facts)) == len(indicator.fields)):
        return ask(indicator, missing)
    if len(possible) > 1:
        low = min(exact(tier.low) for tier in possible)
        high = max(exact(tier.high) for tier in possible)
        score = unsure(indicator, low, high, notes)
        if not missing:
            return score
        titles = "、".join(field.title for field in indicator.fields if field.id in missing)
        reason = f"还没有说{titles}，先按 {spread(low, high)} 分的范围估算。"
        return Score(low, high, reason, asks=missing, notes=tuple(notes))
    if reached.note:
        notes.append(reached.note)
    return _reached(indicator, value, known, reached, notes)


def _possible(rows: tuple[Tier, ...], known: Mapping[str, Fact]) -> list[Tier]:
    """List the tiers that may apply, the last one for certain."""
    possible: list[Tier] = []
    for tier in rows:
        holds = all_of(tier.when, known)
        if holds is not False:
            possible.append(tier)
        if holds:
            break
    return possible


def _deciding(tier: Tier, known: Mapping[str, Fact]) -> list[str]:
    """List what the first undecided condition of a tier looks at; the next one is asked for when that one holds."""
    return next((names([clause]) for clause in tier.when if truth(clause, known) is None), [])


def _reached(
    indicator: Indicator, value: Mapping[str, Any], known: Mapping[str, Fact], tier: Tier, notes: list[str]
) -> Score:
    low, high = exact(tier.low), exact(tier.high)
    changes, asks = [], []
    for modifier in value["modifiers"]:
        holds = all_of(modifier.when, known)
        points = exact(modifier.points)
        if holds:
            low, high = low + points, high + points
            changes.append(modifier.text)
        elif holds is None:
            low, high = low + min(points, Fraction(0)), high + max(points, Fraction(0))
            asks += _not_said(indicator, modifier.when, known)
            changes.append(f"{modifier.text}（还不清楚，所以是一个范围）")
    low, high = limit(low, value["cap"]), limit(high, value["cap"])
    more = "".join(f"，{text}" for text in changes)
    reason = f"{tier.text}{more}，计 {spread(low, high)} 分{at_most(value['cap'])}。"
    better = value["tiers"][: value["tiers"].index(tier)]
    advice = tuple(
        Advice(
            f"{indicator.title}：{each.how}，可以提高到 {spread(exact(each.low), exact(each.high))} 分。",
            exact(each.low),
            None,
        )
        for each in reversed(better)
        if each.how
    )
    return Score(
        low,
        high,
        reason + (tier.disputed or tier.unclear or ""),
        asks=tuple(asks),
        advice=advice,
        notes=tuple(notes),
        disputed=tier.disputed is not None,
    )


def _not_said(indicator: Indicator, clauses: tuple[Clause, ...], known: Mapping[str, Fact]) -> list[str]:
    looked_at = names(clauses)
    return [field.id for field in indicator.fields if field.id in looked_at and field.id not in known]
