"""Copy a SQLite database while others write to it, and put a copy in place of one that nobody has open."""

import asyncio
import os
import shutil
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from urllib.parse import quote

from sqlalchemy.engine import URL

from services.operations.manifest import FILE_MODE, Copied, make_private
from services.operations.refused import Refused

# How long to wait for whoever writes at this moment.
WAIT_S = 10.0
# Beside a database in WAL mode.
COMPANIONS = ("-wal", "-shm", "-journal")


class SqliteStore:
    """One database in a file."""

    kinds = ("sqlite",)

    def __init__(self, url: URL) -> None:
        self.path = Path(url.database or "")

    async def copy(self, folder: Path, name: str, emptied: Sequence[str]) -> Copied | None:
        """Copy it into a folder of a backup, without the rows of the tables `emptied`; None where there is none."""
        if not await asyncio.to_thread(self.path.exists):
            return None
        target = folder / f"{name}.sqlite"
        rows = await asyncio.to_thread(_copy, self.path, target, emptied)
        return Copied(kind="sqlite", path=target.name, rows=rows)

    async def must_be_idle(self) -> None:
        """Make sure that no process has it open.

        Raises:
            Refused: one has.
        """
        await asyncio.to_thread(_must_be_idle, self.path)

    async def rows(self) -> dict[str, int]:
        """Count the rows of each table; a file that cannot be read counts as one, so that it is not overwritten."""
        return await asyncio.to_thread(_rows_of, self.path)

    async def put(self, folder: Path, copied: Copied, revision: str | None) -> None:
        """Put a copy in place, at once or not at all."""
        await asyncio.to_thread(_put, folder / copied.path, self.path)


def _connect(path: Path, wait_s: float = WAIT_S) -> sqlite3.Connection:
    # rw: one that is not there is not made.
    return sqlite3.connect(f"file:{quote(str(path.absolute()))}?mode=rw", uri=True, timeout=wait_s)


def _copy(source: Path, target: Path, emptied: Sequence[str]) -> dict[str, int]:
    with closing(_connect(source)) as read, closing(sqlite3.connect(target, isolation_level=None)) as write:
        target.chmod(FILE_MODE)
        # In one step: the state of one moment, and writers in WAL mode do not wait for it.
        read.backup(write)
        for pragma in ("journal_mode=DELETE", "secure_delete=ON", "foreign_keys=OFF"):
            write.execute(f"PRAGMA {pragma}")
        for table in emptied:
            if table in _tables(write):
                write.execute(f'DELETE FROM "{table}"')
        # Nothing that was deleted before stands in the free pages of the copy.
        write.execute("VACUUM")
        found = write.execute("PRAGMA integrity_check").fetchone()[0]
        if found != "ok":
            raise Refused(f"{source} 里的数据坏了（{found}）：请先停下来，从上一份备份恢复。")
        return _rows(write)


def _must_be_idle(path: Path) -> None:
    if not path.exists():
        return
    try:
        with closing(_connect(path, wait_s=1.0)) as connection:
            # Leaving WAL mode needs the file for oneself; services go back to it by themselves.
            connection.execute("PRAGMA journal_mode=DELETE")
    except sqlite3.OperationalError as error:
        if "locked" in str(error):
            raise Refused(f"还有进程打开着 {path}：请先停下安居答的所有进程，再恢复。") from None
    except sqlite3.DatabaseError:
        return  # no database any more, so nobody uses it


def _rows_of(path: Path) -> dict[str, int]:
    if not path.exists():
        return {}
    try:
        with closing(_connect(path)) as connection:
            return _rows(connection)
    except sqlite3.DatabaseError:
        return {path.name: 1}


def _tables(connection: sqlite3.Connection) -> list[str]:
    query = "SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE 'sqlite%' ORDER BY name"
    return [name for (name,) in connection.execute(query)]


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    return {name: connection.execute(f'SELECT count(*) FROM "{name}"').fetchone()[0] for name in _tables(connection)}


def _put(source: Path, target: Path) -> None:
    target.parent.mkdir(parents=True, exist_ok=True)
    beside = target.with_name(f".{target.name}.restoring")
    beside.unlink(missing_ok=True)
    make_private(beside)
    shutil.copyfile(source, beside)
    with beside.open("rb") as stream:
        os.fsync(stream.fileno())
    # What was written to the old file only belongs to that: beside the new one it would break it.
    for companion in COMPANIONS:
        target.with_name(target.name + companion).unlink(missing_ok=True)
    beside.replace(target)
