"""A stand-in for the bot, on a real loopback port: each way in which the real one can behave, and misbehave."""

import asyncio
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer


class StandInBot:
    """Echo what is said, with `custom` and `buttons`, after `delay_s`; `mode` names a way to misbehave."""

    def __init__(self) -> None:
        # normal | error | garbage | wrong | empty | nul | huge | cut
        self.mode = "normal"
        self.url = ""
        self.delay_s = 0.0
        self.events = 10
        self.custom: dict[str, Any] = {"outcome": {"outcome": "answered", "topic": "settlement.renting"}}
        self.buttons: list[dict[str, str]] = []
        self.turns: list[dict[str, Any]] = []
        self.renewals: list[dict[str, Any]] = []
        self.running = 0
        self.most_at_once = 0
        self._connections: set[asyncio.Transport] = set()
        self._server: TestServer | None = None

    async def start(self, port: int = 0) -> str:
        """Listen on loopback; give the address."""
        app = web.Application()
        app.router.add_post("/webhooks/anju/turn", self._turn)
        app.router.add_post("/webhooks/anju/session", self._session)
        app.router.add_get("/webhooks/anju/", self._health)
        self._server = TestServer(app, port=port)
        await self._server.start_server(shutdown_timeout=0)
        self.url = str(self._server.make_url("")).rstrip("/")
        return self.url

    async def stop(self) -> None:
        """Stop listening; what runs is dropped, as when the process is killed."""
        for connection in self._connections:
            connection.abort()
        self._connections.clear()
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def _turn(self, request: web.Request) -> web.StreamResponse:
        body = await request.json()
        self.turns.append(body)
        assert request.transport is not None
        self._connections.add(request.transport)
        self.running += 1
        self.most_at_once = max(self.most_at_once, self.running)
        try:
            await asyncio.sleep(self.delay_s)
            return await self._reply(request, body)
        finally:
            self.running -= 1

    async def _reply(self, request: web.Request, body: dict[str, Any]) -> web.StreamResponse:
        if self.mode == "error":
            return web.json_response({"error": {"code": "turn_timeout", "message": "4 s"}}, status=504)
        if self.mode == "garbage":
            return web.Response(text="<html>not json")
        if self.mode == "wrong":
            return web.json_response({"messages": [{"text": 5}], "events": "many"})
        if self.mode == "empty":
            return web.json_response({"messages": [], "events": 3})
        if self.mode == "nul":
            return web.json_response({"messages": [{"text": "a\0b"}], "events": 3})
        if self.mode == "huge":
            return web.json_response({"messages": [{"text": "啊" * 2_000_000}], "events": 3})
        if self.mode == "cut":
            assert request.transport is not None
            request.transport.abort()
        said = body["text"] or body["payload"]
        message = {"text": f"听到：{said}", "buttons": self.buttons, "custom": self.custom}
        return web.json_response({"messages": [message], "events": self.events})

    async def _session(self, request: web.Request) -> web.Response:
        self.renewals.append(await request.json())
        return web.json_response({"messages": [], "events": 13})

    async def _health(self, _request: web.Request) -> web.Response:
        return web.json_response({"status": "ok"})
