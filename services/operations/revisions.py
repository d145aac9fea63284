"""Schema revisions: which one a database has, and which ones this copy of the product knows."""

from alembic.script import ScriptDirectory
from sqlalchemy import Connection, inspect, text
from sqlalchemy.exc import DBAPIError

from services.operations.refused import Refused
from services.storage import schema
from services.storage.database import Database
from services.storage.tracker import file_exists


def head() -> str:
    """Give the revision that this copy brings a database to."""
    found = ScriptDirectory.from_config(schema.config()).get_current_head()
    if found is None:
        raise RuntimeError("services/storage/migrations has no revision: the checkout is incomplete")
    return found


def known() -> set[str]:
    """Give every revision that this copy can begin from."""
    return {script.revision for script in ScriptDirectory.from_config(schema.config()).walk_revisions()}


async def of(database: Database) -> str | None:
    """Give the revision of a database; None for one without our tables, or a SQLite file that is not there.

    Raises:
        Refused: the database cannot be reached.
    """
    if not database.is_postgresql and not file_exists(database.url):
        return None
    try:
        async with database.engine.connect() as connection:
            return await connection.run_sync(_of)
    except (OSError, DBAPIError) as error:
        raise Refused(
            f"连不上数据库 {database.url.render_as_string(hide_password=True)}（{type(error).__name__}）："
            "请看它是否在运行、DATABASE_URL 是否正确。"
        ) from error


async def must_be_current(database: Database) -> None:
    """Make sure that a task may use the tables as this copy knows them.

    Raises:
        Refused: there are none yet, or they are of another version.
    """
    revision = await of(database)
    if revision is None:
        raise Refused("数据库里还没有安居答的表：请先启动一次（make run）。")
    if revision != head():
        raise Refused(
            f"数据库的结构是 {revision}，这一版要 {head()}："
            "请先启动一次这一版（它会自己升级），或换回原来的版本再运行。"
        )


def _of(connection: Connection) -> str | None:
    if not inspect(connection).has_table("alembic_version"):
        return None
    found = connection.scalar(text("SELECT version_num FROM alembic_version"))
    return str(found) if found is not None else None
