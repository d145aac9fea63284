"""How one table decides: the first rule that holds, unless an undecided one before it could change the result.

Three-valued: a rule holds, does not, or is undecided while a fact is missing. What is missing is asked for;
what the resident does not know is said, and never turned into a “no”.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, NamedTuple

from core.eligibility_tables import OUTCOMES, POSITIVE, Branch, Rule, Table, Way
from core.fields import UNKNOWN, Fact, Field, format_value
from core.rules_conditions import NOT_SAID, Clause, Condition, all_of, resolve
from core.rules_expressions import as_month

RANK = {"eligible": 2, "likely": 1}
DISPUTED = "资料有冲突，以当地答复为准。"


@dataclass(frozen=True)
class Assumed:
    """A fact that was taken for granted, said aloud."""

    field: str
    title: str
    value: Fact
    text: str


@dataclass(frozen=True)
class Nearest:
    """The way that lacks least, when no way is open; `distance` is 0 to 1, the share that lacks."""

    check: str
    title: str
    outcome: str
    reason: str
    next_step: str | None
    gap: tuple[str, ...]
    distance: float


@dataclass(frozen=True)
class Shown:
    """A computed number of a decision: `value` for programs, `text` for people."""

    name: str
    title: str
    value: str | int | float
    text: str


class Step(NamedTuple):
    """What one rule made of the facts: whether it held (None: undecided), and what it looked at."""

    table: Table
    rule: Rule
    holds: bool | None
    scope: Mapping[str, Any]

    @property
    def clauses(self) -> tuple[tuple[Clause, bool | None], ...]:
        """Give each clause with its truth; worked out when somebody asks, which is seldom."""
        return tuple((clause, clause.test(self.scope)) for clause in self.rule.when)


class Tried(NamedTuple):
    """One way of a route: what its table decided; None where it was not looked at."""

    way: Way
    decision: Decision | None


class Taken(NamedTuple):
    """What a route did: the branch that the facts led to, what it was chosen by, and its ways in order."""

    inputs: tuple[Field, ...]
    branch: Branch
    scope: Mapping[str, Any]
    ways: tuple[Tried, ...]


@dataclass(frozen=True)
class Decision:
    """The result of a check.

    `missing` names the fields still worth asking for, in the order of asking. They decide the outcome when
    it is `need_info`; with `likely` they could lift it to `eligible`. `gap` says what lacks, in numbers.
    `open` tells whether a positive outcome can still be reached. `value` is the answer in a word or number, `results`
    are numbers worked out on the way, `trace` what each rule that was looked at made of the facts. `taken` is the
    same for a route; None while no branch could be chosen.
    """

    check: str
    title: str
    outcome: str
    answer: str
    reason: str
    rule: str | None
    missing: tuple[Field, ...]
    assumed: tuple[Assumed, ...]
    notes: tuple[str, ...]
    documents: tuple[str, ...]
    next_step: str | None = None
    gap: tuple[str, ...] = ()
    distance: float = 1.0
    open: bool = False
    nearest: Nearest | None = None
    value: str | int | float | None = None
    results: tuple[Shown, ...] = ()
    trace: tuple[Step, ...] = ()
    taken: Taken | None = None


def decide_table(table: Table, facts: Mapping[str, Fact], day: date, *, settle_closed: bool = False) -> Decision:
    """Decide one table.

    Args:
        table: from `load_tables`.
        facts: canonical facts by field id.
        day: the day whose rules apply.
        settle_closed: where no positive outcome can be reached any more, give the rule that holds so far
            instead of asking on; a route has no use for the difference between two ways of “no”.
    Raises:
        NotInForce: the table does not hold on that day.
    """
    table.period.require(table.id, table.title, day, table.path)
    scope = _scope(table, facts, day, nulls=table.optional)
    hit, undecided, trace = _look(table, scope)
    blocking = [rule for rule in undecided if hit is None or _could_worsen(rule, hit)]
    improving = [rule for rule in undecided if hit is not None and RANK.get(rule.outcome, 0) > RANK.get(hit.outcome, 0)]
    asked = blocking or (improving if hit is not None and hit.outcome == "likely" else [])
    missing = _missing(table, asked, facts, scope) if asked else ()
    assumed = _assumed(table, len(trace), facts, scope)
    can_win = (hit is not None and hit.outcome in POSITIVE) or any(rule.outcome in POSITIVE for rule in undecided)
    settled = settle_closed and hit is not None and not can_win
    if hit is None or (blocking and not settled):
        return _not_known(table, hit, blocking, missing, facts, scope, assumed, can_win, trace)
    if settled:
        missing = ()
    elif table.optional:
        missing = (*missing, *_sharper(table, hit, facts, day))
    return _by_rule(table, hit, scope, missing, assumed, can_win, trace)


def _look(table: Table, scope: Mapping[str, Any]) -> tuple[Rule | None, list[Rule], tuple[Step, ...]]:
    """Go through the rules: give the first that holds, those undecided before it, and what each made of the facts."""
    undecided: list[Rule] = []
    trace: list[Step] = []
    for rule in table.rules:
        holds: bool | None = True
        for test in rule.tests:
            value = test(scope)
            if value is False:
                holds = False
                break
            if value is None:
                holds = None
        trace.append(Step(table, rule, holds, scope))
        if holds:
            return rule, undecided, tuple(trace)
        if holds is None:
            undecided.append(rule)
    return None, undecided, tuple(trace)


def _sharper(table: Table, hit: Rule, facts: Mapping[str, Fact], day: date) -> tuple[Field, ...]:
    """List the optional facts that nobody asked for yet and that could lead to another rule, or to a number."""
    if not any(f.id in table.optional and f.id not in facts and f.default is None for f in table.inputs):
        return ()
    scope = _scope(table, facts, day)
    # The hit itself too: it may hold only because an optional fact was not said (`!=`).
    looked_at = table.rules[: table.rules.index(hit) + 1]
    rules = [rule for rule in looked_at if all_of(rule.when, scope) is None]
    fields = list(_missing(table, rules, facts, scope))
    scope = {**scope, **hit.numbers}
    waiting = {name for name, expression in table.compute if expression.value(scope) == UNKNOWN}
    shown = [result for result in table.results if not result.outcomes or hit.outcome in result.outcomes]
    needed = {result.name for result in shown} & waiting
    for name, expression in reversed(table.compute):
        if name in needed and name in waiting:
            needed.update(expression.names)
    fields += [f for f in table.inputs if f.id in needed and f.id not in scope and f not in fields]
    return tuple(field for field in table.inputs if field in fields and field.id in table.optional)


def _could_worsen(rule: Rule, hit: Rule) -> bool:
    """Tell whether an undecided rule before the hit must be settled first: a veto, or a worse or rival outcome."""
    return rule.veto or hit.outcome not in POSITIVE or RANK.get(rule.outcome, 0) < RANK[hit.outcome]


def _scope(table: Table, facts: Mapping[str, Fact], day: date, nulls: frozenset[str] = frozenset()) -> dict[str, Any]:
    scope: dict[str, Any] = {}
    for field in table.inputs:
        if field.id in facts:
            scope[field.id] = facts[field.id]
        elif field.default is not None:
            scope[field.id] = field.default
        if field.id in nulls and scope.get(field.id, UNKNOWN) == UNKNOWN:
            scope[field.id] = NOT_SAID
    scope.update(table.numbers_on(day))
    return _computed(table, scope)


def _computed(table: Table, scope: dict[str, Any]) -> dict[str, Any]:
    for name, expression in table.compute:
        scope[name] = expression.value(scope)
    return scope


def _missing(table: Table, rules: list[Rule], facts: Mapping[str, Fact], scope: Mapping[str, Any]) -> tuple[Field, ...]:
    """List the fields that undecided conditions wait for, in the table's order of asking."""
    open_names = {name for rule in rules for clause in rule.when if clause.test(scope) is None for name in clause.names}
    for name, expression in reversed(table.compute):
        if name in open_names and scope.get(name) == UNKNOWN:
            open_names.update(expression.names)
    return tuple(
        field for field in table.inputs if field.id in open_names and field.id not in facts and field.default is None
    )


