"""The log of conversations: reading and adding messages. Callers hold the conversation's lock to add."""

from datetime import UTC, datetime
from typing import Any, NamedTuple

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from services.conversations import ratings
from services.conversations.bot import BotMessage, Custom
from services.storage.tables import Message, Rating

# PostgreSQL's largest integer of four bytes; no conversation is that long.
LARGEST_SEQ = 2**31 - 1
# Messages a page reads at once; a stream goes on from there.
PAGE = 500
# Buttons that people click are nearly always in the last few messages.
_LOOK_BACK = 20


class Offered(NamedTuple):
    """A button: the `seq` of the message that carries it, and its title."""

    seq: int
    title: str


async def after(session: AsyncSession, conversation: str, seq: int) -> list[Message]:
    """Give up to a page of messages with a greater `seq`, in order."""
    query = select(Message).where(Message.conversation_id == conversation, Message.seq > seq)
    return list(await session.scalars(query.order_by(Message.seq).limit(PAGE)))


async def sent_as(session: AsyncSession, conversation: str, client_id: str) -> Message | None:
    """Find the message that came with this id of its sender."""
    query = select(Message).where(Message.conversation_id == conversation, Message.client_id == client_id)
    return (await session.scalars(query)).one_or_none()


async def replies_to(session: AsyncSession, question: Message) -> list[Message]:
    """Give what was answered to a question, in order; nothing when the answer was never stored."""
    query = select(Message).where(
        Message.conversation_id == question.conversation_id,
        Message.correlation_id == question.correlation_id,
        Message.seq > question.seq,
    )
    return list(await session.scalars(query.order_by(Message.seq)))


async def offered(session: AsyncSession, conversation: str, payload: str) -> Offered | None:
    """Find the latest button in this conversation with the payload, or None where there is none."""
    before = await last_seq(session, conversation) + 1
    while before > 1:
        query = select(Message.seq, Message.buttons).where(
            Message.conversation_id == conversation, Message.seq < before
        )
        rows = (await session.execute(query.order_by(Message.seq.desc()).limit(_LOOK_BACK))).all()
        for seq, buttons in rows:
            for button in buttons:
                if button["payload"] == payload:
                    return Offered(seq, str(button["title"]))
        before = rows[-1][0] if rows else 0
    return None


async def last_seq(session: AsyncSession, conversation: str) -> int:
    """Give the greatest `seq` of a conversation, 0 before its first message."""
    query = select(func.max(Message.seq)).where(Message.conversation_id == conversation)
    return (await session.scalar(query)) or 0


async def add(session: AsyncSession, message: Message) -> Message:
    """Add a message at the end of its conversation."""
    message.seq = await last_seq(session, message.conversation_id) + 1
    session.add(message)
    await session.flush()
    return message


def question(
    conversation: str, correlation: str, text: str, payload: str | None = None, client_id: str | None = None
) -> Message:
    """Make a resident's message; `text` is masked already, or the title of the button."""
    return Message(
        conversation_id=conversation,
        role="user",
        text=text,
        payload=payload,
        buttons=[],
        sources=[],
        client_id=client_id,
        correlation_id=correlation,
        at=datetime.now(UTC),
    )


def reply(conversation: str, correlation: str, said: BotMessage) -> Message:
    """Make an assistant's message of what the bot (or the front door in its place) says."""
    custom = said.custom or Custom()
    return Message(
        conversation_id=conversation,
        role="assistant",
        text=said.text or "",
        buttons=[button.model_dump() for button in said.buttons],
        sources=custom.sources,
        details=custom.details,
        notes=custom.notes,
        sheet=custom.sheet,
        progress=custom.progress,
        outcome=custom.outcome,
        correlation_id=correlation,
        at=datetime.now(UTC),
    )


def shown(message: Message, rating: Rating | None = None) -> dict[str, Any]:
    """Give a message as channels show it: what is absent is left out; `at` is ISO 8601 in UTC."""
    record: dict[str, Any] = {
        "seq": message.seq,
        "role": message.role,
        "text": message.text,
        "buttons": message.buttons,
        "sources": message.sources,
    }
    for name in ("details", "notes", "sheet", "progress", "outcome"):
        value = getattr(message, name)
        if value is not None:
            record[name] = value
    if rating is not None:
        record["rating"] = ratings.shown(rating)
    record["at"] = message.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return record
