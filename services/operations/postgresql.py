"""Copy a PostgreSQL database as it is at one moment, and put a copy in place in one transaction.

With PostgreSQL's own tools (pg_dump, pg_restore, psql) where they are there and not older than the server;
else table by table over our own connection, which the manifest says (`pg_copy`).
"""

import asyncio
import contextlib
import os
import re
import shutil
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, MetaData, inspect, text
from sqlalchemy.engine import URL
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine
from sqlalchemy.pool import NullPool

from services.operations.manifest import BLOCK, FOLDER_MODE, Copied, make_private
from services.operations.refused import Refused
from services.storage import schema
from services.storage.tables import Base
from services.storage.tracker import EVENTS

TOOLS = ("pg_dump", "pg_restore", "psql")
# A connection that was closed a moment ago may still be listed.
IDLE_TRIES, IDLE_PAUSE_S = 20, 0.1
VERSIONS = "alembic_version"


class PostgresqlStore:
    """The tables of the services, or Rasa's table of events, in one database: both may be in the same one."""

    kinds = ("pg_dump", "pg_copy")

    def __init__(self, url: URL, events: bool) -> None:
        self._url = url
        self._events = events

    async def copy(self, folder: Path, name: str, emptied: Sequence[str]) -> Copied | None:
        """Copy it into a folder of a backup, without the rows of the tables `emptied`; None where there is none."""
        async with self._connection("REPEATABLE READ") as connection:
            await connection.execute(text("SET TRANSACTION READ ONLY"))
            tables = await connection.run_sync(self._tables)
            if not tables:
                return None
            rows = await _rows(connection, tables) | dict.fromkeys(set(tables) & set(emptied), 0)
            server = int(await connection.scalar(text("SHOW server_version_num"))) // 10000
            if await tools_for(server):
                path = folder / f"{name}.dump"
                await self._dump(connection, path, tables, emptied)
                return Copied(kind="pg_dump", path=path.name, rows=rows)
            path = folder / f"{name}-tables"
            path.mkdir(mode=FOLDER_MODE)
            columns = await connection.run_sync(_columns, tables)
            for table in tables:
                await _copy_out(connection, table, columns[table], path / f"{table}.copy", empty=table in emptied)
            return Copied(kind="pg_copy", path=path.name, rows=rows, columns=columns)

    async def must_be_idle(self) -> None:
        """Make sure that no other client is connected: processes on other machines show up here too.

        Raises:
            Refused: one is.
        """
        query = text(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() "
            "AND pid <> pg_backend_pid() AND usesysid IS NOT NULL "
            # Of other users' connections PostgreSQL does not tell the kind.
            "AND coalesce(backend_type, 'client backend') = 'client backend'"
        )
        for _ in range(IDLE_TRIES):
            async with self._connection() as connection:
                others = await connection.scalar(query)
            if not others:
                return
            await asyncio.sleep(IDLE_PAUSE_S)
        raise Refused(
            f"还有 {others} 个连接在用数据库 {self._shown}：请先停下所有机器上的安居答和数据库工具（psql 等），再恢复。"
        )

    async def rows(self) -> dict[str, int]:
        """Count the rows of each table."""
        async with self._connection() as connection:
            return await _rows(connection, await connection.run_sync(self._tables))

    async def put(self, folder: Path, copied: Copied, revision: str | None) -> None:
        """Put a copy in place of what is there, in one transaction."""
        dropped = [*Base.metadata.tables, VERSIONS, *copied.rows] if not self._events else [EVENTS.name]
        drops = [f'DROP TABLE IF EXISTS "{table}" CASCADE' for table in dict.fromkeys(dropped)]
        if copied.kind == "pg_dump":
            await self._restore(folder / copied.path, drops)
            return
        async with self._connection() as connection, connection.begin():
            for statement in drops:
                await connection.execute(text(statement))
            if revision is None:
                await connection.run_sync(EVENTS.metadata.create_all)
            else:
                await connection.run_sync(schema.upgrade, revision)
            for table in await connection.run_sync(_in_order, [name for name in copied.rows if name != VERSIONS]):
                await _copy_in(connection, table, copied.columns[table], folder / copied.path / f"{table}.copy")

    async def must_have_tools(self, copied: Copied) -> None:
        """Make sure that a copy can be put in place here.

        Raises:
            Refused: PostgreSQL's tools are needed and not there, or older than the server.
        """
        if copied.kind != "pg_dump":
            return
        async with self._connection() as connection:
            server = int(await connection.scalar(text("SHOW server_version_num"))) // 10000
        if not await tools_for(server):
            raise Refused(
                f"这份备份要用 PostgreSQL 的客户端工具恢复（{'、'.join(TOOLS)}，{server} 版或更新），这台机器上没有："
                f"请先安装（Debian、Ubuntu：apt-get install postgresql-client-{server}）。"
            )

    @property
    def _shown(self) -> str:
        return self._url.render_as_string(hide_password=True)

    @asynccontextmanager
    async def _connection(self, isolation: Any = None) -> AsyncIterator[AsyncConnection]:
        options = {"isolation_level": isolation} if isolation else {}
        engine = create_async_engine(self._url, hide_parameters=True, poolclass=NullPool, **options)
        try:
            async with engine.connect() as connection:
                yield connection
        finally:
            await engine.dispose()

    def _tables(self, connection: Connection) -> list[str]:
        # What later versions add is copied too, whether this one knows it or not.
        found = sorted(inspect(connection).get_table_names())
        return [name for name in found if (name == EVENTS.name) == self._events]

    async def _dump(self, connection: AsyncConnection, path: Path, tables: list[str], emptied: Sequence[str]) -> None:
        """Have pg_dump write what our own transaction sees, so that its rows are the ones that were counted."""
        snapshot = await connection.scalar(text("SELECT pg_export_snapshot()"))
        make_private(path)
        options = ["--format=custom", "--no-owner", "--no-privileges", f"--snapshot={snapshot}", f"--file={path}"]
        options += [f'--table="{table}"' for table in tables]
        options += [f'--exclude-table-data="{table}"' for table in emptied]
        await self._run("pg_dump", *options)

    async def _restore(self, dump: Path, drops: list[str]) -> None:
        """Have pg_restore write SQL and psql run it after the drops, all in one transaction.

        The plain SQL goes from one to the other and never to a disk. psql would commit what it has got at the end of
        its input, so where pg_restore fails psql is killed before that: the server then takes everything back.
        """
        writer = await self._start("pg_restore", "--no-owner", "--no-privileges", "--file=-", str(dump))
        options = ["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1", "--single-transaction", "--output=/dev/null"]
        options += [f"--command={statement}" for statement in drops]
        reader = await self._start("psql", *options, "--file=-", stdin=asyncio.subprocess.PIPE)
        said = [asyncio.create_task(_read(process.stderr)) for process in (writer, reader)]
        try:
            assert writer.stdout is not None
            assert reader.stdin is not None
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                while block := await writer.stdout.read(BLOCK):
                    reader.stdin.write(block)
                    await reader.stdin.drain()
            if reader.returncode is None and await writer.wait():
                reader.kill()
                raise _failed("pg_restore", await said[0], writer.returncode)
            reader.stdin.close()
            if await reader.wait():
                raise _failed("psql", await said[1], reader.returncode)
        finally:
            for process in (writer, reader):
                if process.returncode is None:
                    process.kill()
                    await process.wait()
            await asyncio.gather(*said)

    async def _run(self, *command: str) -> None:
        process = await self._start(*command)
        try:
            _, said = await process.communicate()
        finally:
            if process.returncode is None:
                process.kill()
        if process.returncode:
            raise _failed(command[0], said, process.returncode)

    async def _start(self, *command: str, stdin: int = asyncio.subprocess.DEVNULL) -> asyncio.subprocess.Process:
        return await asyncio.create_subprocess_exec(
            *command,
            env={**os.environ, **_environment(self._url), "LC_ALL": "C.UTF-8"},
            stdin=stdin,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )


