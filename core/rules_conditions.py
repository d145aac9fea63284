"""The condition language of tables and tiers: three-valued, because a fact that was not said is not a “no”.

A condition is `{field, op, value}`, or `{any: [conditions]}`; a list of conditions holds when all do.
A value `$name` is another fact, a dated value or a computed one.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Condition:
    """One comparison of a fact (or a computed value) with a value."""

    field: str
    op: str
    value: Any = None


@dataclass(frozen=True)
class AnyOf:
    """Holds when one of its conditions does."""

    conditions: tuple[Condition, ...]


Clause = Union[Condition, AnyOf]


def truth(clause: Clause, scope: Mapping[str, Any]) -> bool | None:
    """Evaluate one clause: True, False, or None where a fact that decides is not known.

    `is_null` is true when the resident does not know (`UNKNOWN`), and undecided before the question was asked.
    An optional fact that was not said (`NOT_SAID`) is null: `!=`, `not_in` and `is_null` hold, the others do not.
    """
    if isinstance(clause, AnyOf):
        return either(truth(condition, scope) for condition in clause.conditions)
    if clause.op in SAID:
        if clause.field not in scope:
            return None
        return (scope[clause.field] in (UNKNOWN, NOT_SAID)) is (clause.op == "is_null")
    left: Any = scope.get(clause.field, UNKNOWN)
    right: Any = resolve(clause.value, scope)
    if NOT_SAID in (left, right):
        return clause.op in ("!=", "not_in")
    if left == UNKNOWN or (isinstance(right, str) and right == UNKNOWN):
        return None
    if clause.op in ORDER:
        return bool(ORDER[clause.op](left, right))
    if clause.op in MEMBER:
        return bool(left in right) is (clause.op == "in")
    return bool(left == right) is (clause.op == "==")


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
        value = truth(clause, scope)
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
    found: dict[str, None] = {}
    for clause in clauses:
        for condition in clause.conditions if isinstance(clause, AnyOf) else (clause,):
            found[condition.field] = None
            if isinstance(condition.value, str) and condition.value.startswith("$"):
                found[condition.value[1:]] = None
    return list(found)


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
