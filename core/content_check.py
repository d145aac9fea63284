"""What must be true of the content before an office may publish it, beyond being readable.

`problems` are mistakes that `make check` refuses; `reminders` are what an editor should look at soon. Both name file,
line and mend. Reading alone (`core.knowledge_files`) accepts what is checked here, so that a running service never
stops because an answer became due overnight.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from urllib.parse import urlsplit

from core.entries import Document, Entry, OutOfScope, Topic, Value, Variant
from core.figures import unbacked
from core.knowledge_files import MIN_PHRASINGS
from core.lexicon import Lexicon

# The main text is read on a phone between two shifts; the rest stands under `details`.
ANSWER_CHARACTERS = (60, 300)
DETAILS_CHARACTERS = 900
SENTENCE_CHARACTERS = 100
# Topics whose neighbours are close: settlement routes, permits, admission, insurance, wages and contracts.
MIN_PHRASINGS_CLOSE = 30
CLOSE_TOPICS = re.compile(
    r"settlement\.(conditions|renting|family|talent|procedure|hangzhou_points)"
    r"|residence_permit\.(apply|registration|endorsement|transfer|lost)"
    r"|schooling\.(compulsory_admission|documents|points_admission|transfer)"
    r"|insurance\.(employee_enrollment|flexible_enrollment|resident_enrollment|contribution_gap|pension_transfer"
    r"|medical_transfer)|labour\.(unpaid_wages|contract|working_hours|arbitration)"
)
# Two questions of this much overlap in pairs of characters are one question asked twice.
SAME_QUESTION = 0.8
ENDS_SOON = timedelta(days=90)
_STRENGTH = {"official": 0, "seed": 1, "secondary": 2, "old": 3}
_HOST = re.compile(r"[a-z0-9-]+(\.[a-z0-9-]+)+(:\d+)?")
_LANDLINE = re.compile(r"0\d{2,3}-\d{7,8}")
_DIRECTION = re.compile("方案|提出|要求|鼓励|计划|目标")


def problems(
    topics: Mapping[str, Topic], documents: Mapping[str, Document], lexicon: Lexicon, groups: Mapping[str, OutOfScope]
) -> Iterator[str]:
    """Name every mistake in content that can be read."""
    entries = [entry for topic in topics.values() for entry in topic.entries]
    yield from _coverage(topics)
    for entry in entries:
        for variant in entry.variants:
            for line in _variant(entry, variant, documents, lexicon):
                yield f"faq/{variant.path}:{variant.line}: {entry.id}: {line}"
    yield from _repeated_questions(entries)
    yield from _contradictions(entries)
    for group in groups.values():
        for phone in re.findall(r"(?<![\d.])\d{3,5}(?![\d.]|分|元)", group.reply):
            if phone not in lexicon.phones:
                yield f"out_of_scope.yaml: {group.id}: {phone} is no hotline of lexicon/offices.yaml; add it there"


def reminders(topics: Mapping[str, Topic], lexicon: Lexicon, day: date) -> Iterator[str]:
    """Name what an editor should look at: answers that end or are due for review within 90 days, unchecked phones."""
    for topic in topics.values():
        for entry in topic.entries:
            for variant in entry.variants:
                where = f"faq/{variant.path}:{variant.line}: {entry.id}"
                if variant.effective_to is not None and variant.effective_to - day <= ENDS_SOON:
                    yield f"{where} ends on {variant.effective_to}; look for what follows"
                if variant.review_by < day:
                    yield f"{where} was due for review on {variant.review_by}"
    unchecked = [office.phone for office in lexicon.offices if office.phone and not office.checked]
    if unchecked:
        yield f"lexicon/offices.yaml: hotlines that nobody has called yet: {', '.join(unchecked)}"


def _coverage(topics: Mapping[str, Topic]) -> Iterator[str]:
    for topic in topics.values():
        if not topic.entries:
            yield f"faq/{topic.id}.yaml: {topic.title} has no answer; write one entry at least"
            continue
        if not any("330000" in variant.regions for entry in topic.entries for variant in entry.variants):
            yield f"faq/{topic.id}.yaml: no answer for the whole province (330000); whoever names no place gets none"
        count = len(topic.phrasings) + sum(len(entry.phrasings) for entry in topic.entries)
        least = MIN_PHRASINGS_CLOSE if CLOSE_TOPICS.fullmatch(topic.id) else MIN_PHRASINGS
        if count < least:
            yield f"faq/{topic.id}.yaml: {count} phrasings; {least} at least, since its neighbours are close"


def _variant(entry: Entry, variant: Variant, documents: Mapping[str, Document], lexicon: Lexicon) -> Iterator[str]:
    low, high = ANSWER_CHARACTERS
    if not low <= len(variant.answer) <= high:
        yield f"the answer has {len(variant.answer)} characters; {low} to {high}, the rest under details"
    if variant.details and len(variant.details) > DETAILS_CHARACTERS:
        yield f"the details have {len(variant.details)} characters; {DETAILS_CHARACTERS} at most, or make two entries"
    for text in (variant.answer, variant.details or ""):
        for sentence in re.split(r"[。！？；\n]", text):
            if len(sentence) > SENTENCE_CHARACTERS:
                yield f"a sentence of {len(sentence)} characters ({sentence[:12]}…); cut it in two"
    for item in unbacked(variant, documents, lexicon.phones):
        yield f"no source value for {item.figure} in “{item.sentence[:40]}”; list it under sources, or leave it out"
    strongest = min(_STRENGTH[documents[source.document].trust] for source in variant.sources)
    if _STRENGTH[variant.trust] < strongest:
        yield f"trust {variant.trust} is more than its sources have"
    if variant.trust == "seed" and not _DIRECTION.search(variant.answer):
        yield "the plan only sets a direction: say 方案提出 or 方案要求, not that everybody gets it"
    step = variant.next_step
    if step.url is not None and not _is_address(step.url):
        yield f"{step.url!r} is no https address; mend it"
    if step.phone is not None and step.phone not in lexicon.phones and not _LANDLINE.fullmatch(step.phone):
        yield f"{step.phone} is no hotline of lexicon/offices.yaml; add it there"


def _repeated_questions(entries: list[Entry]) -> Iterator[str]:
    """Two entries must not answer the same question: whichever is found, the other says something else."""
    pairs = [(entry, _pairs(entry.question)) for entry in entries]
    for index, (entry, own) in enumerate(pairs):
        for other, theirs in pairs[:index]:
            if len(own & theirs) / max(1, len(own | theirs)) >= SAME_QUESTION:
                yield f"{entry.id} and {other.id} ask the same question; merge them"
    owner: dict[str, str] = {}
    for entry in entries:
        for phrasing in entry.phrasings:
            first = owner.setdefault(phrasing, entry.id)
            if first != entry.id:
                yield f"phrasing {phrasing!r} stands under {first} and {entry.id}; keep one"


def _contradictions(entries: list[Entry]) -> Iterator[str]:
    """One named value of one document is the same wherever it is used."""
    seen: dict[tuple[str, str], tuple[Value, str]] = {}
    for entry in entries:
        for variant in entry.variants:
            where = f"faq/{variant.path}:{variant.line}"
            for source in variant.sources:
                for name, value in source.values.items():
                    first, there = seen.setdefault((source.document, name), (value, where))
                    if _differ(first, value):
                        yield (
                            f"{where}: {name} of {source.document} is {value}, but {first} at {there}; "
                            "mend one, or give the two figures two names"
                        )


def _differ(one: Value, other: Value) -> bool:
    """Tell whether two listed values contradict each other: none in common, a date without its year counted alike."""
    ones, others = (v if isinstance(v, tuple) else (v,) for v in (one, other))
    return not any(
        a == b or (isinstance(a, str) and isinstance(b, str) and (a.endswith(b) or b.endswith(a)))
        for a in ones
        for b in others
    )


def _pairs(text: str) -> set[str]:
    plain = re.sub(r"[^\w]", "", text)
    return {plain[i : i + 2] for i in range(len(plain) - 1)}


def _is_address(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" and _HOST.fullmatch(parts.netloc) is not None and " " not in url
