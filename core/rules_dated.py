"""Dated values: a value holds from its day until the next one; a day before the first is an error, never zero."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from core.yamlfile import Map, fail

# For a value whose source gives no first day: it holds until the next one, and nobody claims to know since when.
UNDATED = "undated"


class NotInForce(LookupError):
    """A rule was asked about for a day on which it has no value; `sentence` says so to a resident."""

    def __init__(
        self, rule: str, title: str, day: date, path: str, since: date | None = None, until: date | None = None
    ) -> None:
        super().__init__(
            f"{rule} has no value in force on {day}. Its dated values are in {path}: ask about another day, "
            "or add the missing value with its source document."
        )
        when = f"从 {since} 起才有收录的规定" if since and day < since else "没有收录的有效规定"
        if until and day > until:
            when = f"已经停用（收录的规定到 {until} 为止）"
        self.sentence = f"“{title}”在 {day} {when}，所以不能按这一天计算；这不等于 0 分，也不等于不符合。"
        self.rule, self.day, self.path = rule, day, path


@dataclass(frozen=True)
class Dated:
    """Values of one rule by the day from which each holds, first day first; None means repealed."""

    rule: str
    title: str
    path: str
    values: tuple[tuple[date, Any], ...]

    def at(self, day: date) -> Any:
        """Give the value in force on a day.

        Raises:
            NotInForce: the day lies before the first value, or the rule was repealed by then.
        """
        found = None
        for since, value in self.values:
            if since <= day:
                found = value
        if found is None:
            raise NotInForce(self.rule, self.title, day, self.path, self.values[0][0])
        return found

    def latest(self, day: date) -> Any:
        """Give the value of a day, None where the rule is repealed or not yet introduced by then.

        Raises:
            NotInForce: the day lies before the first value.
        """
        found = [value for since, value in self.values if since <= day]
        if not found:
            raise NotInForce(self.rule, self.title, day, self.path, self.values[0][0])
        return found[-1]

    def since(self, day: date) -> date | None:
        """Give the day from which the value of a day holds; None where no source says."""
        first = max((since for since, _ in self.values if since <= day), default=date.min)
        return None if first == date.min else first


@dataclass(frozen=True)
class Period:
    """The days on which a rule holds, both inclusive; None leaves an end open."""

    start: date | None
    end: date | None

    def holds(self, day: date) -> bool:
        """Tell whether a day lies within."""
        return (self.start is None or self.start <= day) and (self.end is None or day <= self.end)

    def require(self, rule: str, title: str, day: date, path: str) -> None:
        """Check that a day lies within.

        Raises:
            NotInForce: it does not.
        """
        if not self.holds(day):
            raise NotInForce(rule, title, day, path, self.start, self.end)


def read_dated(node: Any, path: Path, rule: str, title: str) -> Dated:
    """Read a mapping of days to values, such as `{"2023-07-26": 100}` or `{undated: 100, "2026-01-01": 120}`.

    Raises:
        KnowledgeError: not such a mapping, empty, or the days do not ascend.
    """
    if not isinstance(node, Map) or not node:
        fail(path, getattr(node, "line", 1), f'{rule} needs dated values, such as {{"2023-07-26": 100}}')
    values: list[tuple[date, Any]] = []
    for key, value in node.items():
        try:
            day = date.min if key == UNDATED else date.fromisoformat(key)
        except ValueError:
            fail(path, node.line_of(key), f'{key!r} is no day; write it as "2023-07-26"')
        if values and day <= values[-1][0]:
            fail(path, node.line_of(key), f"{key} does not come after {values[-1][0]}; put the days in order")
        values.append((day, value))
    return Dated(rule, title, str(path), tuple(values))


def read_period(node: Map, path: Path) -> Period:
    """Read `effective_from` and `effective_to`, each a day or null.

    Raises:
        KnowledgeError: not a day, or the end lies before the start.
    """
    days = []
    for key in ("effective_from", "effective_to"):
        value = node[key]
        if value is not None and not isinstance(value, date):
            fail(path, node.line_of(key), f"{key} {value!r} is no day; write 2023-07-26 or null")
        days.append(value)
    if days[0] and days[1] and days[1] < days[0]:
        fail(path, node.line_of("effective_to"), "effective_to lies before effective_from; mend one")
    return Period(days[0], days[1])


def read_documents(node: Any, line: int, path: Path, known: set[str] | None) -> tuple[str, ...]:
    """Read a list of source document ids; every rule needs at least one.

    Raises:
        KnowledgeError: no document, or an id that is not in the register (where `known` is given).
    """
    if not isinstance(node, list) or not node:
        fail(path, line, "a rule without a source is not shown; name at least one document id")
    for index, document in enumerate(node):
        if known is not None and document not in known:
            fail(
                path, node.line_of(index), f"unknown document {document!r}; add it to knowledge/policies or mend the id"
            )
    return tuple(node)
