"""Fields: what a resident can be asked, in which words, and which values an answer may take.

`knowledge/fields.yaml` holds them; points schemes, eligibility tables and the questionnaire refer to them by id.
A fact is a plain JSON value (bool, int, float or str), so that it can travel and be kept as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Union

from core.places import PROVINCE, Places
from core.yamlfile import Map, Seq, check_keys, fail, load

Fact = Union[bool, int, float, str]

# The fact of a question that was asked and that the resident cannot answer. It differs from an absent fact,
# which was not asked yet. A plain text, because facts travel as JSON.
UNKNOWN = "unknown"
UNKNOWN_WORDS = frozenset({UNKNOWN, "不知道", "不清楚"})

TYPES = ("boolean", "integer", "number", "months", "choice", "place")
NUMERIC = frozenset({"integer", "number", "months"})
OUTSIDE = "outside"

_UNITS = {"months": "个月"}


class BadFact(ValueError):
    """A value cannot be this field's fact; `sentence` tells a resident so, in Chinese."""

    def __init__(self, field: str, sentence: str) -> None:
        super().__init__(f"{field}: {sentence}")
        self.field, self.sentence = field, sentence


@dataclass(frozen=True)
class Value:
    """One value of a field: `title` is shown, `aliases` are understood, `covers` are region codes it stands for."""

    value: bool | str
    title: str
    aliases: tuple[str, ...] = ()
    covers: tuple[str, ...] = ()

    def record(self) -> dict[str, Any]:
        """Give the value as JSON."""
        record: dict[str, Any] = {"value": self.value, "title": self.title, "aliases": list(self.aliases)}
        return {**record, "covers": list(self.covers)} if self.covers else record


