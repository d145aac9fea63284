"""The client of the registry: signed, two seconds in all, one careful retry, a breaker. Outcomes, never exceptions.

A retry is for what cannot have had an effect twice: a connection that was refused, and, for reading and
for challenges (the same idempotency key), a lost connection or a 5xx as well.
"""

import asyncio
import json
import random
import secrets
import time
from datetime import date
from typing import NamedTuple

import structlog
from aiohttp import (
    ClientConnectorError,
    ClientError,
    ClientHandlerType,
    ClientOSError,
    ClientRequest,
    ClientResponse,
    ClientSession,
    ClientTimeout,
    ServerDisconnectedError,
)
from pydantic import BaseModel, ValidationError

from core import signing
from services import metrics
from services.logs import HEADER
from services.registry.breaker import Breaker
from services.registry.outcomes import Outcome, Reason, Result
from services.registry.records import RECORDS, AnyRecord, Challenge, Grant, Kind, Record

# Of one call, its retry included.
LIMIT_S = 2.0
# Between the two tries: so that many callers do not come back at the same moment.
PAUSE_S = (0.05, 0.2)
# Less than this is no time for a second try.
LEAST_S = 0.1
# 500 periods are 100 KiB.
LIMIT_BYTES = 256 * 1024
SERVER_ERRORS = 500
# The registry's codes → what residents are told about. All others are faults of ours.
REASONS = {
    "wrong_code": Reason.WRONG_CODE,
    "challenge_expired": Reason.EXPIRED,
    "challenge_used": Reason.EXPIRED,
    "no_challenge": Reason.EXPIRED,
    "challenge_locked": Reason.LOCKED,
    "too_many": Reason.TOO_MANY,
    "bad_grant": Reason.GRANT_EXPIRED,
    "grant_expired": Reason.GRANT_EXPIRED,
}
NOT_FOUND = ("no_person", "no_record")

logger = structlog.get_logger(__name__)


class _Answer(NamedTuple):
    status: int
    body: bytes


class _Call(NamedTuple):
    """One call: `name` for figures and logs, `repeatable` where a second try cannot have a second effect."""

    name: str
    method: str
    path: str
    body: bytes
    headers: dict[str, str]
    repeatable: bool


class _Failed(Exception):
    """No answer that can be used: how it is told, and why, in a word for the log."""

    def __init__(self, outcome: Outcome, why: str, again: bool = False) -> None:
        super().__init__(why)
        self.outcome, self.why, self.again = outcome, why, again


class _Lost(Exception):
    """A connection was refused, or lost after it was made."""

    def __init__(self, why: str, refused: bool) -> None:
        super().__init__(why)
        self.why, self.refused = why, refused


