"""Routes: several tables behind one question, asked in an order that spares the resident questions.

`any` goes through the ways in order and asks only for a way that can still be won: whoever has no diploma is
not asked about graduation. An open way ends the asking. If none is open, the result names the nearest one with
its gap; a way that could not be judged is never counted as closed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import date

from core.eligibility_decide import Assumed, Decision, Nearest, Taken, Tried, assumed_default, decide_table
from core.eligibility_tables import OUTCOMES, POSITIVE, Branch, Route
from core.fields import Fact, Field
from core.rules_conditions import all_of, names

UNJUDGED = "有的途径现在还没法判断，先把不清楚的情况弄清楚。"
DEFAULT_NONE = "按您说的情况，目前还没有走得通的途径。"


def decide_route(route: Route, facts: Mapping[str, Fact], day: date) -> Decision:
    """Decide a route; see the module's docstring.

    Returns:
        A decision whose `check` is the route's and whose `rule` is `<table>.<rule>`.
    """
    scope = {field.id: field.default for field in route.inputs if field.default is not None}
    scope |= {field.id: facts[field.id] for field in route.inputs if field.id in facts}
    passed: list[Branch] = []
    for branch in route.branches:
        holds = all_of(branch.when, scope)
        missing = tuple(f for f in route.inputs if f.id in names(branch.when) and f.id not in scope)
        if holds is None and missing:
            return _undecided(route, missing, f"还要知道：{'、'.join(field.title for field in missing)}。")
        if holds:
            combine = _any if branch.combine == "any" else _first_then_detail
            tried: list[Tried] = []
            decision = combine(route, branch, facts, day, tried)
            decision = replace(decision, taken=Taken(route.inputs, branch, scope, tuple(tried)))
            if decision.missing or decision.outcome in POSITIVE:
                return decision
            return replace(decision, assumed=(*decision.assumed, *_assumed(route, passed, facts, scope)))
        passed.append(branch)
    raise AssertionError("the loader makes sure that the last branch holds always")


def _assumed(
    route: Route, passed: list[Branch], facts: Mapping[str, Fact], scope: Mapping[str, Fact]
) -> tuple[Assumed, ...]:
    """Say aloud the defaults that alone kept a branch from being taken."""
    found = []
    for field in route.inputs:
        if field.default is None or field.id in facts:
            continue
        for branch in passed:
            rest = [clause for clause in branch.when if field.id not in names([clause])]
            if len(rest) < len(branch.when) and all_of(rest, scope):
                found.append(assumed_default(field))
                break
    return tuple(found)


def _any(route: Route, branch: Branch, facts: Mapping[str, Fact], day: date, tried: list[Tried]) -> Decision:
    for way in branch.ways:
        looked_at = not way.hint and all_of(way.when, facts)
        tried.append(Tried(way, decide_table(way.table, facts, day, settle_closed=True) if looked_at else None))
    ways = [decision for _, decision in tried if decision is not None]
    for outcome in POSITIVE:
        for decision in ways:
            if decision.outcome == outcome and (outcome == "eligible" or not decision.missing):
                return _as_route(route, decision)
    waiting = next((decision for decision in ways if decision.missing and decision.open), None)
    if waiting is None:
        return _none(route, branch, ways, (*_hints(branch, facts, day), *branch.notes))
    if waiting.outcome in POSITIVE:
        return _as_route(route, waiting)
    return _undecided(route, waiting.missing, waiting.reason)


def _hints(branch: Branch, facts: Mapping[str, Fact], day: date) -> list[str]:
    """Give what tables that are never asked for can say with the facts at hand."""
    found = []
    for way in branch.ways:
        if way.hint and way.table.period.holds(day):
            decision = decide_table(way.table, facts, day)
            if decision.outcome != "need_info":
                found.append(decision.reason)
    return found


def _none(route: Route, branch: Branch, ways: list[Decision], notes: tuple[str, ...]) -> Decision:
    """No way is open: name the nearest. A way that could not be judged keeps the result from being a “no”."""
    unjudged = [decision for decision in ways if decision.outcome == "need_info" and decision.open]
    short = sorted((d for d in ways if d.outcome == "not_yet"), key=lambda decision: decision.distance)
    nearest = next(iter([*short, *unjudged, *ways]))
    outcome = "need_info" if unjudged else "not_yet" if short else "refer"
    lines = [f"{decision.title}：{decision.reason}" for decision in ways]
    said = [line for decision in unjudged for line in decision.notes]
    assumed: dict[str, Assumed] = {item.field: item for decision in ways for item in decision.assumed}
    return Decision(
        check=route.id,
        title=route.title,
        outcome=outcome,
        answer=UNJUDGED if unjudged else branch.none.answer or DEFAULT_NONE,
        reason=f"最接近的是“{nearest.title}”：{nearest.reason}",
        rule=f"{nearest.check}.{nearest.rule}" if nearest.rule else None,
        missing=(),
        assumed=tuple(assumed.values()),
        notes=(*(line for line in lines if not line.startswith(f"{nearest.title}：")), *said, *notes),
        documents=tuple(dict.fromkeys(document for decision in ways for document in decision.documents)),
        next_step=nearest.next_step or branch.none.next_step,
        nearest=Nearest(
            nearest.check,
            nearest.title,
            nearest.outcome,
            nearest.reason,
            nearest.next_step,
            nearest.gap,
            nearest.distance,
        ),
    )


def _first_then_detail(
    route: Route, branch: Branch, facts: Mapping[str, Fact], day: date, tried: list[Tried]
) -> Decision:
    first = decide_table(branch.ways[0].table, facts, day)
    tried.append(Tried(branch.ways[0], first))
    if first.missing or first.outcome != "likely":
        return _as_route(route, first)
    for way in branch.ways[1:]:
        if not all_of(way.when, facts):
            tried.append(Tried(way, None))
            continue
        detail = decide_table(way.table, facts, day)
        tried.append(Tried(way, detail))
        if detail.missing and detail.open:
            if detail.outcome in POSITIVE:
                return _as_route(route, replace(first, missing=detail.missing))
            return _undecided(route, detail.missing, detail.reason)
        if detail.outcome == "eligible":
            return _as_route(route, detail)
        if detail.outcome == "likely":
            first = replace(
                first,
                reason=f"{first.reason}{detail.reason}",
                documents=tuple(dict.fromkeys([*first.documents, *detail.documents])),
                notes=tuple(dict.fromkeys([*first.notes, *detail.notes])),
                next_step=detail.next_step or first.next_step,
            )
    return _as_route(route, first)


def _as_route(route: Route, decision: Decision) -> Decision:
    return replace(
        decision,
        check=route.id,
        title=route.title,
        rule=f"{decision.check}.{decision.rule}" if decision.rule else None,
    )


def _undecided(route: Route, missing: tuple[Field, ...], reason: str) -> Decision:
    return Decision(
        check=route.id,
        title=route.title,
        outcome="need_info",
        answer=OUTCOMES["need_info"],
        reason=reason,
        rule=None,
        missing=missing,
        assumed=(),
        notes=(),
        documents=(),
        open=True,
    )
