"""A person is named by ID number and a one-time code, sent to the phone that the registry holds.

Limits: three codes in ten minutes and ten a day to one person, 120 look-ups a minute by one client, five
wrong tries at one code. The reference has no way to send: in demo mode the code stands in its log.
"""

import hmac
import json
import logging
import re
import secrets
import time
from typing import Any

from aiohttp import web
from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from core import personal
from registry import days
from registry.errors import Refusal, reply
from registry.keys import KEY_ID, SETTINGS, STORE
from registry.tables import Challenge, Grant, Lookup, Person, moment

CODE_LIFETIME_S = 300
GRANT_LIFETIME_S = 300
WRONG_TRIES = 5
# So many within so many seconds.
PERSON_LIMITS = ((3, 600), (10, 86_400))
CLIENT_LIMIT = (120, 60)
KEPT_S = 86_400
IDEMPOTENCY_HEADER = "Idempotency-Key"
_IDEMPOTENCY_KEY = re.compile(r"[A-Za-z0-9_-]{16,64}")

logger = logging.getLogger(__name__)


def setup(app: web.Application) -> None:
    """Add the two routes that name a person."""
    app.router.add_post("/v1/challenges", _challenge)
    app.router.add_post("/v1/challenges/{id}/verify", _verify)


async def _challenge(request: web.Request) -> web.Response:
    """POST /v1/challenges {id_number} → 201 {id, phone_masked, expires, demo}; 200 for an Idempotency-Key again."""
    body = await _object(request, "id_number")
    try:
        number = personal.id_number(body["id_number"], days.today())
    except personal.BadNumber:
        raise Refusal(422, "bad_body", "id_number is no ID number of 18 places") from None
    key = request.headers.get(IDEMPOTENCY_HEADER)
    if key is not None and not _IDEMPOTENCY_KEY.fullmatch(key):
        raise Refusal(422, "bad_body", f"{IDEMPOTENCY_HEADER} must be 16 to 64 letters, digits, dashes, underscores")
    if not request.app[SETTINGS].demo:
        raise Refusal(
            503, "cannot_send", "the reference registry sends no messages; see REGISTRY_DEMO in docs/registry.md"
        )
    store, key_id, now = request.app[STORE], request[KEY_ID], time.time()
    person_key = store.hashed("person", number)
    async with store.write() as session:
        await _forget(session, now)
        if key and (earlier := await _earlier(session, key_id, key)):
            return _again(earlier, person_key, await session.get_one(Person, earlier.person_key), now)
        refusal = await _over_limit(session, person_key, key_id, now)
        session.add(Lookup(person_key=person_key, key_id=key_id, at=now))
        person = await session.get(Person, person_key)
        if refusal is None and person is not None:
            code = f"{secrets.randbelow(10**personal.CODE_DIGITS):0{personal.CODE_DIGITS}}"
            made = Challenge(
                id=secrets.token_urlsafe(18),
                key_id=key_id,
                person_key=person_key,
                idempotency_key=key,
                code_hash="",
                wrong_tries=0,
                used=False,
                created=now,
                expires=now + CODE_LIFETIME_S,
            )
            made.code_hash = store.hashed("code", f"{made.id}\0{code}")
            session.add(made)
    # After the commit: what was looked up counts, whatever the answer is.
    if refusal is not None:
        raise refusal
    if person is None:
        raise Refusal(404, "no_person", "nobody is registered with this ID number")
    logger.warning("DEMO MODE, invented people only: code %s for the phone %s", code, person.phone_masked)
    return _shown(made, person, 201)