class RegistryClient:
    """Typed calls to one registry."""

    def __init__(
        self,
        url: str,
        key_id: str,
        secret: str,
        http: ClientSession,
        breaker: Breaker | None = None,
        limit_s: float = LIMIT_S,
    ) -> None:
        if http.connector is None or not http.connector.force_close:
            # A kept connection that went dead would lose a code, which is not handed in a second time.
            raise ValueError("the registry's client needs a session whose connector has force_close=True")
        self._url = url
        self._key_id = key_id
        self._secret = secret
        self._http = http
        self._limit_s = limit_s
        self.breaker = breaker or Breaker()

    async def challenge(self, id_number: str, key: str, correlation: str = "") -> Result[Challenge]:
        """Have a one-time code sent; the same `key` gives the same challenge and sends no second code."""
        headers = {"Idempotency-Key": key}
        body = json.dumps({"id_number": id_number}).encode()
        call = _Call("challenge", "POST", "/v1/challenges", body, headers, repeatable=True)
        return await self._typed(call, Challenge, correlation)

    async def verify(self, challenge: str, code: str, correlation: str = "") -> Result[Grant]:
        """Exchange a code for a grant; a try that may have counted is not made again."""
        body = json.dumps({"code": code}).encode()
        call = _Call("verify", "POST", f"/v1/challenges/{challenge}/verify", body, {}, repeatable=False)
        return await self._typed(call, Grant, correlation)

    async def record(self, kind: Kind, grant: str, day: date, correlation: str = "") -> Result[AnyRecord]:
        """Read a record; one that contradicts itself, or `day`, is `inconsistent`."""
        headers = {"Authorization": f"Bearer {grant}"}
        call = _Call(kind, "GET", f"/v1/records/{kind}", b"", headers, repeatable=True)
        return await self._typed(call, RECORDS[kind], correlation, day)

    async def _typed[Answer: BaseModel](
        self, call: _Call, model: type[Answer], correlation: str, day: date | None = None
    ) -> Result[Answer]:
        """Make a call, count it, and read what it gave."""
        with metrics.REGISTRY_SECONDS.labels(call.name).time():
            result = await self._guarded(call, model, correlation, day)
        metrics.REGISTRY_CALLS.labels(call.name, result.outcome.value).inc()
        metrics.REGISTRY_OPEN.set(self.breaker.is_open)
        return result

    async def _guarded[Answer: BaseModel](
        self, call: _Call, model: type[Answer], correlation: str, day: date | None
    ) -> Result[Answer]:
        if not self.breaker.admits():
            return Result(Outcome.DOWN)
        try:
            answer = await self._within_limit(call, correlation)
        except _Failed as failure:
            self.breaker.failed()
            logger.warning("registry_failed", call=call.name, outcome=failure.outcome.value, why=failure.why)
            return Result(failure.outcome)
        except BaseException:
            self.breaker.left()
            raise
        self.breaker.succeeded()
        return _read(call, answer, model, day)

    async def _within_limit(self, call: _Call, correlation: str) -> _Answer:
        until = time.monotonic() + self._limit_s
        try:
            async with asyncio.timeout(self._limit_s):
                try:
                    return await self._once(call, correlation, until)
                except _Failed as failure:
                    pause = random.uniform(*PAUSE_S)
                    if not failure.again or until - time.monotonic() < pause + LEAST_S:
                        raise
                    await asyncio.sleep(pause)
                    return await self._once(call, correlation, until)
        except TimeoutError:
            raise _Failed(Outcome.SLOW, "timeout") from None

    async def _once(self, call: _Call, correlation: str, until: float) -> _Answer:
        """Send a request, signed anew: a nonce is good once."""
        headers = {
            **call.headers,
            **signing.headers(
                self._secret, self._key_id, call.method, call.path, call.body, time.time(), secrets.token_urlsafe(24)
            ),
            **({"Content-Type": "application/json"} if call.body else {}),
            **({HEADER: correlation} if correlation else {}),
        }
        left = ClientTimeout(total=max(until - time.monotonic(), 0.05))
        try:
            async with self._http.request(
                call.method,
                self._url + call.path,
                data=call.body or None,
                headers=headers,
                timeout=left,
                # Another address would get a number and a signature that were not meant for it.
                allow_redirects=False,
                middlewares=(_one_try,),
            ) as response:
                body = b""
                async for piece in response.content.iter_chunked(LIMIT_BYTES):
                    body += piece
                    if len(body) > LIMIT_BYTES:
                        raise _Failed(Outcome.INCONSISTENT, "too_large")
        except _Lost as lost:
            raise _Failed(Outcome.DOWN, lost.why, again=lost.refused or call.repeatable) from None
        except (ClientError, OSError) as error:
            if isinstance(error, TimeoutError):
                raise
            raise _Failed(Outcome.DOWN, type(error).__name__, again=call.repeatable) from None
        if response.status >= SERVER_ERRORS:
            raise _Failed(Outcome.DOWN, f"status_{response.status}", again=call.repeatable)
        return _Answer(response.status, body)


async def _one_try(request: ClientRequest, handler: ClientHandlerType) -> ClientResponse:
    """Keep aiohttp from sending a GET again by itself when the connection is lost: the nonce was used."""
    try:
        return await handler(request)
    except (ClientOSError, ServerDisconnectedError) as error:
        raise _Lost(type(error).__name__, isinstance(error, ClientConnectorError)) from None


def _read[Answer: BaseModel](call: _Call, answer: _Answer, model: type[Answer], day: date | None) -> Result[Answer]:
    """Give what an answer says: a record, a refusal, or a fault."""
    if answer.status not in (200, 201):
        return _refusal(call, answer)
    try:
        record = model.model_validate_json(answer.body)
    except ValidationError as error:
        return _inconsistent(call, [_where(item["loc"]) for item in error.errors(include_input=False)[:5]])
    if isinstance(record, Record) and day is not None and (found := list(record.contradictions(day))):
        return _inconsistent(call, sorted(set(found)))
    return Result(Outcome.FOUND, record)


def _refusal[Answer](call: _Call, answer: _Answer) -> Result[Answer]:
    try:
        code = json.loads(answer.body)["error"]["code"]
    except (ValueError, KeyError, TypeError, RecursionError):
        code = ""
    if code in NOT_FOUND:
        return Result(Outcome.NOT_FOUND)
    if isinstance(code, str) and code in REASONS:
        return Result(Outcome.REFUSED, reason=REASONS[code])
    # Our key, our clock or our request is wrong: an operator has to look, residents are told that it is down.
    logger.error("registry_refused_us", call=call.name, status=answer.status, code=metrics.outcome_label(code))
    return Result(Outcome.DOWN)


def _where(path: tuple[int | str, ...]) -> str:
    """Name a place in an answer by our own words: a key that the registry made up may be anything."""
    return ".".join(str(part) if isinstance(part, int) else metrics.outcome_label(part) for part in path)


def _inconsistent[Answer](call: _Call, why: list[str]) -> Result[Answer]:
    logger.error("registry_inconsistent", call=call.name, why=why)
    return Result(Outcome.INCONSISTENT)
