"""The database of one process: an engine, two kinds of session, migrations at the start.

`read()` and `write()` differ on SQLite alone: a writer takes its lock when it begins, because one
that upgrades from reading fails at once instead of waiting for its turn.
"""

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from aiohttp import web
from sqlalchemy import Connection, event, text
from sqlalchemy.engine import make_url
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine

from services.keys import DATABASE, SETTINGS
from services.storage import schema

# How long a statement waits for another writer: less than the 5 s in which a resident is told something.
BUSY_TIMEOUT_MS = 3000
# Two of these and the locks make 40 connections a process; PostgreSQL allows 100 by default.
POOL = {"pool_size": 5, "max_overflow": 5, "pool_timeout": 3}
PRAGMAS = (
    f"busy_timeout={BUSY_TIMEOUT_MS}",
    "journal_mode=WAL",
    "synchronous=NORMAL",
    "foreign_keys=ON",
    # What is deleted is overwritten: a wiped secret leaves not even its ciphertext in the file.
    "secure_delete=ON",
)


class DatabaseUnavailable(RuntimeError):
    """The database could not be opened at the start."""

    def __init__(self, url: str, error: Exception) -> None:
        reason = getattr(error, "orig", None) or error
        super().__init__(
            f"the database {url} cannot be opened ({reason}): see that its server runs, or that its folder can be "
            "written, or set another DATABASE_URL."
        )


class Database:
    """Sessions over one engine; `async with database.write() as session` commits at the end or not at all."""

    def __init__(self, url: str) -> None:
        self.url = make_url(url)
        self.engine = _engine(url)
        self._read = async_sessionmaker(self.engine.execution_options(begin="DEFERRED"), expire_on_commit=False)
        self._write = async_sessionmaker(self.engine, expire_on_commit=False)

    @property
    def is_postgresql(self) -> bool:
        """True where several services processes may share the database."""
        return self.url.get_backend_name() == "postgresql"

    def read(self) -> AsyncSession:
        """Give a session for reading only."""
        return self._read()

    def write(self) -> Any:
        """Give a context whose session commits at the end."""
        return self._write.begin()

    async def ping(self) -> None:
        """Ask the database for something; whatever it raises is why it is not ready."""
        async with self.read() as session:
            await session.execute(text("SELECT version_num FROM alembic_version"))

    async def open(self) -> None:
        """Make the SQLite file's folder where needed and bring the tables up to date.

        Raises:
            DatabaseUnavailable: it cannot be reached, or not be written.
        """
        try:
            if not self.is_postgresql and self.url.database:
                Path(self.url.database).parent.mkdir(parents=True, exist_ok=True)
            async with self.engine.begin() as connection:
                await connection.run_sync(schema.upgrade)
        except (OSError, DBAPIError) as error:
            raise DatabaseUnavailable(self.url.render_as_string(hide_password=True), error) from error

    async def forget_log(self) -> None:
        """Empty SQLite's write-ahead log, in which deleted words stand until it is written over."""
        if not self.is_postgresql:
            # Outside a transaction, so not by a session: those begin one.
            async with self.engine.connect() as connection:
                raw = await connection.get_raw_connection()
                assert raw.driver_connection is not None
                await raw.driver_connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    async def close(self) -> None:
        """Close every connection."""
        await self.engine.dispose()


def setup(app: web.Application) -> None:
    """Open the database with the application, its tables up to date, and close it after."""
    database = Database(app[SETTINGS].database_url)
    app[DATABASE] = database

    async def opened(_app: web.Application) -> AsyncIterator[None]:
        try:
            await database.open()
            yield
        finally:
            await database.close()

    app.cleanup_ctx.append(opened)


def _engine(url: str) -> AsyncEngine:
    # hide_parameters: an error must not quote what a resident wrote.
    if make_url(url).get_backend_name() == "postgresql":
        return create_async_engine(url, hide_parameters=True, pool_pre_ping=True, **POOL)
    engine = create_async_engine(url, hide_parameters=True, **POOL)
    event.listen(engine.sync_engine, "connect", _prepare_sqlite)
    event.listen(engine.sync_engine, "begin", _begin_sqlite)
    return engine


def _prepare_sqlite(connection: Any, _record: Any) -> None:
    # The driver must not begin transactions of its own accord: `_begin_sqlite` does.
    connection.isolation_level = None
    cursor = connection.cursor()
    for pragma in PRAGMAS:
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()


def _begin_sqlite(connection: Connection) -> None:
    mode = connection.get_execution_options().get("begin", "IMMEDIATE")
    connection.exec_driver_sql(f"BEGIN {mode}")
