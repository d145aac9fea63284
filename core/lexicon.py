"""Words of the field: what people say for an official term, and the offices, hotlines and services they need."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

from core.yamlfile import KnowledgeError, check_keys, load

KINDS = ("everyday", "old", "other_place", "spelling")
_PHONE = re.compile(r"\d{3,5}")


@dataclass(frozen=True)
class Office:
    """An office or hotline (phone None: one in every place, found through 12345)."""

    id: str
    name: str
    phone: str | None
    words: tuple[str, ...]
    serves: str
    checked: bool


@dataclass(frozen=True)
class Service:
    """An online service or scheme by name, with what people also call it."""

    id: str
    name: str
    words: tuple[str, ...]
    scheme: str | None


@dataclass(frozen=True)
class Lexicon:
    """Terms to rewrite (said → term, longest first), offices and services."""

    terms: tuple[tuple[str, str], ...] = ()
    offices: tuple[Office, ...] = ()
    services: tuple[Service, ...] = ()

    @classmethod
    def load(cls, folder: Path) -> Lexicon:
        """Read `terms.yaml` and `offices.yaml` of `knowledge/lexicon/`.

        Raises:
            KnowledgeError: unknown key or kind, a word said twice, an id twice, or no phone number.
        """
        return cls(_terms(folder / "terms.yaml"), *_offices(folder / "offices.yaml"))

    @property
    def phones(self) -> frozenset[str]:
        """Give the hotlines that an answer may name."""
        return frozenset(office.phone for office in self.offices if office.phone)

    def official(self, text: str) -> str:
        """Put what people say into the official terms."""
        pattern, known = self._rewriting
        return pattern.sub(lambda match: known[match.group()], text)

    @cached_property
    def _rewriting(self) -> tuple[re.Pattern[str], dict[str, str]]:
        words = "|".join(re.escape(said) for said, _ in self.terms)
        return re.compile(words or r"(?!)"), dict(self.terms)


def _terms(path: Path) -> tuple[tuple[str, str], ...]:
    root = check_keys(load(path), path, {"terms"})
    terms: dict[str, str] = {}
    for row in root["terms"]:
        check_keys(row, path, {"said", "term", "why"})
        if row["why"] not in KINDS:
            raise KnowledgeError(path, row.line_of("why"), f"why {row['why']!r} is none of {KINDS}")
        if row["said"] in terms:
            raise KnowledgeError(path, row.line, f"{row['said']!r} stands twice; keep one")
        terms[row["said"]] = row["term"]
    return tuple(sorted(terms.items(), key=lambda pair: -len(pair[0])))


def _offices(path: Path) -> tuple[tuple[Office, ...], tuple[Service, ...]]:
    root = check_keys(load(path), path, {"offices", "services"})
    ids: set[str] = set()
    offices = []
    for row in root["offices"]:
        check_keys(row, path, {"id", "name", "phone", "words", "for", "checked"})
        _new(row, ids, path)
        if row["phone"] is not None and not _PHONE.fullmatch(str(row["phone"])):
            raise KnowledgeError(path, row.line_of("phone"), f"phone {row['phone']!r} must be a quoted hotline number")
        offices.append(Office(row["id"], row["name"], row["phone"], tuple(row["words"]), row["for"], row["checked"]))
    services = []
    for row in root["services"]:
        check_keys(row, path, {"id", "name", "words"}, {"scheme"})
        _new(row, ids, path)
        services.append(Service(row["id"], row["name"], tuple(row["words"]), row.get("scheme")))
    return tuple(offices), tuple(services)


def _new(row: Any, ids: set[str], path: Path) -> None:
    if row["id"] in ids:
        raise KnowledgeError(path, row.line, f"id {row['id']!r} stands twice; rename one")
    ids.add(row["id"])
