"""Conversations as channels see them: begin one, find it by its token, take a message, read the log.

A turn runs under its conversation's lock, and to its end even when its sender is gone.
"""

import asyncio
import hashlib
import hmac
import secrets
import time
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog
from aiohttp import web
from sqlalchemy import select

from services import metrics
from services.conversations import log, ratings, words
from services.conversations.bell import Bell
from services.conversations.bot import BotClient, BotMessage, Button
from services.conversations.locks import Locks
from services.conversations.turns import BOT_LIMIT_S, Sent, Turn
from services.errors import ApiError
from services.keys import BOT, CONVERSATIONS, DATABASE, SETTINGS
from services.logs import described
from services.storage.database import Database
from services.storage.tables import Conversation

# A little more than the longest turn, so that the next one still begins.
WAIT_S = 4.6

logger = structlog.get_logger(__name__)


class Begun(NamedTuple):
    """A new conversation: its id, the token that opens it (told once), its first messages."""

    conversation: str
    token: str
    messages: list[dict[str, Any]]


class Conversations:
    """What channels do with conversations."""

    def __init__(self, database: Database, bot: BotClient, secret_key: str) -> None:
        self.bell = Bell()
        self.locks = Locks(database)
        self._database = database
        self._bot = bot
        self._secret = secret_key.encode()
        self._running: set[asyncio.Task[None]] = set()

    async def begin(self, correlation: str) -> Begun:
        """Begin a conversation with its welcome."""
        token, now = secrets.token_urlsafe(32), datetime.now(UTC)
        conversation = Conversation(
            id=uuid.uuid4().hex,
            token_hash=self._hash(token),
            created=now,
            last_seen=now,
            region=None,
            facts={},
            model_events=0,
            owner="bot",
        )
        buttons = [Button(**button) for button in words.WELCOME_BUTTONS]
        welcome = log.reply(conversation.id, correlation, BotMessage(text=words.WELCOME, buttons=buttons))
        async with self._database.write() as session:
            session.add(conversation)
            await session.flush()
            await log.add(session, welcome)
        metrics.CONVERSATIONS.inc()
        return Begun(conversation.id, token, [log.shown(welcome)])

    async def find(self, token: str) -> str:
        """Give the id of the conversation that a token opens.

        Raises:
            ApiError: 401 `no_session` where there is none.
        """
        async with self._database.read() as session:
            found = await session.scalar(select(Conversation.id).where(Conversation.token_hash == self._hash(token)))
        if found is None:
            raise ApiError(401, "no_session", words.NO_SESSION)
        return found

    async def messages(self, conversation: str, after: int) -> list[dict[str, Any]]:
        """Give up to a page of messages after a `seq`, in order."""
        async with self._database.read() as session:
            page = await log.after(session, conversation, after)
            rated = await ratings.of_messages(session, page)
            return [log.shown(message, rated.get(message.seq)) for message in page]

    async def rate(self, conversation: str, seq: int, rated: ratings.Rated) -> dict[str, Any]:
        """Keep what a resident thinks of an answer, in place of what they thought before.

        Raises:
            ApiError: 401 when the conversation is gone, 404 for what is no message of the assistant in it.
        """
        async with self._database.write() as session:
            if await session.get(Conversation, conversation, with_for_update=True) is None:
                raise ApiError(401, "no_session", words.NO_SESSION)
            answer = await ratings.answer(session, conversation, seq)
            if answer is None:
                raise ApiError(404, "unknown_answer", ratings.UNKNOWN_ANSWER)
            return {"seq": seq, **ratings.shown(await ratings.put(session, answer, rated))}

    async def take(self, conversation: str, sent: Sent, correlation: str) -> list[dict[str, Any]]:
        """Take one message and give it back as kept, with what was answered to it.

        The same client id gives the same messages again, and no second turn.

        Raises:
            ApiError: 401 when the conversation is gone, 409 for a client id of another message, 422 for a
                payload that no button of this conversation carries, 503 `busy` when the turn before it
                takes too long. Nothing was kept then.
        """
        said: asyncio.Future[list[dict[str, Any]]] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._run(conversation, sent, correlation, said))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        return await asyncio.shield(said)

    async def close(self) -> None:
        """Let running turns finish, and what comes after a reply."""
        self.bell.close()
        if self._running:
            await asyncio.wait(self._running, timeout=BOT_LIMIT_S + 1)
        await self.locks.close()

    async def _run(
        self, conversation: str, sent: Sent, correlation: str, said: "asyncio.Future[list[dict[str, Any]]]"
    ) -> None:
        began = time.monotonic()
        try:
            async with self.locks.hold(conversation, WAIT_S):
                turn = Turn(self._database, self._bot, self.bell, conversation, sent, correlation, began)
                said.set_result([log.shown(message) for message in await turn.run()])
                # After the reply, and still before the next turn.
                await turn.renew_if_long()
        except TimeoutError:
            _fail(said, ApiError(503, "busy", words.BUSY))
        except Exception as error:
            _fail(said, error)

    def _hash(self, token: str) -> str:
        return hmac.new(self._secret, token.encode("utf-8", "replace"), hashlib.sha256).hexdigest()


def setup(app: web.Application) -> None:
    """Give the application its conversations; running turns finish before it closes. After storage and bot."""

    async def opened(app: web.Application) -> AsyncIterator[None]:
        app[CONVERSATIONS] = Conversations(app[DATABASE], app[BOT], app[SETTINGS].secret_key)
        yield
        await app[CONVERSATIONS].close()

    app.cleanup_ctx.append(opened)


def _fail(said: "asyncio.Future[list[dict[str, Any]]]", error: Exception) -> None:
    """Hand an error to who waits; what fails after the reply is only logged."""
    metrics.FAILURES.labels(error.code if isinstance(error, ApiError) else "error").inc()
    if said.done():
        logger.error("after_turn_failed", **described(error))
    else:
        said.set_exception(error)
