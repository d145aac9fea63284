"""Fields: what a resident can be asked, in which words, and which values an answer may take.

`knowledge/fields.yaml` holds them; points schemes, eligibility tables and the questionnaire refer to them by id.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

from core.field import DATED, NUMERIC, TYPES, UNKNOWN, BadFact, Fact, Field, Value
from core.periods import SCOPES, BadPeriod, Count, count, read
from core.places import PROVINCE, Places
from core.yamlfile import Map, Seq, check_keys, fail, load

__all__ = ["UNKNOWN", "BadFact", "Fact", "Field", "Value", "canonical", "count_periods", "format_value", "load_fields"]

OUTSIDE = "outside"
_UNITS = {"months": "个月"}


def format_value(field: Field, value: Fact) -> str:
    """Say a fact back: `48 个月`, `大专`, `没有`, `不清楚`."""
    if isinstance(value, str) and value == UNKNOWN:
        return "不清楚"
    for known in field.values:
        if known.value == value:
            return known.title
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:g} {field.unit}" if field.unit else f"{value:g}"
    if field.dated:
        year, month, *day = str(value).split("-")
        return f"{year}年{int(month)}月" + (f"{int(day[0])}日" if day else "")
    return str(value)


def canonical(fields: Iterable[Field], facts: Mapping[str, object]) -> dict[str, Fact]:
    """Check the facts that these fields ask for; facts of other fields are left out.

    A fact under a field's `short` name counts for the field unless its own id is there too. So
    `social_insurance_months` means the months in the province to a points scheme, and the months at the
    place to a settlement check, while a conversation keeps them apart under their ids.
    Raises:
        BadFact: a fact does not fit its field.
    """
    found: dict[str, Fact] = {}
    for field in fields:
        name = field.id if field.id in facts else field.short
        if name is not None and name in facts:
            found[field.id] = field.check(facts[name])
    return found


def count_periods(
    fields: Iterable[Field], facts: Mapping[str, object], places: Places, day: date
) -> tuple[dict[str, object], dict[str, Count]]:
    """Turn facts that are lists of periods (`core.periods`) into months.

    Returns:
        The facts with numbers in place of lists, and how each list was counted, by field id. Months there count where
        the fact `city` (or `permit_city`) says.
    Raises:
        BadFact: a list that holds no periods, or one for a field that counts none.
    """
    named = [facts.get(name) for name in ("city", "permit_city")]
    words = [place.code for name in named if isinstance(name, str) for place in places.find(name)]
    city = next((n for n in named if isinstance(n, str) and n in places), next(iter(words), None))
    found, counts = dict(facts), {}
    for field in fields:
        name = field.id if field.id in facts else field.short
        rows = facts.get(name) if name is not None else None
        if name is None or not isinstance(rows, list):
            continue
        if field.counts is None:
            raise BadFact(field.id, f"“{field.title}”要一个数，不能是几段时间。")
        try:
            counts[field.id] = count(read(rows, places, day), places, field.counts, city)
        except BadPeriod as error:
            raise BadFact(field.id, error.sentence) from error
        found.pop(name)
        found[field.id] = counts[field.id].months
    return found, counts


def load_fields(path: Path) -> dict[str, Field]:
    """Read `knowledge/fields.yaml` and the files of `knowledge/fields/` beside it, one for each subject.

    Fields of type `place` take their words from `lexicon/places.yaml`.

    Raises:
        KnowledgeError: unknown key or type, repeated id or word, a default or bound that does not fit.
    """
    found: dict[str, Field] = {}
    for file in (path, *sorted((path.parent / "fields").glob("*.yaml"))):
        root = check_keys(load(file), file, {"fields"})
        for row in root["fields"]:
            field = _field(row, file, path.parent / "lexicon" / "places.yaml")
            if field.id in found:
                fail(file, row.line_of("id"), f"field {field.id!r} stands twice; keep one")
            found[field.id] = field
    return found


def _field(row: Any, path: Path, register: Path) -> Field:
    check_keys(
        row,
        path,
        {"id", "title", "question", "type"},
        {"unit", "values", "min", "max", "default", "allow_unknown", "help", "short", "counts"},
    )
    kind = row["type"]
    if kind not in TYPES:
        fail(path, row.line_of("type"), f"unknown type {kind!r}; one of: {', '.join(TYPES)}")
    plain = kind in NUMERIC or kind in DATED
    if plain == ("values" in row):
        fail(path, row.line, f"a field of type {kind!r} {'has no' if plain else 'needs'} values; mend it")
    if kind in NUMERIC and not {"min", "max"} <= row.keys():
        fail(path, row.line, "a number needs min and max, so that a slip of the finger is noticed; add them")
    places = Places.load(register) if kind == "place" else None
    outside = [other["name"] for other in load(register)["outside"]] if kind == "place" else []
    values = tuple(_value(value, kind, places, outside, row["values"], path) for value in row.get("values", ()))
    field = Field(
        id=row["id"],
        title=row["title"],
        question=row["question"],
        type=kind,
        unit=row.get("unit", _UNITS.get(kind)),
        values=values,
        minimum=row.get("min"),
        maximum=row.get("max"),
        default=row.get("default"),
        allow_unknown=row.get("allow_unknown", True),
        help=row.get("help"),
        short=row.get("short"),
        counts=row.get("counts"),
    )
    if field.counts is not None and (kind != "months" or field.counts not in SCOPES):
        fail(path, row.line_of("counts"), f"counts is for months, and one of: {', '.join(SCOPES)}")
    _check(field, row, path)
    return field


def _check(field: Field, row: Map, path: Path) -> None:
    if field.type == "boolean" and [value.value for value in field.values] != [True, False]:
        fail(path, row.line_of("values"), "a boolean has the values true and false, in this order; mend it")
    seen: dict[str, bool | str] = {}
    for value in field.values:
        for word in {value.title, *value.aliases}:
            if seen.setdefault(word, value.value) != value.value:
                fail(path, row.line_of("values"), f"{word!r} names two values; keep it at one")
    if field.default is not None:
        try:
            field.check(field.default)
        except BadFact as error:
            fail(path, row.line_of("default"), f"the default does not fit: {error.sentence}")


def _value(row: Any, kind: str, places: Places | None, outside: list[str], rows: Seq, path: Path) -> Value:
    if not isinstance(row, Map):
        return Value(row, str(row))
    check_keys(row, path, {"value"}, {"title", "aliases", "covers"})
    value, title = row["value"], row.get("title", str(row["value"]))
    if (kind == "boolean") != isinstance(value, bool) or not isinstance(value, (bool, str)):
        fail(path, row.line_of("value"), f"value {value!r} does not fit type {kind!r}; put texts and codes in quotes")
    aliases = tuple(str(alias) for alias in row.get("aliases", ()))
    if places is None:
        return Value(value, title, aliases)
    codes = {other["value"]: other.get("covers") for other in rows if isinstance(other, Map)}
    covers = tuple(row.get("covers") or _covered(value, codes, places))
    for code in covers:
        if code not in places:
            fail(path, row.line, f"{code!r} is no code in lexicon/places.yaml; mend it")
    words = [word for code in covers if (place := places.get(code)) for word in place.words]
    if value == OUTSIDE:
        words = outside
    kept = dict.fromkeys(word for word in [*aliases, *words] if word != title)
    return Value(value, row.get("title", places.name(str(value))), tuple(kept), covers)


def _covered(value: str, codes: Mapping[str, Any], places: Places) -> list[str]:
    """List the codes for which `value` is the most specific of the field's values."""
    listed = {code: owner for owner, covers in codes.items() for code in covers or ()}
    found = []
    for code in places.codes():
        if code == PROVINCE:
            continue
        owner = next((c if c in codes else listed[c] for c in places.chain(code) if c in codes or c in listed), None)
        if owner == value:
            found.append(code)
    return found
