"""Consent and secrets from a resident's page: `/chat/consent` and `/chat/secret`.

What is typed here goes into the sealed store and nowhere else: not to the bot, not into the log of the
conversation. The page gets a token that stands for it and tells nothing.
"""

from collections.abc import Callable
from typing import Any, get_args

from aiohttp import web
from pydantic import BaseModel, ConfigDict

from core import personal
from core.knowledge import today
from services import bodies, metrics
from services.channels import sessions
from services.conversations import words
from services.errors import ApiError
from services.keys import SECRETS
from services.registry import sentences
from services.registry.secrets import Purpose, TypedField
from services.replies import reply

PURPOSE: Purpose = "registry"
READERS: dict[TypedField, Callable[[str], str]] = {
    "id_number": lambda text: personal.id_number(text, today()),
    "one_time_code": personal.one_time_code,
    "phone": personal.phone,
}


class ConsentBody(BaseModel):
    """What a resident agrees to."""

    model_config = ConfigDict(extra="forbid", strict=True)

    purpose: str


class SecretBody(BaseModel):
    """A personal number and what it is."""

    model_config = ConfigDict(extra="forbid", strict=True)

    field: str
    value: str


def setup(app: web.Application) -> None:
    """Add the routes. After secrets and conversations."""
    app.router.add_post("/chat/consent", _consent)
    app.router.add_delete("/chat/consent", _withdraw)
    app.router.add_post("/chat/secret", _secret)
    for path in ("/chat/consent", "/chat/secret"):
        app.router.add_options(path, sessions.preflight)


async def _consent(request: web.Request) -> web.Response:
    """POST /chat/consent {"purpose": "registry"} → {"purpose", "given"}; given before, it keeps its time."""
    conversation = await sessions.conversation(request)
    purpose = _purpose((await bodies.read(request, ConsentBody)).purpose)
    secrets = request.app[SECRETS]
    async with secrets.database.write() as session:
        _found(await secrets.locked(session, conversation))
        given = await secrets.consent(session, conversation, purpose)
    return reply({"purpose": purpose, "given": given.isoformat(timespec="seconds")})


async def _withdraw(request: web.Request) -> web.Response:
    """DELETE /chat/consent?purpose=registry, or with the body of POST → 204; what was handed in under it is wiped."""
    conversation = await sessions.conversation(request)
    given = request.query.get("purpose")
    purpose = _purpose((await bodies.read(request, ConsentBody)).purpose if given is None else given)
    secrets = request.app[SECRETS]
    async with secrets.database.write() as session:
        _found(await secrets.locked(session, conversation))
        await secrets.withdraw(session, conversation, purpose)
    return web.Response(status=204)


async def _secret(request: web.Request) -> web.Response:
    """POST /chat/secret {"field", "value"} → {"token"}; 409 `consent_needed`, 422 for what cannot be the field."""
    conversation = await sessions.conversation(request)
    body = await bodies.read(request, SecretBody)
    field = _field(body.field)
    secrets = request.app[SECRETS]
    async with secrets.database.write() as session:
        _found(await secrets.locked(session, conversation))
        if await secrets.consented(session, conversation, PURPOSE) is None:
            raise ApiError(409, "consent_needed", sentences.CONSENT_NEEDED)
        try:
            value = READERS[field](body.value)
        except personal.BadNumber as error:
            metrics.SECRETS.labels(field, "refused").inc()
            raise ApiError(422, "bad_value", error.sentence) from None
        token = await secrets.keep(session, conversation, field, value)
    return reply({"token": token})


def _purpose(text: str) -> Purpose:
    if text != PURPOSE:
        raise ApiError(422, "unknown_purpose", sentences.UNKNOWN_PURPOSE)
    return PURPOSE


def _field(text: Any) -> TypedField:
    for field in get_args(TypedField):
        if field == text:
            return field  # type: ignore[no-any-return]
    raise ApiError(422, "unknown_field", sentences.UNKNOWN_FIELD)


def _found(found: bool) -> None:
    if not found:
        raise ApiError(401, "no_session", words.NO_SESSION)
