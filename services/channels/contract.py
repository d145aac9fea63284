"""What the chat channel promises."""

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from pydantic import BaseModel, Field

from services.channels import ratings
from services.channels.chat import MessageBody, SessionBody
from services.channels.secret import ConsentBody, SecretBody
from services.contract import BODY_ERRORS, Media, Operation
from services.conversations.ratings import Reason, Value
from services.registry.secrets import Purpose

PART = "chat"


class Button(TypedDict):
    """A choice: `title` is shown, `payload` goes back by `POST /chat/messages` when it is tapped."""

    title: str
    payload: str


class Source(TypedDict):
    """A source document of an answer; `url` only where it may be shown."""

    title: NotRequired[str]
    document: NotRequired[str | None]
    url: NotRequired[str | None]
    number: NotRequired[str | None]
    published: NotRequired[str | None]
    trust: NotRequired[str | None]


class Outcome(TypedDict):
    """What kind of turn it was, for reports; some outcomes have more."""

    outcome: NotRequired[str]
    topic: NotRequired[str | None]
    entry: NotRequired[str | None]
    region: NotRequired[str | None]
    snapshot: NotRequired[str | None]
    urgent: NotRequired[bool]


class Rating(TypedDict):
    """What the resident thought of this answer."""

    value: Value
    reason: NotRequired[Reason]


class Message(TypedDict):
    """One message. A client shows each `seq` once; what is absent does not apply."""

    seq: int
    role: Literal["user", "assistant", "staff"]
    text: str
    buttons: list[Button]
    sources: list[Source]
    details: NotRequired[str]
    notes: NotRequired[list[str]]
    sheet: NotRequired[dict[str, Any]]
    progress: NotRequired[dict[str, Any]]
    outcome: NotRequired[Outcome]
    rating: NotRequired[Rating]
    at: Annotated[str, Field(description="ISO 8601, in UTC.")]


class Session(TypedDict):
    """A new conversation; `token` is told this once."""

    session: str
    token: str
    messages: list[Message]


class Messages(TypedDict):
    """Messages in order."""

    messages: list[Message]


class RatingKept(Rating):
    """The rating as kept."""

    seq: int


class Rated(TypedDict):
    """The rating that was kept, in place of the one before."""

    rating: RatingKept


class Consent(TypedDict):
    """What is agreed to, and since when (ISO 8601)."""

    purpose: Purpose
    given: str


class Token(TypedDict):
    """Stands for what was handed in, and tells nothing of it."""

    token: str


class Agreed(BaseModel):
    """What is no longer agreed to."""

    purpose: Purpose


class After(BaseModel):
    """From where to read."""

    after: str = Field(
        default="0",
        pattern="^[0-9]{0,12}$",
        description="Only messages with a greater `seq`.",
    )


SESSION_ERRORS: dict[int, tuple[str, ...]] = {
    401: ("no_session",),
    403: ("cross_site",),
    503: ("storage_unavailable",),
}
ALLOWED = Media("", "Allowed, for a page of ALLOWED_ORIGINS: `Access-Control-Allow-*` says what.")


def preflight(path: str) -> Operation:
    """Give what a browser asks before a widget may send."""
    return Operation(
        "OPTIONS",
        path,
        PART,
        "Ask whether a page of another origin may send",
        {204: ALLOWED},
        headers={"Origin": "The page's origin."},
        errors={403: ("cross_site",)},
    )


OPERATIONS = (
    Operation(
        "POST",
        "/chat/sessions",
        PART,
        "Begin a conversation",
        {201: Session},
        body=SessionBody,
        errors={403: ("cross_site",), 503: ("storage_unavailable",)},
    ),
    Operation(
        "POST",
        "/chat/messages",
        PART,
        "Send words, or the payload of a button; gives the message as kept and what was answered",
        {200: Messages},
        body=MessageBody,
        errors={
            **SESSION_ERRORS,
            409: ("id_reused",),
            422: ("unknown_payload",),
            503: ("busy", "storage_unavailable"),
        },
        session=True,
    ),
    Operation(
        "GET",
        "/chat/messages",
        PART,
        "Read up to 500 messages",
        {200: Messages},
        query=After,
        errors={**SESSION_ERRORS, 422: ("bad_after",)},
        session=True,
    ),
    Operation(
        "GET",
        "/chat/events",
        PART,
        "Receive messages as Server-Sent Events until one side goes: `id:` is the `seq`, `data:` a Message",
        {200: Media("text/event-stream", "The stream; `: keep-alive` every 15 s.")},
        query=After,
        headers={"Last-Event-ID": "The last `seq` received; the greater of it and `after` counts."},
        errors={**SESSION_ERRORS, 422: ("bad_after",)},
        session=True,
    ),
    Operation(
        "POST",
        "/chat/ratings",
        PART,
        "Rate an answer of the assistant",
        {200: Rated},
        body=ratings.RatingBody,
        errors={**SESSION_ERRORS, 404: ("unknown_answer",)},
        session=True,
    ),
    Operation(
        "POST",
        "/chat/consent",
        PART,
        "Agree to what a personal number is used for",
        {200: Consent},
        body=ConsentBody,
        errors={**SESSION_ERRORS, 422: ("unknown_purpose",)},
        session=True,
    ),
    Operation(
        "DELETE",
        "/chat/consent",
        PART,
        "Withdraw it; what was handed in under it is wiped",
        {204: Media("", "Withdrawn.")},
        query=Agreed,
        errors={**SESSION_ERRORS, **BODY_ERRORS, 422: ("unknown_purpose", "bad_body")},
        session=True,
    ),
    Operation(
        "POST",
        "/chat/secret",
        PART,
        "Hand in a personal number: sealed, kept for ten minutes at most, never given to the bot",
        {200: Token},
        body=SecretBody,
        errors={**SESSION_ERRORS, 409: ("consent_needed",), 422: ("unknown_field", "bad_value")},
        session=True,
    ),
    *(preflight(f"/chat/{name}") for name in ("sessions", "messages", "events", "ratings", "consent", "secret")),
)
