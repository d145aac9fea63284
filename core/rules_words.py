"""Rules in words: conditions, formulas and dated values as people who keep rules read them."""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.eligibility_tables import Figure, Table
from core.field import UNKNOWN, Field
from core.fields import format_value
from core.rules_conditions import AnyOf, Clause, Condition
from core.rules_expressions import Expression

_ORDER = {"<": "不满", "<=": "不超过", ">": "超过", ">=": "满"}
_DAYS = {"<": "早于", "<=": "不晚于", ">": "晚于", ">=": "不早于"}
_ARITHMETIC: dict[type[ast.AST], str] = {
    ast.Add: "＋",
    ast.Sub: "－",
    ast.Mult: "×",
    ast.Div: "÷",
    ast.Lt: "＜",
    ast.LtE: "≤",
    ast.Gt: "＞",
    ast.GtE: "≥",
    ast.Eq: "＝",
    ast.NotEq: "≠",
}
_CALLS = {
    "min": "{0}里最小的",
    "max": "{0}里最大的",
    "floor": "{0}舍去零头",
    "ceil": "{0}有零头进一",
    "months": "{0}（按月数）",
    "known": "说了{0}",
}
# How tightly a formula binds, so that only the brackets that it needs are written.
_TIGHT: dict[type[ast.AST], int] = {ast.Add: 1, ast.Sub: 1, ast.Mult: 2, ast.Div: 2}


@dataclass(frozen=True)
class Names:
    """What the names of a table or a scheme stand for; `day` picks the dated values, None takes the newest."""

    fields: Mapping[str, Field]
    values: Mapping[str, Figure]
    computed: Mapping[str, str]
    day: date | None = None

    @classmethod
    def of(cls, table: Table, day: date | None = None) -> Names:
        """Give the names of a table."""
        titles = {result.name: result.title for result in table.results}
        computed = {name: titles.get(name, name) for name, _ in table.compute}
        brought = {name: titles.get(name, name) for rule in table.rules for name in rule.numbers}
        return cls({field.id: field for field in table.inputs}, table.values, {**computed, **brought}, day)

    def title(self, name: str) -> str:
        """Give what people call it; a computed value that nobody named is shown by its name."""
        if name in self.fields:
            return self.fields[name].title
        if name in self.values:
            return self.values[name].dated.title
        return self.computed.get(name, name)

    def number(self, name: str) -> str:
        """Give a dated value in its unit: `6 个月`."""
        return with_unit(self.values[name], value_on(self.values[name], self.day))


def value_on(figure: Figure, day: date | None) -> Any:
    """Give the value of a day, or the newest that is not repealed; None where there is none."""
    found = [value for since, value in figure.dated.values if day is None or since <= day]
    return found[-1] if day is not None and found else next((v for v in reversed(found) if v is not None), None)


def with_unit(figure: Figure, value: Any) -> str:
    """Write a value of a figure: `6 个月`; `已废止` for one that was repealed."""
    if value is None:
        return "已废止"
    unit = "个月" if figure.unit == "月" else figure.unit
    text = f"{value:.10g}" if isinstance(value, (int, float)) else str(value)
    return f"{text} {unit}".strip()


def clause_words(clause: Clause, names: Names) -> str:
    """Write a condition: 居住登记月数不满“居住登记满”（6 个月）."""
    if isinstance(clause, AnyOf):
        return "（" + "，或者".join(clause_words(condition, names) for condition in clause.conditions) + "）"
    title, field = f"“{names.title(clause.field)}”", names.fields.get(clause.field)
    if clause.op == "is_null":
        return f"不清楚{title}"
    if clause.op == "is_not_null":
        return f"知道{title}"
    value = compared_with(clause, names)
    if clause.op in _ORDER:
        words = _DAYS if field is not None and field.dated else _ORDER
        return f"{title}{words[clause.op]} {value}"
    return f"{title}{'是' if clause.op in ('==', 'in') else '不是'}{value}"


def compared_with(condition: Condition, names: Names) -> str:
    """Write what a condition compares with: a literal in the field's words, several, or a name with its value."""
    value, field = condition.value, names.fields.get(condition.field)
    if isinstance(value, tuple):
        return "或".join(f"“{_literal(item, field)}”" for item in value)
    if isinstance(value, str) and value.startswith("$"):
        name = value[1:]
        return f"“{names.title(name)}”" + (f"（{names.number(name)}）" if name in names.values else "")
    text = _literal(value, field)
    return text if field is None or field.ordered else f"“{text}”"


def _literal(value: Any, field: Field | None) -> str:
    if field is not None:
        return format_value(field, value)
    return f"{value:.10g}" if isinstance(value, (int, float)) else str(value)


def rule_words(clauses: Iterable[Clause], names: Names) -> str:
    """Write the conditions of a rule: 如果……并且……; 其他情况 where there are none."""
    texts = [clause_words(clause, names) for clause in clauses]
    return "如果" + "，并且".join(texts) if texts else "其他情况"


def formula_words(expression: Expression, names: Names) -> str:
    """Write a formula: 居住登记满 － 居住登记月数."""
    return _formula(expression.tree, names)


def _formula(node: ast.expr, names: Names, tight: int = 0) -> str:
    if isinstance(node, ast.Constant):
        if isinstance(node.value, bool):
            return "是" if node.value else "不是"
        return "不清楚" if node.value == UNKNOWN else str(node.value)
    if isinstance(node, ast.Name):
        return f"“{names.title(node.id)}”"
    if isinstance(node, ast.BinOp):
        own = _TIGHT.get(type(node.op), 2)
        left, right = _formula(node.left, names, own), _formula(node.right, names, own + 1)
        if isinstance(node.op, ast.FloorDiv):
            text = f"{left} ÷ {right}（舍去零头）"
        elif isinstance(node.op, ast.Mod):
            text = f"{left} ÷ {right} 的余数"
        else:
            text = f"{left} {_ARITHMETIC[type(node.op)]} {right}"
        return f"（{text}）" if own < tight else text
    if isinstance(node, ast.Compare):
        sides = [_formula(side, names) for side in (node.left, *node.comparators)]
        signs = [_ARITHMETIC[type(op)] for op in node.ops]
        return sides[0] + "".join(f" {sign} {side}" for sign, side in zip(signs, sides[1:], strict=True))
    if isinstance(node, ast.BoolOp):
        text = (" 并且 " if isinstance(node.op, ast.And) else " 或者 ").join(_formula(n, names) for n in node.values)
        return f"（{text}）"
    if isinstance(node, ast.IfExp):
        return (
            f"（{_formula(node.test, names)} 时是 {_formula(node.body, names)}，否则是 {_formula(node.orelse, names)}）"
        )
    if isinstance(node, ast.UnaryOp):
        return f"{'没有 ' if isinstance(node.op, ast.Not) else '－'}{_formula(node.operand, names, 3)}"
    assert isinstance(node, ast.Call)
    assert isinstance(node.func, ast.Name)
    arguments = [_formula(argument, names) for argument in node.args]
    return "（" + _CALLS[node.func.id].format("、".join(arguments)) + "）"
