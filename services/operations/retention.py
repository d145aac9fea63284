"""Retention: conversations whose residents have not been there for RETENTION_DAYS are deleted, every night."""

import asyncio
import contextlib
import sys
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

import structlog
from aiohttp import web

from services import logs, metrics
from services.conversations.deletion import delete_older, delete_orphans
from services.keys import DATABASE, SETTINGS
from services.operations import jobs, revisions
from services.operations.refused import Refused
from services.settings import Settings
from services.storage.database import Database
from services.storage.tracker import Tracker

JOB = "retention"
# Conversations a transaction: 50 of 40 messages each are gone within a tenth of a second on SQLite.
BATCH = 50
# On SQLite residents' turns wait for a batch; between two of them they get their turn.
PAUSE_S = 0.05
# The day begins for the job at three in the morning, when nobody asks.
HOUR = 3
ZONE = ZoneInfo("Asia/Shanghai")
FIRST_CHECK_S = 60.0
CHECK_EVERY_S = 600.0

logger = structlog.get_logger(__name__)


class Deleted(NamedTuple):
    """What a run deleted: conversations, their events in the tracker store, and events without a conversation."""

    conversations: int
    events: int
    orphans: int


def setup(app: web.Application) -> None:
    """Do the job every night while the application runs, in one process of all; not at all with RETENTION_DAYS=0."""

    async def opened(app: web.Application) -> AsyncIterator[None]:
        settings = app[SETTINGS]
        if not settings.retention_days:
            yield
            return
        running = asyncio.create_task(_for_ever(app[DATABASE], settings))
        yield
        running.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await running

    app.cleanup_ctx.append(opened)


async def run(database: Database, tracker_url: str, days: int, hold: jobs.Hold) -> Deleted:
    """Delete what is older than `days`, batch by batch, and dialogue state without a conversation."""
    before = datetime.now(UTC) - timedelta(days=days)
    began = time.monotonic()
    conversations = events = 0
    async with Tracker(tracker_url) as tracker:
        while await hold.go_on():
            batch = await delete_older(database, tracker, before, BATCH)
            conversations += batch.conversations
            events += batch.events
            if batch.conversations < BATCH:
                break
            await asyncio.sleep(PAUSE_S)
        orphans = await delete_orphans(database, tracker, BATCH)
        await tracker.forget_log()
    await database.forget_log()
    deleted = Deleted(conversations, events, orphans)
    await hold.done({"days": days, **deleted._asdict()})
    logger.info("retention_done", days=days, **deleted._asdict(), s=round(time.monotonic() - began, 1))
    return deleted


async def if_due(database: Database, settings: Settings, now: datetime) -> Deleted | None:
    """Do the job unless it was done since three this morning, or another process is at it: None then."""
    if not await _is_due(database, now):
        return None
    async with jobs.held(database, JOB) as hold:
        # Another process may have done it while this one asked.
        if hold is None or not await _is_due(database, now):
            return None
        deleted = await run(database, settings.tracker_url, settings.retention_days, hold)
    metrics.RETENTION_RUNS.labels("done").inc()
    await _is_due(database, now)
    return deleted


async def command(settings: Settings, days: int | None) -> int:
    """Do the job now, for `python -m services retention`; print how many conversations were deleted.

    Raises:
        Refused: the database is not ready, or another process is at it.
    """
    logs.configure(settings.log_level)
    days = settings.retention_days if days is None else days
    if not days:
        print("RETENTION_DAYS=0：不按期限删除。只想删这一次，请写 python -m services retention --days 天数。")
        return 0
    database = Database(settings.database_url)
    try:
        await revisions.must_be_current(database)
        async with jobs.held(database, JOB) as hold:
            if hold is None:
                raise Refused("另一个进程正在删除过期的对话，请过几分钟再运行。")
            deleted = await run(database, settings.tracker_url, days, hold)
    finally:
        await database.close()
    print(
        f"已删除 {days} 天没有来过的对话 {deleted.conversations} 个"
        f"（对话模型的记录 {deleted.events} 条，另有没有主人的记录 {deleted.orphans} 条）。",
        file=sys.stdout,
    )
    return 0


async def _for_ever(database: Database, settings: Settings) -> None:
    await asyncio.sleep(FIRST_CHECK_S)
    while True:
        try:
            await if_due(database, settings, datetime.now(UTC))
        except Exception as error:
            metrics.RETENTION_RUNS.labels("failed").inc()
            logger.error("retention_failed", **logs.described(error))
        await asyncio.sleep(CHECK_EVERY_S)


async def _is_due(database: Database, now: datetime) -> bool:
    done = await jobs.last_done(database, JOB)
    if done is not None:
        metrics.RETENTION_DONE.set(done.timestamp())
    here = now.astimezone(ZONE)
    since = here.replace(hour=HOUR, minute=0, second=0, microsecond=0)
    if here < since:
        since -= timedelta(days=1)
    return done is None or done < since
