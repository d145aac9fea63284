"""What a knowledge entry is: a question, its approved answers by place and day, and where each comes from."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from typing import Union

TRUST_LEVELS = ("official", "seed", "secondary", "old")
# A figure that an answer takes from a source: a number, a date as ISO text, or several of them.
Value = Union[float, str, tuple[Union[float, str], ...]]


@dataclass(frozen=True)
class Document:
    """A source document: title, number (文号), dates and how far it can be trusted."""

    id: str
    title: str
    number: str | None
    issuer: str | None
    url: str | None
    published: str | None
    retrieved: date
    trust: str
    link: bool

    def record(self) -> dict[str, str | None]:
        """Give what a resident sees of the source; the address only where it may be shown."""
        return {
            "document": self.id,
            "title": self.title,
            "number": self.number,
            "url": self.url if self.link else None,
            "published": self.published,
            "trust": self.trust,
        }


@dataclass(frozen=True)
class SourceRef:
    """One source of an answer, with the named figures that the answer takes from it."""

    document: str
    values: dict[str, Value]


@dataclass(frozen=True)
class NextStep:
    """What to do after reading: words, and at most one of a check, a scheme, an official page or a phone."""

    text: str
    check: str | None = None
    scheme: str | None = None
    url: str | None = None
    phone: str | None = None

    def record(self) -> dict[str, str]:
        """Give the set keys only."""
        return {key: value for key, value in vars(self).items() if value is not None}


@dataclass(frozen=True)
class Variant:
    """An approved answer for some places and days."""

    regions: tuple[str, ...]
    answer: str
    details: str | None
    next_step: NextStep
    sources: tuple[SourceRef, ...]
    trust: str
    disputed: str | None
    notice: str | None
    effective_from: date | None
    effective_to: date | None
    reviewed: date
    review_by: date
    path: str = ""
    line: int = 0

    def in_force(self, day: date) -> bool:
        """Tell whether the answer holds on a day (Asia/Shanghai)."""
        started = self.effective_from is None or self.effective_from <= day
        return started and (self.effective_to is None or day <= self.effective_to)


@dataclass(frozen=True)
class Entry:
    """One question within a topic, with its phrasings and its answers by place."""

    id: str
    topic: str
    question: str
    phrasings: tuple[str, ...]
    variants: tuple[Variant, ...]

    def variant(self, chain: list[str], day: date) -> tuple[Variant, str] | None:
        """Choose the answer for a place and a day.

        Args:
            chain: region codes, most specific first (`Places.chain`).
            day: the day whose rules apply.
        Returns:
            The answer in force for the first code that has one, and that code; None if there is none.
        """
        for code in chain:
            for variant in self.variants:
                if code in variant.regions and variant.in_force(day):
                    return variant, code
        return None


@dataclass(frozen=True)
class Topic:
    """A topic of the taxonomy, its phrasings and its entries (none: known, but not answered yet)."""

    id: str
    title: str
    scope: str
    group: str
    phrasings: tuple[str, ...] = ()
    entries: tuple[Entry, ...] = ()


@dataclass(frozen=True)
class OutOfScope:
    """A kind of message that is not answered, with the approved words that say so and where to go."""

    id: str
    title: str
    reply: str
    phrasings: tuple[str, ...] = field(default=())
    markers: tuple[re.Pattern[str], ...] = field(default=())
    """Words that decide by themselves, before any ranking: someone in danger is not weighed against topics."""
    urgent: bool = False
    """Shown whatever else is under way, in the middle of a questionnaire too."""

    def marks(self, text: str) -> bool:
        """Tell whether a normalised message holds one of the markers."""
        return any(marker.search(text) for marker in self.markers)
