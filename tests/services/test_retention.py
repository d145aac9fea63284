"""Retention and deletion: what is deleted is gone from every table and from the tracker store, and nothing else is."""

import asyncio
import sqlite3
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import aiosqlite
import pytest
from aiohttp import web
from prometheus_client import REGISTRY
from sqlalchemy import select
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import create_async_engine

from services.conversations.deletion import delete, referring
from services.keys import DATABASE, SETTINGS
from services.operations import jobs, retention
from services.operations.refused import Refused
from services.storage.database import Database
from services.storage.tables import Base, Conversation, Job
from tests.services.conftest import files_of
from tests.services.filled import fill, fill_tracker, rows, tracker_rows


@pytest.fixture
async def database(settings):
    opened = Database(settings.database_url)
    await opened.open()
    yield opened
    await opened.close()


@pytest.fixture(params=["its own database", "the services' database"])
def tracker_url(request, settings, tmp_path):
    """Where Rasa keeps its state: a file of its own, or on PostgreSQL perhaps the database of the services."""
    if request.param == "the services' database":
        if "postgresql" not in settings.database_url:
            return f"sqlite+aiosqlite:///{tmp_path / 'another.db'}"
        return settings.database_url
    return settings.tracker_url


async def conversations(database: Database) -> set[str]:
    async with database.read() as session:
        return set(await session.scalars(select(Conversation.id)))


async def test_one_conversation_is_deleted_with_all_that_belongs_to_it(database, tracker_url):
    for name in ("mine", "other"):
        await fill(database, name)
    await fill_tracker(tracker_url, "mine", "other")
    before = await rows(database)
    assert all(before.values()), "the test has a row in every table"
    assert await delete(database, tracker_url, "mine")
    after = await rows(database)
    for name, found in before.items():
        # Every other row is as it was.
        assert after[name] == [row for row in found if "mine" not in row], name
        assert name == "job" or len(after[name]) < len(found), name
    assert {row[1] for row in await tracker_rows(tracker_url)} == {"other"}
    assert not await delete(database, tracker_url, "mine")


def test_every_table_that_knows_conversations_is_among_those_that_are_deleted_from():
    named = {table.name for table in Base.metadata.sorted_tables if "conversation_id" in table.columns}
    assert named == {table.name for table, _ in referring()}


async def test_deletion_works_before_the_bot_was_ever_started(database, settings):
    await fill(database, "mine")
    assert await delete(database, settings.tracker_url, "mine")
    # SQLite: no file was made, which the bot would then find without its table.
    assert not list(settings.var.glob("tracker.db*"))


async def test_nothing_is_lost_of_the_log_when_the_tracker_store_fails(database, settings, tmp_path):
    await fill(database, "mine")
    await fill_tracker(settings.tracker_url, "mine")
    before = await rows(database)
    held = sqlite3.connect(settings.tracker_url.partition(":///")[2])
    held.execute("BEGIN IMMEDIATE")
    with pytest.raises(DBAPIError):
        await delete(database, settings.tracker_url, "mine")
    held.close()
    assert await rows(database) == before
    assert await delete(database, settings.tracker_url, "mine")


async def test_words_that_were_deleted_are_in_no_file(database, settings, tmp_path, monkeypatch):
    if database.is_postgresql:
        return
    await fill(database, "mine", seen_days_ago=200, messages=40)
    await fill_tracker(settings.tracker_url, "mine", events=40)
    assert "不给".encode() in files_of(tmp_path)
    assert await retention.command(settings, None) == 0
    assert "不给".encode() not in files_of(tmp_path)


async def test_the_command_deletes_what_is_older_and_says_how_much(
    database, settings, tracker_url, capsys, monkeypatch
):
    monkeypatch.setattr(retention, "BATCH", 2)
    settings = replace(settings, tracker_url=tracker_url)
    old = [f"old{number}" for number in range(5)]
    for name in old:
        await fill(database, name, seen_days_ago=180.1)
    for name in ("new", "newer"):
        await fill(database, name, seen_days_ago=179.9)
    await fill_tracker(tracker_url, *old, "new", "nobody's")
    counted = REGISTRY.get_sample_value("anju_conversations_deleted_total", {"reason": "retention"}) or 0
    assert await retention.command(settings, None) == 0
    out, logged = capsys.readouterr()
    assert "180 天" in out
    assert "对话 5 个" in out
    assert "20 条，另有没有主人的记录 4 条" in out
    assert '"conversations": 5' in logged
    assert await conversations(database) == {"new", "newer"}
    assert {row[1] for row in await tracker_rows(tracker_url)} == {"new"}
    assert REGISTRY.get_sample_value("anju_conversations_deleted_total", {"reason": "retention"}) == counted + 5
    assert await retention.command(settings, 30) == 0
    assert "对话 2 个" in capsys.readouterr().out
    assert await conversations(database) == set()


async def test_nothing_is_deleted_where_the_setting_is_0(database, settings, capsys):
    await fill(database, "old", seen_days_ago=9000)
    assert await retention.command(replace(settings, retention_days=0), None) == 0
    assert "RETENTION_DAYS=0" in capsys.readouterr().out
    assert await conversations(database) == {"old"}


async def test_the_command_needs_a_database_of_this_version(settings):
    with pytest.raises(Refused, match="先启动一次"):
        await retention.command(settings, None)
    if "sqlite" in settings.database_url:
        assert not list(settings.var.parent.glob("anju.db*"))
    elsewhere = "postgresql+asyncpg://somebody:geheim@127.0.0.1:9/nothing"
    with pytest.raises(Refused, match="连不上") as caught:
        await retention.command(replace(settings, database_url=elsewhere), None)
    assert "geheim" not in str(caught.value)


