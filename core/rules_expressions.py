"""Computed values of a table: small arithmetic over facts and dated values, such as `max(0, line - hz_points)`.

Numbers, names, + - * / // %, comparisons, `a if b else c`, and, or, not, and a few functions: what an editor can
read, and nothing that could do harm. Division is exact (fractions), so that 0.25 a month stays 0.25.

min, max, floor, ceil     as usual
months("1976-09")         a month as a count, so that months can be added and compared; `as_month` turns it back
known(x)                  whether an optional fact was said
"""

from __future__ import annotations

import ast
import math
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from typing import Any

from core.field import UNKNOWN
from core.rules_conditions import NOT_SAID

_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: lambda left, right: Fraction(left) / right,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}

_Ready = Callable[[Mapping[str, Any]], Any]


def _months(text: str) -> int:
    year, month = text.split("-")[:2]
    return int(year) * 12 + int(month) - 1


# Name → (function, least number of arguments).
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "min": (min, 2),
    "max": (max, 2),
    "floor": (math.floor, 1),
    "ceil": (math.ceil, 1),
    "months": (_months, 1),
}


@dataclass(frozen=True)
class Expression:
    """A parsed formula; `names` are the facts and values it needs."""

    text: str
    tree: ast.expr
    names: tuple[str, ...]

    @cached_property
    def ready(self) -> _Ready:
        """Give the formula as a function, so that its tree is walked once and not with every case."""
        return _ready(self.tree)

    def value(self, scope: Mapping[str, Any]) -> int | float | str:
        """Compute.

        Returns:
            A number; `UNKNOWN` where a name that decides has no known value, `NOT_SAID` where an optional fact
            was not said.
        """
        try:
            result = self.ready(scope)
        except _NotSaid:
            return NOT_SAID
        except (KeyError, ZeroDivisionError):
            return UNKNOWN
        return result if type(result) is int else plain(Fraction(result))


class _NotSaid(Exception):
    """An optional fact is needed that was not said."""


def plain(number: Fraction | int | float) -> int | float:
    """Give an exact number as int where it is whole, else as float."""
    return int(number) if number == int(number) else float(number)


def as_month(count: float) -> str:
    """Give a count of `months` as 2039-09."""
    return f"{int(count) // 12}-{int(count) % 12 + 1:02d}"


def parse(text: str) -> Expression:
    """Parse a formula.

    Raises:
        ValueError: anything but the arithmetic named above.
    """
    try:
        tree = ast.parse(str(text).strip(), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{text!r} is no formula: {error.msg}") from error
    found: dict[str, None] = {}
    _check(tree, found)
    return Expression(str(text), tree, tuple(found))


def _check(node: ast.expr, found: dict[str, None]) -> None:
    if isinstance(node, ast.Name):
        found[node.id] = None
        return
    parts: list[ast.expr]
    if isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        parts = [node.left, node.right]
    elif isinstance(node, ast.Compare) and all(type(op) in _OPERATORS for op in node.ops):
        parts = [node.left, *node.comparators]
    elif isinstance(node, ast.BoolOp):
        parts = node.values
    elif isinstance(node, ast.IfExp):
        parts = [node.test, node.body, node.orelse]
    elif isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.Not, ast.USub)):
        parts = [node.operand]
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        parts = _arguments(node, node.func.id)
    elif isinstance(node, ast.Constant) and type(node.value) in (int, float, str, bool):
        parts = []
    else:
        raise ValueError(f"a formula holds numbers, names, arithmetic and comparisons, not {ast.unparse(node)!r}")
    for part in parts:
        _check(part, found)


def _arguments(node: ast.Call, name: str) -> list[ast.expr]:
    if name == "known" and len(node.args) == 1 and isinstance(node.args[0], ast.Name):
        return list(node.args)
    if name not in _FUNCTIONS:
        raise ValueError(f"unknown function {name!r}; one of: known, {', '.join(_FUNCTIONS)}")
    least = _FUNCTIONS[name][1]
    if node.keywords or len(node.args) < least:
        raise ValueError(f"{name} takes {'two or more numbers' if least == 2 else 'one value'}")
    return list(node.args)


def _ready(node: ast.expr) -> _Ready:
    """Make a formula a function of the scope. Whole numbers stay int, which is as exact as a fraction and quicker."""
    if isinstance(node, ast.Constant):
        constant = node.value if isinstance(node.value, (str, bool, int)) else Fraction(str(node.value))
        return lambda scope: constant
    if isinstance(node, ast.Name):
        return _named(node.id)
    if isinstance(node, ast.BinOp):
        combine, left, right = _OPERATORS[type(node.op)], _ready(node.left), _ready(node.right)
        return lambda scope: combine(left(scope), right(scope))
    if isinstance(node, ast.Compare):
        return _compared(node)
    if isinstance(node, ast.BoolOp):
        decide, parts = all if isinstance(node.op, ast.And) else any, [_ready(part) for part in node.values]
        return lambda scope: decide(part(scope) for part in parts)
    if isinstance(node, ast.IfExp):
        test, body, orelse = _ready(node.test), _ready(node.body), _ready(node.orelse)
        return lambda scope: body(scope) if test(scope) else orelse(scope)
    if isinstance(node, ast.UnaryOp):
        change, operand = operator.not_ if isinstance(node.op, ast.Not) else operator.neg, _ready(node.operand)
        return lambda scope: change(operand(scope))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    if node.func.id == "known":
        assert isinstance(node.args[0], ast.Name)
        name = node.args[0].id
        return lambda scope: scope[name] not in (UNKNOWN, NOT_SAID)
    function, arguments = _FUNCTIONS[node.func.id][0], [_ready(argument) for argument in node.args]
    return lambda scope: function(*[argument(scope) for argument in arguments])


def _compared(node: ast.Compare) -> _Ready:
    sides = [_ready(side) for side in (node.left, *node.comparators)]
    operators = [_OPERATORS[type(op)] for op in node.ops]

    def compared(scope: Mapping[str, Any]) -> bool:
        values = [side(scope) for side in sides]
        return all(holds(values[i], values[i + 1]) for i, holds in enumerate(operators))

    return compared


def _named(name: str) -> _Ready:
    def read(scope: Mapping[str, Any]) -> Any:
        value = scope[name]
        if isinstance(value, int):
            return value
        if isinstance(value, str):
            if value == NOT_SAID:
                raise _NotSaid(name)
            if value == UNKNOWN:
                raise KeyError(name)
            return value
        return Fraction(str(value))

    return read
