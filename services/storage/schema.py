"""Bring the tables up to date at the start, with alembic, on a connection that is already open."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, text

MIGRATIONS = Path(__file__).with_name("migrations")
# Any number that nothing else locks: two processes that start together migrate one after the other.
MIGRATION_LOCK = 7_310_521


def upgrade(connection: Connection, revision: str = "head") -> None:
    """Run the migrations up to `revision`, in the connection's transaction."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": MIGRATION_LOCK})
    command.upgrade(config(connection), revision)


def downgrade(connection: Connection, revision: str) -> None:
    """Go back to `revision`; `base` is no tables at all."""
    command.downgrade(config(connection), revision)


def config(connection: Connection | None = None) -> Config:
    """Give alembic its configuration; env.py uses the connection given here."""
    settings = Config()
    settings.set_main_option("script_location", str(MIGRATIONS))
    settings.attributes["connection"] = connection
    return settings
