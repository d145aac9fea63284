"""Why a decision came out as it did, as JSON for programs and staff: rule, facts, dated values, formulas, sources.

`explanation` (core.eligibility_sentences) says the same to the resident.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from string import Formatter
from typing import Any

from core.eligibility_decide import Decision, Step, Tried
from core.eligibility_sentences import explanation, have, names_of, unsaid, why
from core.eligibility_tables import Rule, Table
from core.eligibility_telling import hit_of, state_of, telling
from core.entries import Document
from core.fields import Fact
from core.rules_words import Names, clause_words, formula_words, with_unit

__all__ = ["explanation", "record"]


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


def _table_record(
    decision: Decision, facts: Mapping[str, Fact], day: date, documents: Mapping[str, Document]
) -> dict[str, Any]:
    table, scope = decision.trace[-1].table, decision.trace[-1].scope
    names = names_of(table, day)
    hit = hit_of(decision)
    used = _used(table, decision, hit)
    words = _formulas(table, day) if table.compute else {}
    return {
        "outcome": hit.outcome if hit is not None else decision.outcome,
        "facts": [
            {
                "field": field.id,
                "title": field.title,
                "value": None if unsaid(scope.get(field.id)) else scope[field.id],
                "text": have(field.id, scope, names),
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
    state = state_of(tried)
    found: dict[str, Any] = {"check": way.table.id, "title": way.table.title, "state": state}
    if decision is None:
        names = names_of(way.table, day)
        when = "，并且".join(clause_words(clause, names) for clause in way.when)
        return {**found, "reason": "只作提示，不单独判断。" if way.hint else f"只在{when}时看。"}
    return {**found, "reason": why(decision), **_table_record(decision, facts, day, documents), "rule": decision.rule}


def _used(table: Table, decision: Decision, hit: Rule | None) -> set[str]:
    """Name the facts and values on which the result rests, formulas followed to their parts."""
    used = {name for told in telling(decision, hit) for name in told.clause.names}
    if hit is not None:
        used.update(name for clause in hit.when for name in clause.names)
        for text in (hit.reason, hit.answer, hit.next_step, hit.value):
            used.update(name for _, name, _, _ in Formatter().parse(text or "") if name)
        used.update(result.name for result in table.results if not result.outcomes or hit.outcome in result.outcomes)
    for name, expression in reversed(table.compute):
        if name in used:
            used.update(expression.names)
    return used


def _formulas(table: Table, day: date) -> Mapping[str, str]:
    kept = table.kept(day)
    if "formulas" not in kept:
        names = names_of(table, day)
        kept["formulas"] = {name: formula_words(expression, names) for name, expression in table.compute}
    words: Mapping[str, str] = kept["formulas"]
    return words


def _conditions(step: Step, day: date) -> tuple[str, ...]:
    """Word the conditions of a rule; of a disputed one only what they look at, because nobody gives its figure."""
    kept: dict[str, tuple[str, ...]] = step.table.kept(day).setdefault("conditions", {})
    if step.rule.id not in kept:
        names = names_of(step.table, day)
        kept[step.rule.id] = tuple(
            f"“{names.title(clause.names[0])}”" if step.rule.disputed else clause_words(clause, names)
            for clause in step.rule.when
        )
    return kept[step.rule.id]
