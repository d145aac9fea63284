"""What the points and eligibility APIs promise alike: fields to ask for, and how periods were counted."""

from typing import NotRequired, TypedDict


class Choice(TypedDict):
    """One value of a field."""

    value: str | int | float | bool
    title: str
    aliases: list[str]
    covers: NotRequired[list[str]]


class FieldRecord(TypedDict):
    """A question and the shape of its answer; `min` and `max` are inclusive, in `unit`."""

    field: str
    title: str
    ask: str
    type: str
    unit: str | None
    values: list[Choice]
    min: float | None
    max: float | None
    default: str | int | float | bool | None
    allow_unknown: bool
    help: str | None


# `from` is a keyword, so the shape is made by a call.
Gap = TypedDict("Gap", {"from": str, "to": str, "months": int})


class Periods(TypedDict):
    """Months counted from periods: overlaps once; those elsewhere and of no known place apart."""

    months: int
    gaps: list[Gap]
    overlapping: int
    elsewhere: int
    unplaced: int
    text: str
