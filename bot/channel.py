"""The loopback door of the bot: the front door asks for one turn and gets its messages.

Bound to loopback and without a key of its own, so it trusts what it is told about conversation, facts and
region; everything a resident wrote was masked before. No text of a resident is logged.
"""

from __future__ import annotations

import asyncio
import json
import logging
import re
import time
from collections.abc import Awaitable, Callable
from typing import Any, Optional

from rasa.core.channels.channel import InputChannel, OutputChannel, UserMessage
from sanic import Blueprint
from sanic.request import Request
from sanic.response import HTTPResponse
from sanic.response import json as json_response

from bot import remote
from bot.tracker_store import SAVED

logger = logging.getLogger(__name__)

BODY_LIMIT = 64 * 1024
TEXT_LIMIT = 2000
ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
PAYLOAD = re.compile(r"/([a-z_]{1,64})(\{.*\})?", re.DOTALL)
TURN_KEYS = {"conversation", "id", "text", "payload", "facts", "region"}
SESSION_KEYS = {"conversation", "id", "facts", "region"}

remote.install()

OnNewMessage = Callable[[UserMessage], Awaitable[Any]]


class Refused(Exception):
    """A body that cannot be a turn; carries the status, code and message of the answer."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(message)
        self.status, self.code, self.message = status, code, message


class LoopbackOutput(OutputChannel):
    """Collect the messages of one turn; what an action said in one message stays one message."""

    def __init__(self) -> None:
        self.messages: list[dict[str, Any]] = []

    @classmethod
    def name(cls) -> str:
        """Give the channel's name, by which a response variation can be written for it."""
        return LoopbackInput.name()

    async def send_response(self, recipient_id: str, message: dict[str, Any]) -> None:
        """Keep text, buttons and custom data together."""
        buttons = [{"title": b["title"], "payload": b["payload"]} for b in message.get("buttons") or []]
        self.messages.append(
            {"text": message.get("text") or None, "buttons": buttons, "custom": message.get("custom") or None}
        )


class LoopbackInput(InputChannel):
    """`POST turn`, `POST session` and `GET /` under /webhooks/anju."""

    def __init__(self, turn_limit_s: float = 4.0) -> None:
        self._limit = turn_limit_s

    @classmethod
    def name(cls) -> str:
        """Give the name under /webhooks."""
        return "anju"

    @classmethod
    def from_credentials(cls, credentials: Optional[dict[str, Any]]) -> LoopbackInput:
        """Make the channel from its entry in credentials.yml."""
        return cls(float((credentials or {}).get("turn_limit_s", 4.0)))

    def blueprint(self, on_new_message: OnNewMessage) -> Blueprint:
        """Give the routes."""
        routes = Blueprint("anju_loopback")

        @routes.listener("after_server_start")
        async def warm_up(app: Any, _loop: Any) -> None:
            # The first message loads dictionaries and the encoder's vocabulary for over a second.
            if app.ctx.agent.is_ready():
                await app.ctx.agent.parse_message("您好")

        @routes.get("/")
        async def health(request: Request) -> HTTPResponse:
            # Rasa's server runs on without a model when it cannot load one, and then answers with silence.
            agent = getattr(request.app.ctx, "agent", None)
            if agent is None or not agent.is_ready():
                return _error(503, "no_model", "The model is not loaded; see the bot's log.")
            return json_response({"status": "ok"})

        @routes.post("/turn")
        async def turn(request: Request) -> HTTPResponse:
            return await self._answer(request, TURN_KEYS, read_turn, on_new_message)

        @routes.post("/session")
        async def session(request: Request) -> HTTPResponse:
            return await self._answer(request, SESSION_KEYS, read_session, on_new_message)

        return routes

    async def _answer(
        self,
        request: Request,
        keys: set[str],
        read: Callable[[dict[str, Any]], tuple[Optional[str], Optional[dict[str, Any]]]],
        on_new_message: OnNewMessage,
    ) -> HTTPResponse:
        try:
            body = read_body(request.body, keys)
            text, parse_data = read(body)
        except Refused as refusal:
            return _error(refusal.status, refusal.code, refusal.message)
        correlation = body.get("id") or request.headers.get("x-correlation-id")
        metadata = {"correlation": correlation, "facts": body.get("facts") or {}, "region": body.get("region")}
        output = LoopbackOutput()
        if parse_data is not None:
            parse_data = {"text": text, "entities": [], "intent_ranking": [], **parse_data, "metadata": metadata}
        message = UserMessage(
            text,
            output,
            body["conversation"],
            parse_data=parse_data,
            input_channel=self.name(),
            message_id=correlation,
            metadata=metadata,
        )
        return await self._run(message, output, on_new_message)

    async def _run(self, message: UserMessage, output: LoopbackOutput, on_new_message: OnNewMessage) -> HTTPResponse:
        saved: dict[str, int] = {}
        # The task that runs the turn copies this context, so the dictionary is shared with the tracker store.
        SAVED.set(saved)
        started = time.monotonic()
        try:
            await asyncio.wait_for(on_new_message(message), self._limit)
        except asyncio.TimeoutError:
            logger.error("turn %s gave no answer within %s s", message.message_id, self._limit)
            return _error(504, "turn_timeout", f"The turn took more than {self._limit:g} s; ask again.")
        except remote.ActionsUnavailable as error:
            logger.error("turn %s: %s", message.message_id, error)
            return _error(503, "actions_unavailable", "The action server does not answer; ask again in some seconds.")
        except Exception:
            logger.exception("turn %s failed", message.message_id)
            return _error(500, "turn_failed", "The turn failed; the bot's log has the reason under its id.")
        milliseconds = (time.monotonic() - started) * 1000
        logger.info("turn %s: %d messages in %.0f ms", message.message_id, len(output.messages), milliseconds)
        return json_response({"messages": output.messages, "events": saved.get("events", 0)})


