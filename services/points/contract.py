"""What the points API promises."""

from typing import TypedDict

from pydantic import BaseModel

from services.contract import Operation
from services.facts_contract import FieldRecord, Periods
from services.knowledge.contract import Source
from services.points.api import EstimateBody

PART = "points"


class Range(TypedDict):
    """Points; `low` and `high` are equal where nothing is disputed, `high` is null for a lower bound."""

    low: float
    high: float | None


class Item(TypedDict):
    """One item of a sheet; `points` is null where no source gives a figure. `sources` are ids of documents.

    `lower_bound`: its values were changed to unknown ones since; `counted` is false where another item counts instead;
    `assumed`: nobody said anything about it, so it was taken as none.
    """

    id: str
    title: str
    part: str
    points: Range | None
    max: float | None
    reason: str
    sources: list[str]
    disputed: bool
    lower_bound: bool
    counted: bool
    assumed: bool


class Short(TypedDict):
    """How many points are short of a line; null ends where only a lower bound of the total is known."""

    low: float | None
    high: float | None


class Gap(TypedDict):
    """The distance from a published line; `reached` is null where nobody can say."""

    purpose: str
    points: float
    year: int
    reached: bool | None
    short: Short
    text: str


class About(TypedDict):
    """What is known of a scheme beside its points. `sources` are ids of documents."""

    title: str
    text: str
    sources: list[str]


class Sheet(TypedDict):
    """The points of one resident; `total` is null while it waits for `missing` fields, and where there can be none.

    `lower_bound`: the total is at least that. `refused` (the application would be invalid) and `not_computable` (no
    published values) are the reasons for no total. `assumed` says what was taken as none.
    """

    scheme: str
    title: str
    day: str
    items: list[Item]
    subtotals: list[dict[str, object]]
    total: Range | None
    lower_bound: bool
    missing: list[FieldRecord]
    advice: list[str]
    gap: list[Gap]
    assumed: list[str]
    refused: str | None
    not_computable: str | None
    about: list[About]
    notes: list[str]
    sources: list[Source]
    periods: dict[str, Periods]


class Scheme(TypedDict):
    """A points scheme, where and when it holds, and the fields that it may use.

    `computable`: a total can be given; `complete`: of all its indicators. `background`: why its numbers are only
    history. `within`: it holds in a part of its region that has no code.
    """

    id: str
    title: str
    region: str
    region_name: str
    within: bool
    effective_from: str | None
    effective_to: str | None
    in_force: bool
    computable: bool
    complete: bool
    background: str | None
    fields: list[FieldRecord]


class Schemes(TypedDict):
    """Every scheme."""

    schemes: list[Scheme]


class OfPlace(BaseModel):
    """A code of GB/T 2260: only the schemes that apply there, the most specific first."""

    place: str | None = None


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
    Operation("GET", "/api/points/schemes", PART, "List the schemes with their fields", {200: Schemes}, query=OfPlace),
)
