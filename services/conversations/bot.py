"""The way to the bot: one turn in, its messages out, within a limit of time.

Several bots are interchangeable, because the tracker store is shared: one that refuses the
connection is passed over. One that took the turn and was lost is not asked again elsewhere, because
it may have done its work.
"""

import itertools
import time
from typing import Any

from aiohttp import ClientConnectorError, ClientError, ClientSession, ClientTimeout
from pydantic import BaseModel, Field, JsonValue, ValidationError

from services import metrics
from services.logs import HEADER

# A page of answers is 10 KiB; more than this is no reply of ours.
LIMIT_BYTES = 1024 * 1024


class BotError(Exception):
    """The bot did not answer: refused, too late, an error, or nothing that can be read. Says which."""


class Button(BaseModel):
    """A choice offered with a message; `payload` is an intent that we issued."""

    title: str = Field(min_length=1)
    payload: str = Field(min_length=1)


class Custom(BaseModel):
    """What an action says beside its text."""

    outcome: dict[str, JsonValue] | None = None
    sources: list[dict[str, JsonValue]] = []
    details: str | None = None
    notes: list[str] | None = None
    sheet: dict[str, JsonValue] | None = None
    progress: dict[str, JsonValue] | None = None
    facts: dict[str, JsonValue] | None = None
    region: str | None = Field(default=None, max_length=32)


class BotMessage(BaseModel):
    """One message for the resident: text, buttons and custom belong together."""

    text: str | None = None
    buttons: list[Button] = []
    custom: Custom | None = None


class BotTurn(BaseModel):
    """The bot's answer to one turn; `events` counts its tracker since the session began."""

    messages: list[BotMessage] = Field(min_length=1)
    events: int = Field(ge=0)


class BotClient:
    """Typed calls to the bots of BOT_URLS, taking turns among them."""

    def __init__(self, urls: tuple[str, ...], http: ClientSession) -> None:
        self._http = http
        self._urls = urls
        self._first = itertools.cycle(range(len(urls)))

    async def turn(
        self,
        conversation: str,
        correlation: str,
        text: str | None,
        payload: str | None,
        facts: dict[str, Any],
        region: str | None,
        limit_s: float,
    ) -> BotTurn:
        """Ask for the bot's messages to what a resident typed or clicked.

        Raises:
            BotError: after `limit_s` seconds at the latest.
        """
        body = {
            "conversation": conversation,
            "id": correlation,
            "text": text,
            "payload": payload,
            "facts": facts,
            "region": region,
        }
        raw = await self._post("/webhooks/anju/turn", body, correlation, limit_s)
        try:
            return BotTurn.model_validate_json(raw)
        except ValidationError as error:
            raise BotError(f"its reply has {error.error_count()} faults") from None

    async def renew(
        self, conversation: str, correlation: str, facts: dict[str, Any], region: str | None, limit_s: float
    ) -> None:
        """Begin a new session of the same conversation, so that its tracker stays short.

        Raises:
            BotError: after `limit_s` seconds at the latest.
        """
        body = {"conversation": conversation, "facts": facts, "region": region}
        await self._post("/webhooks/anju/session", body, correlation, limit_s)

    async def _post(self, path: str, body: dict[str, Any], correlation: str, limit_s: float) -> bytes:
        until = time.monotonic() + limit_s
        first = next(self._first)
        for url in self._urls[first:] + self._urls[:first]:
            left = ClientTimeout(total=max(until - time.monotonic(), 0.1))
            try:
                with metrics.BOT_SECONDS.time():
                    async with self._http.post(
                        url + path, json=body, headers={HEADER: correlation}, timeout=left
                    ) as reply:
                        raw = await reply.content.read(LIMIT_BYTES + 1)
                        while len(raw) <= LIMIT_BYTES and (more := await reply.content.read(LIMIT_BYTES)):
                            raw += more
            except ClientConnectorError:
                continue
            except TimeoutError:
                raise BotError(f"no answer within {limit_s:.1f} s") from None
            except (ClientError, ValueError) as error:
                raise BotError(type(error).__name__) from None
            if reply.status != 200:
                raise BotError(f"status {reply.status}")
            if len(raw) > LIMIT_BYTES:
                raise BotError("its reply is over 1 MiB")
            if b"\\u0000" in raw:
                raise BotError("its reply has a NUL, which PostgreSQL cannot keep")
            return raw
        raise BotError("no bot is listening")
