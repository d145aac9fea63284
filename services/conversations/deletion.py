"""Delete conversations with all that belongs to them: messages, facts, ratings, consent, secrets, dialogue state."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Column, Select, Table, select
from sqlalchemy import delete as delete_from
from sqlalchemy.ext.asyncio import AsyncSession

from services import metrics
from services.storage.database import Database
from services.storage.tables import Base, Conversation
from services.storage.tracker import Tracker


class Deleted(NamedTuple):
    """How many conversations were deleted, and how many events of their dialogue state."""

    conversations: int
    events: int


async def delete(database: Database, tracker_url: str, conversation: str) -> bool:
    """Delete one conversation because its resident asks for it; give False where there is none (any more).

    Deleted are the conversation's row (its token, facts and place), every row of every table that refers to it
    (messages, ratings, consent, secrets, and what comes later), and the events of Rasa's tracker store.
    Nothing of it can be brought back, save from a backup made before.

    The caller holds the conversation's lock, `conversations.locks.hold(id, wait_s)`: a turn under way would
    fail in the middle, and the bot would write its events after they were deleted. The caller also closes what
    it holds itself: the cookie, and event streams (ring the bell; they then find nothing).

    The dialogue state goes first, while the conversation's row is locked. So when either database fails nothing
    of the log is lost, the error is raised, and the same call can be made again.

    Args:
        database: the services' database.
        tracker_url: `settings.tracker_url`.
        conversation: the id, as `Conversations.find` gives it.
    Raises:
        sqlalchemy.exc.DBAPIError: one of the databases cannot be written now; `services.errors` makes it a 503.
    """
    async with Tracker(tracker_url) as tracker:
        query = select(Conversation.id).where(Conversation.id == conversation).with_for_update()
        deleted = await _delete(database, tracker, query)
    metrics.DELETED.labels("asked").inc(deleted.conversations)
    return deleted.conversations > 0


async def delete_older(database: Database, tracker: Tracker, before: datetime, limit: int) -> Deleted:
    """Delete up to `limit` conversations whose residents were last there before a moment, oldest first.

    One whose resident comes back at this moment is passed over; on SQLite its turn waits for the batch.
    """
    query = (
        select(Conversation.id)
        .where(Conversation.last_seen < before)
        .order_by(Conversation.last_seen)
        .limit(limit)
        .with_for_update(skip_locked=True)
    )
    deleted = await _delete(database, tracker, query)
    metrics.DELETED.labels("retention").inc(deleted.conversations)
    return deleted


async def delete_orphans(database: Database, tracker: Tracker, limit: int) -> int:
    """Delete dialogue state without a conversation, which nothing else would ever delete; give how many events.

    A turn that outlives its conversation writes such. `limit` is how many conversations are looked at in one go.
    """
    deleted, after = 0, ""
    while found := await tracker.conversations(after, limit):
        after = found[-1]
        async with database.read() as session:
            known = set(await session.scalars(select(Conversation.id).where(Conversation.id.in_(found))))
        deleted += await tracker.delete([one for one in found if one not in known])
    return deleted


async def _delete(database: Database, tracker: Tracker, query: Select[str]) -> Deleted:
    async with database.write() as session:
        conversations = list(await session.scalars(query))
        if not conversations:
            return Deleted(0, 0)
        events = await tracker.delete(conversations)
        await _delete_rows(session, conversations)
    return Deleted(len(conversations), events)


async def _delete_rows(session: AsyncSession, conversations: Sequence[str]) -> None:
    for table, column in referring():
        await session.execute(delete_from(table).where(column.in_(conversations)))
    await session.execute(delete_from(Conversation).where(Conversation.id.in_(conversations)))


def referring() -> list[tuple[Table, Column[Any]]]:
    """Give every column that refers to a conversation, those first whose tables others do not need."""
    key = Conversation.__table__.c.id
    return [
        (table, column)
        for table in reversed(Base.metadata.sorted_tables)
        for column in table.columns
        if any(foreign.column is key for foreign in column.foreign_keys)
    ]