@dataclass(frozen=True)
class Field:
    """A question and the shape of its answer. `minimum` and `maximum` are inclusive, in `unit`."""

    id: str
    title: str
    question: str
    type: str
    unit: str | None = None
    values: tuple[Value, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    default: Fact | None = None
    allow_unknown: bool = True
    help: str | None = None
    short: str | None = None

    @property
    def numeric(self) -> bool:
        """Tell whether facts of this field can be compared with < and >."""
        return self.type in NUMERIC

    @cached_property
    def words(self) -> dict[str, bool | str]:
        """Map each text that names a value (value, title, alias, region code) to that value."""
        found: dict[str, bool | str] = {}
        for value in self.values:
            named = [value.title, *value.aliases, *value.covers]
            for word in [value.value, *named] if isinstance(value.value, str) else named:
                found.setdefault(word, value.value)
        return found

    def check(self, fact: object) -> Fact:
        """Bring a fact from outside to its canonical value: an alias, a title or a region code is understood.

        Args:
            fact: a JSON value; null and 不知道 mean `UNKNOWN`.
        Returns:
            A fact of this field's type, or `UNKNOWN`.
        Raises:
            BadFact: wrong type, no such value, out of bounds, or not known where it must be.
        """
        if fact is None or (isinstance(fact, str) and fact in UNKNOWN_WORDS):
            if self.allow_unknown:
                return UNKNOWN
            raise BadFact(self.id, f"要先知道“{self.title}”才能往下判断，请说一下。")
        if self.type == "boolean":
            if isinstance(fact, bool):
                return fact
            raise BadFact(self.id, f"“{self.title}”只能回答是或不是，请再说一次。")
        if self.values:
            if isinstance(fact, str) and fact in self.words:
                return self.words[fact]
            raise BadFact(self.id, f"“{self.title}”没有这个选项，可以选：{self.offered()}。")
        if isinstance(fact, bool) or not isinstance(fact, (int, float)) or fact != fact:
            raise BadFact(self.id, f"“{self.title}”应当是一个数字{self._in_unit()}，请再说一次。")
        return self.bounded(fact)

    def bounded(self, number: float) -> int | float:
        """Check a number against the field's bounds; whole numbers come back as int.

        Raises:
            BadFact: out of bounds, or not whole where it must be.
        """
        low, high = self.minimum, self.maximum
        if (low is not None and number < low) or (high is not None and number > high):
            raise BadFact(self.id, f"“{self.title}”应当{self._span()}，请核对后再说一次。")
        if number == int(number):
            return int(number)
        if self.type != "number":
            raise BadFact(self.id, f"“{self.title}”请说整数{self._in_unit()}。")
        return number

    def offered(self) -> str:
        """List the titles of the values for a sentence."""
        return "、".join(value.title for value in self.values)

    def record(self) -> dict[str, Any]:
        """Give the field as JSON, enough for `from_record`."""
        return {
            "field": self.id,
            "title": self.title,
            "ask": self.question,
            "type": self.type,
            "unit": self.unit,
            "values": [value.record() for value in self.values],
            "min": self.minimum,
            "max": self.maximum,
            "default": self.default,
            "allow_unknown": self.allow_unknown,
            "help": self.help,
        }

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Field:
        """Rebuild a field from `record`, on the other side of an HTTP call.

        Raises:
            KeyError: `field`, `title`, `ask` or `type` is missing.
        """
        values = tuple(
            Value(v["value"], v.get("title", str(v["value"])), tuple(v.get("aliases", ())), tuple(v.get("covers", ())))
            for v in record.get("values") or ()
        )
        return cls(
            id=record["field"],
            title=record["title"],
            question=record["ask"],
            type=record["type"],
            unit=record.get("unit"),
            values=values,
            minimum=record.get("min"),
            maximum=record.get("max"),
            default=record.get("default"),
            allow_unknown=record.get("allow_unknown", True),
            help=record.get("help"),
        )

    def _in_unit(self) -> str:
        return f"（单位：{self.unit}）" if self.unit else ""

    def _span(self) -> str:
        unit, low, high = self.unit or "", self.minimum, self.maximum
        if low is not None and high is not None:
            return f"在 {low:g} 到 {high:g} {unit}之间".replace(" 之间", "之间")
        return f"不小于 {low:g} {unit}".rstrip() if low is not None else f"不大于 {high:g} {unit}".rstrip()


def format_value(field: Field, value: Fact) -> str:
    """Say a fact back: `48 个月`, `大专`, `没有`, `不清楚`."""
    if isinstance(value, str) and value == UNKNOWN:
        return "不清楚"
    for known in field.values:
        if known.value == value:
            return known.title
    if isinstance(value, (int, float)) and not isinstance(value, bool):
        return f"{value:g} {field.unit}" if field.unit else f"{value:g}"
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


def load_fields(path: Path) -> dict[str, Field]:
    """Read `knowledge/fields.yaml`; fields of type `place` take their words from `lexicon/places.yaml` beside it.

    Raises:
        KnowledgeError: unknown key or type, repeated id or word, a default or bound that does not fit.
    """
    root = check_keys(load(path), path, {"fields"})
    found: dict[str, Field] = {}
    for row in root["fields"]:
        field = _field(row, path)
        if field.id in found:
            fail(path, row.line_of("id"), f"field {field.id!r} stands twice; keep one")
        found[field.id] = field
    return found


def _field(row: Any, path: Path) -> Field:
    check_keys(
        row,
        path,
        {"id", "title", "question", "type"},
        {"unit", "values", "min", "max", "default", "allow_unknown", "help", "short"},
    )
    kind = row["type"]
    if kind not in TYPES:
        fail(path, row.line_of("type"), f"unknown type {kind!r}; one of: {', '.join(TYPES)}")
    if (kind in NUMERIC) == ("values" in row):
        fail(path, row.line, f"a field of type {kind!r} {'has no' if kind in NUMERIC else 'needs'} values; mend it")
    if kind in NUMERIC and not {"min", "max"} <= row.keys():
        fail(path, row.line, "a number needs min and max, so that a slip of the finger is noticed; add them")
    places = Places.load(path.parent / "lexicon" / "places.yaml") if kind == "place" else None
    values = tuple(_value(value, kind, places, row["values"], path) for value in row.get("values", ()))
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
    )
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


def _value(row: Any, kind: str, places: Places | None, rows: Seq, path: Path) -> Value:
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
        words = [other["name"] for other in load(path.parent / "lexicon" / "places.yaml")["outside"]]
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
