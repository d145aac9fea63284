"""The condition language of tables and tiers: three-valued, because a fact that was not said is not a “no”.

A condition is `{field, op, value}`, or `{any: [conditions]}`; a list of conditions holds when all do.
A value `$name` is another fact, a dated value or a computed one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Union

from core.fields import UNKNOWN, Fact, Field
from core.yamlfile import Map, check_keys, fail

ORDER: dict[str, Callable[[Any, Any], Any]] = {
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}
# What an optional fact is while nobody has said it: see `truth`. No fact that arrives as JSON can look like it.
NOT_SAID = "\x00not said"
MEMBER = frozenset({"in", "not_in"})
SAID = frozenset({"is_null", "is_not_null"})
OPERATORS = ("==", "!=", *ORDER, *sorted(MEMBER), *sorted(SAID))
# A condition made ready to be asked again and again: scope in, truth out.
Test = Callable[[Mapping[str, Any]], "bool | None"]


@dataclass(frozen=True)
class Condition:
    """One comparison of a fact (or a computed value) with a value."""

    field: str
    op: str
    value: Any = None

    @cached_property
    def test(self) -> Test:
        """Give the condition as a function, so that its operator is looked at once and not with every case."""
        return _said(self) if self.op in SAID else _compared(self)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """List the facts and values that it looks at, `$` names included."""
        value = self.value
        other = value[1:] if isinstance(value, str) and value.startswith("$") else self.field
        return (self.field,) if other == self.field else (self.field, other)


@dataclass(frozen=True)
class AnyOf:
    """Holds when one of its conditions does."""

    conditions: tuple[Condition, ...]

    @cached_property
    def test(self) -> Test:
        """Give the alternatives as one function."""
        tests = tuple(condition.test for condition in self.conditions)
        return lambda scope: either(test(scope) for test in tests)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """List the facts and values that the alternatives look at."""
        return tuple(dict.fromkeys(name for condition in self.conditions for name in condition.names))


Clause = Union[Condition, AnyOf]


def truth(clause: Clause, scope: Mapping[str, Any]) -> bool | None:
    """Evaluate one clause: True, False, or None where a fact that decides is not known.

    `is_null` is true when the resident does not know (`UNKNOWN`), and undecided before the question was asked.
    An optional fact that was not said (`NOT_SAID`) is null: `!=`, `not_in` and `is_null` hold, the others do not.
    """
    return clause.test(scope)


def either(truths: Iterable[bool | None]) -> bool | None:
    """Three-valued “or”."""
    found: bool | None = False
    for value in truths:
        if value:
            return True
        if value is None:
            found = None
    return found


def all_of(clauses: Iterable[Clause], scope: Mapping[str, Any]) -> bool | None:
    """Three-valued “and”; no clauses hold always."""
    found: bool | None = True
    for clause in clauses:
        value = clause.test(scope)
        if value is False:
            return False
        if value is None:
            found = None
    return found


def resolve(value: Any, scope: Mapping[str, Any]) -> Any:
    """Give a literal itself, and what `$name` stands for; `UNKNOWN` where that is not known."""
    if isinstance(value, str) and value.startswith("$"):
        return scope.get(value[1:], UNKNOWN)
    return value


def names(clauses: Iterable[Clause]) -> list[str]:
    """List the facts and values that clauses look at, in order, `$` names included."""
    return list(dict.fromkeys(name for clause in clauses for name in clause.names))


def _said(condition: Condition) -> Test:
    name, wanted = condition.field, condition.op == "is_null"

    def test(scope: Mapping[str, Any]) -> bool | None:
        return None if name not in scope else (scope[name] in (UNKNOWN, NOT_SAID)) is wanted

    return test


def _compared(condition: Condition) -> Test:
    """Compare a name with a literal or with another name; only texts can be `UNKNOWN` or `NOT_SAID`."""
    name, compare, value = condition.field, _COMPARE[condition.op], condition.value
    unsaid = condition.op in ("!=", "not_in")

    def with_literal(scope: Mapping[str, Any]) -> bool | None:
        left = scope.get(name, UNKNOWN)
        if isinstance(left, str):
            if left == UNKNOWN:
                return None
            if left == NOT_SAID:
                return unsaid
        return compare(left, value)

    def with_name(scope: Mapping[str, Any]) -> bool | None:
        left, right = scope.get(name, UNKNOWN), scope.get(other, UNKNOWN)
        texts = [side for side in (left, right) if isinstance(side, str)]
        if NOT_SAID in texts:
            return unsaid
        return None if UNKNOWN in texts else compare(left, right)

    if isinstance(value, str) and value.startswith("$"):
        other = value[1:]
        return with_name
    return with_literal


_COMPARE: dict[str, Callable[[Any, Any], bool]] = {
    **ORDER,
    "==": operator.eq,
    "!=": operator.ne,
    "in": lambda left, right: left in right,
    "not_in": lambda left, right: left not in right,
}


def read_clauses(nodes: Any, path: Path, fields: Mapping[str, Field], values: set[str]) -> tuple[Clause, ...]:
    """Read a list of conditions.

    Args:
        nodes: the YAML list under `when`.
        path: for messages.
        fields: the fields that may be named.
        values: names of dated and computed numbers that may be named too.
    Raises:
        KnowledgeError: an unknown field, operator or value, or a comparison that makes no sense for the type.
    """
    if not isinstance(nodes, list):
        fail(path, getattr(nodes, "line", 1), "`when` is a list of conditions; write [] for always")
    return tuple(_clause(node, path, fields, values) for node in nodes)


def _clause(node: Any, path: Path, fields: Mapping[str, Field], values: set[str]) -> Clause:
    if isinstance(node, Map) and "any" in node:
        check_keys(node, path, {"any"})
        return AnyOf(tuple(_condition(inner, path, fields, values) for inner in node["any"]))
    return _condition(node, path, fields, values)


def _condition(node: Any, path: Path, fields: Mapping[str, Field], values: set[str]) -> Condition:
    row = check_keys(node, path, {"field", "op"}, {"value"})
    name, op, value = row["field"], row["op"], row.get("value")
    if op not in OPERATORS:
        fail(path, row.line_of("op"), f"unknown operator {op!r}; one of: {' '.join(OPERATORS)}")
    if (op in SAID) == ("value" in row):
        fail(path, row.line, f"operator {op!r} {'takes no' if op in SAID else 'needs a'} value; mend it")
    field = fields.get(name)
    if field is None and name not in values:
        fail(path, row.line_of("field"), f"unknown field {name!r}; add it to `inputs` and knowledge/fields.yaml")
    if op in ORDER and field is not None and not field.ordered:
        fail(path, row.line_of("op"), f"{name} has no order, so {op} says nothing; use == or in")
    if op in SAID:
        return Condition(name, op)
    if op in MEMBER:
        if not isinstance(value, list) or not value:
            fail(path, row.line_of("value"), f"operator {op!r} needs a list of values")
        return Condition(name, op, tuple(_literal(item, name, field, row, path) for item in value or ()))
    if isinstance(value, str) and value.startswith("$"):
        if value[1:] not in values and value[1:] not in fields:
            fail(path, row.line_of("value"), f"unknown name {value!r}; declare it under values, compute or inputs")
        return Condition(name, op, value)
    return Condition(name, op, _literal(value, name, field, row, path))


def _literal(value: Any, name: str, field: Field | None, row: Map, path: Path) -> Fact:
    line = row.line_of("value")
    if field is not None and field.dated:
        if not isinstance(value, str) or not field.fits(value):
            fail(path, line, f'{name} is compared with {value!r}; write the day in quotes, such as "2011-11-10"')
        day: str = value
        return day
    if field is None or field.numeric:
        if isinstance(value, bool) or not isinstance(value, (int, float)):
            fail(path, line, f"{name} is compared with {value!r}, which is no number; mend it")
        number: int | float = value
        return number
    allowed = [known.value for known in field.values]
    if not any(value is known or (value == known and type(value) is type(known)) for known in allowed):
        fail(path, line, f"{value!r} is no value of {name}; one of: {', '.join(map(str, allowed))}")
    literal: bool | str = value
    return literal
