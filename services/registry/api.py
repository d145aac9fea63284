"""HTTP API of the registry for actions, on the internal listener: a conversation in, an outcome with its sentence out.

The stored secrets of the conversation are used here; nothing that is answered holds one.
"""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Annotated, Any, get_args

from aiohttp import web
from pydantic import BaseModel, ConfigDict, StringConstraints
from sqlalchemy.ext.asyncio import AsyncSession

from core.knowledge import today
from services import bodies
from services.errors import ApiError
from services.keys import CORRELATION, HTTP, REGISTRY, SECRETS, SETTINGS
from services.registry import sentences
from services.registry.client import RegistryClient
from services.registry.outcomes import Outcome, Reason, Result
from services.registry.records import Kind, shown
from services.registry.secrets import Field, Kept, Secrets
from services.replies import reply

CONVERSATION = r"[0-9a-f]{32}"
BAD_CONVERSATION = "conversation 应当是对话的编号。"
NO_CONVERSATION = "没有这个对话。"
NO_KIND = "没有这种记录，可用的有 points、insurance、permit、progress。"


class ConversationBody(BaseModel):
    """Whose secrets are meant."""

    model_config = ConfigDict(extra="forbid", strict=True)

    conversation: Annotated[str, StringConstraints(pattern=rf"^{CONVERSATION}$")]


class _Missing(Exception):
    """Something has to be handed in first."""

    def __init__(self, outcome: Outcome) -> None:
        super().__init__(outcome.value)
        self.outcome = outcome


def setup(app: web.Application) -> None:
    """Add the routes, and the client that they use. After storage, secrets and the HTTP client."""
    app.router.add_post("/api/registry/challenge", challenge)
    app.router.add_post("/api/registry/verify", verify)
    app.router.add_get("/api/registry/{kind}", record)

    async def opened(app: web.Application) -> AsyncIterator[None]:
        settings = app[SETTINGS]
        app[REGISTRY] = RegistryClient(
            settings.registry_url, settings.registry_key_id, settings.registry_secret, app[HTTP]
        )
        yield

    app.cleanup_ctx.append(opened)


async def challenge(request: web.Request) -> web.Response:
    """POST /api/registry/challenge {"conversation"}: have a code sent; the ID number is wiped once it has served."""
    conversation = (await bodies.read(request, ConversationBody)).conversation
    secrets = request.app[SECRETS]
    try:
        async with _allowed(secrets, conversation) as session:
            number = await _needed(secrets, session, conversation, "id_number", Outcome.NEEDS_ID_NUMBER)
        # The token of the ID number as idempotency key: to ask again after silence sends no second code.
        result = await request.app[REGISTRY].challenge(number.value, number.reference, request[CORRELATION])
        if result.outcome not in (Outcome.SLOW, Outcome.DOWN):
            async with _allowed(secrets, conversation) as session:
                await secrets.wipe(session, conversation, "id_number", reference=number.reference)
                if result.record is not None:
                    await secrets.wipe(session, conversation, "one_time_code", "grant")
                    await secrets.keep(session, conversation, "challenge", result.record.id, result.record.expires)
    except _Missing as missing:
        return _needs(missing)
    told = None
    if result.record is not None:
        told = {
            "phone_masked": result.record.phone_masked,
            "expires": result.record.expires.isoformat(),
            "demo": result.record.demo,
        }
    return _told(result, sentences.of_challenge(result, datetime.now(UTC)), told)


async def verify(request: web.Request) -> web.Response:
    """POST /api/registry/verify {"conversation"}: hand the code in; it is wiped unless the registry was not reached."""
    conversation = (await bodies.read(request, ConversationBody)).conversation
    secrets = request.app[SECRETS]
    try:
        async with _allowed(secrets, conversation) as session:
            if await _is_verified(secrets, session, conversation):
                return _told(Result[None](Outcome.FOUND), sentences.VERIFIED, None)
            begun = await _needed(secrets, session, conversation, "challenge", Outcome.NEEDS_CHALLENGE)
            code = await _needed(secrets, session, conversation, "one_time_code", Outcome.NEEDS_CODE)
        result = await request.app[REGISTRY].verify(begun.value, code.value, request[CORRELATION])
        if result.outcome not in (Outcome.SLOW, Outcome.DOWN):
            async with _allowed(secrets, conversation) as session:
                await secrets.wipe(session, conversation, "one_time_code", reference=code.reference)
                if result.reason is not Reason.WRONG_CODE:
                    await secrets.wipe(session, conversation, "challenge", reference=begun.reference)
                if result.record is not None:
                    await secrets.keep(session, conversation, "grant", result.record.grant, result.record.expires)
    except _Missing as missing:
        return _needs(missing)
    return _told(result, sentences.of_verify(result.outcome, result.reason), None)


async def record(request: web.Request) -> web.Response:
    """GET /api/registry/{kind}?conversation=ID: read a record with the grant of the conversation."""
    kind = _kind(request.match_info["kind"])
    conversation = request.query.get("conversation", "")
    if not re.fullmatch(CONVERSATION, conversation):
        raise ApiError(422, "bad_conversation", BAD_CONVERSATION)
    secrets = request.app[SECRETS]
    try:
        async with _allowed(secrets, conversation) as session:
            grant = await _needed(secrets, session, conversation, "grant", Outcome.NEEDS_VERIFICATION)
        result = await request.app[REGISTRY].record(kind, grant.value, today(), request[CORRELATION])
        async with _allowed(secrets, conversation) as session:
            if result.outcome is Outcome.REFUSED:
                await secrets.wipe(session, conversation, "grant", reference=grant.reference)
    except _Missing as missing:
        return _needs(missing)
    told = shown(result.record) if result.record is not None else None
    return _told(result, sentences.of_record(kind, result), told)


@asynccontextmanager
async def _allowed(secrets: Secrets, conversation: str) -> AsyncIterator[AsyncSession]:
    """Give a session that holds the conversation, whose consent is in force: asked again after each call, for
    a resident who withdrew it meanwhile gets nothing kept and nothing shown.
    """
    async with secrets.database.write() as session:
        if not await secrets.locked(session, conversation):
            raise ApiError(404, "no_conversation", NO_CONVERSATION)
        if await secrets.consented(session, conversation, "registry") is None:
            raise _Missing(Outcome.NEEDS_CONSENT)
        yield session


async def _needed(secrets: Secrets, session: AsyncSession, conversation: str, field: Field, otherwise: Outcome) -> Kept:
    kept = await secrets.read(session, conversation, field)
    if kept is None:
        raise _Missing(otherwise)
    return kept


async def _is_verified(secrets: Secrets, session: AsyncSession, conversation: str) -> bool:
    """Tell whether the code was handed in already: a button tapped twice is no failure."""
    return (
        await secrets.read(session, conversation, "challenge") is None
        and await secrets.read(session, conversation, "grant") is not None
    )


def _kind(text: str) -> Kind:
    for kind in get_args(Kind):
        if kind == text:
            return kind  # type: ignore[no-any-return]
    raise ApiError(404, "unknown_kind", NO_KIND)


def _needs(missing: _Missing) -> web.Response:
    return reply({"outcome": missing.outcome.value, "sentence": sentences.of_need(missing.outcome)})


def _told[Record](result: Result[Record], sentence: str, told: dict[str, Any] | None) -> web.Response:
    answer: dict[str, Any] = {"outcome": result.outcome.value, "sentence": sentence}
    if told is not None:
        answer["record"] = told
    if result.reason is not None:
        answer["reason"] = result.reason.value
    return reply(answer)
