"""Only signed requests are read: the right key, a clock within 300 s, a nonce that was not used before."""

import time

from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy import delete
from sqlalchemy.exc import IntegrityError

from core import signing
from registry.errors import Refusal
from registry.keys import KEY_ID, SETTINGS, STORE
from registry.tables import Nonce

# A timestamp may lie 300 s ahead, and is then good for 600 s.
NONCE_KEPT_S = 2 * signing.WINDOW_S + 10


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Check the signature of everything under /v1.

    Raises:
        Refusal: 401 `unsigned`, `stale`, `bad_signature` (a wrong key id is told no differently) or `replayed`.
    """
    if not request.path.startswith("/v1/"):
        return await handler(request)
    settings = request.app[SETTINGS]
    given = request.headers
    key_id, timestamp = given.get(signing.KEY_HEADER, ""), given.get(signing.TIMESTAMP_HEADER, "")
    nonce, signature = given.get(signing.NONCE_HEADER, ""), given.get(signing.SIGNATURE_HEADER, "")
    if not (key_id and timestamp and signature and signing.is_nonce(nonce)):
        raise Refusal(401, "unsigned", "the request is not signed; see docs/registry.openapi.yaml")
    now = time.time()
    if not signing.is_current(timestamp, now):
        raise Refusal(401, "stale", f"the timestamp is more than {signing.WINDOW_S} s from the registry's clock")
    body = await request.read()
    expected = signing.signature(settings.secret, request.method, request.raw_path, body, timestamp, nonce, key_id)
    if not (signing.matches(expected, signature) and key_id == settings.key_id):
        raise Refusal(401, "bad_signature", "the signature does not fit the request and the key")
    await _use(request, key_id, nonce, now)
    request[KEY_ID] = key_id
    return await handler(request)


async def _use(request: web.Request, key_id: str, nonce: str, now: float) -> None:
    """Use a nonce up. Only after the signature: else anybody could fill the table."""
    try:
        async with request.app[STORE].write() as session:
            await session.execute(delete(Nonce).where(Nonce.at < now - NONCE_KEPT_S))
            session.add(Nonce(key_id=key_id, nonce=nonce, at=now))
    except IntegrityError:
        raise Refusal(401, "replayed", "the nonce was used before") from None
