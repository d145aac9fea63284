"""A registry on a real port, and a client of it that signs, or signs wrongly."""

import asyncio
import json
import logging
import re
import secrets
import time
from dataclasses import replace
from typing import Any

from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from core import signing
from registry.app import create_app
from registry.settings import Settings

# From registry/people.yaml, which says what each has.
COMPLETE = "330000199001010014"
WITH_X = "33000019781120003X"
LATE = "330000198506150026"
BARE = "330000199902280046"
# A right check digit, and nobody.
NOBODY = "330000200209090055"


class Codes(logging.Handler):
    """The one-time codes of the demonstration, as somebody who reads the log sees them."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.found += re.findall(r"code (\d{6})", record.getMessage())

    @property
    def last(self) -> str:
        return self.found[-1]


class Registry:
    """The reference registry behind a real loopback port."""

    def __init__(self, settings: Settings, *middlewares: Any) -> None:
        self.settings = settings
        self.codes = Codes()
        self._middlewares = middlewares
        self._server: TestServer | None = None
        self._http: ClientSession | None = None
        self.url = ""
        # Of tests that put one in.
        self.meddler: Any = None

    async def start(self, **changes: Any) -> None:
        app = create_app(replace(self.settings, **changes))
        for middleware in self._middlewares:
            app.middlewares.insert(0, middleware)
        self._server = TestServer(app, port=int(self.url.rpartition(":")[2] or 0) if self.url else 0)
        await self._server.start_server()
        self.url = str(self._server.make_url("")).rstrip("/")
        self._http = ClientSession()
        logger = logging.getLogger("registry.challenges")
        logger.addHandler(self.codes)

    async def stop(self) -> None:
        logging.getLogger("registry.challenges").removeHandler(self.codes)
        if self._http is not None:
            await self._http.close()
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def call(
        self,
        method: str,
        path: str,
        body: Any = None,
        *,
        secret: str | None = None,
        now: float | None = None,
        nonce: str | None = None,
        headers: dict[str, str] | None = None,
        sent: bytes | None = None,
    ) -> tuple[int, Any]:
        """Send one signed request; `sent` is a body other than the one that was signed."""
        raw = b"" if body is None else body if isinstance(body, bytes) else json.dumps(body).encode()
        signed = signing.headers(
            secret or self.settings.secret,
            self.settings.key_id,
            method,
            path,
            raw,
            time.time() if now is None else now,
            nonce or secrets.token_urlsafe(24),
        )
        return await self.raw(method, path, raw if sent is None else sent, {**signed, **(headers or {})})

    async def raw(self, method: str, path: str, body: bytes, headers: dict[str, str]) -> tuple[int, Any]:
        assert self._http is not None
        async with self._http.request(method, self.url + path, data=body or None, headers=headers) as response:
            return response.status, await response.json()

    async def challenge(self, id_number: str, key: str | None = None) -> tuple[int, Any]:
        return await self.call(
            "POST", "/v1/challenges", {"id_number": id_number}, headers={"Idempotency-Key": key} if key else {}
        )

    async def verify(self, challenge: str, code: str) -> tuple[int, Any]:
        return await self.call("POST", f"/v1/challenges/{challenge}/verify", {"code": code})

    async def granted(self, id_number: str) -> str:
        """Give a grant to read a person's records."""
        status, challenge = await self.challenge(id_number)
        assert status == 201, challenge
        status, verified = await self.verify(challenge["id"], self.codes.last)
        assert status == 200, verified
        return str(verified["grant"])

    async def record(self, grant: str, kind: str) -> tuple[int, Any]:
        return await self.call("GET", f"/v1/records/{kind}", headers={"Authorization": f"Bearer {grant}"})


class Meddler:
    """Between the client and the registry: slows it, breaks it, or makes it lie. A middleware of the real one."""

    def __init__(self) -> None:
        self.delay_s = 0.0
        # How many of the next requests get this status instead of an answer; -1 for all.
        self.failing = 0
        self.status = 500
        # How many of the next requests are cut before an answer, after the work was done or before.
        self.cut = 0
        self.cut_after = False
        # The answer, changed: a function of (path, value).
        self.lie: Any = None
        self.seen: list[str] = []

    @property
    def middleware(self) -> Any:
        @web.middleware
        async def meddle(request: web.Request, handler: Any) -> web.StreamResponse:
            self.seen.append(f"{request.method} {request.path}")
            await asyncio.sleep(self.delay_s)
            if self.failing:
                self.failing -= 1
                return web.json_response({"error": {"code": "broken", "message": "x"}}, status=self.status)
            if self.cut and not self.cut_after:
                self.cut -= 1
                request.transport.abort()
            response = await handler(request)
            if self.cut:
                self.cut -= 1
                request.transport.abort()
            if self.lie is not None and response.status < 300:
                changed = self.lie(request.path, json.loads(response.text))
                if isinstance(changed, web.Response):
                    return changed
                return web.json_response(changed, status=response.status)
            return response

        return meddle