async def test_a_resident_who_comes_back_meanwhile_is_passed_over(database, settings):
    """On PostgreSQL a turn has locked the row; on SQLite it is the batch that waits."""
    for name in ("back", "gone"):
        await fill(database, name, seen_days_ago=200)
    async with jobs.held(database, retention.JOB) as hold:
        if database.is_postgresql:
            async with database.write() as session:
                kept = await session.get(Conversation, "back", with_for_update=True)
                deleted = await retention.run(database, settings.tracker_url, 180, hold)
                kept.last_seen = datetime.now(UTC)
        else:
            async with database.write() as session:
                kept = await session.get(Conversation, "back")
                kept.last_seen = datetime.now(UTC)
                running = asyncio.create_task(retention.run(database, settings.tracker_url, 180, hold))
                await asyncio.sleep(0.2)
            deleted = await running
    assert deleted.conversations == 1
    assert await conversations(database) == {"back"}


async def test_two_processes_do_the_job_once(database, settings):
    for number in range(30):
        await fill(database, f"old{number}", seen_days_ago=400)
    await forget_job(database)
    others = [Database(settings.database_url) for _ in range(3)]
    now = datetime.now(UTC)
    done = await asyncio.gather(*(retention.if_due(one, settings, now) for one in (database, *others)))
    assert sorted(deleted.conversations for deleted in done if deleted) == [30]
    for one in others:
        await one.close()


async def test_the_job_is_done_once_a_day_after_three_in_the_morning(database, settings):
    await fill(database, "new")
    done = datetime.now(UTC)
    async with jobs.held(database, retention.JOB) as hold:
        await hold.done({})
    here = done.astimezone(retention.ZONE)
    night = here.replace(hour=3, minute=0, second=0, microsecond=0)
    night += timedelta(days=night < here)
    assert await retention.if_due(database, settings, night - timedelta(seconds=1)) is None
    assert await retention.if_due(database, settings, night + timedelta(seconds=1)) is not None


async def test_a_process_that_died_in_the_middle_does_not_keep_the_job(database, settings):
    now = datetime.now(UTC)
    async with jobs.held(database, retention.JOB) as mine:
        assert await mine.go_on()
        async with jobs.held(database, retention.JOB) as theirs:
            assert theirs is None
        if not database.is_postgresql:
            # The lease of a process that died ends by itself, and the late process notices.
            async with database.write() as session:
                (await session.get(Job, retention.JOB)).until = now - timedelta(seconds=1)
            async with jobs.held(database, retention.JOB) as theirs:
                assert theirs is not None
                assert not await mine.go_on()
    async with jobs.held(database, retention.JOB) as free:
        assert free is not None


async def test_a_failure_leaves_the_job_free_and_undone(database, settings):
    await forget_job(database)
    with pytest.raises(ValueError, match="broken"):
        async with jobs.held(database, retention.JOB):
            raise ValueError("broken")
    assert await jobs.last_done(database, retention.JOB) is None
    async with jobs.held(database, retention.JOB) as hold:
        assert hold is not None


async def test_the_job_runs_inside_services_and_ends_with_them(database, settings, monkeypatch):
    monkeypatch.setattr(retention, "FIRST_CHECK_S", 0.01)
    await fill(database, "old", seen_days_ago=181)
    await forget_job(database)

    async def while_running(days: int) -> None:
        app = web.Application()
        app[SETTINGS], app[DATABASE] = replace(settings, retention_days=days), database
        retention.setup(app)
        runner = web.AppRunner(app)
        await runner.setup()
        for _ in range(100):
            await asyncio.sleep(0.01)
            if await jobs.last_done(database, retention.JOB):
                break
        await runner.cleanup()

    await while_running(0)
    assert await conversations(database) == {"old"}
    await while_running(180)
    assert await conversations(database) == set()
    done = await jobs.last_done(database, retention.JOB)
    assert REGISTRY.get_sample_value("anju_retention_done_seconds") == pytest.approx(done.timestamp())


async def test_a_job_that_fails_is_told_and_tried_again(database, settings, monkeypatch, caplog):
    monkeypatch.setattr(retention, "FIRST_CHECK_S", 0.01)
    monkeypatch.setattr(retention, "CHECK_EVERY_S", 0.01)
    tried = asyncio.Event()

    async def broken(*_: object) -> None:
        if failures:
            tried.set()
        failures.append(1)
        raise OSError("gone")

    failures: list[int] = []
    monkeypatch.setattr(retention, "if_due", broken)
    running = asyncio.create_task(retention._for_ever(database, settings))
    await asyncio.wait_for(tried.wait(), 5)
    running.cancel()
    assert REGISTRY.get_sample_value("anju_retention_runs_total", {"result": "failed"}) >= 1


async def test_residents_go_on_while_old_conversations_are_deleted(door, settings, bot):
    database = door.app[DATABASE]
    for number in range(120):
        await fill(database, f"old{number}", seen_days_ago=400, messages=20)
    resident = await door.resident()
    running = asyncio.create_task(retention.command(settings, 180))
    turns = 0
    while not running.done() or turns < 5:
        assert (await resident.say("一"))[1]["text"] == "听到：一"
        turns += 1
    assert await running == 0
    assert await conversations(database) == {resident.conversation}


async def forget_job(database: Database) -> None:
    async with database.write() as session:
        job = await session.get(Job, retention.JOB)
        if job is not None:
            await session.delete(job)


def test_the_tracker_is_read_by_the_same_driver_as_the_database(settings):
    assert aiosqlite.__name__ in settings.tracker_url
    assert create_async_engine(settings.tracker_url).dialect.is_async
