"""Why a decision came out as it did, in a few sentences for the resident: 先看……够了；再看……还差 2 个月。依据：……

Of a route: each way in order, and why it is open or closed, then the steps of the one that decided.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

from core.eligibility_decide import Decision
from core.eligibility_tables import POSITIVE, Table
from core.eligibility_telling import Told, decided, hit_of, state_of, telling
from core.entries import Document
from core.field import UNKNOWN
from core.fields import Fact, format_value
from core.rules_conditions import NOT_SAID, AnyOf, Condition, resolve
from core.rules_words import Names, compared_with

WAYS_TOLD = 4
SOURCES_TOLD = 2
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "in": "not_in", "not_in": "in"}


def explanation(decision: Decision, facts: Mapping[str, Fact], day: date, documents: Mapping[str, Document]) -> str:
    """Tell a resident in a few sentences what decided, then the source by title; arguments as
    `core.eligibility_trace.record`."""
    text = _table_told(decision, facts, day) if decision.taken is None else _ways_told(decision, facts, day)
    return f"{text}{_sources(decision.documents, documents)}" if decision.rule else text


def names_of(table: Table, day: date) -> Names:
    """Give the names of a table on a day, made once."""
    kept = table.kept(day)
    if "names" not in kept:
        kept["names"] = Names.of(table, day)
    names: Names = kept["names"]
    return names


def _table_told(decision: Decision, facts: Mapping[str, Fact], day: date) -> str:
    """Tell one table."""
    hit = hit_of(decision)
    if hit is None:
        return decision.reason
    step = decision.trace[-1]
    names = names_of(step.table, day)
    lines: list[str] = []
    before: Told | None = None
    for told in telling(decision, hit):
        # Two rules that lacked something are two ways in: either would do.
        other_way = before is not None and hit not in (before.rule, told.rule) and before.rule is not told.rule
        lead = "先" if before is None else "或者" if other_way and told.sense > 0 < before.sense else "再"
        lines.append(f"{lead}看{_clause_told(told, step.scope, facts, names)}")
        before = told
    return "；".join(lines) + "。" if lines else decision.reason


def _ways_told(decision: Decision, facts: Mapping[str, Fact], day: date) -> str:
    """Tell a route: the ways that were closed before the one that decided, then that one."""
    assert decision.taken is not None
    won = decision.rule.rpartition(".")[0] if decision.rule and decision.outcome in POSITIVE else None
    ways, refined = decision.taken.ways, decision.taken.branch.combine == "first_then_detail"
    lines: list[str] = []
    for tried, way in decided(ways):
        state = state_of(tried)
        if state == "open" and (won == way.check or refined):
            open_ = f"“{way.title}”{_STATES[way.outcome]}：" if len(ways) > 1 else ""
            lines.append(open_ + _table_told(way, facts, day))
            if not refined:
                break
        elif way.missing and way.open:
            if won is None:
                lines.append(f"“{way.title}”{way.reason}")
                break
        elif len(lines) < WAYS_TOLD:
            lines.append(f"“{way.title}”{_STATES[state]}：{why(way)}")
    return "".join(lines) or decision.reason


_STATES = {
    "eligible": "走得通",
    "likely": "很可能走得通",
    "open": "很可能走得通",
    "closed": "走不通",
    "undecided": "还判断不了",
}


def why(decision: Decision) -> str:
    """Say in a line why a way is open or closed: what lacks, or the reason."""
    return "".join(decision.gap) or decision.reason


def _clause_told(told: Told, scope: Mapping[str, Any], facts: Mapping[str, Fact], names: Names) -> str:
    if not isinstance(told.clause, AnyOf):
        return _condition_told(told, told.clause, scope, facts, names)
    holds = told.clause.test(scope)
    shown = [condition for condition in told.clause.conditions if condition.test(scope) is holds]
    return "，或者".join(dict.fromkeys(_condition_told(told, c, scope, facts, names) for c in shown))


def _condition_told(
    told: Told, condition: Condition, scope: Mapping[str, Any], facts: Mapping[str, Fact], names: Names
) -> str:
    """Tell one comparison: “居住登记月数”：您是4个月，规定从2016-07-01起要满6个月，还差2个月."""
    name = condition.field
    field, own = names.fields.get(name), have(name, scope, names)
    title = f"“{names.title(name)}”："
    if unsaid(scope.get(name)):
        return f"{title}您{own}"
    if field is None:
        said = f"算出来是{own}"
    elif name not in facts:
        said = f"您没有说，按“{own}”算"
    else:
        said = f"您是{own}" if field.ordered else f"您说的是“{own}”"
    if condition.op not in _OPPOSITE or (field is not None and field.type == "place"):
        return title + said
    if field is not None and not field.ordered:
        return title + said + _choice_need(told, condition, scope, names)
    return title + said + _number_need(told, condition, scope, names)


def _choice_need(told: Told, condition: Condition, scope: Mapping[str, Any], names: Names) -> str:
    holds = bool(condition.test(scope))
    if told.sense == 0 or (told.sense < 0 and holds) or (holds and told.rule.outcome == "likely"):
        return ""
    if holds is (told.sense > 0):
        return "，符合"
    return f"，要求{'不' if condition.op in ('!=', 'not_in') else ''}是{compared_with(condition, names)}"


def _number_need(told: Told, condition: Condition, scope: Mapping[str, Any], names: Names) -> str:
    """Say the number that the rule asks for, since when, and what lacks; of a disputed rule no figure."""
    value = resolve(condition.value, scope)
    if not isinstance(value, (int, float, str)) or unsaid(value):
        return ""
    if told.rule.disputed:
        return "，要多少，资料说法不一"
    field, holds = names.fields.get(condition.field), bool(condition.test(scope))
    number = _number(condition, value, names)
    if told.sense == 0 or isinstance(value, str):
        words = _DAYS if field is not None and field.dated else _PLAIN
        shown = words.get(condition.op if holds else _OPPOSITE[condition.op])
        return f"，{shown}{number}" if shown and value else ""
    met = holds is (told.sense > 0)
    rests = "规定" + _since(condition, names)
    op = condition.op if told.sense > 0 else _OPPOSITE[condition.op]
    words_for, yes, no = _LIMITS.get(op, ("要是", "符合", "不符合"))
    if op == ">=" and not met:
        no = f"还差{_gap(condition, value, scope, names)}"
    return f"，{rests}{words_for}{number}，{yes if met else no}"


_PLAIN = {"<": "不到", "<=": "没有超过", ">": "超过了", ">=": "满了"}
_DAYS = {"<": "早于", "<=": "不晚于", ">": "晚于", ">=": "不早于"}
_LIMITS = {
    ">=": ("要满", "够了", "还不够"),
    ">": ("要超过", "够了", "还不够"),
    "<": ("要不满", "符合", "已经过了"),
    "<=": ("不能超过", "没有超过", "超过了"),
}


def _since(condition: Condition, names: Names) -> str:
    """Say from which day the number holds that a condition takes from the dated values."""
    name = condition.value[1:] if isinstance(condition.value, str) and condition.value.startswith("$") else ""
    if name not in names.values or names.day is None:
        return ""
    since = names.values[name].dated.since(names.day)
    return f"从{since.isoformat()}起" if since else ""


def _number(condition: Condition, value: Any, names: Names) -> str:
    field = names.fields.get(condition.field)
    if field is not None:
        return _tight(format_value(field, value))
    name = condition.value[1:] if isinstance(condition.value, str) else ""
    return _tight(names.number(name)) if name in names.values else f"{value:.10g}"


def _gap(condition: Condition, value: float, scope: Mapping[str, Any], names: Names) -> str:
    field = names.fields.get(condition.field)
    short = value - scope[condition.field]
    return _tight(format_value(field, short)) if field is not None else f"{short:.10g}"


def have(name: str, scope: Mapping[str, Any], names: Names) -> str:
    """Say what a fact or a computed value is: 48个月, 没有说."""
    value = scope.get(name, UNKNOWN)
    if value == NOT_SAID:
        return "没有说"
    if value == UNKNOWN:
        return "不清楚" if name in scope else "还没有说"
    field = names.fields.get(name)
    return f"{value:.10g}" if field is None else _tight(format_value(field, value))


def unsaid(value: object) -> bool:
    """Tell whether a fact was not said or is not known."""
    return value is None or value in (UNKNOWN, NOT_SAID)


def _tight(text: str) -> str:
    """Write a number and its unit together, as in running text."""
    return text.replace(" ", "")


def _sources(ids: Iterable[str], documents: Mapping[str, Document]) -> str:
    titles = [documents[document].title for document in ids]
    named = "、".join(f"“{title}”" if "《" in title else f"《{title}》" for title in titles[:SOURCES_TOLD])
    more = f"等 {len(titles)} 份" if len(titles) > SOURCES_TOLD else ""
    return f"依据：{named}{more}。" if titles else ""
