"""What the points and eligibility APIs share: the day, the facts and the refusals, checked at the edge."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any, NamedTuple

from pydantic import BaseModel, ConfigDict, Field

from core import fields
from core.knowledge import today
from core.periods import Count
from core.places import Places
from core.rules_dated import NotInForce
from services.errors import ApiError


class FactsBody(BaseModel):
    """Facts by field id (or a field's short name), and the day whose rules apply: today in Asia/Shanghai if absent.

    Months may be a number or a list of periods with places (`core.periods`).
    """

    model_config = ConfigDict(extra="forbid")

    day: date | None = None
    facts: dict[str, Any] = Field(default_factory=dict)

    @property
    def on(self) -> date:
        """Give the day to use."""
        return self.day or today()


class Known(NamedTuple):
    """Facts as the rules read them, and how each list of periods was counted, by field id."""

    facts: dict[str, fields.Fact]
    periods: dict[str, Count]

    @property
    def counted(self) -> dict[str, dict[str, Any]]:
        """Give the counts as JSON: months, gaps, and what was counted once or not at all."""
        return {field: count.record() for field, count in self.periods.items()}


def canonical(known: Iterable[fields.Field], body: FactsBody, places: Places) -> Known:
    """Check the facts that some fields ask for; facts of other checks in the same conversation are left out.

    Raises:
        ApiError: 422 `bad_fact`, naming the field in Chinese.
    """
    asked = tuple(known)
    try:
        facts, periods = fields.count_periods(asked, body.facts, places, body.on)
        return Known(fields.canonical(asked, facts), periods)
    except fields.BadFact as error:
        raise ApiError(422, "bad_fact", error.sentence) from error


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a day without rules into 422 `not_in_force`."""
    try:
        yield
    except NotInForce as error:
        raise ApiError(422, "not_in_force", error.sentence) from error
