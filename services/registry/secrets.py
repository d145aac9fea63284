"""Residents' consent, and what they hand in under it: sealed, ten minutes at most, wiped after use.

Both are in the database, so that any services process can go on. Every function works in the session
of its caller, who has locked the conversation where something is changed.
"""

import asyncio
import secrets
from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

import structlog
from sqlalchemy import delete, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession

from services import metrics
from services.logs import described
from services.registry.sealing import Seal
from services.storage.database import Database
from services.storage.tables import Consent, Conversation, Secret

Purpose = Literal["registry"]
# What residents type, and what the registry gave for it.
TypedField = Literal["id_number", "one_time_code", "phone"]
Field = TypedField | Literal["challenge", "grant"]
LIFETIME = timedelta(minutes=10)
# A secret is not read after its time; this is how long its ciphertext may lie about.
SWEEP_EVERY_S = 30.0
# What a new value makes worthless: another ID number is another person.
REPLACES: dict[Field, tuple[Field, ...]] = {"id_number": ("one_time_code", "challenge", "grant")}

logger = structlog.get_logger(__name__)


class Kept(NamedTuple):
    """A secret that was opened; `reference` is the token that was told for it."""

    value: str
    reference: str
    expires: datetime


class Secrets:
    """Consent and secrets by conversation."""

    def __init__(self, database: Database, secret_key: str) -> None:
        self.database = database
        self._seal = Seal(secret_key)

    async def locked(self, session: AsyncSession, conversation: str) -> bool:
        """Lock a conversation until the session ends; False where there is none."""
        return await session.get(Conversation, conversation, with_for_update=True) is not None

    async def consented(self, session: AsyncSession, conversation: str, purpose: Purpose) -> datetime | None:
        """Give when the consent in force was given, or None."""
        query = select(Consent.given).where(
            Consent.conversation_id == conversation, Consent.purpose == purpose, Consent.withdrawn.is_(None)
        )
        return await session.scalar(query.order_by(Consent.id.desc()).limit(1))

    async def consent(self, session: AsyncSession, conversation: str, purpose: Purpose) -> datetime:
        """Record consent with its time; one that is in force stays."""
        given = await self.consented(session, conversation, purpose)
        if given is None:
            given = datetime.now(UTC)
            session.add(Consent(conversation_id=conversation, purpose=purpose, given=given, withdrawn=None))
            await session.flush()
        return given

    async def withdraw(self, session: AsyncSession, conversation: str, purpose: Purpose) -> None:
        """Record that consent is withdrawn, and wipe what was handed in under it."""
        query = select(Consent).where(
            Consent.conversation_id == conversation, Consent.purpose == purpose, Consent.withdrawn.is_(None)
        )
        for kept in await session.scalars(query):
            kept.withdrawn = datetime.now(UTC)
        await self.wipe(session, conversation, "id_number", "one_time_code", "phone", "challenge", "grant")

    async def keep(
        self, session: AsyncSession, conversation: str, field: Field, value: str, until: datetime | None = None
    ) -> str:
        """Seal and keep a value in place of the one before; give the token that stands for it.

        `until` ends it earlier than ten minutes from now, never later.
        """
        now = datetime.now(UTC)
        reference = secrets.token_urlsafe(18)
        await self.wipe(session, conversation, field, *REPLACES.get(field, ()))
        session.add(
            Secret(
                conversation_id=conversation,
                field=field,
                reference=reference,
                sealed=self._seal.close(value, conversation, field),
                expires=min(now + LIFETIME, until or now + LIFETIME),
            )
        )
        await session.flush()
        metrics.SECRETS.labels(field, "kept").inc()
        return reference

    async def read(self, session: AsyncSession, conversation: str, field: Field) -> Kept | None:
        """Open a secret; None where there is none, its time is over, or another SECRET_KEY sealed it."""
        kept = await session.get(Secret, (conversation, field))
        if kept is None or kept.expires <= datetime.now(UTC):
            return None
        value = self._seal.open(kept.sealed, conversation, field)
        return None if value is None else Kept(value, kept.reference, kept.expires)

    async def wipe(
        self, session: AsyncSession, conversation: str, *fields: Field, reference: str | None = None
    ) -> None:
        """Delete secrets; with `reference` only the one that it stands for, not one that came since."""
        query = delete(Secret).where(Secret.conversation_id == conversation, Secret.field.in_(fields))
        if reference is not None:
            query = query.where(Secret.reference == reference)
        await session.execute(query)

    async def sweep(self) -> None:
        """Delete what is over."""
        async with self.database.write() as session:
            await session.execute(delete(Secret).where(Secret.expires <= datetime.now(UTC)))

    async def sweep_for_ever(self) -> None:
        """Delete what is over, now and every half minute."""
        while True:
            try:
                await self.sweep()
            except SQLAlchemyError as error:
                logger.warning("secrets_not_swept", **described(error))
            await asyncio.sleep(SWEEP_EVERY_S)
