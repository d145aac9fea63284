"""Alembic's entry: on the application's connection at the start, else on the database of DATABASE_URL."""

import asyncio
import os

from alembic import context
from sqlalchemy import Connection

from services.settings import read
from services.storage.database import Database
from services.storage.tables import Base


def run(connection: Connection) -> None:
    """Run the migrations that alembic was asked for."""
    # Batches: SQLite cannot alter a column, so alembic copies the table.
    context.configure(connection=connection, target_metadata=Base.metadata, render_as_batch=True)
    with context.begin_transaction():
        context.run_migrations()


async def run_alone() -> None:
    """Open the database for `alembic` on the command line."""
    database = Database(read(os.environ).database_url)
    async with database.engine.begin() as connection:
        await connection.run_sync(run)
    await database.close()


given = context.config.attributes.get("connection")
if given is not None:
    run(given)
else:
    asyncio.run(run_alone())
