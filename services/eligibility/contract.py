"""What the eligibility API promises."""

from typing import Any, NotRequired, TypedDict

from services.contract import Operation
from services.eligibility.api import CheckBody
from services.facts_contract import FieldRecord, Periods
from services.knowledge.contract import Source

PART = "eligibility"


class Step(TypedDict):
    """What to do next, in words."""

    text: str


class Line(TypedDict):
    """A computed result as residents read it."""

    title: str
    text: str


class Nearest(TypedDict):
    """Of several ways, the one that lacks least."""

    check: str
    title: str
    outcome: str
    reason: str
    next_step: Step | None
    gap: list[str]


class Decision(TypedDict):
    """A decision; while `missing` is not empty, each answer to it can still change the outcome."""

    check: str
    title: str
    outcome: str
    answer: str | int | float
    sentence: str
    result: dict[str, Any]
    results: list[Line]
    reason: str
    rule: str | None
    missing: list[FieldRecord]
    assumed: list[dict[str, Any]]
    notes: list[str]
    gap: list[str]
    next_step: Step | None
    nearest: Nearest | None
    sources: list[Source]
    day: str
    periods: dict[str, Periods]
    explanation: NotRequired[Any]
    trace: NotRequired[dict[str, Any]]


class Check(TypedDict):
    """A check and the fields that it may ask for."""

    id: str
    title: str
    question: str
    topic: str | None
    region: str | None
    fields: list[FieldRecord]


class Checks(TypedDict):
    """Every check."""

    checks: list[Check]


OPERATIONS = (
    Operation(
        "POST",
        "/api/eligibility/{check}",
        PART,
        "Decide one check for one resident",
        {200: Decision},
        body=CheckBody,
        errors={404: ("unknown_check",), 422: ("bad_fact", "not_in_force")},
    ),
    Operation("GET", "/api/eligibility", PART, "List the checks with their fields", {200: Checks}),
)
