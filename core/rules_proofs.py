"""What must be true of the tables, proved before they are published: `python -m core.content check` calls this.

`problems` are mistakes: a question that nobody can answer, a rule that no answers reach, a dated value without use or
with a rejected source, a `{name}` that would be shown as it is. `reminders` are what a rule keeper should look at.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from datetime import date
from string import Formatter

from core.answers import parse_answer
from core.eligibility_decide import RANK, decide_table
from core.eligibility_tables import POSITIVE, Route, Rule, Table
from core.entries import Document
from core.field import BadFact, Field
from core.fields import format_value
from core.knowledge import Snapshot
from core.rules_cases import Found, Space, domains, said, search
from core.rules_conditions import NOT_SAID
from core.rules_dated import NotInForce

# A table of today is proved on its newest day; one without any date on this.
SOME_DAY = date(2026, 1, 1)
OVERLAPS_SHOWN = 2
_SPOKEN = {"周岁": "岁", "月": "个月"}


def problems(snapshot: Snapshot) -> Iterator[str]:
    """Name every mistake in tables and routes that could be read."""
    asked: dict[str, Field] = {}
    for check in snapshot.tables.values():
        where = f"eligibility/{check.id}.yaml"
        if check.topic not in snapshot.topics:
            yield f"{where}: unknown topic {check.topic!r}; take one of topics.yaml"
        asked |= {field.id: field for field in check.inputs}
        if isinstance(check, Table):
            yield from (f"{where}: {line}" for line in _table(check, snapshot.documents))
        else:
            yield from (f"{where}: {line}" for line in _route(check))
    for field in asked.values():
        yield from (f"fields: {field.id}: {line}" for line in _askable(field))


def reminders(snapshot: Snapshot) -> Iterator[str]:
    """Name what the order of rules decides and a keeper may not have meant, and what could not be proved."""
    asked: dict[str, Field] = {}
    for check in snapshot.tables.values():
        asked |= {field.id: field for field in check.inputs}
        if isinstance(check, Table):
            yield from (f"eligibility/{check.id}.yaml: {line}" for line in (*_late(check), *_overlaps(check)))
    for field in asked.values():
        if field.numeric and not _understood(field, _numbers(field)[0], _number(field)):
            yield f"fields: {field.id}: the answer “{_numbers(field)[0]}” is asked again; only the bare number is read"


def _table(table: Table, documents: Mapping[str, Document]) -> Iterator[str]:
    yield from _sources(table, documents)
    yield from _texts(table)
    used = _used(table)
    for name, figure in table.values.items():
        if name not in used:
            yield f"dated value {name!r} ({figure.dated.title}) is used by no rule, formula or text; use it or drop it"
    for name, _ in table.compute:
        if name not in used:
            yield f"computed value {name!r} is used by no rule, formula, text or result; use it or drop it"
    try:
        space = Space.of(table, newest_day(table))
    except NotInForce as error:
        yield f"{error}"
        return
    for rule, found in _reached(table, space):
        if found.facts is None and found.complete:
            yield f"rule {rule.id} is never reached, whatever is answered: {_blocked(table, rule, space)}"


def _askable(field: Field) -> Iterator[str]:
    """A question that has words, and whose every answer is understood as the page and the buttons give it."""
    if not field.question.strip():
        yield "has no question; write one"
    if field.values:
        for value in field.values:
            if not _understood(field, value.title, value.value):
                yield f"the answer {value.title!r} is not understood as {value.value!r}; mend its title or aliases"
    elif field.dated:
        text, fact = ("2012年6月1日", "2012-06-01") if field.type == "date" else ("1976年9月", "1976-09")
        if not _understood(field, text, fact):
            yield f"the answer {text!r} is not understood as {fact!r}; mend the question"
    elif field.minimum is None or field.maximum is None or field.minimum > field.maximum:
        yield f"bounds {field.minimum} to {field.maximum} leave no answer; mend min and max"
    elif not any(_understood(field, text, _number(field)) for text in _numbers(field)):
        yield f"the answers {' and '.join(_numbers(field))} are not understood; mend the unit or the question"


def _numbers(field: Field) -> tuple[str, str]:
    """Give a plain number as people say it, with its unit and without."""
    unit = _SPOKEN.get(field.unit or "", field.unit or "")
    return f"{_number(field)}{unit}", f"{_number(field)}"


def _number(field: Field) -> int:
    low, high = math.ceil(field.minimum or 0), math.floor(field.maximum or 0)
    return min(max(5, low), high)


def _understood(field: Field, text: str, fact: object) -> bool:
    try:
        return parse_answer(field, text, SOME_DAY) == fact
    except BadFact:
        return False


def _sources(table: Table, documents: Mapping[str, Document]) -> Iterator[str]:
    named = [(f"rule {rule.id}", rule.documents) for rule in table.rules]
    named += [(f"dated value {name!r}", figure.documents) for name, figure in table.values.items()]
    for what, ids in named:
        if not ids:
            yield f"{what} has no source; name at least one document"
        for id in ids:
            document = documents.get(id)
            if document is None:
                yield f"{what} rests on {id!r}, which is not in policies/; add it or mend the id"
            elif "rejected" in (document.trust, getattr(document, "status", None)):
                yield f"{what} rests on {id!r}, a rejected source; take another"
    for name, figure in table.values.items():
        if not figure.dated.values:
            yield f"dated value {name!r} has no value; give one with its day"
        for since, value in figure.dated.values:
            if value is not None and (isinstance(value, bool) or not isinstance(value, (int, float))):
                yield f"dated value {name!r} is {value!r} from {since}, which is no number; mend it"


def _texts(table: Table) -> Iterator[str]:
    """Every `{name}` is known, and stands only where it is filled in."""
    known = {*table.values, *(name for name, _ in table.compute)}
    known |= {name for rule in table.rules for name in rule.numbers}
    filled = [(f"rule {rule.id}", text) for rule in table.rules for text in _rule_texts(rule)]
    verdicts = [(f"verdict {o}", text) for o, v in table.verdicts.items() for text in (v.answer, v.next_step) if text]
    filled += [(where, text) for where, text in verdicts if where != "verdict need_info"]
    plain = [("a note", note) for note in table.notes] + [("the question", table.question), ("the title", table.title)]
    plain += [(where, text) for where, text in verdicts if where == "verdict need_info"]
    for where, text in filled:
        for name in _names_in(text):
            if name not in known:
                yield f"{where}: {{{name}}} is no dated or computed value; declare it or mend the name"
    for where, text in plain:
        if "{" in text or "}" in text:
            yield f"{where} is shown as it is written, braces too; write the number out"


def _rule_texts(rule: Rule) -> list[str]:
    return [text for text in (rule.reason, rule.answer, rule.next_step, rule.value) if text]


def _names_in(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name]


def _used(table: Table) -> set[str]:
    used = {name for rule in table.rules for clause in rule.when for name in clause.names}
    used |= {name for rule in table.rules for text in _rule_texts(rule) for name in _names_in(text)}
    verdicts = (text for verdict in table.verdicts.values() for text in (verdict.answer, verdict.next_step) if text)
    used |= {name for text in verdicts for name in _names_in(text)}
    used |= {result.name for result in table.results}
    for name, expression in reversed(table.compute):
        if name in used:
            used.update(expression.names)
    return used


def newest_day(table: Table) -> date:
    """Give a day on which the newest values of a table hold, within its period."""
    days = [since for figure in table.values.values() for since, _ in figure.dated.values]
    day = max([*days, table.period.start or SOME_DAY, SOME_DAY])
    return min(day, table.period.end) if table.period.end else day


def _reached(table: Table, space: Space) -> Iterator[tuple[Rule, Found]]:
    day = newest_day(table)
    for index, rule in enumerate(table.rules):

        def decides(facts: Mapping[str, object], rule: Rule = rule) -> bool:
            # A tail is there for whoever knows too little; then the questions before it decide, and it does no harm.
            return not rule.when or rule.outcome == "need_info" or decide_table(table, said(facts), day).rule == rule.id

        yield rule, search(space, rule.when, [other.when for other in table.rules[:index]], decides)


def _blocked(table: Table, rule: Rule, space: Space) -> str:
    """Say what keeps a rule from being reached: its own conditions, or the rules before it."""
    if search(space, rule.when, [], lambda facts: True).facts is None:
        return "its own conditions cannot hold together; mend them"
    before = table.rules[: table.rules.index(rule)]
    held = [other for other in before if search(space, (*rule.when, *other.when), [], lambda facts: True).facts]
    names = ", ".join(other.id for other in held) or "an undecided rule"
    return f"{names} before it settles every such case; narrow that, or move {rule.id} up"


def _late(table: Table) -> Iterator[str]:
    """Name what could not be proved, and values that begin after the table does."""
    start = table.period.start
    for name, figure in table.values.items():
        first = figure.dated.values[0][0]
        if start is not None and first > start:
            yield f"dated value {name!r} begins on {first}, the table on {start}: days between get no decision"
    try:
        space = Space.of(table, newest_day(table))
    except NotInForce:
        return
    for rule, found in _reached(table, space):
        if found.facts is None and not found.complete:
            yield f"rule {rule.id}: no answers that lead to it were found, though not all were tried"


def _overlaps(table: Table) -> Iterator[str]:
    """Name pairs whose order gives the resident more, or less, than the later rule would.

    A table is read from the top, so most overlaps are meant: what turns people away stands first, exceptions stand
    before what they except. Left are a “likely” that stands before an “eligible”, and a way in that stands before a
    rule that turns away by the same fact (满 6 个月 before 不满 12 个月): one of each pair may be a slip.
    """
    try:
        space = Space.of(table, newest_day(table))
    except NotInForce:
        return
    shown = 0
    for index, first in enumerate(table.rules):
        if first.outcome not in POSITIVE or first.veto or not first.when:
            continue
        for later in table.rules[index + 1 :]:
            better = RANK.get(later.outcome, 0) > RANK[first.outcome]
            rival = later.outcome in ("not_yet", "ineligible") and _disagree(first, later, table)
            if later.veto or not later.when or not (better or rival) or set(first.when) >= set(later.when):
                continue
            before = [rule.when for rule in table.rules[:index]]
            facts = search(space, (*first.when, *later.when), before, lambda facts: True).facts
            if facts is not None and shown < OVERLAPS_SHOWN:
                shown += 1
                yield (
                    f"{first.id} ({first.outcome}) is read before {later.id} ({later.outcome}) and both hold with "
                    f"{_example(table.inputs, facts)}; swap them if {later.id} should decide"
                )


def _disagree(first: Rule, later: Rule, table: Table) -> bool:
    """Tell whether two rules judge the same fact, a place apart, and not by the same condition."""
    places = {field.id for field in table.inputs if field.type == "place"}
    ours, theirs = set(first.when) - set(later.when), set(later.when) - set(first.when)
    named = {name for clause in ours for name in clause.names}
    return bool(named.intersection(name for clause in theirs for name in clause.names) - places - table.values.keys())


def _example(fields: Iterable[Field], facts: Mapping[str, object]) -> str:
    names = {field.id: field for field in fields}
    told = [
        f"{names[name].title}：{format_value(names[name], value)}"
        for name, value in facts.items()
        if isinstance(value, (bool, int, float, str)) and value != NOT_SAID
    ]
    return "、".join(told)


def _route(route: Route) -> Iterator[str]:
    """Every branch is taken by somebody."""
    space = Space(domains(route.inputs, [branch.when for branch in route.branches], {}), {})
    for index, branch in enumerate(route.branches):
        before = [other.when for other in route.branches[:index]]
        if search(space, branch.when, before, lambda facts: True).facts is None:
            yield f"branch {index + 1} is never taken: the branches before it settle every such case"
