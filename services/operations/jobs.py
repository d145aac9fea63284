"""Jobs that one services process at a time does for all: a lock on PostgreSQL, a lease in the table on SQLite.

A lock is free when its process is gone; a lease that nobody renews ends by itself.
"""

import hashlib
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import text, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from services.storage.database import Database
from services.storage.tables import Job

# Longer than the longest batch; what is renewed every few hundred milliseconds does not need more.
LEASE = timedelta(minutes=5)


class Hold:
    """A job that is ours until the block ends; `go_on` is asked between two batches."""

    def __init__(self, database: Database, name: str, holder: str | None) -> None:
        self._database = database
        self._name = name
        self._holder = holder

    async def go_on(self) -> bool:
        """Renew the lease; False when it was lost to another process, because a batch took too long."""
        if self._holder is None:
            return True
        async with self._database.write() as session:
            job = await session.get(Job, self._name)
            if job is None or job.holder != self._holder:
                return False
            job.until = datetime.now(UTC) + LEASE
            return True

    async def done(self, result: dict[str, Any]) -> None:
        """Record that the job was done now, and with what result."""
        async with self._database.write() as session:
            job = await _job(session, self._name)
            job.done, job.result = datetime.now(UTC), result


@asynccontextmanager
async def held(database: Database, name: str) -> AsyncIterator[Hold | None]:
    """Hold a job for as long as the block runs; None where another process is at it."""
    if database.is_postgresql:
        async with database.engine.connect() as plain:
            connection = await plain.execution_options(isolation_level="AUTOCOMMIT")
            key = _key(name)
            if not await connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": key}):
                yield None
                return
            try:
                yield Hold(database, name, None)
            finally:
                await _unlock(connection, key)
        return
    holder = uuid.uuid4().hex
    if not await _lease(database, name, holder):
        yield None
        return
    try:
        yield Hold(database, name, holder)
    finally:
        async with database.write() as session:
            mine = update(Job).where(Job.name == name, Job.holder == holder)
            await session.execute(mine.values(holder=None, until=None))


async def last_done(database: Database, name: str) -> datetime | None:
    """Give when a job was last done, by any process; None for never."""
    async with database.read() as session:
        job = await session.get(Job, name)
        return job.done if job is not None else None


async def _lease(database: Database, name: str, holder: str) -> bool:
    now = datetime.now(UTC)
    async with database.write() as session:
        job = await _job(session, name)
        if job.holder is not None and job.until is not None and job.until > now:
            return False
        job.holder, job.until = holder, now + LEASE
        return True


async def _job(session: AsyncSession, name: str) -> Job:
    job = await session.get(Job, name, with_for_update=True)
    if job is None:
        job = Job(name=name, holder=None, until=None, done=None, result=None)
        session.add(job)
        await session.flush()
    return job


def _key(name: str) -> int:
    return int.from_bytes(hashlib.sha256(f"job {name}".encode()).digest()[:8], "big", signed=True)


async def _unlock(connection: AsyncConnection, key: int) -> None:
    """Unlock, or drop the connection: PostgreSQL frees the locks of one that is gone."""
    try:
        await connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": key})
    except BaseException:
        await connection.invalidate()
        raise
