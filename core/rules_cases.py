"""Find answers that lead to a rule, or show that none do.

Each fact is tried at the values where a condition turns: a choice at each value that a rule names and one that none
names, a number at each border and one to either side. The search fixes the rule's own conditions first and gives up a
branch as soon as an earlier rule holds; past `NODES` steps it goes on with random answers from a fixed seed, so that
the same table always gives the same result.
"""

from __future__ import annotations

import ast
import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any

from core.eligibility_tables import Figure, Table
from core.field import UNKNOWN, Fact, Field
from core.rules_conditions import NOT_SAID, AnyOf, Clause, Condition, all_of
from core.rules_expressions import Expression

NODES = 4000
SAMPLES = 3000
SEED = 20261124
# Where a formula stands between a number and a condition, its border cannot be read off: values across the range.
SPREAD = 9
When = tuple[Clause, ...]


@dataclass(frozen=True)
class Space:
    """What can be answered, and what follows from it: values to try by field, dated values, formulas."""

    domains: Mapping[str, Sequence[Any]]
    numbers: Mapping[str, Any]
    compute: tuple[tuple[str, Expression], ...] = ()
    follows: Mapping[str, frozenset[str]] = field(default_factory=dict)

    @classmethod
    def of(cls, table: Table, day: date) -> Space:
        """Give the space of a table on a day.

        Raises:
            NotInForce: a dated value has none on that day.
        """
        numbers = table.numbers_on(day)
        brought = {name: value for rule in table.rules for name, value in rule.numbers.items()}
        rules = [rule.when for rule in table.rules]
        return cls(
            domains(table.inputs, rules, {**brought, **numbers}, table.compute, table.optional),
            numbers,
            table.compute,
            _follows(table.compute),
        )

    def scope(self, facts: Mapping[str, Any]) -> dict[str, Any]:
        """Give what conditions look at; facts that are not there yet are undecided."""
        scope = {**facts, **self.numbers}
        for name, expression in self.compute:
            scope[name] = expression.value(scope)
        return scope

    def needed(self, clauses: Iterable[Clause]) -> set[str]:
        """Name the fields on which conditions hang, formulas followed to their parts."""
        names = {name for clause in clauses for name in clause.names}
        return {name for given in names for name in (given, *self.follows.get(given, ())) if name in self.domains}


@dataclass(frozen=True)
class Found:
    """The result of a search: facts that lead to the goal, or whether everything was tried in vain."""

    facts: Mapping[str, Any] | None
    complete: bool


def search(space: Space, goal: When, before: Sequence[When], accepted: Callable[[dict[str, Any]], bool]) -> Found:
    """Look for answers by which `goal` holds and none of `before` does.

    Args:
        accepted: has the last word on complete answers.
    """
    own = space.needed(goal)
    other = {name: None for when in before for name in sorted(space.needed(when)) if name not in own}
    order = [*sorted(own, key=lambda name: (len(space.domains[name]), name)), *other]
    touching = {name: [when for when in before if name in space.needed(when)] for name in order}
    always = [when for when in before if not space.needed(when)]
    steps = 0

    def go(depth: int, facts: dict[str, Any]) -> Iterator[dict[str, Any]]:
        nonlocal steps
        if depth == len(order):
            yield facts
            return
        name = order[depth]
        for value in space.domains[name]:
            steps += 1
            if steps > NODES:
                return
            tried = {**facts, name: value}
            scope = space.scope(tried)
            if all_of(goal, scope) is not False and not any(all_of(when, scope) for when in touching[name]):
                yield from go(depth + 1, tried)

    if any(all_of(when, space.scope({})) for when in always):
        return Found(None, True)
    for facts in go(0, {}):
        if all_of(goal, space.scope(facts)) and accepted(facts):
            return Found(facts, True)
    if steps <= NODES:
        return Found(None, True)
    chosen = random.Random(SEED)
    for facts in _samples(space, order, goal, chosen):
        scope = space.scope(facts)
        if all_of(goal, scope) and not any(all_of(when, scope) for when in before) and accepted(facts):
            return Found(facts, False)
    return Found(None, False)


def said(facts: Mapping[str, Any]) -> dict[str, Fact]:
    """Give the facts as a resident says them: what was not said is not there."""
    return {name: value for name, value in facts.items() if value != NOT_SAID}


