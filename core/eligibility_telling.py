"""What decided: the rule that holds and the clauses that are worth telling, for the trace and for the sentences.

Only what decided is told: the conditions of the rule that holds; where that rule asks for nothing but a place, or for
nothing at all, what the rules before it lacked.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from core.eligibility_decide import RANK, Decision, Step, Tried
from core.eligibility_tables import POSITIVE, Rule, Table
from core.rules_conditions import AnyOf, Clause, Condition

# The outcomes whose rules turn somebody away: such a rule says what must not be, the others what must be.
NEGATIVE = ("not_yet", "ineligible", "refer")
# A sentence that names more than this is not read.
TOLD = 5


def hit_of(decision: Decision) -> Rule | None:
    """Give the rule that decided; None where the result is that something is not known."""
    last = decision.trace[-1] if decision.trace else None
    if last is None or not last.holds or decision.rule is None or last.rule.outcome == "need_info":
        return None
    return last.rule


class Told(NamedTuple):
    """A clause that is worth telling. `sense`: 1 it must hold, -1 it must not, 0 it only describes."""

    rule: Rule
    clause: Clause
    sense: int


def telling(decision: Decision, hit: Rule | None) -> list[Told]:
    """Give the clauses that are worth telling."""
    if hit is None:
        return []
    table = decision.trace[-1].table
    places = {field.id for field in table.inputs if field.type == "place"}
    own = [Told(hit, clause, _own_sense(hit, clause, table)) for clause in hit.when]
    if any(not places.issuperset(clause.names) for clause in hit.when):
        return own
    return [*own, *_before(decision.trace[:-1], hit, places)][:TOLD]


def _own_sense(hit: Rule, clause: Clause, table: Table) -> int:
    if hit.outcome in POSITIVE:
        return 1
    # What an open way asks for too only says which case this is: 本科、不满 45 周岁 are nothing that lacks.
    return -1 if hit.outcome in NEGATIVE and clause not in table.welcome else 0


def _before(steps: tuple[Step, ...], hit: Rule, places: set[str]) -> list[Told]:
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
    told: dict[str, Told] = {}
    for rule, lacking in local:
        sense = 1 if better else -1 if rank else 0
        for clause in lacking:
            name = clause.names[0]
            if name not in told or not better:
                told[name] = Told(rule, clause, sense)
            else:
                told[name] = told[name]._replace(clause=_either(told[name].clause, clause))
    if not hit.when:
        elsewhere = [(rule, c) for rule, lacking in failed for c in lacking if places.issuperset(c.names)]
        told = {**{c.names[0]: Told(rule, c, 0) for rule, c in elsewhere}, **told}
    return list(told.values())


def _either(one: Clause, other: Clause) -> Clause:
    """Join two lists of choices for the same question; of two numbers the first stays."""
    if isinstance(one, AnyOf) or isinstance(other, AnyOf) or {one.op, other.op} - {"==", "in"}:
        return one
    values = [value for c in (one, other) for value in (c.value if isinstance(c.value, tuple) else (c.value,))]
    return Condition(one.field, "in", tuple(dict.fromkeys(values)))


def state_of(tried: Tried) -> str:
    """Tell whether a way of a route is open, closed, undecided, or was skipped."""
    decision = tried.decision
    if decision is None:
        return "skipped"
    if decision.outcome in POSITIVE:
        return "open"
    return "undecided" if decision.open else "closed"


def decided(ways: Iterable[Tried]) -> Iterator[tuple[Tried, Decision]]:
    """Give the ways that were looked at, with what their tables decided."""
    return ((tried, tried.decision) for tried in ways if tried.decision is not None)