def read_body(raw: bytes, keys: set[str]) -> dict[str, Any]:
    """Read a body: a JSON object with known keys of the right types.

    Raises:
        Refused: 413 too large, 400 not JSON, 422 anything else that does not fit.
    """
    if len(raw) > BODY_LIMIT:
        raise Refused(413, "too_large", f"The body has {len(raw)} bytes; at most {BODY_LIMIT} are read.")
    try:
        body = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Refused(400, "bad_json", "The body is not JSON in UTF-8.") from error
    if not isinstance(body, dict):
        raise Refused(422, "bad_body", "The body must be a JSON object.")
    unknown = sorted(set(body) - keys)
    if unknown:
        raise Refused(422, "bad_body", f"Unknown keys {unknown}; known are {sorted(keys)}.")
    _check_id(body.get("conversation"), "conversation")
    if body.get("id") is not None:
        _check_id(body["id"], "id")
    if not isinstance(body.get("facts") or {}, dict):
        raise Refused(422, "bad_body", "facts must be an object.")
    if not isinstance(body.get("region") or "", str):
        raise Refused(422, "bad_body", "region must be a code such as 330100-urban.")
    return body


def read_turn(body: dict[str, Any]) -> tuple[Optional[str], Optional[dict[str, Any]]]:
    """Give the text to interpret, or the payload with its parse data.

    Raises:
        Refused: 422 unless exactly one of text and payload is there and fits.
    """
    text, payload = body.get("text"), body.get("payload")
    if (text is None) == (payload is None):
        raise Refused(422, "bad_body", "Give exactly one of text and payload.")
    value = text if payload is None else payload
    if not isinstance(value, str) or not value.strip() or len(value) > TEXT_LIMIT:
        raise Refused(422, "bad_body", f"text or payload must have 1 to {TEXT_LIMIT} characters.")
    return (value, None) if payload is None else (value, read_payload(value))


def read_session(_body: dict[str, Any]) -> tuple[Optional[str], Optional[dict[str, Any]]]:
    """Give the parse data that starts a new Rasa session."""
    return "/session_start", {"intent": {"name": "session_start", "confidence": 1.0}}


def read_payload(payload: str) -> dict[str, Any]:
    """Read a payload of ours, such as `/answer{"value": "大专"}`, as intent and entities.

    Raises:
        Refused: 422, it is not of that form.
    """
    match = PAYLOAD.fullmatch(payload)
    if match is None:
        raise Refused(422, "bad_payload", 'A payload looks like /intent or /intent{"entity": "value"}.')
    try:
        values = json.loads(match[2]) if match[2] else {}
    except (ValueError, RecursionError) as error:
        raise Refused(422, "bad_payload", "The entities of the payload are not JSON.") from error
    if not isinstance(values, dict) or not all(isinstance(v, (str, int, float)) for v in values.values()):
        raise Refused(422, "bad_payload", "The entities of a payload are strings or numbers.")
    entities = [{"entity": name, "value": value, "extractor": "payload"} for name, value in values.items()]
    return {"intent": {"name": match[1], "confidence": 1.0}, "entities": entities}


def _check_id(value: Any, name: str) -> None:
    if not isinstance(value, str) or not ID.fullmatch(value):
        raise Refused(422, "bad_body", f"{name} must have 1 to 64 letters, digits, _ or -.")


def _error(status: int, code: str, message: str) -> HTTPResponse:
    return json_response({"error": {"code": code, "message": message}}, status=status)