async def _verify(request: web.Request) -> web.Response:
    """POST /v1/challenges/{id}/verify {code} → {grant, expires}; the grant is told once and lives 5 minutes."""
    body = await _object(request, "code")
    store, now = request.app[STORE], time.time()
    token = secrets.token_urlsafe(32)
    async with store.write() as session:
        challenge = await session.get(Challenge, request.match_info["id"])
        if challenge is None or challenge.key_id != request[KEY_ID]:
            raise Refusal(404, "no_challenge", "there is no such challenge")
        if challenge.wrong_tries >= WRONG_TRIES:
            raise Refusal(423, "challenge_locked", f"{WRONG_TRIES} wrong codes were tried; begin another challenge")
        if challenge.used:
            raise Refusal(409, "challenge_used", "this challenge was verified before; begin another")
        if challenge.expires <= now:
            raise Refusal(410, "challenge_expired", "the code has run out; begin another challenge")
        right = hmac.compare_digest(challenge.code_hash, store.hashed("code", f"{challenge.id}\0{body['code']}"))
        if right:
            challenge.used = True
            session.add(
                Grant(
                    token_hash=store.hashed("grant", token),
                    key_id=challenge.key_id,
                    person_key=challenge.person_key,
                    expires=now + GRANT_LIFETIME_S,
                )
            )
        else:
            challenge.wrong_tries += 1
        left = WRONG_TRIES - challenge.wrong_tries
    # After the commit: a wrong try counts.
    if not right:
        if left == 0:
            raise Refusal(423, "challenge_locked", f"{WRONG_TRIES} wrong codes were tried; begin another challenge")
        raise Refusal(403, "wrong_code", f"the code is wrong; {left} tries are left")
    return reply({"grant": token, "expires": moment(now + GRANT_LIFETIME_S)})


async def _object(request: web.Request, name: str) -> dict[str, Any]:
    """Read a body of one text and nothing else; the refusal does not quote it."""
    try:
        body = json.loads(await request.read())
    except (ValueError, RecursionError):
        raise Refusal(400, "bad_request", "the body is not JSON in UTF-8") from None
    if not isinstance(body, dict) or set(body) != {name} or not isinstance(body[name], str):
        raise Refusal(422, "bad_body", f'the body must be {{"{name}": "…"}}')
    return body


async def _forget(session: AsyncSession, now: float) -> None:
    for table, at in ((Challenge, Challenge.expires), (Grant, Grant.expires), (Lookup, Lookup.at)):
        await session.execute(delete(table).where(at < now - KEPT_S))


async def _earlier(session: AsyncSession, key_id: str, key: str) -> Challenge | None:
    query = select(Challenge).where(Challenge.key_id == key_id, Challenge.idempotency_key == key)
    return (await session.scalars(query)).first()


def _again(earlier: Challenge, person_key: str, person: Person, now: float) -> web.Response:
    """Give the challenge that this key made before; no second code is sent."""
    if earlier.person_key != person_key:
        raise Refusal(409, "key_reused", "this Idempotency-Key was used for somebody else")
    if earlier.expires <= now or earlier.used or earlier.wrong_tries >= WRONG_TRIES:
        raise Refusal(410, "challenge_expired", "the challenge of this Idempotency-Key is over; use another key")
    return _shown(earlier, person, 200)


async def _over_limit(session: AsyncSession, person_key: str, key_id: str, now: float) -> Refusal | None:
    for limit, within_s in PERSON_LIMITS:
        if await _count(session, Lookup.person_key == person_key, now - within_s) >= limit:
            return Refusal(429, "too_many", "too many codes for this person; wait", within_s)
    limit, within_s = CLIENT_LIMIT
    if await _count(session, Lookup.key_id == key_id, now - within_s) >= limit:
        return Refusal(429, "too_many", "too many challenges by this client; wait", within_s)
    return None


async def _count(session: AsyncSession, whose: Any, since: float) -> int:
    return (await session.scalar(select(func.count()).select_from(Lookup).where(whose, Lookup.at > since))) or 0


def _shown(challenge: Challenge, person: Person, status: int) -> web.Response:
    record = {
        "id": challenge.id,
        "phone_masked": person.phone_masked,
        "expires": moment(challenge.expires),
        "demo": True,
    }
    return reply(record, status)
