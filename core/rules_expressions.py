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
from typing import Any

from core.field import UNKNOWN
from core.rules_conditions import NOT_SAID

_OPERATORS: dict[type[ast.AST], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def _months(text: str) -> Fraction:
    year, month = text.split("-")[:2]
    return Fraction(int(year) * 12 + int(month) - 1)


# Name → (function, least number of arguments).
_FUNCTIONS: dict[str, tuple[Callable[..., Any], int]] = {
    "min": (min, 2),
    "max": (max, 2),
    "floor": (lambda x: Fraction(math.floor(x)), 1),
    "ceil": (lambda x: Fraction(math.ceil(x)), 1),
    "months": (_months, 1),
}


@dataclass(frozen=True)
class Expression:
    """A parsed formula; `names` are the facts and values it needs."""

    text: str
    tree: ast.expr
    names: tuple[str, ...]

    def value(self, scope: Mapping[str, Any]) -> int | float | str:
        """Compute.

        Returns:
            A number; `UNKNOWN` where a name that decides has no known value, `NOT_SAID` where an optional fact
            was not said.
        """
        try:
            result = _value(self.tree, scope)
        except _NotSaid:
            return NOT_SAID
        except (KeyError, ZeroDivisionError):
            return UNKNOWN
        return plain(Fraction(result))


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


def _value(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return node.value if isinstance(node.value, (str, bool)) else Fraction(str(node.value))
    if isinstance(node, ast.Name):
        return _named(scope[node.id], node.id)
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, scope), _value(node.right, scope))
    if isinstance(node, ast.Compare):
        sides = [_value(side, scope) for side in (node.left, *node.comparators)]
        return all(_OPERATORS[type(op)](sides[i], sides[i + 1]) for i, op in enumerate(node.ops))
    if isinstance(node, ast.BoolOp):
        combine = all if isinstance(node.op, ast.And) else any
        return combine(_value(part, scope) for part in node.values)
    if isinstance(node, ast.IfExp):
        return _value(node.body if _value(node.test, scope) else node.orelse, scope)
    if isinstance(node, ast.UnaryOp):
        operand = _value(node.operand, scope)
        return not operand if isinstance(node.op, ast.Not) else -operand
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    if node.func.id == "known":
        assert isinstance(node.args[0], ast.Name)
        return scope[node.args[0].id] not in (UNKNOWN, NOT_SAID)
    return _FUNCTIONS[node.func.id][0](*(_value(argument, scope) for argument in node.args))


def _named(value: Any, name: str) -> Any:
    if isinstance(value, str) and value == NOT_SAID:
        raise _NotSaid(name)
    if isinstance(value, str) and value == UNKNOWN:
        raise KeyError(name)
    return value if isinstance(value, (str, bool)) else Fraction(str(value))
