"""Rasa's tracker store, from which conversations are deleted: its own database, and a table that Rasa makes.

Read and written by the bot in `bot/tracker_store.py`; a test over there holds the table to these columns.
"""

from collections.abc import Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from sqlalchemy import Column, Connection, Float, Integer, MetaData, String, Table, Text, delete, event, inspect, select
from sqlalchemy.engine import URL, make_url
from sqlalchemy.ext.asyncio import AsyncEngine, create_async_engine

# Less than a writer of the services' database waits, because a deletion holds that meanwhile.
BUSY_TIMEOUT_MS = 2000
EVENTS = Table(
    "events",
    MetaData(),
    Column("id", Integer, primary_key=True),
    Column("sender_id", String(255), nullable=False, index=True),
    Column("type_name", String(255), nullable=False),
    Column("timestamp", Float),
    Column("intent_name", String(255)),
    Column("action_name", String(255)),
    Column("data", Text),
)


class Tracker:
    """The tracker store, opened with `async with`; where there is none yet, nothing is deleted and none is made."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self._engine: AsyncEngine | None = None

    async def __aenter__(self) -> Self:
        if not self.url.get_backend_name().startswith("sqlite"):
            self._engine = create_async_engine(self.url, hide_parameters=True, pool_size=1, max_overflow=0)
        elif file_exists(self.url):
            self._engine = create_async_engine(self.url, hide_parameters=True)
            event.listen(self._engine.sync_engine, "connect", _prepare_sqlite)
        if self._engine is not None:
            async with self._engine.connect() as connection:
                known = await connection.run_sync(_has_events)
            if not known:
                await self._close()
        return self

    async def __aexit__(
        self, _type: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        await self._close()

    async def delete(self, conversations: Sequence[str]) -> int:
        """Delete the dialogue state of conversations; give how many events that were."""
        if self._engine is None or not conversations:
            return 0
        async with self._engine.begin() as connection:
            done = await connection.execute(delete(EVENTS).where(EVENTS.c.sender_id.in_(conversations)))
            return done.rowcount

    async def conversations(self, after: str, limit: int) -> list[str]:
        """Give the next conversations that have dialogue state, in order of their ids."""
        if self._engine is None:
            return []
        query = select(EVENTS.c.sender_id).where(EVENTS.c.sender_id > after).distinct()
        async with self._engine.connect() as connection:
            return list(await connection.scalars(query.order_by(EVENTS.c.sender_id).limit(limit)))

    async def forget_log(self) -> None:
        """Empty SQLite's write-ahead log, in which deleted words stand until it is written over."""
        if self._engine is not None and self._engine.dialect.name == "sqlite":
            async with self._engine.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def _close(self) -> None:
        if self._engine is not None:
            await self._engine.dispose()
            self._engine = None


def file_exists(url: URL) -> bool:
    """Tell whether a SQLite database is there: to connect to one that is not would make it."""
    return bool(url.database) and Path(str(url.database)).exists()


def _has_events(connection: Connection) -> bool:
    return inspect(connection).has_table(EVENTS.name)


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "secure_delete=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()
