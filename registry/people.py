"""Sample people from a YAML file, checked when read: each ID number by its check digit, each total by its items."""

from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any

from core import personal, yamlfile
from registry import days

KINDS = ("points", "insurance", "permit", "progress")


@dataclass(frozen=True)
class Sample:
    """One sample person; `records` by kind, only those that the person has."""

    id_number: str
    phone: str
    records: dict[str, Any]

    @property
    def phone_masked(self) -> str:
        """Give the phone as a resident recognises it and nobody else can dial it."""
        return f"{self.phone[:3]}****{self.phone[-4:]}"


def load(path: Path) -> list[Sample]:
    """Read the sample people.

    Raises:
        KnowledgeError: a number that cannot be one, a repeated one, or an unknown or contradicting record,
            with file and line.
    """
    rows = yamlfile.load(path)
    people: list[Sample] = []
    for number, row in enumerate(rows):
        line = rows.line_of(number)
        yamlfile.check_keys(row, path, {"id_number", "phone"}, {"about", *KINDS})
        try:
            sample = Sample(
                personal.id_number(row["id_number"], days.today()),
                personal.phone(row["phone"]),
                {kind: _plain(row[kind]) for kind in KINDS if kind in row},
            )
        except personal.BadNumber as error:
            raise yamlfile.KnowledgeError(path, line, error.sentence) from None
        if any(sample.id_number == other.id_number for other in people):
            raise yamlfile.KnowledgeError(path, line, "this person stands here twice")
        points = sample.records.get("points")
        if points and sum(Decimal(str(item["points"])) for item in points["items"]) != Decimal(str(points["score"])):
            raise yamlfile.KnowledgeError(path, line, "the score is not the sum of its items")
        people.append(sample)
    return people


def _plain(value: Any) -> Any:
    """Give plain dictionaries and lists, days as text, fit for JSON."""
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
