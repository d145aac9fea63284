"""One field: a question, the shape of its answer, and the canonical value of a fact from outside.

A fact is a plain JSON value (bool, int, float or str), so that it can travel and be kept as it is.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from typing import Any, Union

Fact = Union[bool, int, float, str]

# The fact of a question that was asked and that the resident cannot answer. It differs from an absent fact,
# which was not asked yet. A plain text, because facts travel as JSON.
UNKNOWN = "unknown"
UNKNOWN_WORDS = frozenset({UNKNOWN, "不知道", "不清楚"})

TYPES = ("boolean", "integer", "number", "months", "choice", "place", "date", "month")
NUMERIC = frozenset({"integer", "number", "months"})
# Facts of these types are ISO text, which sorts as the days do: 2012-06-01, and 1976-09 for a month.
DATED = {"date": re.compile(r"\d{4}-\d{2}-\d{2}"), "month": re.compile(r"\d{4}-\d{2}")}


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
    counts: str | None = None
    """Of months: which of them count where they are given as periods (`core.periods.SCOPES`)."""

    @property
    def numeric(self) -> bool:
        """Tell whether facts of this field are numbers."""
        return self.type in NUMERIC

    @property
    def dated(self) -> bool:
        """Tell whether facts of this field are days or months, as ISO text."""
        return self.type in DATED

    @property
    def ordered(self) -> bool:
        """Tell whether facts of this field can be compared with < and >."""
        return self.numeric or self.dated

    def fits(self, text: str) -> bool:
        """Tell whether a text is a day (2012-06-01) or, for a month, 1976-09."""
        if DATED[self.type].fullmatch(text) is None:
            return False
        try:
            date.fromisoformat(text if self.type == "date" else f"{text}-01")
        except ValueError:
            return False
        return True

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
        if self.dated:
            if isinstance(fact, str) and self.fits(fact):
                return fact
            example = "2012年6月1日" if self.type == "date" else "1976年9月"
            raise BadFact(self.id, f"“{self.title}”应当是一个日期，例如“{example}”，请再说一次。")
        if self.type == "boolean":
            if isinstance(fact, bool):
                return fact
            raise BadFact(self.id, f"“{self.title}”只能回答是或不是，请再说一次。")
        if self.values:
            # A value that is called by a number may be sent as one: 55 for “55”.
            word = str(fact) if isinstance(fact, int) and self.type == "choice" else fact
            if isinstance(word, str) and word in self.words:
                return self.words[word]
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
            "counts": self.counts,
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
            counts=record.get("counts"),
        )

    def _in_unit(self) -> str:
        return f"（单位：{self.unit}）" if self.unit else ""

    def _span(self) -> str:
        unit, low, high = self.unit or "", self.minimum, self.maximum
        if low is not None and high is not None:
            return f"在 {low:g} 到 {high:g} {unit}之间".replace(" 之间", "之间")
        return f"不小于 {low:g} {unit}".rstrip() if low is not None else f"不大于 {high:g} {unit}".rstrip()
