"""One turn: keep the question, ask the bot, keep its replies. Whatever the bot does, something is said within 5 s."""

import time
from datetime import UTC, datetime
from typing import Any, NamedTuple

import structlog

from services import metrics
from services.conversations import log, ratings, words
from services.conversations.bell import Bell
from services.conversations.bot import BotClient, BotError, BotMessage, BotTurn, Custom
from services.conversations.incoming import LIMIT_CHARACTERS, typed
from services.errors import ApiError
from services.storage.database import Database
from services.storage.tables import Conversation, Message

# The bot gives up a turn by itself at 4 s; ours is the limit for one that is stopped or gone.
BOT_LIMIT_S = 4.5
# A turn that waited for another gets what is left of the 5 s, and at least this.
BOT_LEAST_S = 0.3
# A turn costs the bot about 1 ms for each turn in its session; this many events are about 8 turns.
RENEW_OVER_EVENTS = 100

logger = structlog.get_logger(__name__)


class Sent(NamedTuple):
    """What a channel took from a resident: `text` or `payload`, and the sender's own id of it."""

    text: str | None = None
    payload: str | None = None
    client_id: str | None = None


class Turn:
    """One turn from the question to the kept replies. The caller holds the conversation's lock."""

    def __init__(
        self,
        database: Database,
        bot: BotClient,
        bell: Bell,
        conversation: str,
        sent: Sent,
        correlation: str,
        began: float,
    ) -> None:
        self._database = database
        self._bot = bot
        self._bell = bell
        self._id = conversation
        self._sent = sent
        self._correlation = correlation
        self._began = began
        self._typed = typed(sent.text or "")
        self._facts: dict[str, Any] = {}
        self._region: str | None = None
        self._events = 0

    async def run(self) -> list[Message]:
        """Give the question and its replies as kept; those of the first time when it was sent before.

        Raises:
            ApiError: as `Conversations.take`; the question was not kept then.
        """
        question, answered = await self._keep_question()
        if answered:
            return [question, *answered]
        self._bell.ring(self._id)
        turn = await self._answer()
        replies = await self._keep_replies(turn)
        self._bell.ring(self._id)
        outcomes = [reply.outcome for reply in replies if reply.outcome]
        metrics.TURNS.labels(metrics.outcome_label(outcomes[-1].get("outcome") if outcomes else None)).inc()
        metrics.TURN_SECONDS.observe(time.monotonic() - self._began)
        return [question, *replies]

    async def renew_if_long(self) -> None:
        """Begin a new session in the bot once the tracker is long; a failure waits for the next turn."""
        if self._events <= RENEW_OVER_EVENTS:
            return
        try:
            await self._bot.renew(self._id, self._correlation, self._facts, self._region, BOT_LIMIT_S)
        except BotError as error:
            logger.warning("bot_session_not_renewed", reason=str(error))
            return
        async with self._database.write() as session:
            kept = await session.get_one(Conversation, self._id)
            kept.model_events = 0

    async def _keep_question(self) -> tuple[Message, list[Message]]:
        """Keep the question, or find it again with what was answered to it."""
        sent = self._sent
        async with self._database.write() as session:
            # The row is locked as well, for those who add messages outside a turn.
            kept = await session.get(Conversation, self._id, with_for_update=True)
            if kept is None:
                raise ApiError(401, "no_session", words.NO_SESSION)
            self._facts, self._region = kept.facts, kept.region
            kept.last_seen = datetime.now(UTC)
            earlier = await log.sent_as(session, self._id, sent.client_id) if sent.client_id else None
            if earlier is not None:
                if (earlier.payload, earlier.text if earlier.payload is None else None) != (
                    sent.payload,
                    self._typed.kept if sent.payload is None else None,
                ):
                    raise ApiError(409, "id_reused", words.ID_REUSED)
                # The turn goes on under its first id: also where the process died before the answer.
                self._correlation = earlier.correlation_id
                return earlier, await log.replies_to(session, earlier)
            text = self._typed.kept
            if sent.payload is not None:
                offered = await log.offered(session, self._id, sent.payload)
                if offered is None:
                    raise ApiError(422, "unknown_payload", words.UNKNOWN_PAYLOAD)
                text = offered.title
            question = log.question(self._id, self._correlation, text, sent.payload, sent.client_id)
            return await log.add(session, question), []

    async def _answer(self) -> BotTurn:
        """Ask the bot; say what is wrong in its place where it need not or cannot be asked."""
        if self._sent.payload is None:
            if self._typed.too_long:
                words_ = words.TOO_LONG.format(count=self._typed.characters, limit=LIMIT_CHARACTERS)
                return _own_words(words_, "small_talk")
            if not self._typed.said:
                return _own_words(words.BLANK, "small_talk")
        rated = ratings.of_payload(self._sent.payload)
        if rated is not None:
            return await self._rate(rated, self._sent.payload or "")
        left = max(BOT_LIMIT_S - (time.monotonic() - self._began), BOT_LEAST_S)
        text = self._typed.said if self._sent.payload is None else None
        try:
            return await self._bot.turn(
                self._id, self._correlation, text, self._sent.payload, self._facts, self._region, left
            )
        except BotError as error:
            logger.warning("bot_unavailable", reason=str(error))
            return _own_words(words.BOT_UNAVAILABLE, "error_bot")

    async def _rate(self, rated: ratings.Rated, payload: str) -> BotTurn:
        """Keep what is said after a complaint, of the answer before it; the bot has no part in that."""
        async with self._database.write() as session:
            await session.get_one(Conversation, self._id, with_for_update=True)
            offered = await log.offered(session, self._id, payload)
            answer = await ratings.last_answer(session, self._id, offered.seq) if offered else None
            if answer is not None:
                await ratings.put(session, answer, rated)
        return BotTurn(messages=[ratings.thanks(rated, answer)], events=0)

    async def _keep_replies(self, turn: BotTurn) -> list[Message]:
        async with self._database.write() as session:
            kept = await session.get_one(Conversation, self._id, with_for_update=True)
            replies = []
            for said in turn.messages:
                replies.append(await log.add(session, log.reply(self._id, self._correlation, said)))
                if said.custom is not None and said.custom.facts is not None:
                    kept.facts = dict(said.custom.facts)
                if said.custom is not None and said.custom.region is not None:
                    kept.region = said.custom.region
            if turn.events:
                kept.model_events = turn.events
            self._facts, self._region, self._events = kept.facts, kept.region, kept.model_events
        return replies


def _own_words(text: str, outcome: str) -> BotTurn:
    return BotTurn(messages=[BotMessage(text=text, custom=Custom(outcome={"outcome": outcome}))], events=0)
