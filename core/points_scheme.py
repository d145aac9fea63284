"""Points schemes as data: `knowledge/points/<scheme>.yaml`, every number dated, with its source documents.

An indicator's `kind` names the arithmetic (core/points_kinds.py); its `values` hold the numbers by day.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.fields import Fact, Field, load_fields
from core.rules_conditions import Clause, read_clauses
from core.rules_dated import Dated, Period, read_dated, read_documents, read_period
from core.yamlfile import Map, check_keys, fail, load

# What each kind needs for a day. `listed`: the indicator exists, no source that we hold gives its points.
KEYS: dict[str, set[str]] = {
    "linear_age": {"youngest", "base_from", "base_to", "base_points", "per_year", "cap"},
    "tiers": {"cap", "tiers"},
    "per_unit": {"per", "cap"},
    "listed": {"cap"},
}


@dataclass(frozen=True)
class Tier:
    """Points for whoever meets all conditions; `low` differs from `high` where sources disagree."""

    when: tuple[Clause, ...]
    low: float
    high: float
    text: str
    how: str | None
    note: str | None
    disputed: str | None


@dataclass(frozen=True)
class Assumption:
    """A fact taken for granted when it was not said, in the cases that `when` names; `text` says so aloud."""

    field: str
    value: Fact
    when: tuple[Clause, ...]
    text: str


@dataclass(frozen=True)
class Part:
    """A part of the total with its own limit."""

    id: str
    title: str
    cap: Dated


@dataclass(frozen=True)
class Indicator:
    """One indicator of a scheme; `values` gives the numbers of a day, shaped by `kind`.

    `more` words the advice of a count, with {count} and {unit}; `not_covered` is said where no points can be given.
    """

    id: str
    title: str
    part: str
    kind: str
    unit: str
    fields: tuple[Field, ...]
    values: Dated
    documents: tuple[str, ...]
    assume: tuple[Assumption, ...]
    more: str | None
    not_covered: str | None


@dataclass(frozen=True)
class Scheme:
    """A points scheme: parts, indicators and what must be said with each result."""

    id: str
    title: str
    region: str
    period: Period
    parts: tuple[Part, ...]
    indicators: tuple[Indicator, ...]
    documents: tuple[str, ...]
    notes: tuple[str, ...]
    path: str

    @property
    def fields(self) -> tuple[Field, ...]:
        """List the fields that the scheme may ask for, in the order of asking."""
        return tuple(dict.fromkeys(field for indicator in self.indicators for field in indicator.fields))


def load_schemes(path: Path, *, documents: set[str] | None = None) -> dict[str, Scheme]:
    """Read every scheme of a folder; fields come from `fields.yaml` beside it.

    Args:
        path: the folder `knowledge/points`.
        documents: ids of the source register; where given, an unknown id is an error.
    Raises:
        KnowledgeError: unknown key, field, value or document, a number without a day, a tier that no one reaches.
    """
    fields = load_fields(path.parent / "fields.yaml")
    schemes: dict[str, Scheme] = {}
    for file in sorted(path.glob("*.yaml")):
        scheme = _scheme(load(file), file, fields, documents)
        if scheme.id != file.stem:
            fail(file, 1, f"scheme {scheme.id!r} stands in {file.name}; name both alike")
        schemes[scheme.id] = scheme
    return schemes


def _scheme(node: Any, path: Path, fields: Mapping[str, Field], documents: set[str] | None) -> Scheme:
    required = {"id", "title", "region", "effective_from", "effective_to", "documents", "parts", "indicators", "notes"}
    root = check_keys(node, path, required)
    parts = []
    for row in root["parts"]:
        check_keys(row, path, {"id", "title", "cap"})
        parts.append(
            Part(row["id"], row["title"], read_dated(row["cap"], path, f"{root['id']}.{row['id']}", row["title"]))
        )
    indicators = tuple(
        _indicator(row, path, root["id"], {part.id for part in parts}, fields, documents) for row in root["indicators"]
    )
    return Scheme(
        id=root["id"],
        title=root["title"],
        region=root["region"],
        period=read_period(root, path),
        parts=tuple(parts),
        indicators=indicators,
        documents=read_documents(root["documents"], root.line_of("documents"), path, documents),
        notes=tuple(root["notes"]),
        path=str(path),
    )


def _indicator(
    node: Any, path: Path, scheme: str, parts: set[str], fields: Mapping[str, Field], documents: set[str] | None
) -> Indicator:
    row = check_keys(
        node,
        path,
        {"id", "title", "part", "kind", "unit", "fields", "documents", "values"},
        {"assume", "more", "not_covered"},
    )
    if row["kind"] not in KEYS:
        fail(path, row.line_of("kind"), f"unknown kind {row['kind']!r}; one of: {', '.join(KEYS)}")
    if row["part"] not in parts:
        fail(path, row.line_of("part"), f"unknown part {row['part']!r}; one of: {', '.join(sorted(parts))}")
    for name in row["fields"]:
        if name not in fields:
            fail(path, row.line_of("fields"), f"unknown field {name!r}; add it to knowledge/fields.yaml")
    own = {name: fields[name] for name in row["fields"]}
    if row["kind"] in ("linear_age", "per_unit") and (len(own) != 1 or not all(f.numeric for f in own.values())):
        fail(path, row.line_of("fields"), f"kind {row['kind']!r} counts one number; name one numeric field")
    dated = read_dated(row["values"], path, f"{scheme}.{row['id']}", row["title"])
    values = tuple((day, _value(value, row["kind"], path, own, row["values"])) for day, value in dated.values)
    return Indicator(
        id=row["id"],
        title=row["title"],
        part=row["part"],
        kind=row["kind"],
        unit=row["unit"],
        fields=tuple(own.values()),
        values=Dated(dated.rule, dated.title, dated.path, values),
        documents=read_documents(row["documents"], row.line_of("documents"), path, documents),
        assume=tuple(_assumption(item, path, own) for item in row.get("assume", ())),
        more=row.get("more"),
        not_covered=row.get("not_covered"),
    )


def _value(node: Any, kind: str, path: Path, fields: Mapping[str, Field], rows: Map) -> dict[str, Any] | None:
    if node is None:
        return None
    value = check_keys(node, path, KEYS[kind])
    for key, number in value.items():
        optional = kind == "listed" and number is None
        if key != "tiers" and not optional and (isinstance(number, bool) or not isinstance(number, (int, float))):
            fail(path, value.line_of(key), f"{key} {number!r} is no number; mend it")
    if kind != "tiers":
        return dict(value)
    tiers = [_tier(tier, path, fields) for tier in value["tiers"]]
    for index, tier in enumerate(tiers[:-1]):
        if not tier.when:
            fail(path, value["tiers"].line_of(index), "this tier holds always, so those after it are never reached")
        if tiers[index + 1].high > tier.low:
            fail(path, value["tiers"].line_of(index + 1), "tiers stand from the most points down; put them in order")
    if not tiers or tiers[-1].when:
        fail(path, value.line_of("tiers"), "the last tier has `when: []`, so that everyone gets a sentence; add it")
    if tiers[0].high != value["cap"]:
        fail(path, value.line_of("cap"), f"cap {value['cap']} differs from the best tier {tiers[0].high:g}; mend one")
    return {"cap": value["cap"], "tiers": tuple(tiers)}


def _tier(node: Any, path: Path, fields: Mapping[str, Field]) -> Tier:
    row = check_keys(node, path, {"when", "points", "text"}, {"how", "note", "disputed"})
    points = row["points"]
    low, high = (points["low"], points["high"]) if isinstance(points, Map) else (points, points)
    if (low != high) != ("disputed" in row):
        fail(path, row.line, "a range of points and `disputed` (why, in Chinese) go together; mend it")
    return Tier(
        when=read_clauses(row["when"], path, fields, set()),
        low=low,
        high=high,
        text=row["text"],
        how=row.get("how"),
        note=row.get("note"),
        disputed=row.get("disputed"),
    )


def _assumption(node: Any, path: Path, fields: Mapping[str, Field]) -> Assumption:
    row = check_keys(node, path, {"field", "value", "when", "text"})
    if row["field"] not in fields:
        fail(path, row.line_of("field"), f"unknown field {row['field']!r}; it must be one of the indicator's fields")
    return Assumption(
        row["field"],
        fields[row["field"]].check(row["value"]),
        read_clauses(row["when"], path, fields, set()),
        row["text"],
    )


def holds(scheme: Scheme, day: date) -> None:
    """Check that a scheme is in force on a day.

    Raises:
        NotInForce: it is not.
    """
    scheme.period.require(scheme.id, scheme.title, day, scheme.path)
