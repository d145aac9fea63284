"""The database: migrations up and down, the tables that models expect, transactions, locks."""

import asyncio
import sqlite3
from datetime import UTC, datetime

import alembic.config
import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import func, inspect, select
from sqlalchemy.exc import IntegrityError

from services.conversations.locks import Locks
from services.storage import schema
from services.storage.database import Database, DatabaseUnavailable
from services.storage.tables import Base, Conversation, Message


@pytest.fixture
async def database(settings):
    opened = Database(settings.database_url)
    await opened.open()
    yield opened
    await opened.close()


def conversation(number: int) -> Conversation:
    now = datetime.now(UTC)
    return Conversation(
        id=f"c{number}", token_hash=f"t{number}", created=now, last_seen=now, facts={}, model_events=0, owner="bot"
    )


def message(conversation_id: str, seq: int, client_id: str | None = None) -> Message:
    return Message(
        conversation_id=conversation_id,
        seq=seq,
        role="user",
        text="一",
        buttons=[],
        sources=[],
        client_id=client_id,
        correlation_id="x",
        at=datetime.now(UTC),
    )


async def test_the_migrations_make_the_tables_of_the_models(database):
    def differences(connection):
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        return compare_metadata(context, Base.metadata)

    async with database.engine.connect() as connection:
        assert await connection.run_sync(differences) == []


async def test_migrations_go_down_to_nothing_and_up_again(database):
    def tables(connection):
        return set(inspect(connection).get_table_names()) - {"alembic_version"}

    async with database.engine.begin() as connection:
        before = await connection.run_sync(tables)
        await connection.run_sync(schema.downgrade, "base")
        assert await connection.run_sync(tables) == set()
    await database.open()
    async with database.engine.connect() as connection:
        assert await connection.run_sync(tables) == before == set(Base.metadata.tables)


async def test_two_processes_that_start_together_migrate_once(settings):
    databases = [Database(settings.database_url) for _ in range(2)]
    await asyncio.gather(*(database.open() for database in databases))
    for database in databases:
        await database.ping()
        await database.close()


async def test_a_seq_and_a_client_id_are_unique_in_their_conversation(database):
    async with database.write() as session:
        session.add_all([conversation(1), conversation(2)])
    async with database.write() as session:
        session.add_all([message("c1", 1, "m"), message("c1", 2), message("c1", 3), message("c2", 1, "m")])
    for again in (message("c1", 1), message("c1", 4, "m")):
        with pytest.raises(IntegrityError):
            async with database.write() as session:
                session.add(again)


async def test_a_message_needs_its_conversation_and_goes_with_it(database):
    with pytest.raises(IntegrityError):
        async with database.write() as session:
            session.add(message("nobody", 1))
    async with database.write() as session:
        session.add(conversation(1))
        await session.flush()
        session.add(message("c1", 1))
    async with database.write() as session:
        await session.delete(await session.get_one(Conversation, "c1"))
    async with database.read() as session:
        assert await session.scalar(select(func.count()).select_from(Message)) == 0


async def test_a_moment_comes_back_in_utc(database):
    async with database.write() as session:
        session.add(conversation(1))
    async with database.read() as session:
        kept = await session.get_one(Conversation, "c1")
    assert kept.created.utcoffset().total_seconds() == 0
    assert abs((datetime.now(UTC) - kept.created).total_seconds()) < 60


async def test_an_error_does_not_quote_what_was_to_be_kept(database):
    secret = message("nobody", 1)
    secret.text = "我的秘密"
    with pytest.raises(IntegrityError) as caught:
        async with database.write() as session:
            session.add(secret)
    assert "秘密" not in str(caught.value)


async def test_many_writers_at_once_lose_nothing(database):
    async with database.write() as session:
        session.add(conversation(1))

    async def count_up():
        async with database.write() as session:
            kept = await session.get_one(Conversation, "c1", with_for_update=True)
            await asyncio.sleep(0.001)
            kept.model_events += 1

    await asyncio.gather(*(count_up() for _ in range(40)))
    async with database.read() as session:
        assert (await session.get_one(Conversation, "c1")).model_events == 40


async def test_one_turn_at_a_time_across_processes(database):
    """On PostgreSQL two processes are two sets of locks; on SQLite there is one process."""
    processes = [Locks(database) for _ in range(2 if database.is_postgresql else 1)]
    inside, most = 0, 0

    async def turn(locks):
        nonlocal inside, most
        async with locks.hold("c1", 10):
            inside += 1
            most = max(most, inside)
            await asyncio.sleep(0.005)
            inside -= 1

    await asyncio.gather(*(turn(locks) for locks in processes for _ in range(20)))
    assert most == 1
    for locks in processes:
        await locks.close()


async def test_a_lock_that_is_held_too_long_is_refused_and_free_again_later(database):
    processes = [Locks(database) for _ in range(2 if database.is_postgresql else 1)]
    async with processes[0].hold("c1", 1):
        with pytest.raises(TimeoutError):
            async with processes[-1].hold("c1", 0.2):
                pass
        async with processes[-1].hold("c2", 0.2):
            pass
    async with processes[-1].hold("c1", 1):
        pass
    for locks in processes:
        await locks.close()


async def test_a_lock_is_free_after_its_holder_failed(database):
    locks = Locks(database)
    with pytest.raises(ValueError, match="failed"):
        async with locks.hold("c1", 1):
            raise ValueError("failed")
    async with locks.hold("c1", 1):
        pass
    await locks.close()


async def test_more_turns_than_connections_do_not_block_each_other(database, bot, door):
    bot.delay_s = 0.2
    residents = [await door.resident() for _ in range(30)]
    replies = await asyncio.gather(*(resident.say("一") for resident in residents))
    assert all(reply[1]["text"] == "听到：一" for reply in replies)


async def test_a_locked_sqlite_file_is_told_and_the_message_may_be_sent_again(door, bot, monkeypatch, tmp_path):
    if "sqlite" not in door.settings.database_url:
        return
    resident = await door.resident()
    other = sqlite3.connect(tmp_path / "anju.db", isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    status, body = await resident.post({"text": "一", "id": "m-1"})
    assert (status, body["error"]["code"]) == (503, "storage_unavailable")
    other.execute("ROLLBACK")
    other.close()
    assert (await resident.say("一", "m-1"))[1]["text"] == "听到：一"


async def test_a_database_that_cannot_be_opened_is_told_in_a_sentence_without_its_password():
    database = Database("postgresql+asyncpg://somebody:geheim@127.0.0.1:9/nothing")
    with pytest.raises(DatabaseUnavailable, match="cannot be opened") as caught:
        await database.open()
    assert "geheim" not in str(caught.value)
    await database.close()


def test_alembic_works_from_the_command_line(settings, tmp_path, monkeypatch):
    monkeypatch.setenv("VAR_DIR", str(tmp_path))
    monkeypatch.setenv("DATABASE_URL", settings.database_url)
    for arguments in (["upgrade", "head"], ["check"], ["downgrade", "base"]):
        alembic.config.main(argv=["--raiseerr", *arguments])
