"""The numbers of an indicator for a day, checked as they are read: what each kind needs, and nothing else."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from core.fields import Field
from core.points_scheme import Count, Modifier, Tier
from core.rules_conditions import read_clauses
from core.rules_expressions import parse
from core.yamlfile import Map, check_keys, fail

# What each kind needs for a day, and what it may have. `cap: null` means that the source states no limit.
# `listed`: the indicator exists, no source that we hold gives its points.
KEYS: dict[str, tuple[set[str], set[str]]] = {
    "linear_age": ({"youngest", "base_from", "base_to", "base_points", "per_year", "cap"}, set()),
    "age_plateau": ({"youngest", "plateau_to", "points", "per_year", "cap"}, set()),
    "tiers": ({"cap", "tiers"}, {"modifiers"}),
    "per_unit": ({"per", "cap"}, {"unit", "from", "bonus"}),
    "step": ({"at", "first", "every", "then", "cap"}, set()),
    "base_plus_per_unit": ({"base", "per", "cap"}, {"unit"}),
    "sum_per_unit": ({"counts", "cap"}, set()),
    "formula": ({"expr", "cap"}, set()),
    "deduct": ({"per"}, set()),
    "veto": ({"reason"}, set()),
    "listed": ({"cap"}, set()),
}
# `kind`: another arithmetic from this day on. `changed`: the points were changed to values that no source gives, so
# that these are the old ones and only a lower bound; the sentence says so.
ALWAYS = {"kind", "changed"}
WORDS = {"kind", "changed", "reason", "expr"}
LISTS = {"tiers", "modifiers", "counts", "bonus"}
ONE_NUMBER = frozenset({"linear_age", "age_plateau", "per_unit", "step", "base_plus_per_unit", "deduct"})


def read_value(
    node: Any, kind: str, path: Path, fields: Mapping[str, Field], counted: Mapping[str, Field], line: int
) -> dict[str, Any]:
    """Read the numbers of one day.

    Args:
        kind: the indicator's kind, unless the value names its own.
        fields: the indicator's fields by id.
        counted: those of them that no condition looks at; kinds that count need exactly one number among them.
    Returns:
        The value with its `kind`; `cap` is always there, None for no limit.
    Raises:
        KnowledgeError: an unknown kind or key, text instead of a number, tiers out of order.
    """
    kind = node.get("kind", kind) if isinstance(node, Map) else kind
    if kind not in KEYS:
        fail(path, line, f"unknown kind {kind!r}; one of: {', '.join(KEYS)}")
    if kind in ONE_NUMBER and (len(counted) != 1 or not all(field.numeric for field in counted.values())):
        fail(path, line, f"kind {kind!r} counts one number; name one numeric field beside those of `when`")
    required, optional = KEYS[kind]
    row = check_keys(node, path, required, optional | ALWAYS)
    for key, number in row.items():
        if key in WORDS or key in LISTS or (key == "cap" and number is None):
            continue
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            fail(path, row.line_of(key), f"{key} {number!r} is no number; mend it")
    value: dict[str, Any] = {"cap": None, **row, "kind": kind}
    if kind == "tiers":
        value["tiers"] = _tiers(row, path, fields)
        value["modifiers"] = tuple(_modifier(item, path, fields) for item in row.get("modifiers", ()))
    if kind == "sum_per_unit":
        value["counts"] = tuple(_count(item, path, fields) for item in row["counts"])
    if kind == "per_unit":
        value["bonus"] = tuple(_bonus(item, path) for item in row.get("bonus", ()))
    if kind == "formula":
        _check_formula(row, path, fields)
    return value


def _tiers(row: Map, path: Path, fields: Mapping[str, Field]) -> tuple[Tier, ...]:
    tiers = [_tier(tier, path, fields) for tier in row["tiers"]]
    for index, tier in enumerate(tiers[:-1]):
        if not tier.when:
            fail(path, row["tiers"].line_of(index), "this tier holds always, so those after it are never reached")
        if tiers[index + 1].high > tier.high:
            fail(path, row["tiers"].line_of(index + 1), "tiers stand from the most points down; put them in order")
    if not tiers or tiers[-1].when:
        fail(path, row.line_of("tiers"), "the last tier has `when: []`, so that everyone gets a sentence; add it")
    if row["cap"] is not None and tiers[0].high != row["cap"]:
        fail(path, row.line_of("cap"), f"cap {row['cap']} differs from the best tier {tiers[0].high:g}; mend one")
    return tuple(tiers)


def _tier(node: Any, path: Path, fields: Mapping[str, Field]) -> Tier:
    row = check_keys(node, path, {"when", "points", "text"}, {"how", "note", "disputed", "unclear"})
    points = row["points"]
    low, high = (points["low"], points["high"]) if isinstance(points, Map) else (points, points)
    for number in (low, high):
        if isinstance(number, bool) or not isinstance(number, (int, float)):
            fail(path, row.line_of("points"), f"points {number!r} are no number; mend it")
    if low > high:
        fail(path, row.line_of("points"), f"points from {low} to {high}: the lower end comes first; mend it")
    if (low != high) != ("disputed" in row or "unclear" in row):
        fail(path, row.line, "a range of points and `disputed` or `unclear` (why, in Chinese) go together; mend it")
    return Tier(
        when=read_clauses(row["when"], path, fields, set()),
        low=low,
        high=high,
        text=row["text"],
        how=row.get("how"),
        note=row.get("note"),
        disputed=row.get("disputed"),
        unclear=row.get("unclear"),
    )


def _modifier(node: Any, path: Path, fields: Mapping[str, Field]) -> Modifier:
    row = check_keys(node, path, {"when", "points", "text"})
    return Modifier(read_clauses(row["when"], path, fields, set()), _number(row, "points", path), row["text"])


def _count(node: Any, path: Path, fields: Mapping[str, Field]) -> Count:
    row = check_keys(node, path, {"field", "per", "text"}, {"unit", "cap"})
    field = fields.get(row["field"])
    if field is None or not field.numeric:
        fail(path, row.line_of("field"), f"{row['field']!r} is no numeric field of this indicator; mend it")
    assert field is not None
    cap = None if row.get("cap") is None else _number(row, "cap", path)
    unit = _number(row, "unit", path) if "unit" in row else 1
    return Count(field, _number(row, "per", path), unit, cap, row["text"])


def _check_formula(row: Map, path: Path, fields: Mapping[str, Field]) -> None:
    try:
        unknown = [name for name in parse(row["expr"]).names if name not in fields]
    except ValueError as error:
        fail(path, row.line_of("expr"), f"{error}; mend it")
    if unknown:
        fail(path, row.line_of("expr"), f"unknown field {unknown[0]!r}; add it to `fields` of the indicator")


def _bonus(node: Any, path: Path) -> tuple[float, float]:
    row = check_keys(node, path, {"at", "points"})
    return _number(row, "at", path), _number(row, "points", path)


def _number(row: Map, key: str, path: Path) -> float:
    number = row[key]
    if isinstance(number, bool) or not isinstance(number, (int, float)):
        fail(path, row.line_of(key), f"{key} {number!r} is no number; mend it")
    found: float = number
    return found
