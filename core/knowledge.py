"""The knowledge snapshot: the only way to read entries, sources, places, fields and rules.

A snapshot never changes; its number names its content, so that each logged answer can be traced to it.
`python -m core.content check` checks the content and names every problem with file and line.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone
from functools import partial
from pathlib import Path
from typing import Any

from core import eligibility, fields, points
from core.entries import Document, Entry, OutOfScope, Topic
from core.knowledge_files import (
    Collected,
    EntryReader,
    read_documents,
    read_out_of_scope,
    read_topics,
    repeated_phrasings,
)
from core.lexicon import Lexicon
from core.places import Places
from core.yamlfile import KnowledgeError

FOLDER = Path(__file__).resolve().parent.parent / "knowledge"
# China has had no summer time since 1991, so a fixed offset serves where no time-zone data are installed.
SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")


def today() -> date:
    """Give the day in Asia/Shanghai, which is what “today” means everywhere in the product."""
    return datetime.now(SHANGHAI).date()


class SnapshotError(ValueError):
    """The content cannot be published; `problems` holds every reason, each with file and line."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__(f"{len(problems)} problem(s) in the knowledge files:\n" + "\n".join(problems))
        self.problems = problems


@dataclass(frozen=True)
class Snapshot:
    """Published content, immutable and numbered."""

    number: str
    topics: dict[str, Topic]
    entries: dict[str, Entry]
    documents: dict[str, Document]
    out_of_scope: dict[str, OutOfScope]
    places: Places
    lexicon: Lexicon
    fields: dict[str, fields.Field]
    schemes: dict[str, points.Scheme]
    tables: dict[str, Any]

    @classmethod
    def load(cls, folder: Path = FOLDER, day: date | None = None) -> Snapshot:
        """Read and check a content folder.

        Args:
            folder: laid out like `knowledge/`.
            day: where given, an answer that is no longer in force on it is a problem too. Left out at
                run time: an answer that ends overnight must not keep the service from starting.
        Raises:
            SnapshotError: with all problems, not only the first.
        """
        found = Collected()
        topics = read_topics(folder / "topics.yaml", found)
        places = found.attempt(Places.load, folder / "lexicon" / "places.yaml") or Places([])
        lexicon = found.attempt(Lexicon.load, folder / "lexicon") or Lexicon()
        documents = read_documents(folder / "policies", found)
        known_fields = found.attempt(fields.load_fields, folder / "fields.yaml") or {}
        schemes = found.attempt(partial(points.load_schemes, documents=set(documents)), folder / "points") or {}
        tables = (
            found.attempt(
                partial(eligibility.load_tables, documents=set(documents)), folder / "eligibility", known_fields
            )
            or {}
        )
        reader = EntryReader(topics, places, documents, set(tables), set(schemes))
        for path in sorted((folder / "faq").glob("*.yaml")):
            topic = found.attempt(reader.topic, path)
            if topic is not None:
                topics[topic.id] = topic
        groups = read_out_of_scope(folder / "out_of_scope.yaml", found)
        problems = [str(problem) for problem in found.problems] + list(repeated_phrasings(topics, groups))
        entries = {entry.id: entry for topic in topics.values() for entry in topic.entries}
        if day is not None:
            problems += [line for entry in entries.values() for line in _expired(entry, folder, day)]
        if problems:
            raise SnapshotError(problems)
        number = _number(folder)
        return cls(number, topics, entries, documents, groups, places, lexicon, known_fields, schemes, tables)

    def source_record(self, document: str) -> dict[str, str | None]:
        """Give the source that a resident sees, by document id."""
        return self.documents[document].record()


def _expired(entry: Entry, folder: Path, day: date) -> list[str]:
    return [
        str(
            KnowledgeError(
                folder / "faq" / variant.path,
                variant.line,
                f"{entry.id} ended on {variant.effective_to}; replace the answer or move it out",
            )
        )
        for variant in entry.variants
        if variant.effective_to is not None and variant.effective_to < day
    ]


def _number(folder: Path) -> str:
    digest = hashlib.sha256()
    for path in sorted(folder.rglob("*.yaml")):
        digest.update(path.relative_to(folder).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
