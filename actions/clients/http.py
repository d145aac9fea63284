"""HTTP to the internal API: loopback, JSON, two seconds at most."""

from __future__ import annotations

import asyncio
import os
from typing import Any

import aiohttp

# A resident waits for this and for the bot; after that a clear sentence is better than an answer.
LIMIT_S = 2.0
DEFAULT_URL = "http://127.0.0.1:8003"


class ServiceError(Exception):
    """A service gave no usable answer; `code` is its error code, None where it did not answer at all."""

    def __init__(self, service: str, reason: str, code: str | None = None, status: int | None = None) -> None:
        super().__init__(f"{service}: {reason}")
        self.service, self.code, self.status = service, code, status


class Http:
    """A connection pool to the internal API, opened at the first call of an event loop."""

    def __init__(self, base_url: str | None = None, limit_s: float = LIMIT_S) -> None:
        self._base = base_url
        self._limit = aiohttp.ClientTimeout(total=limit_s)
        self._session: aiohttp.ClientSession | None = None
        self._loop: asyncio.AbstractEventLoop | None = None

    async def request(
        self,
        service: str,
        method: str,
        path: str,
        body: dict[str, Any] | None = None,
        correlation: str | None = None,
    ) -> dict[str, Any]:
        """Send one request.

        Args:
            service: name for errors, such as `points`.
            path: with a leading "/".
            correlation: id of the turn, passed on as X-Correlation-Id.
        Raises:
            ServiceError: no answer within 2 s, a status other than 200, or no JSON object.
        """
        headers = {"X-Correlation-Id": correlation} if correlation else {}
        url = (self._base or os.environ.get("ANJU_INTERNAL_URL") or DEFAULT_URL) + path
        try:
            async with self._open().request(method, url, json=body, headers=headers, timeout=self._limit) as response:
                answer = await response.json(content_type=None)
        except TimeoutError as error:
            raise ServiceError(service, f"no answer within {self._limit.total} s") from error
        except (aiohttp.ClientError, ValueError) as error:
            raise ServiceError(service, type(error).__name__) from error
        if not isinstance(answer, dict):
            raise ServiceError(service, "the answer is no JSON object", status=response.status)
        if response.status != 200:
            code = (answer.get("error") or {}).get("code")
            raise ServiceError(service, f"status {response.status}, {code}", code, response.status)
        return answer

    async def close(self) -> None:
        """Close the connections; a later call opens new ones."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _open(self) -> aiohttp.ClientSession:
        loop = asyncio.get_running_loop()
        if self._session is None or self._session.closed or self._loop is not loop:
            self._session, self._loop = aiohttp.ClientSession(), loop
        return self._session


http = Http()
