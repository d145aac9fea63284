"""Dialogue state in SQL: the session that runs now, and nothing older.

The conversation itself is kept by the front door; here stands only what Rasa needs for the next turn.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from contextvars import ContextVar
from typing import Any, Optional

import sqlalchemy as sa
from rasa.core.tracker_store import SQLTrackerStore, create_engine_kwargs
from rasa.shared.core.events import Event, SessionStarted, SlotSet, UserUttered
from rasa.shared.core.trackers import DialogueStateTracker
from sqlalchemy.pool import QueuePool

# Where the turn under way finds out how long its session has become: {"events": n}.
SAVED: ContextVar[Optional[dict[str, int]]] = ContextVar("saved", default=None)
METADATA_SLOT = "session_started_metadata"
# What people write, and the drivers of services, which this box does not have → what SQLAlchemy 1.4 knows.
DIALECTS = {"sqlite": "sqlite", "postgres": "postgresql", "postgresql": "postgresql"}


class SessionTrackerStore(SQLTrackerStore):
    """SQLTrackerStore that writes new events without counting old ones, and drops sessions that are over.

    `db` is a file, or an address such as postgresql://user:password@host/name, which several bots can share.
    """

    def __init__(self, *args: Any, db: str = "tracker.db", **kwargs: Any) -> None:
        if "://" in db:
            scheme, _, rest = db.partition("://")
            dialect = scheme.partition("+")[0]
            # Rasa takes a whole address in `host`.
            kwargs = {**kwargs, "host": f"{DIALECTS.get(dialect, scheme)}://{rest}"}
        super().__init__(*args, db=db, **kwargs)
        if self.engine.dialect.name == "sqlite":
            self._use_one_sqlite_file()
        else:
            # A connection that the server closed meanwhile is replaced, not handed to a turn.
            self._use(sa.create_engine(self.engine.url, pool_pre_ping=True, **create_engine_kwargs(self.engine.url)))

    async def retrieve(self, sender_id: str) -> Optional[DialogueStateTracker]:
        """Read the running session; None for a conversation that is not known."""
        tracker = await super().retrieve(sender_id)
        if tracker is not None:
            tracker.stored = len(tracker.events)  # type: ignore[attr-defined]
        return tracker

    async def save(self, tracker: DialogueStateTracker) -> None:
        """Write the events of this turn; a turn that starts a session replaces the old one."""
        events = list(tracker.events)
        new = events[getattr(tracker, "stored", 0) :]
        start = _last_start(new)
        with self.session_scope() as session:
            if start is not None:
                session.query(self.SQLEvent).filter(self.SQLEvent.sender_id == tracker.sender_id).delete()
                new = new[start:]
            session.add_all(self._row(tracker.sender_id, event) for event in new)
            session.commit()
        tracker.stored = len(events)  # type: ignore[attr-defined]
        saved = SAVED.get()
        if saved is not None:
            saved["events"] = len(events) - (_last_start(events) or 0)

    def _row(self, sender_id: str, event: Event) -> Any:
        data = event.as_dict()
        return self.SQLEvent(
            sender_id=sender_id,
            type_name=event.type_name,
            timestamp=data.get("timestamp"),
            intent_name=(data.get("parse_data") or {}).get("intent", {}).get("name"),
            action_name=data.get("name"),
            data=json.dumps(_lean(event, data)),
        )

    def _use_one_sqlite_file(self) -> None:
        """Keep connections open and let readers and the writer go on side by side."""
        engine = sa.create_engine(self.engine.url, poolclass=QueuePool, connect_args={"check_same_thread": False})

        @sa.event.listens_for(engine, "connect")
        def _set_up(connection: Any, _record: Any) -> None:
            connection.execute("PRAGMA journal_mode=WAL")
            # A power cut may cost the last turns of the dialogue state, never its consistency.
            connection.execute("PRAGMA synchronous=NORMAL")
            connection.execute("PRAGMA busy_timeout=2000")

        self._use(engine)

    def _use(self, engine: Any) -> None:
        self.engine.dispose()
        self.engine = engine
        self.sessionmaker = sa.orm.session.sessionmaker(bind=engine)


def _last_start(events: list[Event]) -> Optional[int]:
    starts: Iterable[int] = (i for i, event in enumerate(events) if isinstance(event, SessionStarted))
    return max(starts, default=None)


def _lean(event: Event, data: dict[str, Any]) -> dict[str, Any]:
    """Leave out the facts that each message brings along: they stand in the slots, and with their owner."""
    if isinstance(event, SlotSet) and event.key == METADATA_SLOT:
        return {**data, "value": None}
    if isinstance(event, UserUttered):
        kept = {key: value for key, value in (data.get("metadata") or {}).items() if key == "correlation"}
        return {**data, "metadata": kept, "parse_data": {**(data.get("parse_data") or {}), "metadata": kept}}
    return data
