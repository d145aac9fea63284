"""What the knowledge API promises."""

from typing import NotRequired, TypedDict

from services.contract import Operation
from services.knowledge.api import AskBody
from services.knowledge.asking import Reply

PART = "knowledge"


class Source(TypedDict):
    """A source document as residents see it; `url` only where it may be shown, dates as the document has them."""

    document: str
    title: str
    number: str | None
    url: str | None
    published: str | None
    trust: str


class EntryTitle(TypedDict):
    """An entry in a list."""

    id: str
    title: str


class Topic(TypedDict):
    """A topic; without entries it has no approved answer yet."""

    id: str
    title: str
    scope: str
    group: str
    entries: list[EntryTitle]


class Topics(TypedDict):
    """Every topic, and the number of the snapshot."""

    snapshot: str
    topics: list[Topic]


class NextStep(TypedDict):
    """What to do after reading: words, and at most one of the others."""

    text: str
    check: NotRequired[str]
    scheme: NotRequired[str]
    url: NotRequired[str]
    phone: NotRequired[str]


class Variant(TypedDict):
    """The approved answer for some places and days (ISO 8601)."""

    regions: list[str]
    answer: str
    details: str | None
    next_step: NextStep
    trust: str
    disputed: str | None
    notice: str | None
    effective_from: str | None
    effective_to: str | None
    reviewed: str
    review_by: str
    sources: list[Source]


class Entry(TypedDict):
    """One entry whole."""

    snapshot: str
    id: str
    topic: str
    title: str
    variants: list[Variant]


class Reloaded(TypedDict):
    """What is published now."""

    snapshot: str
    changed: bool
    entries: int


OPERATIONS = (
    Operation(
        "POST",
        "/api/knowledge/ask",
        PART,
        "Answer a question, or a topic or entry that was tapped; `explain` adds how the words were read",
        {200: Reply},
        body=AskBody,
        errors={422: ("empty_question", "unknown_id")},
    ),
    Operation(
        "POST",
        "/api/knowledge/reload",
        PART,
        "Publish the content files as they are now, or refuse them whole",
        {200: Reloaded},
        errors={422: ("content_has_problems",)},
    ),
    Operation("GET", "/api/knowledge/topics", PART, "List the topics with their entries", {200: Topics}),
    Operation(
        "GET",
        "/api/knowledge/entries/{id}",
        PART,
        "Give one entry with every variant and source",
        {200: Entry},
        errors={404: ("unknown_entry",)},
    ),
)
