"""Why a decision came out as it did: as JSON for programs and staff, and in a few sentences for the resident.

Only what decided is told: the conditions of the rule that holds; where that rule asks for nothing but a place, or for
nothing at all, what the rules before it lacked. Of a route: each way in order, and why it is open or closed.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from string import Formatter
from typing import Any, NamedTuple

from core.eligibility_decide import RANK, Decision, Step, Tried
from core.eligibility_tables import POSITIVE, Rule, Table
from core.entries import Document
from core.field import UNKNOWN
from core.fields import Fact, format_value
from core.rules_conditions import NOT_SAID, AnyOf, Clause, Condition, resolve
from core.rules_words import Names, clause_words, compared_with, formula_words, with_unit

# The outcomes whose rules turn somebody away: such a rule says what must not be, the others what must be.
NEGATIVE = ("not_yet", "ineligible", "refer")
_STATUS = ("info", "required", "not_required", "voluntary", "overdue", "done", "due", "not_due", "expired")
# A sentence that names more than this is not read.
TOLD = 5
WAYS_TOLD = 4
SOURCES_TOLD = 2
_OPPOSITE = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "==", "in": "not_in", "not_in": "in"}


def record(
    decision: Decision, facts: Mapping[str, Fact], day: date, documents: Mapping[str, Document]
) -> dict[str, Any]:
    """Give the trace as JSON.

    Args:
        decision: of a table or a route.
        facts: the canonical facts that it was decided with, to tell what was said from what was taken for granted.
        day: the day that it was decided for.
        documents: the source register.
    Returns:
        Of a table: `rule`, `facts`, `values`, `computed`, `sources`, and each rule looked at under `rules`. Of a
        route the same of the way that decided, the `branch` that was taken and the `ways` in order.
    """
    found: dict[str, Any] = {
        "check": decision.check,
        "title": decision.title,
        "day": day.isoformat(),
        "rule": decision.rule,
    }
    if decision.trace:
        found |= _table_record(decision, facts, day, documents)
    if decision.taken is not None:
        inputs, branch, scope, ways = decision.taken
        names = Names({field.id: field for field in inputs}, {}, {}, day)
        found["branch"] = [{"text": clause_words(clause, names), "holds": clause.test(scope)} for clause in branch.when]
        found["ways"] = [_way_record(tried, facts, day, documents) for tried in ways]
    return found


def explanation(decision: Decision, facts: Mapping[str, Fact], day: date, documents: Mapping[str, Document]) -> str:
    """Tell a resident in a few sentences what decided, then the source by title; arguments as `record`."""
    text = _told(decision, facts, day) if decision.taken is None else _told_ways(decision, facts, day)
    return f"{text}{_sources(decision.documents, documents)}" if decision.rule else text


# The trace as JSON


def _table_record(
    decision: Decision, facts: Mapping[str, Fact], day: date, documents: Mapping[str, Document]
) -> dict[str, Any]:
    table, scope = decision.trace[-1].table, decision.trace[-1].scope
    names = _names(table, day)
    hit = _hit(decision)
    used = _used(table, decision, hit)
    words = _formulas(table, day) if table.compute else {}
    return {
        "outcome": hit.outcome if hit is not None else decision.outcome,
        "facts": [
            {
                "field": field.id,
                "title": field.title,
                "value": None if _unsaid(scope.get(field.id)) else scope[field.id],
                "text": _have(field.id, scope, names),
                "said": field.id in facts,
            }
            for field in table.inputs
            if field.id in used
        ],
        "values": [_value_record(name, names, day, documents) for name in table.values if name in used],
        "computed": [
            {
                "name": name,
                "title": names.title(name),
                "formula": expression.text,
                "words": words[name],
                "value": None if isinstance(scope.get(name), str) else scope.get(name),
            }
            for name, expression in table.compute
            if name in used
        ],
        "sources": [documents[document].record() for document in decision.documents],
        "rules": [_step_record(step, day) for step in decision.trace],
    }


def _value_record(name: str, names: Names, day: date, documents: Mapping[str, Document]) -> dict[str, Any]:
    figure = names.values[name]
    since, value = figure.dated.since(day), figure.dated.at(day)
    return {
        "name": name,
        "title": figure.dated.title,
        "value": value,
        "unit": figure.unit,
        "text": with_unit(figure, value),
        "since": since.isoformat() if since else None,
        "documents": [documents[document].record() for document in figure.documents],
    }


def _step_record(step: Step, day: date) -> dict[str, Any]:
    rule = step.rule
    return {
        "rule": rule.id,
        "holds": step.holds,
        "outcome": rule.outcome,
        "disputed": rule.disputed,
        "conditions": [
            {"text": text, "holds": holds}
            for text, (_, holds) in zip(_conditions(step, day), step.clauses, strict=True)
        ],
    }


def _way_record(
    tried: Tried, facts: Mapping[str, Fact], day: date, documents: Mapping[str, Document]
) -> dict[str, Any]:
    way, decision = tried
    state = _state(tried)
    found: dict[str, Any] = {"check": way.table.id, "title": way.table.title, "state": state}
    if decision is None:
        names = _names(way.table, day)
        when = "，并且".join(clause_words(clause, names) for clause in way.when)
        return {**found, "reason": "只作提示，不单独判断。" if way.hint else f"只在{when}时看。"}
    return {**found, "reason": _why(decision), **_table_record(decision, facts, day, documents), "rule": decision.rule}


def _used(table: Table, decision: Decision, hit: Rule | None) -> set[str]:
    """Name the facts and values on which the result rests, formulas followed to their parts."""
    used = {name for told in _telling(decision, hit) for name in told.clause.names}
    if hit is not None:
        used.update(name for clause in hit.when for name in clause.names)
        for text in (hit.reason, hit.answer, hit.next_step, hit.value):
            used.update(name for _, name, _, _ in Formatter().parse(text or "") if name)
        used.update(result.name for result in table.results if not result.outcomes or hit.outcome in result.outcomes)
    for name, expression in reversed(table.compute):
        if name in used:
            used.update(expression.names)
    return used


# What decided


def _hit(decision: Decision) -> Rule | None:
    """Give the rule that decided; None where the result is that something is not known."""
    last = decision.trace[-1] if decision.trace else None
    if last is None or not last.holds or decision.rule is None or last.rule.outcome == "need_info":
        return None
    return last.rule


class _Told(NamedTuple):
    """A clause that is worth telling. `sense`: 1 it must hold, -1 it must not, 0 it only describes."""

    rule: Rule
    clause: Clause
    sense: int


def _telling(decision: Decision, hit: Rule | None) -> list[_Told]:
    """Give the clauses that are worth telling."""
    if hit is None:
        return []
    table = decision.trace[-1].table
    places = {field.id for field in table.inputs if field.type == "place"}
    own = [_Told(hit, clause, _own_sense(hit, clause, table)) for clause in hit.when]
    if any(not places.issuperset(clause.names) for clause in hit.when):
        return own
    return [*own, *_before(decision.trace[:-1], hit, places)][:TOLD]


def _own_sense(hit: Rule, clause: Clause, table: Table) -> int:
    if hit.outcome in POSITIVE:
        return 1
    # What an open way asks for too only says which case this is: 本科、不满 45 周岁 are nothing that lacks.
    return -1 if hit.outcome in NEGATIVE and clause not in table.welcome else 0


def _before(steps: tuple[Step, ...], hit: Rule, places: set[str]) -> list[_Told]:
    """Tell a rule that asks for nothing of its own by the rules before it that did not hold.

    Who is turned away hears what the better rules lacked, those first that lacked least; whoever is not, which
    obstacles there were not. What other places ask for explains nothing but the place.
    """
    rank = RANK.get(hit.outcome, 0)
    failed = [(step.rule, [c for c, holds in step.clauses if holds is False]) for step in steps if step.holds is False]
    local = [(rule, lacking) for rule, lacking in failed if not any(places.issuperset(c.names) for c in lacking)]
    better = [(rule, lacking) for rule, lacking in local if RANK.get(rule.outcome, 0) > rank]
    if better:
        least = min(len(lacking) for _, lacking in better)
        local = [(rule, lacking) for rule, lacking in better if len(lacking) == least]
    elif hit.outcome in NEGATIVE and hit.when:
        local = []
    told: dict[str, _Told] = {}
    for rule, lacking in local:
        sense = 1 if better else -1 if rank else 0
        for clause in lacking:
            name = clause.names[0]
            if name not in told or not better:
                told[name] = _Told(rule, clause, sense)
            else:
                told[name] = told[name]._replace(clause=_either(told[name].clause, clause))
    if not hit.when:
        elsewhere = [(rule, c) for rule, lacking in failed for c in lacking if places.issuperset(c.names)]
        told = {**{c.names[0]: _Told(rule, c, 0) for rule, c in elsewhere}, **told}
    return list(told.values())


def _either(one: Clause, other: Clause) -> Clause:
    """Join two lists of choices for the same question; of two numbers the first stays."""
    if isinstance(one, AnyOf) or isinstance(other, AnyOf) or {one.op, other.op} - {"==", "in"}:
        return one
    values = [value for c in (one, other) for value in (c.value if isinstance(c.value, tuple) else (c.value,))]
    return Condition(one.field, "in", tuple(dict.fromkeys(values)))


def _state(tried: Tried) -> str:
    decision = tried.decision
    if decision is None:
        return "skipped"
    if decision.outcome in POSITIVE:
        return "open"
    return "undecided" if decision.open else "closed"


def _decided(ways: Iterable[Tried]) -> Iterator[tuple[Tried, Decision]]:
    return ((tried, tried.decision) for tried in ways if tried.decision is not None)


# In sentences


def _told(decision: Decision, facts: Mapping[str, Fact], day: date) -> str:
    """Tell one table."""
    hit = _hit(decision)
    if hit is None:
        return decision.reason
    step = decision.trace[-1]
    names = _names(step.table, day)
    lines: list[str] = []
    before: _Told | None = None
    for told in _telling(decision, hit):
        # Two rules that lacked something are two ways in: either would do.
        other_way = before is not None and hit not in (before.rule, told.rule) and before.rule is not told.rule
        lead = "先" if before is None else "或者" if other_way and told.sense > 0 < before.sense else "再"
        lines.append(f"{lead}看{_clause_told(told, step.scope, facts, names)}")
        before = told
    return "；".join(lines) + "。" if lines else decision.reason


def _told_ways(decision: Decision, facts: Mapping[str, Fact], day: date) -> str:
    """Tell a route: the ways that were closed before the one that decided, then that one."""
    assert decision.taken is not None
    won = decision.rule.rpartition(".")[0] if decision.rule and decision.outcome in POSITIVE else None
    ways, refined = decision.taken.ways, decision.taken.branch.combine == "first_then_detail"
    lines: list[str] = []
    for tried, way in _decided(ways):
        state = _state(tried)
        if state == "open" and (won == way.check or refined):
            open_ = f"“{way.title}”{_STATES[way.outcome]}：" if len(ways) > 1 else ""
            lines.append(open_ + _told(way, facts, day))
            if not refined:
                break
        elif way.missing and way.open:
            if won is None:
                lines.append(f"“{way.title}”{way.reason}")
                break
        elif len(lines) < WAYS_TOLD:
            lines.append(f"“{way.title}”{_STATES[state]}：{_why(way)}")
    return "".join(lines) or decision.reason


_STATES = {
    "eligible": "走得通",
    "likely": "很可能走得通",
    "open": "很可能走得通",
    "closed": "走不通",
    "undecided": "还判断不了",
}


def _why(decision: Decision) -> str:
    """Say in a line why a way is open or closed: what lacks, or the reason."""
    return "".join(decision.gap) or decision.reason


def _clause_told(told: _Told, scope: Mapping[str, Any], facts: Mapping[str, Fact], names: Names) -> str:
    if not isinstance(told.clause, AnyOf):
        return _condition_told(told, told.clause, scope, facts, names)
    holds = told.clause.test(scope)
    shown = [condition for condition in told.clause.conditions if condition.test(scope) is holds]
    return "，或者".join(dict.fromkeys(_condition_told(told, c, scope, facts, names) for c in shown))


def _condition_told(
    told: _Told, condition: Condition, scope: Mapping[str, Any], facts: Mapping[str, Fact], names: Names
) -> str:
    """Tell one comparison: “居住登记月数”：您是4个月，规定从2016-07-01起要满6个月，还差2个月."""
    name = condition.field
    field, have = names.fields.get(name), _have(name, scope, names)
    title = f"“{names.title(name)}”："
    if _unsaid(scope.get(name)):
        return f"{title}您{have}"
    if field is None:
        said = f"算出来是{have}"
    elif name not in facts:
        said = f"您没有说，按“{have}”算"
    else:
        said = f"您是{have}" if field.ordered else f"您说的是“{have}”"
    if condition.op not in _OPPOSITE or (field is not None and field.type == "place"):
        return title + said
    if field is not None and not field.ordered:
        return title + said + _choice_need(told, condition, scope, names)
    return title + said + _number_need(told, condition, scope, names)


def _choice_need(told: _Told, condition: Condition, scope: Mapping[str, Any], names: Names) -> str:
    holds = bool(condition.test(scope))
    if told.sense == 0 or (told.sense < 0 and holds) or (holds and told.rule.outcome == "likely"):
        return ""
    if holds is (told.sense > 0):
        return "，符合"
    return f"，要求{'不' if condition.op in ('!=', 'not_in') else ''}是{compared_with(condition, names)}"


def _number_need(told: _Told, condition: Condition, scope: Mapping[str, Any], names: Names) -> str:
    """Say the number that the rule asks for, since when, and what lacks; of a disputed rule no figure."""
    value = resolve(condition.value, scope)
    if not isinstance(value, (int, float, str)) or _unsaid(value):
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


def _have(name: str, scope: Mapping[str, Any], names: Names) -> str:
    value = scope.get(name, UNKNOWN)
    if value == NOT_SAID:
        return "没有说"
    if value == UNKNOWN:
        return "不清楚" if name in scope else "还没有说"
    field = names.fields.get(name)
    return f"{value:.10g}" if field is None else _tight(format_value(field, value))


def _unsaid(value: object) -> bool:
    return value is None or value in (UNKNOWN, NOT_SAID)


def _tight(text: str) -> str:
    """Write a number and its unit together, as in running text."""
    return text.replace(" ", "")


def _sources(ids: Iterable[str], documents: Mapping[str, Document]) -> str:
    titles = [documents[document].title for document in ids]
    named = "、".join(f"“{title}”" if "《" in title else f"《{title}》" for title in titles[:SOURCES_TOLD])
    more = f"等 {len(titles)} 份" if len(titles) > SOURCES_TOLD else ""
    return f"依据：{named}{more}。" if titles else ""


# Words of a table on a day, made once


def _names(table: Table, day: date) -> Names:
    kept = table.kept(day)
    if "names" not in kept:
        kept["names"] = Names.of(table, day)
    names: Names = kept["names"]
    return names


def _formulas(table: Table, day: date) -> Mapping[str, str]:
    kept = table.kept(day)
    if "formulas" not in kept:
        names = _names(table, day)
        kept["formulas"] = {name: formula_words(expression, names) for name, expression in table.compute}
    words: Mapping[str, str] = kept["formulas"]
    return words


def _conditions(step: Step, day: date) -> tuple[str, ...]:
    """Word the conditions of a rule; of a disputed one only what they look at, because nobody gives its figure."""
    kept: dict[str, tuple[str, ...]] = step.table.kept(day).setdefault("conditions", {})
    if step.rule.id not in kept:
        names = _names(step.table, day)
        kept[step.rule.id] = tuple(
            f"“{names.title(clause.names[0])}”" if step.rule.disputed else clause_words(clause, names)
            for clause in step.rule.when
        )
    return kept[step.rule.id]