def _assumed(table: Table, looked_at: int, facts: Mapping[str, Fact], scope: Mapping[str, Any]) -> tuple[Assumed, ...]:
    """Say aloud the defaults on which one of the first rules hangs: its other conditions do not already rule it out."""
    taken = [field for field in table.defaulted if field.id not in facts]
    if not taken:
        return ()
    used: set[str] = set()
    for hanging in table.hanging[:looked_at]:
        for named, others in hanging:
            if not named <= used and all_of(others, scope) is not False:
                used |= named
    return tuple(assumed_default(field) for field in taken if field.id in used)


def assumed_default(field: Field) -> Assumed:
    """Say aloud that a field's default was used."""
    assert field.default is not None
    words = format_value(field, field.default)
    return Assumed(field.id, field.title, field.default, f"“{field.title}”按“{words}”算")


def _by_rule(
    table: Table,
    rule: Rule,
    scope: Mapping[str, Any],
    missing: tuple[Field, ...],
    assumed: tuple[Assumed, ...],
    can_win: bool,
    trace: tuple[Step, ...],
) -> Decision:
    verdict = table.verdicts.get(rule.outcome)
    answer = rule.answer or (verdict.answer if verdict else None) or OUTCOMES[rule.outcome]
    next_step = rule.next_step or (verdict.next_step if verdict else None)
    notes = []
    if rule.outcome == "likely":
        notes.append(f"这是大概率的判断，还没有核实，请以{table.office}的答复为准。")
    if rule.disputed:
        notes.append(DISPUTED)
    gap, distance = _gap(table, rule, scope)
    scope = _computed(table, {**scope, **rule.numbers}) if rule.numbers else scope
    return Decision(
        check=table.id,
        title=table.title,
        outcome=rule.outcome,
        answer=_filled(answer, scope),
        reason=_filled(rule.reason, scope),
        rule=rule.id,
        missing=missing,
        assumed=assumed,
        notes=(*notes, *table.notes),
        documents=rule.documents,
        next_step=_filled(next_step, scope) if next_step else None,
        gap=gap,
        distance=distance,
        open=can_win,
        value=_short(rule.value, scope),
        results=_shown(table, rule, scope) if table.results else (),
        trace=trace,
    )


