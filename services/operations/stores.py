"""The two databases of an installation: the services' own, and Rasa's tracker store."""

from sqlalchemy.engine import make_url

from services.operations.postgresql import PostgresqlStore
from services.operations.sqlite import SqliteStore
from services.settings import Settings

Store = SqliteStore | PostgresqlStore


def services(settings: Settings) -> Store:
    """Give the services' own database."""
    return _store(settings.database_url, events=False)


def tracker(settings: Settings) -> Store:
    """Give Rasa's tracker store."""
    return _store(settings.tracker_url, events=True)


def _store(url: str, events: bool) -> Store:
    parts = make_url(url)
    if parts.get_backend_name() == "postgresql":
        return PostgresqlStore(parts, events)
    return SqliteStore(parts)
