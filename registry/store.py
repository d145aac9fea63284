"""The registry's SQLite file: sessions, keyed hashes, and the sample people put in at the start."""

import hashlib
import hmac
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, event
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import async_sessionmaker, create_async_engine

from registry.people import Sample
from registry.tables import Base, Person

BUSY_TIMEOUT_MS = 3000


class Store:
    """One engine; `async with store.write() as session` holds the only writer's place until it commits."""

    def __init__(self, url: str, secret: str) -> None:
        self._url = make_url(url)
        self._secret = secret.encode()
        self.engine = create_async_engine(url, hide_parameters=True)
        event.listen(self.engine.sync_engine, "connect", _prepare)
        event.listen(self.engine.sync_engine, "begin", _begin)
        self._write = async_sessionmaker(self.engine, expire_on_commit=False)

    def write(self) -> Any:
        """Give a context whose session commits at the end."""
        return self._write.begin()

    def hashed(self, purpose: str, value: str) -> str:
        """Give the keyed hash that stands for an ID number, a code or a grant in the file."""
        return hmac.new(self._secret, f"{purpose}\0{value}".encode(), hashlib.sha256).hexdigest()

    async def open(self, people: list[Sample]) -> None:
        """Make the tables where needed; what the file of sample people says replaces what stood there."""
        if self._url.database:
            Path(self._url.database).parent.mkdir(parents=True, exist_ok=True)
        async with self.engine.begin() as connection:
            await connection.run_sync(Base.metadata.create_all)
        keys = [self.hashed("person", sample.id_number) for sample in people]
        async with self.write() as session:
            await session.execute(delete(Person).where(Person.key.not_in(keys)))
            for key, sample in zip(keys, people, strict=True):
                await session.merge(Person(key=key, phone_masked=sample.phone_masked, records=sample.records))

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def _prepare(connection: Any, _record: Any) -> None:
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in (f"busy_timeout={BUSY_TIMEOUT_MS}", "journal_mode=WAL", "synchronous=NORMAL", "foreign_keys=ON"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin(connection: Connection) -> None:
    # Readers too: a wrong try or a nonce that is counted late is a try or a replay too many.
    connection.exec_driver_sql("BEGIN IMMEDIATE")