def domains(
    fields: Iterable[Field],
    rules: Iterable[When],
    numbers: Mapping[str, Any],
    compute: tuple[tuple[str, Expression], ...] = (),
    optional: frozenset[str] = frozenset(),
) -> dict[str, list[Any]]:
    """Give the values to try for each field, those of the conditions first."""
    borders: dict[str, list[Any]] = {}
    free: set[str] = set()
    conditions = [c for when in rules for clause in when for c in _conditions(clause)]
    for name, expression in compute:
        constants = [n.value for n in ast.walk(expression.tree) if isinstance(n, ast.Constant)]
        known = [numbers[n] for n in expression.names if n in numbers]
        compared = [v for c in conditions if name in c.names for v in _values(c, numbers)]
        for needed in expression.names:
            free.add(needed)
            borders.setdefault(needed, []).extend([*constants, *known, *compared])
    for condition in conditions:
        for name in condition.names:
            borders.setdefault(name, []).extend(_values(condition, numbers))
            if len(condition.names) > 1 and not set(condition.names) & numbers.keys():
                free.add(name)
    return {each.id: _domain(each, borders.get(each.id, []), each.id in free, each.id in optional) for each in fields}


def _samples(space: Space, order: list[str], goal: When, chosen: random.Random) -> Iterator[dict[str, Any]]:
    """Draw answers at random, the goal's own conditions kept where one fact alone decides them."""
    narrowed = {
        name: [v for v in space.domains[name] if all_of(goal, space.scope({name: v})) is not False] for name in order
    }
    if all(narrowed.values()):
        for _ in range(SAMPLES):
            yield {name: chosen.choice(values) for name, values in narrowed.items()}


def _domain(each: Field, borders: list[Any], free: bool, optional: bool) -> list[Any]:
    found: dict[Any, None] = {}
    if each.values:
        values = [value.value for value in each.values]
        named = [value for value in values if value in borders]
        # One that no rule names stands for all of them.
        found.update(dict.fromkeys([*named, *[value for value in values if value not in named][:1]]))
    elif each.dated:
        found.update(dict.fromkeys(_days(each, [border for border in borders if isinstance(border, str)])))
    else:
        found.update(dict.fromkeys(_numbers(each, borders, free)))
    if each.allow_unknown:
        found[UNKNOWN] = None
    if optional:
        found[NOT_SAID] = None
    return list(found)


def _numbers(each: Field, borders: list[Any], free: bool) -> list[float]:
    low, high = each.minimum or 0, each.maximum if each.maximum is not None else 10**6
    points = [b for b in borders if isinstance(b, (int, float)) and not isinstance(b, bool)]
    tried = {point + step for point in points for step in (0, -1, 1)} | {low, high}
    if free:
        tried |= {low + (high - low) * part // SPREAD for part in range(1, SPREAD)}
        tried |= {low + step for step in (1, 6, 12, 24, 36, 60)}
    whole = (point for point in tried if low <= point <= high and (each.type == "number" or point == int(point)))
    return sorted(whole)


def _days(each: Field, borders: list[str]) -> list[str]:
    size = 10 if each.type == "date" else 7
    found = {f"{year}-01-01"[:size] for year in range(1950, 2035, 5)}
    for border in borders:
        if each.fits(border):
            day = date.fromisoformat(border if size == 10 else f"{border}-15")
            step = timedelta(days=1 if size == 10 else 30)
            found |= {other.isoformat()[:size] for other in (day - step, day, day + step)}
    return sorted(found)


def _values(condition: Condition, numbers: Mapping[str, Any]) -> list[Any]:
    value = condition.value
    if isinstance(value, tuple):
        return list(value)
    if isinstance(value, str) and value.startswith("$"):
        return [numbers[value[1:]]] if value[1:] in numbers else []
    return [value]


def _conditions(clause: Clause) -> tuple[Condition, ...]:
    return clause.conditions if isinstance(clause, AnyOf) else (clause,)


def _follows(compute: tuple[tuple[str, Expression], ...]) -> dict[str, frozenset[str]]:
    """Name, for each computed value, everything that it is worked out from."""
    found: dict[str, frozenset[str]] = {}
    for name, expression in compute:
        found[name] = frozenset(n for given in expression.names for n in (given, *found.get(given, ())))
    return found


def unused(values: Mapping[str, Figure], used: set[str]) -> list[str]:
    """List the dated values that nothing uses."""
    return [name for name in values if name not in used]
