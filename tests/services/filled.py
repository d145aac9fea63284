"""A database with something in every table, and a tracker store as Rasa makes it."""

import json
from datetime import UTC, datetime, timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import create_async_engine

from services.storage.database import Database
from services.storage.tables import Base, Consent, Conversation, Job, Message, Rating, Secret
from services.storage.tracker import EVENTS

# What only restores whole when nothing is lost on the way: quotes, tabs, line ends, Chinese outside the first plane.
WORDS = "老板说“不给”，\t怎么办\n\\N \\. 'x' 𠮷，👷"


async def fill(database: Database, name: str, seen_days_ago: float = 0, messages: int = 3) -> None:
    """Add a conversation, `name` its id, with rows in every table that refers to it."""
    seen = datetime.now(UTC) - timedelta(days=seen_days_ago)
    async with database.write() as session:
        session.add(
            Conversation(
                id=name,
                token_hash=f"token of {name}",
                created=seen,
                last_seen=seen,
                region="330100-urban",
                facts={"age": 35, "city": "杭州", "periods": [[1, 2.5], None]},
                model_events=7,
                owner="bot",
            )
        )
        await session.flush()
        for seq in range(1, messages + 1):
            session.add(
                Message(
                    conversation_id=name,
                    seq=seq,
                    role="assistant" if seq % 2 else "user",
                    text=f"{seq} {WORDS}",
                    buttons=[{"title": "找人工", "payload": "/human_handoff"}],
                    sources=[],
                    notes=["适用地区：浙江"] if seq % 2 else None,
                    outcome={"outcome": "answered", "topic": "wages.unpaid"},
                    client_id=f"m{seq}",
                    correlation_id="a" * 32,
                    at=seen,
                )
            )
        session.add(Rating(conversation_id=name, seq=1, value="down", reason="other", text=WORDS, at=seen))
        session.add(Consent(conversation_id=name, purpose="registry", given=seen, withdrawn=None))
        session.add(
            Secret(
                conversation_id=name,
                field="id_number",
                reference=f"r-{name}",
                sealed=b"sealed \x00\xff of " + name.encode(),
                expires=datetime.now(UTC) + timedelta(minutes=9),
            )
        )
        if await session.get(Job, "retention") is None:
            session.add(Job(name="retention", holder=None, until=None, done=seen, result={"conversations": 1}))


async def fill_tracker(url: str, *names: str, events: int = 4) -> None:
    """Add dialogue state of conversations, in a table as Rasa makes it."""
    engine = create_async_engine(url)
    async with engine.begin() as connection:
        await connection.run_sync(EVENTS.metadata.create_all)
        for name in names:
            for number in range(events):
                data = json.dumps({"text": WORDS}, ensure_ascii=False)
                row = {"sender_id": name, "type_name": "user", "timestamp": 1.5 + number, "data": data}
                await connection.execute(EVENTS.insert(), row)
    await engine.dispose()


async def rows(database: Database) -> dict[str, list[Any]]:
    """Give every row of every table, by the table's name."""
    async with database.read() as session:
        found = {}
        for table in Base.metadata.sorted_tables:
            order = list(table.primary_key.columns)
            found[table.name] = [tuple(row) for row in await session.execute(select(table).order_by(*order))]
        return found


async def tracker_rows(url: str) -> list[Any]:
    """Give every event of a tracker store."""
    engine = create_async_engine(url)
    async with engine.connect() as connection:
        found = [tuple(row) for row in await connection.execute(select(EVENTS).order_by(EVENTS.c.id))]
    await engine.dispose()
    return found


async def forget_tables(database: Database) -> None:
    """Drop every table, as a disk that is lost."""
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
        await connection.execute(text("DROP TABLE alembic_version"))
