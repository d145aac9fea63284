"""Read the content files of `knowledge/` strictly: every mistake names file, line and mend.

Only `core.knowledge.Snapshot` calls this; nothing else reads the files.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

from core.entries import TRUST_LEVELS, Document, Entry, NextStep, OutOfScope, SourceRef, Topic, Variant
from core.places import Places
from core.yamlfile import KnowledgeError, Map, check_keys, load

# The main text must fit one phone screen and one WeChat bubble; the rest goes under `details`.
ANSWER_CHARACTERS = (40, 320)
MIN_PHRASINGS = 12
_SLUG = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+")
_VALUE_DATE = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?|\d{2}-\d{2}")
_PUBLISHED = re.compile(r"\d{4}(-\d{2}(-\d{2})?)?")


class Collected:
    """Problems found so far: loading goes on, so that an editor sees all of them at once."""

    def __init__(self) -> None:
        self.problems: list[KnowledgeError] = []

    def attempt(self, read: Callable[..., Any], *arguments: Any) -> Any:
        """Call `read`; keep its problem and give None if there is one."""
        try:
            return read(*arguments)
        except KnowledgeError as problem:
            self.problems.append(problem)
            return None


def read_documents(folder: Path, found: Collected) -> dict[str, Document]:
    """Read the source registry, `policies/*.yaml`."""
    documents: dict[str, Document] = {}
    for path in sorted(folder.glob("*.yaml")):
        root = found.attempt(_root, path, {"documents"})
        for row in root["documents"] if root else ():
            document = found.attempt(_document, row, path)
            if document is None:
                continue
            if document.id in documents:
                found.problems.append(
                    KnowledgeError(path, row.line, f"document {document.id!r} stands twice; keep one")
                )
            documents[document.id] = document
    return documents


def read_topics(path: Path, found: Collected) -> dict[str, Topic]:
    """Read `topics.yaml`: ids, titles and scopes, without entries."""
    root = found.attempt(_root, path, {"groups", "topics"})
    topics: dict[str, Topic] = {}
    for id_, row in (root["topics"] if root else {}).items():
        if found.attempt(check_keys, row, path, {"title", "scope"}) is None:
            continue
        group = id_.split(".")[0]
        if group not in root["groups"]:
            found.problems.append(KnowledgeError(path, row.line, f"topic {id_!r}: group {group!r} is not in groups"))
            continue
        topics[id_] = Topic(id_, row["title"], row["scope"], root["groups"][group])
    return topics


class EntryReader:
    """Read `faq/<topic>.yaml` against the topics, places, documents and checks that exist."""

    def __init__(
        self,
        topics: dict[str, Topic],
        places: Places,
        documents: dict[str, Document],
        checks: set[str],
        schemes: set[str],
    ) -> None:
        self._topics, self._places, self._documents = topics, places, documents
        self._checks, self._schemes = checks, schemes

    def topic(self, path: Path) -> Topic:
        """Read one topic's file.

        Raises:
            KnowledgeError: the first problem in the file.
        """
        root = check_keys(load(path), path, {"topic", "phrasings", "entries"})
        known = self._topics.get(root["topic"])
        if known is None:
            raise KnowledgeError(path, root.line_of("topic"), f"unknown topic {root['topic']!r}; see topics.yaml")
        if path.stem != known.id:
            raise KnowledgeError(path, root.line_of("topic"), f"topic {known.id!r} belongs in faq/{known.id}.yaml")
        phrasings = _phrasings(root, path)
        entries = tuple(self._entry(row, known.id, path) for row in root["entries"])
        count = len(phrasings) + sum(len(entry.phrasings) for entry in entries)
        if count < MIN_PHRASINGS:
            raise KnowledgeError(
                path, root.line_of("phrasings"), f"{count} phrasings; a topic needs at least {MIN_PHRASINGS}"
            )
        ids = [entry.id for entry in entries]
        for index, id_ in enumerate(ids):
            if id_ in ids[:index]:
                raise KnowledgeError(path, root["entries"].line_of(index), f"entry {id_!r} stands twice; rename one")
        return Topic(known.id, known.title, known.scope, known.group, phrasings, entries)

    def _entry(self, row: Any, topic: str, path: Path) -> Entry:
        check_keys(row, path, {"id", "question", "phrasings", "variants"})
        if not _SLUG.fullmatch(row["id"]) or not row["id"].startswith(topic + "."):
            raise KnowledgeError(path, row.line_of("id"), f"entry id {row['id']!r} must be {topic}.<lower_case_slug>")
        variants = tuple(self._variant(item, path) for item in row["variants"])
        if not variants:
            raise KnowledgeError(path, row.line_of("variants"), "an entry needs at least one variant")
        seen: dict[tuple[str, date | None], int] = {}
        for variant in variants:
            for code in variant.regions:
                key = (code, variant.effective_from)
                if key in seen:
                    raise KnowledgeError(
                        path,
                        variant.line,
                        f"{code} already has an answer from that day on line {seen[key]}; merge them",
                    )
                seen[key] = variant.line
        return Entry(row["id"], topic, row["question"], _phrasings(row, path), variants)

    def _variant(self, row: Any, path: Path) -> Variant:
        required = {"regions", "answer", "next_step", "sources", "trust", "effective_from", "effective_to", "reviewed"}
        check_keys(row, path, required | {"review_by"}, {"details", "disputed", "notice"})
        for code in row["regions"]:
            if code not in self._places:
                raise KnowledgeError(path, row.line_of("regions"), f"unknown region {code!r}; see lexicon/places.yaml")
        if not row["regions"]:
            raise KnowledgeError(path, row.line_of("regions"), 'regions is empty; "330000" is the whole province')
        low, high = ANSWER_CHARACTERS
        answer = _text(row, "answer", path)
        if not low <= len(answer) <= high:
            raise KnowledgeError(
                path,
                row.line_of("answer"),
                f"answer has {len(answer)} characters; {low} to {high}, the rest in details",
            )
        if row["trust"] not in TRUST_LEVELS:
            raise KnowledgeError(path, row.line_of("trust"), f"trust {row['trust']!r} is none of {TRUST_LEVELS}")
        dates = {key: _day(row, key, path) for key in ("effective_from", "effective_to", "reviewed", "review_by")}
        start, end, reviewed, review_by = dates.values()
        if start and end and end < start:
            raise KnowledgeError(path, row.line_of("effective_to"), "effective_to lies before effective_from")
        if reviewed is None or review_by is None:
            raise KnowledgeError(path, row.line, "reviewed and review_by must be days")
        return Variant(
            regions=tuple(row["regions"]),
            answer=answer,
            details=_text(row, "details", path) if row.get("details") else None,
            next_step=self._next_step(row["next_step"], path),
            sources=self._sources(row, path),
            trust=row["trust"],
            disputed=row.get("disputed"),
            notice=row.get("notice"),
            effective_from=start,
            effective_to=end,
            reviewed=reviewed,
            review_by=review_by,
            path=path.name,
            line=row.line,
        )

    def _next_step(self, row: Any, path: Path) -> NextStep:
        check_keys(row, path, {"text"}, {"check", "scheme", "url", "phone"})
        if len(row) > 2:
            raise KnowledgeError(path, row.line, "next_step takes text and at most one of check, scheme, url, phone")
        if "check" in row and row["check"] not in self._checks:
            raise KnowledgeError(
                path, row.line_of("check"), f"unknown check {row['check']!r}; see knowledge/eligibility/"
            )
        if "scheme" in row and row["scheme"] not in self._schemes:
            raise KnowledgeError(
                path, row.line_of("scheme"), f"unknown scheme {row['scheme']!r}; see knowledge/points/"
            )
        if "url" in row and not str(row["url"]).startswith("https://"):
            raise KnowledgeError(path, row.line_of("url"), "url must begin with https://")
        return NextStep(**row)

    def _sources(self, row: Map, path: Path) -> tuple[SourceRef, ...]:
        if not row["sources"]:
            raise KnowledgeError(
                path, row.line_of("sources"), "an answer without a source is not shown; add its document"
            )
        refs = []
        for item in row["sources"]:
            check_keys(item, path, {"document"}, {"values"})
            if item["document"] not in self._documents:
                raise KnowledgeError(
                    path,
                    item.line_of("document"),
                    f"unknown document {item['document']!r}; add it to knowledge/policies/",
                )
            for name, value in item.get("values", {}).items():
                if not all(map(_is_value, value if isinstance(value, list) else [value])):
                    raise KnowledgeError(
                        path,
                        item["values"].line_of(name),
                        f"value {name!r} must be a number, a quoted date (2026-04-10, 2026-04, 2026, 04-10) or a list",
                    )
            values = item.get("values", {}).items()
            refs.append(SourceRef(item["document"], {n: tuple(v) if isinstance(v, list) else v for n, v in values}))
        return tuple(refs)


def read_out_of_scope(path: Path, found: Collected) -> dict[str, OutOfScope]:
    """Read `out_of_scope.yaml`: kinds of messages that are not answered, with what to say."""
    root = found.attempt(_root, path, {"groups"})
    groups: dict[str, OutOfScope] = {}
    for row in root["groups"] if root else ():
        group = found.attempt(_group, row, path)
        if group is None:
            continue
        if group.id in groups:
            found.problems.append(KnowledgeError(path, row.line, f"group {group.id!r} stands twice; keep one"))
        groups[group.id] = group
    return groups


def repeated_phrasings(topics: dict[str, Topic], groups: dict[str, OutOfScope]) -> Iterator[str]:
    """Name every phrasing that two topics share: the ranker would learn a contradiction."""
    owner: dict[str, str] = {}
    rows = [(t.id, p) for t in topics.values() for p in (*t.phrasings, *(p for e in t.entries for p in e.phrasings))]
    rows += [(f"out_of_scope.{g.id}", p) for g in groups.values() for p in g.phrasings]
    for topic, phrasing in rows:
        if owner.setdefault(phrasing, topic) != topic:
            yield f"phrasing {phrasing!r} stands under {owner[phrasing]} and {topic}; keep one"


def _is_value(value: Any) -> bool:
    if isinstance(value, str):
        return _VALUE_DATE.fullmatch(value) is not None
    return isinstance(value, (int, float)) and not isinstance(value, bool)


def _root(path: Path, keys: set[str]) -> Map:
    return check_keys(load(path), path, keys)


def _group(row: Any, path: Path) -> OutOfScope:
    check_keys(row, path, {"id", "title", "reply", "phrasings"}, {"markers", "urgent"})
    markers = []
    for index, pattern in enumerate(row.get("markers", ())):
        try:
            markers.append(re.compile(pattern))
        except re.error as error:
            line = row["markers"].line_of(index)
            raise KnowledgeError(path, line, f"marker is no regular expression ({error}); mend it") from error
    reply, phrasings = _text(row, "reply", path), _phrasings(row, path)
    return OutOfScope(row["id"], row["title"], reply, phrasings, tuple(markers), row.get("urgent", False))


def _document(row: Any, path: Path) -> Document:
    check_keys(row, path, {"id", "title", "url", "published", "retrieved", "trust", "link"}, {"number", "issuer"})
    if row["trust"] not in TRUST_LEVELS:
        raise KnowledgeError(path, row.line_of("trust"), f"trust {row['trust']!r} is none of {TRUST_LEVELS}")
    if row["published"] is not None and not _PUBLISHED.fullmatch(str(row["published"])):
        raise KnowledgeError(path, row.line_of("published"), 'published must be "YYYY", "YYYY-MM" or "YYYY-MM-DD"')
    if row["url"] is not None and not re.match(r"https?://[^\s/]+\.[^\s/]+", row["url"]):
        raise KnowledgeError(path, row.line_of("url"), f"url {row['url']!r} is not a web address")
    if row["link"] and row["url"] is None:
        raise KnowledgeError(path, row.line_of("link"), "link is true but there is no url")
    retrieved = _day(row, "retrieved", path)
    if retrieved is None:
        raise KnowledgeError(path, row.line_of("retrieved"), "retrieved must be a day")
    published = None if row["published"] is None else str(row["published"])
    return Document(
        row["id"],
        row["title"],
        row.get("number"),
        row.get("issuer"),
        row["url"],
        published,
        retrieved,
        row["trust"],
        row["link"],
    )


def _phrasings(row: Map, path: Path) -> tuple[str, ...]:
    phrasings = row["phrasings"]
    for index, phrasing in enumerate(phrasings):
        line = phrasings.line_of(index)
        if not isinstance(phrasing, str) or not phrasing.strip():
            raise KnowledgeError(path, line, f"phrasing {phrasing!r} is not text; put it in quotes")
        if phrasing in phrasings[:index]:
            raise KnowledgeError(path, line, f"phrasing {phrasing!r} stands twice; keep one")
    return tuple(phrasings)


def _text(row: Map, key: str, path: Path) -> str:
    text = row[key]
    if not isinstance(text, str) or not text.strip():
        raise KnowledgeError(path, row.line_of(key), f"{key} must be text")
    return text.strip()


def _day(row: Map, key: str, path: Path) -> date | None:
    value = row[key]
    if value is not None and type(value) is not date:
        raise KnowledgeError(path, row.line_of(key), f"{key} must be a day such as 2026-11-24, or null")
    return value
