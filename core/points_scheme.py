"""Points schemes as data: what `knowledge/points/<scheme>.yaml` holds, every number dated, with its source documents.

An indicator's `kind` names the arithmetic (core/points_kinds.py); its `values` hold the numbers by day.
core/points_files.py reads the files.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from core.fields import Fact, Field
from core.rules_conditions import Clause
from core.rules_dated import Dated, Period


@dataclass(frozen=True)
class Tier:
    """Points for whoever meets all conditions; `low` differs from `high` where sources disagree or say too little."""

    when: tuple[Clause, ...]
    low: float
    high: float
    text: str
    how: str | None
    note: str | None
    disputed: str | None
    unclear: str | None


@dataclass(frozen=True)
class Modifier:
    """Points that are added to a tier (or, below zero, taken off it) where the conditions hold."""

    when: tuple[Clause, ...]
    points: float
    text: str


@dataclass(frozen=True)
class Count:
    """One of several counts that are added up: `per` points for each full `unit`, up to `cap`."""

    field: Field
    per: float
    unit: float
    cap: float | None
    text: str


@dataclass(frozen=True)
class Assumption:
    """A fact taken for granted when it was not said, in the cases that `when` names; `text` says so aloud."""

    field: str
    value: Fact
    when: tuple[Clause, ...]
    text: str


@dataclass(frozen=True)
class Part:
    """A part of the total with its own limit, None for no limit.

    `apart`: worked out elsewhere and no part of this estimate. `deducts`: what is subtracted from the total.
    """

    id: str
    title: str
    cap: Dated | None
    apart: bool
    deducts: bool


@dataclass(frozen=True)
class Indicator:
    """One indicator of a scheme; `values` gives the numbers of a day, shaped by `kind`; None: no indicator then.

    `when`: it counts only then, else `otherwise` says why not. `needed` False: the total does not wait for it, though
    it is asked for. `scope` says what counts; `more` words the advice of a count, with {count} and {unit};
    `not_covered` is said where no points can be given.
    """

    id: str
    title: str
    part: str
    kind: str
    unit: str
    fields: tuple[Field, ...]
    values: Dated
    documents: tuple[str, ...]
    assume: tuple[Assumption, ...]
    more: str | None
    not_covered: str | None
    when: tuple[Clause, ...]
    otherwise: str | None
    scope: str | None
    needed: bool

    @property
    def optional(self) -> bool:
        """Tell whether it is never asked for: each of its fields stands at a default until it is said."""
        return bool(self.fields) and all(field.default is not None for field in self.fields)

    @property
    def scored(self) -> bool:
        """Tell whether sources give points for it."""
        return self.kind not in ("listed", "veto", "deduct")


@dataclass(frozen=True)
class Alternatives:
    """Indicators of which only the one with most points counts."""

    title: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class Cutoff:
    """A published line: the points that were needed for a purpose in a period."""

    purpose: str
    period: str
    year: int
    points: float
    note: str | None
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Window:
    """A time to apply: from day to day, or (`every`) words for a time that comes back each year."""

    title: str
    start: date | None
    end: date | None
    every: str | None
    documents: tuple[str, ...]


@dataclass(frozen=True)
class About:
    """Something that is known of a scheme beside its points: who may apply, where, what it is good for."""

    title: str
    text: str
    documents: tuple[str, ...]


@dataclass(frozen=True)
class Scheme:
    """A points scheme: parts, indicators, lines, and what must be said with each result.

    `background`: why its numbers are only history. `within`: it holds in a part of its region that has no code.
    `minimum` and `maximum` bound the total. `no_values` is said where no total can be given.
    """

    id: str
    title: str
    region: str
    period: Period
    parts: tuple[Part, ...]
    indicators: tuple[Indicator, ...]
    alternatives: tuple[Alternatives, ...]
    cutoffs: tuple[Cutoff, ...]
    windows: tuple[Window, ...]
    about: tuple[About, ...]
    documents: tuple[str, ...]
    notes: tuple[str, ...]
    no_values: str | None
    background: str | None
    within: bool
    minimum: float | None
    maximum: float | None
    path: str

    @property
    def fields(self) -> tuple[Field, ...]:
        """List the fields that the scheme may use, in the order of asking."""
        return tuple(dict.fromkeys(field for indicator in self.indicators for field in indicator.fields))

    @property
    def computable(self) -> bool:
        """Tell whether a total can be given: sources give points for something that residents are asked for."""
        deducting = {part.id for part in self.parts if part.deducts}
        return any(each.scored and not each.optional and each.part not in deducting for each in self.indicators)

    @property
    def complete(self) -> bool:
        """Tell whether sources give points for every indicator of the total."""
        apart = {part.id for part in self.parts if part.apart}
        return self.computable and not any(e.kind == "listed" and e.part not in apart for e in self.indicators)


def holds(scheme: Scheme, day: date) -> None:
    """Check that a scheme is in force on a day.

    Raises:
        NotInForce: it is not.
    """
    scheme.period.require(scheme.id, scheme.title, day, scheme.path)
