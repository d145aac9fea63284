"""Eligibility tables and routes: what they are made of.

A table is a list of rules, the first that holds decides. A route chooses tables by facts (`branches`) and
combines them: `any` tries ways until one is open, `first_then_detail` decides by the first and refines by the next.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from typing import Any, Union

from core.fields import Field
from core.rules_conditions import Clause, Test
from core.rules_dated import Dated, Period
from core.rules_expressions import Expression

# Outcome → the sentence shown where neither the rule nor the table words it.
OUTCOMES = {
    "eligible": "符合条件。",
    "likely": "很可能符合条件，但还要核实。",
    "not_yet": "暂时还不符合，补上差的条件就可以。",
    "ineligible": "不符合条件。",
    "refer": "这条路不适用，要走别的途径或者问窗口。",
    "need_info": "情况还不够清楚，现在没法判断。",
    "info": "情况说明如下。",
    "required": "必须办。",
    "not_required": "可以不办。",
    "voluntary": "可以自愿选择。",
    "overdue": "已经逾期，请尽快补办。",
    "done": "已经办好了。",
    "due": "现在就可以办。",
    "not_due": "还没到时间。",
    "expired": "已经逾期，功能中止了。",
}
POSITIVE = ("eligible", "likely")
# Days whose dated values a table keeps at hand: today, and those that somebody looks up.
DAYS_KEPT = 64
RESULT_FORMATS = ("number", "month", "age")
COMBINATIONS = ("any", "first_then_detail")


@dataclass(frozen=True)
class Verdict:
    """How a table words an outcome, and what to do next."""

    answer: str | None = None
    next_step: str | None = None


@dataclass(frozen=True)
class Rule:
    """One row of a table: when all conditions hold, its outcome applies."""

    id: str
    when: tuple[Clause, ...]
    outcome: str
    reason: str
    documents: tuple[str, ...]
    veto: bool = False
    disputed: bool = False
    answer: str | None = None
    next_step: str | None = None
    value: str | None = None
    """The answer in a word, for tables that choose among more than outcomes (走劳动监察), or `{name}` of a number."""
    numbers: Mapping[str, float] = field(default_factory=dict)
    """Numbers that this rule brings to the results, such as how many times a sum is paid."""

    @cached_property
    def tests(self) -> tuple[Test, ...]:
        """Give the conditions as functions."""
        return tuple(clause.test for clause in self.when)


@dataclass(frozen=True)
class Figure:
    """A dated number of a table, with its unit and where it comes from."""

    dated: Dated
    unit: str
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Result:
    """A computed number that is shown with the decision; `format`: number, month (2039-09) or age (63岁0个月).

    `outcomes`: shown with these only; none named: with all.
    """

    name: str
    title: str
    format: str
    unit: str
    outcomes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """A decision table. `office` answers what the table cannot; `inputs` stand in the order of asking.

    `optional` inputs sharpen the answer: unsaid they are null (`core.rules_conditions.NOT_SAID`), so that the table
    decides without them; they are asked for as long as they could still change the result.
    """

    id: str
    topic: str
    title: str
    question: str
    region: str
    office: str
    period: Period
    inputs: tuple[Field, ...]
    values: Mapping[str, Figure]
    compute: tuple[tuple[str, Expression], ...]
    rules: tuple[Rule, ...]
    verdicts: Mapping[str, Verdict]
    notes: tuple[str, ...]
    path: str
    optional: frozenset[str] = frozenset()
    results: tuple[Result, ...] = ()

    @property
    def fields(self) -> tuple[Field, ...]:
        """List the fields that the table may ask for."""
        return self.inputs

    @property
    def documents(self) -> tuple[str, ...]:
        """List every document that the rules rest on."""
        return tuple(dict.fromkeys(document for rule in self.rules for document in rule.documents))

    @cached_property
    def defaulted(self) -> tuple[Field, ...]:
        """List the inputs that have a default."""
        return tuple(field for field in self.inputs if field.default is not None)

    @cached_property
    def hanging(self) -> tuple[tuple[tuple[frozenset[str], tuple[Clause, ...]], ...], ...]:
        """Give, for each rule, the clauses that name defaulted inputs: those inputs, and the rule's other clauses."""
        defaulted = {field.id for field in self.defaulted}
        return tuple(
            tuple(
                (frozenset(named), tuple(other for other in rule.when if other is not clause))
                for clause in rule.when
                if (named := defaulted.intersection(clause.names))
            )
            for rule in self.rules
        )

    @cached_property
    def welcome(self) -> frozenset[Clause]:
        """Give every condition that a rule with a positive outcome asks for."""
        return frozenset(clause for rule in self.rules if rule.outcome in POSITIVE for clause in rule.when)

    def numbers_on(self, day: date) -> Mapping[str, Any]:
        """Give the dated values of a day by name.

        Raises:
            NotInForce: one of them has no value on that day.
        """
        kept = self.kept(day)
        if "numbers" not in kept:
            kept["numbers"] = {name: figure.dated.at(day) for name, figure in self.values.items()}
        numbers: Mapping[str, Any] = kept["numbers"]
        return numbers

    def kept(self, day: date) -> dict[str, Any]:
        """Give a place for what follows from the table and a day, and from nothing else; the oldest days go first."""
        found = self._days.get(day)
        if found is None:
            if len(self._days) >= DAYS_KEPT:
                del self._days[next(iter(self._days))]
            found = self._days[day] = {}
        return found

    @cached_property
    def _days(self) -> dict[date, dict[str, Any]]:
        return {}


@dataclass(frozen=True)
class Way:
    """A table within a route. `when`: looked at only then; `hint`: never asked for, only adds what it knows."""

    table: Table
    when: tuple[Clause, ...] = ()
    hint: bool = False


@dataclass(frozen=True)
class Branch:
    """What a route does for some facts; `none` words the result when no way is open."""

    when: tuple[Clause, ...]
    combine: str
    ways: tuple[Way, ...]
    notes: tuple[str, ...]
    none: Verdict


@dataclass(frozen=True)
class Route:
    """A question that several tables answer together."""

    id: str
    topic: str
    title: str
    question: str
    region: str
    inputs: tuple[Field, ...]
    branches: tuple[Branch, ...]
    path: str

    @cached_property
    def fields(self) -> tuple[Field, ...]:
        """List every field that the route or one of its tables may ask for."""
        tables = [way.table for branch in self.branches for way in branch.ways]
        return tuple(dict.fromkeys([*self.inputs, *(field for table in tables for field in table.inputs)]))


Check = Union[Table, Route]
