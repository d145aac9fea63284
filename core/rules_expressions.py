"""Computed values of a table: small arithmetic over facts and dated values, such as `max(0, line - hz_points)`.

Only numbers, names, + - * / // % and min, max: what an editor can read, and nothing that could do harm.
Division is exact (fractions), so that 0.25 a month stays 0.25.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from core.fields import UNKNOWN

_OPERATORS: dict[type[ast.operator], Callable[[Any, Any], Any]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Div: operator.truediv,
    ast.FloorDiv: operator.floordiv,
    ast.Mod: operator.mod,
}
_FUNCTIONS: dict[str, Callable[..., Any]] = {"min": min, "max": max}


@dataclass(frozen=True)
class Expression:
    """A parsed formula; `names` are the facts and values it needs."""

    text: str
    tree: ast.expr
    names: tuple[str, ...]

    def value(self, scope: Mapping[str, Any]) -> int | float | str:
        """Compute; `UNKNOWN` where a name has no known value or a division has no result."""
        try:
            result = _value(self.tree, scope)
        except (KeyError, ZeroDivisionError):
            return UNKNOWN
        return plain(result)


def plain(number: Fraction | int | float) -> int | float:
    """Give an exact number as int where it is whole, else as float."""
    return int(number) if number == int(number) else float(number)


def parse(text: str) -> Expression:
    """Parse a formula.

    Raises:
        ValueError: anything but the arithmetic named above.
    """
    try:
        tree = ast.parse(str(text), mode="eval").body
    except SyntaxError as error:
        raise ValueError(f"{text!r} is no formula: {error.msg}") from error
    found: dict[str, None] = {}
    _check(tree, found)
    return Expression(str(text), tree, tuple(found))


def _check(node: ast.expr, found: dict[str, None]) -> None:
    if isinstance(node, ast.Name):
        found[node.id] = None
    elif isinstance(node, ast.BinOp) and type(node.op) in _OPERATORS:
        _check(node.left, found)
        _check(node.right, found)
    elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _FUNCTIONS:
        if node.keywords or len(node.args) < 2:
            raise ValueError(f"{node.func.id} takes two or more numbers")
        for argument in node.args:
            _check(argument, found)
    elif not (isinstance(node, ast.Constant) and type(node.value) in (int, float)):
        raise ValueError(f"a formula holds numbers, names, + - * / // %, min and max, not {ast.unparse(node)!r}")


def _value(node: ast.expr, scope: Mapping[str, Any]) -> Any:
    if isinstance(node, ast.Constant):
        return Fraction(str(node.value))
    if isinstance(node, ast.Name):
        value = scope[node.id]
        if isinstance(value, (str, bool)):
            raise KeyError(node.id)
        return Fraction(str(value))
    if isinstance(node, ast.BinOp):
        return _OPERATORS[type(node.op)](_value(node.left, scope), _value(node.right, scope))
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    return _FUNCTIONS[node.func.id](*(_value(argument, scope) for argument in node.args))
