"""What the points API promises."""

from typing import TypedDict

from services.contract import Operation
from services.facts_contract import FieldRecord, Periods
from services.knowledge.contract import Source
from services.points.api import EstimateBody

PART = "points"


class Range(TypedDict):
    """Points; `low` and `high` are equal where nothing is disputed."""

    low: float
    high: float


class Item(TypedDict):
    """One item of a sheet; `points` is null where no source gives a figure. `sources` are ids of documents."""

    id: str
    title: str
    points: Range | None
    max: float | None
    reason: str
    sources: list[str]
    disputed: bool


class Sheet(TypedDict):
    """The points of one resident; `total` is null while `missing` names fields to ask for."""

    scheme: str
    title: str
    day: str
    items: list[Item]
    subtotals: list[dict[str, object]]
    total: Range | None
    missing: list[FieldRecord]
    advice: list[str]
    notes: list[str]
    sources: list[Source]
    periods: dict[str, Periods]


class Scheme(TypedDict):
    """A points scheme and the fields that it may ask for."""

    id: str
    title: str
    region: str
    fields: list[FieldRecord]


class Schemes(TypedDict):
    """Every scheme."""

    schemes: list[Scheme]


OPERATIONS = (
    Operation(
        "POST",
        "/api/points/estimate",
        PART,
        "Estimate the points of one resident",
        {200: Sheet},
        body=EstimateBody,
        errors={404: ("unknown_scheme",), 422: ("bad_fact", "not_in_force")},
    ),
    Operation("GET", "/api/points/schemes", PART, "List the schemes with their fields", {200: Schemes}),
)
