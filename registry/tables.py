"""The registry's tables. Of an ID number it keeps a keyed hash, of a phone the masked form: it sends nothing itself."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, Float, ForeignKey, Integer, String
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables."""


class Person(Base):
    """One person: `key` is the HMAC of the ID number; `records` by kind, with relative days as seeded."""

    __tablename__ = "person"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)
    phone_masked: Mapped[str] = mapped_column(String(16))
    records: Mapped[dict[str, Any]] = mapped_column(JSON)


class Challenge(Base):
    """A one-time code that was sent: its keyed hash, the wrong tries, the idempotency key. Times are Unix."""

    __tablename__ = "challenge"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(64))
    person_key: Mapped[str] = mapped_column(ForeignKey("person.key", ondelete="CASCADE"), index=True)
    idempotency_key: Mapped[str | None] = mapped_column(String(64), index=True)
    code_hash: Mapped[str] = mapped_column(String(64))
    wrong_tries: Mapped[int] = mapped_column(Integer, default=0)
    used: Mapped[bool] = mapped_column(default=False)
    created: Mapped[float] = mapped_column(Float)
    expires: Mapped[float] = mapped_column(Float)


class Grant(Base):
    """Leave to read one person's records for a short time; `token_hash` is keyed, the token is told once."""

    __tablename__ = "grant_token"

    token_hash: Mapped[str] = mapped_column(String(64), primary_key=True)
    key_id: Mapped[str] = mapped_column(String(64))
    person_key: Mapped[str] = mapped_column(ForeignKey("person.key", ondelete="CASCADE"))
    expires: Mapped[float] = mapped_column(Float)


class Nonce(Base):
    """A nonce that was used, kept for as long as its timestamp could still be taken."""

    __tablename__ = "nonce"

    key_id: Mapped[str] = mapped_column(String(64), primary_key=True)
    nonce: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[float] = mapped_column(Float, index=True)


class Lookup(Base):
    """A challenge that somebody asked for, the unknown ID numbers among them: what limits count."""

    __tablename__ = "lookup"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    person_key: Mapped[str] = mapped_column(String(64), index=True)
    key_id: Mapped[str] = mapped_column(String(64))
    at: Mapped[float] = mapped_column(Float, index=True)


def moment(unix_s: float) -> str:
    """Write a Unix time as ISO 8601 in UTC, to the second."""
    return datetime.fromtimestamp(unix_s, UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
