"""One turn at a time in a conversation: within the process, and on PostgreSQL across processes."""

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from weakref import WeakValueDictionary

from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from services.storage.database import Database

# A lock holds its connection for the whole turn, so these are apart from the connections that turns
# write with: otherwise every connection could be held by a turn that waits for one.
POOL = {"pool_size": 5, "max_overflow": 15}
# PostgreSQL's name for "waited longer than lock_timeout".
LOCK_NOT_AVAILABLE = "55P03"


class Locks:
    """Locks by conversation, first come first served within the process."""

    def __init__(self, database: Database) -> None:
        self._own: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        self._engine: AsyncEngine | None = None
        if database.is_postgresql:
            self._engine = create_async_engine(
                database.url, isolation_level="AUTOCOMMIT", hide_parameters=True, pool_pre_ping=True, **POOL
            )

    @asynccontextmanager
    async def hold(self, conversation: str, wait_s: float) -> AsyncIterator[None]:
        """Hold the conversation's lock.

        Raises:
            TimeoutError: another turn held it for `wait_s` seconds.
        """
        began = time.monotonic()
        lock = self._own.setdefault(conversation, asyncio.Lock())
        async with asyncio.timeout(wait_s):
            await lock.acquire()
        try:
            if self._engine is None:
                yield
            else:
                async with _advisory(self._engine, conversation, wait_s - (time.monotonic() - began)):
                    yield
        finally:
            lock.release()

    async def close(self) -> None:
        """Close the connections that held locks."""
        if self._engine is not None:
            await self._engine.dispose()


@asynccontextmanager
async def _advisory(engine: AsyncEngine, conversation: str, wait_s: float) -> AsyncIterator[None]:
    key = int.from_bytes(hashlib.sha256(conversation.encode()).digest()[:8], "big", signed=True)
    try:
        async with asyncio.timeout(max(wait_s, 0.1)):
            connection = await engine.connect()
    except PoolTimeout:
        raise TimeoutError("no connection left to hold a lock with") from None
    try:
        milliseconds = str(max(int(wait_s * 1000), 1))
        await connection.execute(text("SELECT set_config('lock_timeout', :ms, false)"), {"ms": milliseconds})
        try:
            await connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": key})
        except DBAPIError as error:
            if getattr(error.orig, "sqlstate", None) == LOCK_NOT_AVAILABLE:
                raise TimeoutError(f"another process held the conversation for {wait_s:.1f} s") from None
            raise
        try:
            yield
        finally:
            await _unlock(connection, key)
    finally:
        await connection.close()


async def _unlock(connection: AsyncConnection, key: int) -> None:
    """Unlock, or drop the connection: PostgreSQL frees the locks of one that is gone."""
    try:
        await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
    except BaseException:
        await connection.invalidate()
        raise
