"""The chat channel, `/chat/*`: for our own page by cookie, for embedded widgets by token."""

import re
from typing import Annotated

from aiohttp import web
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, model_validator

from services import bodies
from services.channels import ratings, sessions, stream
from services.conversations.log import LARGEST_SEQ
from services.conversations.turns import Sent
from services.errors import ApiError
from services.keys import CONVERSATIONS, CORRELATION
from services.replies import reply

ClientId = Annotated[str, StringConstraints(pattern=r"^[A-Za-z0-9._:-]{1,64}$")]


class SessionBody(BaseModel):
    """Nothing to say yet when a conversation begins."""

    model_config = ConfigDict(extra="forbid")


class MessageBody(BaseModel):
    """A message: words, or the payload of a button; `id` is the sender's, the same when it sends again."""

    model_config = ConfigDict(
        extra="forbid",
        strict=True,
        # What `_one_of_two` checks, for readers of the schema.
        json_schema_extra={
            "oneOf": [
                {"required": [one], "properties": {one: {"type": "string"}, other: {"type": "null"}}}
                for one, other in (("text", "payload"), ("payload", "text"))
            ]
        },
    )

    text: str | None = None
    payload: str | None = Field(default=None, max_length=2000)
    id: ClientId | None = None

    @model_validator(mode="after")
    def _one_of_two(self) -> "MessageBody":
        if (self.text is None) == (self.payload is None):
            raise ValueError("give either text or payload")
        return self


def setup(app: web.Application) -> None:
    """Add the chat channel. After conversations."""
    app.router.add_post("/chat/sessions", _begin)
    app.router.add_post("/chat/messages", _take)
    app.router.add_get("/chat/messages", _history)
    app.router.add_get("/chat/events", _events)
    ratings.setup(app)
    for path in ("/chat/sessions", "/chat/messages", "/chat/events"):
        app.router.add_options(path, sessions.preflight)
    app.on_response_prepare.append(sessions.allow_widgets)
    app.on_response_prepare.append(_never_cached)
    app.on_shutdown.append(_close_streams)


async def _begin(request: web.Request) -> web.Response:
    """POST /chat/sessions → 201 {"session", "token", "messages"}, and the cookie for our own page."""
    asks = sessions.caller(request)
    await bodies.read(request, SessionBody)
    begun = await request.app[CONVERSATIONS].begin(request[CORRELATION])
    response = reply({"session": begun.conversation, "token": begun.token, "messages": begun.messages}, status=201)
    if asks != "widget":
        sessions.give_cookie(request, response, begun.token)
    return response


async def _take(request: web.Request) -> web.Response:
    """POST /chat/messages {"text" | "payload", "id"?} → {"messages"}: the resident's own and the replies."""
    conversation = await sessions.conversation(request)
    body = await bodies.read(request, MessageBody)
    sent = Sent(body.text, body.payload, body.id)
    return reply({"messages": await request.app[CONVERSATIONS].take(conversation, sent, request[CORRELATION])})


async def _history(request: web.Request) -> web.Response:
    """GET /chat/messages?after=SEQ → {"messages"}: up to 500; the event stream goes on from there."""
    conversation = await sessions.conversation(request)
    return reply({"messages": await request.app[CONVERSATIONS].messages(conversation, _after(request))})


async def _events(request: web.Request) -> web.StreamResponse:
    """GET /chat/events?after=SEQ → the messages after it as Server-Sent Events, until one side goes."""
    conversation = await sessions.conversation(request)
    # A browser that reconnects by itself repeats the old address, and says in the header what it has.
    return await stream.messages(request, conversation, max(_after(request), _last_event_id(request)))


def _after(request: web.Request) -> int:
    given = request.query.get("after", "") or "0"
    if not re.fullmatch(r"[0-9]{1,12}", given, re.ASCII):
        raise ApiError(422, "bad_after", "after 应当是消息的序号（整数）。")
    return min(int(given), LARGEST_SEQ)


def _last_event_id(request: web.Request) -> int:
    given = request.headers.get("Last-Event-ID", "")
    return min(int(given), LARGEST_SEQ) if re.fullmatch(r"[0-9]{1,12}", given, re.ASCII) else 0


async def _never_cached(request: web.Request, response: web.StreamResponse) -> None:
    if request.path.startswith("/chat/"):
        response.headers["Cache-Control"] = "no-store"


async def _close_streams(app: web.Application) -> None:
    app[CONVERSATIONS].bell.close()