def _short(text: str | None, scope: Mapping[str, Any]) -> str | int | float | None:
    """Give the answer in a word: a text, or the number that `{name}` alone stands for."""
    if text is None:
        return None
    number = scope.get(text[1:-1]) if text.startswith("{") and text.endswith("}") else None
    return number if isinstance(number, (int, float)) else _filled(text, scope)


def _shown(table: Table, rule: Rule, scope: Mapping[str, Any]) -> tuple[Shown, ...]:
    """Give the results that belong to the outcome and could be worked out."""
    found = []
    for result in table.results:
        value = scope.get(result.name, UNKNOWN)
        if isinstance(value, str) or (result.outcomes and rule.outcome not in result.outcomes):
            continue
        if result.format == "month":
            text = as_month(value)
            found.append(Shown(result.name, result.title, text, f"{text[:4]}年{int(text[5:])}月"))
        elif result.format == "age":
            text = f"{int(value) // 12}岁{int(value) % 12}个月"
            found.append(Shown(result.name, result.title, text, text))
        else:
            found.append(Shown(result.name, result.title, value, f"{value:.10g} {result.unit}".strip()))
    return tuple(found)


def _not_known(
    table: Table,
    hit: Rule | None,
    blocking: list[Rule],
    missing: tuple[Field, ...],
    facts: Mapping[str, Fact],
    scope: Mapping[str, Any],
    assumed: tuple[Assumed, ...],
    can_win: bool,
    trace: tuple[Step, ...],
) -> Decision:
    """Give need_info: with fields to ask for, or, when the resident does not know them, how to find out."""
    unsure = [
        field
        for field in table.inputs
        if facts.get(field.id) == UNKNOWN
        and any(field.id in c.names for rule in blocking for c in rule.when if c.test(scope) is None)
    ]
    verdict = table.verdicts.get("need_info")
    notes: tuple[str, ...] = ()
    if missing:
        reason = f"还要知道：{'、'.join(field.title for field in missing)}。"
    else:
        titles = "、".join(f"“{field.title}”" for field in unsure)
        tail = hit.reason if hit is not None and hit.outcome == "need_info" else ""
        reason = f"{titles}不清楚，所以现在没法判断，这不代表您不符合。{_filled(tail, scope)}"
        notes = (*(f"{field.title}：{field.help}" for field in unsure if field.help), *table.notes)
    return Decision(
        check=table.id,
        title=table.title,
        outcome="need_info",
        answer=(verdict.answer if verdict else None) or OUTCOMES["need_info"],
        reason=reason,
        rule=None,
        missing=missing,
        assumed=assumed,
        notes=notes,
        documents=tuple(dict.fromkeys(document for rule in blocking for document in rule.documents)),
        next_step=(verdict.next_step if verdict else None) or f"先弄清楚上面这几项，或者直接问{table.office}。",
        open=can_win,
        trace=trace,
    )


def _gap(table: Table, rule: Rule, scope: Mapping[str, Any]) -> tuple[tuple[str, ...], float]:
    """Say what lacks, for a rule that turns away whoever has less than a number; and the largest share that lacks."""
    if rule.outcome != "not_yet" or rule.disputed:
        return (), 1.0
    fields = {field.id: field for field in table.inputs}
    texts, shares = [], []
    for clause in rule.when:
        if not isinstance(clause, Condition) or clause.op != "<" or clause.field not in fields:
            continue
        if clause in table.welcome:
            # 大专、不满 35 周岁、没有单位: the age is right, and nobody has to grow older.
            continue
        have, need = scope[clause.field], resolve(clause.value, scope)
        field = fields[clause.field]
        texts.append(
            f"“{field.title}”要满 {format_value(field, need)}，您是 {format_value(field, have)}，"
            f"还差 {format_value(field, need - have)}。"
        )
        shares.append(min(1.0, (need - have) / need) if need else 1.0)
    return tuple(texts), max(shares, default=1.0)


def _filled(text: str, scope: Mapping[str, Any]) -> str:
    if "{" not in text:
        return text
    return text.format_map(_Numbers(scope))


class _Numbers(dict[str, str]):
    """Numbers by name, as people write them; one that is not known is said as “若干”."""

    def __init__(self, scope: Mapping[str, Any]) -> None:
        super().__init__()
        self._scope = scope

    def __missing__(self, key: str) -> str:
        value = self._scope.get(key)
        return f"{value:.10g}" if isinstance(value, (int, float)) else "若干"
