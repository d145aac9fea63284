"""What the points and eligibility APIs share: the day, the facts and the refusals, checked at the edge."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from datetime import date
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from core import fields
from core.knowledge import today
from core.rules_dated import NotInForce
from services.errors import ApiError


class FactsBody(BaseModel):
    """Facts by field id (or a field's short name), and the day whose rules apply: today in Asia/Shanghai if absent."""

    model_config = ConfigDict(extra="forbid")

    day: date | None = None
    facts: dict[str, Any] = Field(default_factory=dict)

    @property
    def on(self) -> date:
        """Give the day to use."""
        return self.day or today()


def canonical(known: Iterable[fields.Field], facts: dict[str, Any]) -> dict[str, fields.Fact]:
    """Check the facts that some fields ask for; facts of other checks in the same conversation are left out.

    Raises:
        ApiError: 422 `bad_fact`, naming the field in Chinese.
    """
    try:
        return fields.canonical(known, facts)
    except fields.BadFact as error:
        raise ApiError(422, "bad_fact", error.sentence) from error


@contextmanager
def refusals() -> Iterator[None]:
    """Turn a day without rules into 422 `not_in_force`."""
    try:
        yield
    except NotInForce as error:
        raise ApiError(422, "not_in_force", error.sentence) from error
