"""What the registry answers, typed as the contract has it, and what makes a record contradict itself.

Source: docs/registry.openapi.yaml. Only what stands here goes on to actions: unknown properties are
dropped, and a personal number in a text is masked.
"""

from collections.abc import Iterator
from datetime import date, datetime
from decimal import Decimal
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field, StringConstraints

from core.privacy import mask

Kind = Literal["points", "insurance", "permit", "progress"]
InsuranceKind = Literal["pension", "medical", "unemployment", "work_injury", "maternity"]


def _printable(text: str) -> str:
    """Refuse control characters, which no database or page expects in a title."""
    if not text.isprintable():
        raise ValueError("has characters that cannot be shown")
    return mask(text).text


def _number(value: object) -> Decimal:
    """Take a JSON number as it is written; pydantic would read digits in a text too."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        raise ValueError("is no number")
    return Decimal(str(value))


Title = Annotated[str, StringConstraints(min_length=1, max_length=100), AfterValidator(_printable)]
Month = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])$")]
Number = Annotated[Decimal, BeforeValidator(_number), Field(max_digits=12, decimal_places=4, allow_inf_nan=False)]


class _Strict(BaseModel):
    model_config = ConfigDict(extra="ignore", strict=True, frozen=True)


class Challenge(_Strict):
    """A code is on its way to `phone_masked`."""

    id: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
    phone_masked: Annotated[str, StringConstraints(pattern=r"^[0-9]{3}\*{4}[0-9]{4}$")]
    expires: AwareDatetime
    demo: bool = False


class Grant(_Strict):
    """Leave to read the records until it expires."""

    grant: Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9_.~+/=-]{16,512}$")] = Field(repr=False)
    expires: AwareDatetime


class Place(_Strict):
    """A place by its GB/T 2260 code."""

    code: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]
    name: Title


class Named(_Strict):
    """Something with an id and a Chinese title."""

    id: Annotated[str, StringConstraints(pattern=r"^[a-z0-9_.-]{1,60}$")]
    title: Title


class Scheme(Named):
    """A points scheme; its id may be one of knowledge/points."""

    region: Annotated[str, StringConstraints(pattern=r"^[0-9]{6}$")]


class PointsItem(Named):
    """One item of a points record, below 0 for a deduction or a cap."""

    points: Number


class Record(_Strict):
    """What all records have: the day whose state they show, and whether their people are invented."""

    as_of: date
    demo: bool = False

    def contradictions(self, day: date) -> Iterator[str]:
        """Name each way in which the record cannot be true on a day; the names hold nothing of the record."""
        if self.as_of > day:
            yield "as_of_after_today"


class Points(Record):
    """The official points record (新市民积分)."""

    kind: Literal["points"]
    scheme: Scheme
    score: Number
    items: list[PointsItem] = Field(max_length=200)

    def contradictions(self, day: date) -> Iterator[str]:
        """See `Record`: the score is the sum of the items, and no item stands twice."""
        yield from super().contradictions(day)
        if sum((item.points for item in self.items), Decimal()) != self.score:
            yield "score_unequal_to_items"
        if len({item.id for item in self.items}) < len(self.items):
            yield "item_twice"


class Period(_Strict):
    """Months in a row of one insurance in one place; the first and the last count."""

    kind: InsuranceKind
    place: Place
    first: Month
    last: Month
    months: int = Field(ge=1)


class Insurance(Record):
    """Months of social insurance (社会保险) by period, and in all by kind."""

    kind: Literal["insurance"]
    periods: list[Period] = Field(max_length=500)
    totals: dict[InsuranceKind, int]

    def contradictions(self, day: date) -> Iterator[str]:
        """See `Record`: no month lies ahead, and months, totals and periods agree."""
        yield from super().contradictions(day)
        paid: dict[str, list[int]] = {}
        for period in self.periods:
            months = range(_index(period.first), _index(period.last) + 1)
            paid.setdefault(period.kind, []).extend(months)
            if not months:
                yield "period_ends_before_it_begins"
            elif len(months) != period.months:
                yield "months_unequal_to_period"
            if months and months[-1] > day.year * 12 + day.month - 1:
                yield "months_after_today"
        if any(len(set(months)) < len(months) for months in paid.values()):
            yield "periods_overlap"
        if {kind: len(months) for kind, months in paid.items()} != {k: n for k, n in self.totals.items() if n}:
            yield "total_unequal_to_periods"


class Permit(Record):
    """The residence permit (居住证)."""

    kind: Literal["permit"]
    number_masked: Annotated[str, StringConstraints(pattern=r"^[0-9A-Z]{0,4}\*{4,24}[0-9A-Z]{0,4}$")]
    issued_in: Place
    issued_on: date
    valid_until: date
    status: Literal["valid", "suspended", "cancelled"]

    def contradictions(self, day: date) -> Iterator[str]:
        """See `Record`: the status fits the last day, as of the day of the record and of today."""
        yield from super().contradictions(day)
        if self.issued_on > day:
            yield "issued_after_today"
        if self.issued_on > self.valid_until:
            yield "ends_before_it_begins"
        if self.status == "valid" and self.valid_until < day:
            yield "valid_but_past"
        if self.status == "suspended" and self.valid_until >= day:
            yield "suspended_but_current"


class Application(_Strict):
    """One application: where it stands, since when, and when that should end (null: no day is named)."""

    kind: Named
    step: Named
    since: date
    expected: date | None


class Progress(Record):
    """Applications under way (办理进度)."""

    kind: Literal["progress"]
    applications: list[Application] = Field(min_length=1, max_length=50)

    def contradictions(self, day: date) -> Iterator[str]:
        """See `Record`: a step began in the past, and should end after it began."""
        yield from super().contradictions(day)
        for application in self.applications:
            if application.since > day:
                yield "since_after_today"
            if application.expected is not None and application.expected < application.since:
                yield "expected_before_since"


AnyRecord = Points | Insurance | Permit | Progress
RECORDS: dict[Kind, type[AnyRecord]] = {
    "points": Points,
    "insurance": Insurance,
    "permit": Permit,
    "progress": Progress,
}


def shown(record: BaseModel) -> dict[str, Any]:
    """Give a record as JSON for actions; numbers as numbers."""
    return {key: _plain(value) for key, value in record.model_dump().items()}


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    if isinstance(value, Decimal):
        return int(value) if value == value.to_integral_value() else float(value)
    if isinstance(value, (date, datetime)):
        return value.isoformat()
    return value


def _index(month: str) -> int:
    year, _, number = month.partition("-")
    return int(year) * 12 + int(number) - 1
