"""Eligibility: facts and a day in, a decision with its reason out. What was not said is asked for, never guessed.

Pure: no clock, no network. The rules and their sources are in knowledge/eligibility/.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from core.eligibility_decide import Assumed, Decision, Nearest, decide_table
from core.eligibility_files import load_tables
from core.eligibility_routes import decide_route
from core.eligibility_tables import Check, Route, Table
from core.fields import Fact
from core.rules_dated import NotInForce

__all__ = ["Assumed", "Check", "Decision", "Nearest", "NotInForce", "Route", "Table", "decide", "load_tables"]


def decide(check: Check, facts: Mapping[str, Fact], day: date) -> Decision:
    """Decide a table or a route.

    Args:
        check: from `load_tables`.
        facts: canonical facts by field id (`core.fields.canonical`); others are not looked at.
        day: the day whose rules apply.
    Raises:
        NotInForce: the table (or, of a route, one that is needed) has no rules on that day.
    """
    if isinstance(check, Route):
        return decide_route(check, facts, day)
    return decide_table(check, facts, day)