async def tools_for(server: int) -> bool:
    """Tell whether PostgreSQL's tools are there and not older than the server, which would refuse them."""
    if not all(shutil.which(tool) for tool in TOOLS):
        return False
    process = await asyncio.create_subprocess_exec(
        "pg_dump", "--version", stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL
    )
    said, _ = await process.communicate()
    found = re.search(rb"([0-9]+)", said)
    return process.returncode == 0 and found is not None and int(found[1]) >= server


async def _read(stream: asyncio.StreamReader | None) -> bytes:
    return await stream.read() if stream is not None else b""


def _failed(tool: str, said: bytes, status: int | None) -> Refused:
    """Give the tool's first line: those after it may quote rows."""
    lines = said.decode("utf-8", "replace").strip().splitlines()
    return Refused(f"{tool} 没有做成：{lines[0] if lines else status}。数据库还是原来的样子。")


def _environment(url: URL) -> dict[str, str]:
    """Give what PostgreSQL's tools need to connect: not on the command line, where others read the password."""
    values = {
        "PGHOST": url.host or url.query.get("host"),
        "PGPORT": url.port or url.query.get("port"),
        "PGUSER": url.username,
        "PGPASSWORD": url.password,
        "PGDATABASE": url.database,
        "PGSSLMODE": url.query.get("ssl") or url.query.get("sslmode"),
    }
    return {name: str(value) for name, value in values.items() if value}


async def _rows(connection: AsyncConnection, tables: Sequence[str]) -> dict[str, int]:
    return {table: int(await connection.scalar(text(f'SELECT count(*) FROM "{table}"'))) for table in tables}


def _columns(connection: Connection, tables: Sequence[str]) -> dict[str, list[str]]:
    look = inspect(connection)
    return {table: [column["name"] for column in look.get_columns(table)] for table in tables}


def _in_order(connection: Connection, tables: Sequence[str]) -> list[str]:
    """Put those first that others refer to."""
    metadata = MetaData()
    metadata.reflect(connection, only=lambda name, _: name in tables)
    return [table.name for table in metadata.sorted_tables]


async def _copy_out(
    connection: AsyncConnection, table: str, columns: Sequence[str], path: Path, *, empty: bool
) -> None:
    make_private(path)
    if not empty:
        raw = await _driver(connection)
        await raw.copy_from_table(table, columns=columns, output=str(path), encoding="utf8")


async def _copy_in(connection: AsyncConnection, table: str, columns: Sequence[str], path: Path) -> None:
    raw = await _driver(connection)
    await raw.copy_to_table(table, columns=columns, source=str(path), encoding="utf8")
    # Numbers that the server gives go on after the highest.
    given: Callable[[Connection], list[str]] = lambda sync: [  # noqa: E731
        column["name"] for column in inspect(sync).get_columns(table) if "nextval" in str(column.get("default"))
    ]
    for column in await connection.run_sync(given):
        await connection.execute(
            text(
                f"SELECT setval(pg_get_serial_sequence('\"{table}\"', '{column}'), "
                f'(SELECT coalesce(max("{column}"), 0) + 1 FROM "{table}"), false)'
            )
        )


async def _driver(connection: AsyncConnection) -> Any:
    return (await connection.get_raw_connection()).driver_connection
