"""The tables. A change here needs a migration in `migrations/versions/`; a test compares the two."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    DateTime,
    Dialect,
    ForeignKey,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

# JSONB where there is one: reports will ask for outcomes and topics inside it.
Json = JSON(none_as_null=True).with_variant(JSONB(none_as_null=True), "postgresql")


class Moment(TypeDecorator[datetime]):
    """A moment in UTC. SQLite keeps no time zone, so it is put back when read."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the stored moment with its zone."""
        return value.replace(tzinfo=UTC) if value is not None and value.tzinfo is None else value


class Base(DeclarativeBase):
    """All tables; `Base.metadata` is what migrations are compared with."""


class Conversation(Base):
    """One resident's conversation. Its id is random and goes to the bot; its token stays with the resident."""

    __tablename__ = "conversation"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    # HMAC-SHA256 of the token, in hex: the database alone opens nobody's conversation.
    token_hash: Mapped[str] = mapped_column(String(64), unique=True)
    created: Mapped[datetime] = mapped_column(Moment)
    last_seen: Mapped[datetime] = mapped_column(Moment, index=True)
    # GB/T 2260 code or group code, such as 330100-urban.
    region: Mapped[str | None] = mapped_column(String(32))
    facts: Mapped[dict[str, Any]] = mapped_column(Json)
    # Events in the bot's tracker since its session began; over a limit the session is renewed.
    model_events: Mapped[int] = mapped_column(Integer)
    # Who answers: bot | person.
    owner: Mapped[str] = mapped_column(String(16))


class Message(Base):
    """One message, personal numbers masked; `seq` counts from 1 within its conversation."""

    __tablename__ = "message"
    __table_args__ = (
        UniqueConstraint("conversation_id", "seq", name="uq_message_conversation_seq"),
        UniqueConstraint("conversation_id", "client_id", name="uq_message_conversation_client"),
    )

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"))
    seq: Mapped[int] = mapped_column(Integer)
    # user | assistant | staff
    role: Mapped[str] = mapped_column(String(16))
    text: Mapped[str] = mapped_column(Text)
    # Of a resident's click: what the button carried.
    payload: Mapped[str | None] = mapped_column(Text)
    buttons: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    sources: Mapped[list[dict[str, Any]]] = mapped_column(Json)
    details: Mapped[str | None] = mapped_column(Text)
    notes: Mapped[list[str] | None] = mapped_column(Json)
    sheet: Mapped[dict[str, Any] | None] = mapped_column(Json)
    progress: Mapped[dict[str, Any] | None] = mapped_column(Json)
    outcome: Mapped[dict[str, Any] | None] = mapped_column(Json)
    # The sender's own id of a message, for resending; only a resident's messages have one.
    client_id: Mapped[str | None] = mapped_column(String(64))
    # The same for a question and its replies; in the logs of all three processes.
    correlation_id: Mapped[str] = mapped_column(String(32), index=True)
    at: Mapped[datetime] = mapped_column(Moment)


class Rating(Base):
    """What a resident thinks of one answer; rating it again replaces this. No words but the resident's own, masked."""

    __tablename__ = "rating"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    # The answer's `seq`.
    seq: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    # up | down
    value: Mapped[str] = mapped_column(String(8))
    # wrong | outdated | not_my_case | off_topic | unclear | other
    reason: Mapped[str | None] = mapped_column(String(16))
    text: Mapped[str | None] = mapped_column(Text)
    at: Mapped[datetime] = mapped_column(Moment, index=True)
    # What was rated, as the answer's outcome record says it: editors find their entry without the conversation.
    outcome: Mapped[str | None] = mapped_column(Text)
    topic: Mapped[str | None] = mapped_column(Text)
    entry: Mapped[str | None] = mapped_column(Text, index=True)
    region: Mapped[str | None] = mapped_column(Text)
    snapshot: Mapped[str | None] = mapped_column(Text)


class Consent(Base):
    """A resident's consent to one use of personal numbers, kept after it was withdrawn: it is the evidence."""

    __tablename__ = "consent"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), index=True)
    # registry
    purpose: Mapped[str] = mapped_column(String(32))
    given: Mapped[datetime] = mapped_column(Moment)
    withdrawn: Mapped[datetime | None] = mapped_column(Moment)


class Secret(Base):
    """A personal number for a few minutes: AES-GCM of it, and the token that the resident's page got for it."""

    __tablename__ = "secret"

    conversation_id: Mapped[str] = mapped_column(ForeignKey("conversation.id", ondelete="CASCADE"), primary_key=True)
    # id_number | one_time_code | phone | challenge | grant
    field: Mapped[str] = mapped_column(String(32), primary_key=True)
    reference: Mapped[str] = mapped_column(String(32))
    sealed: Mapped[bytes] = mapped_column(LargeBinary)
    expires: Mapped[datetime] = mapped_column(Moment, index=True)


class Job(Base):
    """What one services process does for all of them: who is at it, until when, and when it was last done."""

    __tablename__ = "job"

    # retention
    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    # On SQLite: the process that is at it, which loses it at `until`. On PostgreSQL a lock says so.
    holder: Mapped[str | None] = mapped_column(String(32))
    until: Mapped[datetime | None] = mapped_column(Moment)
    done: Mapped[datetime | None] = mapped_column(Moment)
    result: Mapped[dict[str, Any] | None] = mapped_column(Json)
