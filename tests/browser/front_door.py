"""A stand-in for the chat channel: the real page over scripted replies, with faults on demand."""

import asyncio
import json
import secrets
from collections.abc import Callable
from typing import Any

from aiohttp import web

from services import headers, site

Message = dict[str, Any]
COOKIE = "anju_session"
WELCOME: Message = {
    "role": "assistant",
    "text": "您好，我是安居答。",
    "buttons": [
        {"title": "算算我的积分", "payload": '/start_points{"scheme": "zhejiang-provincial"}'},
        {"title": "居住证怎么办", "payload": '/ask_topic{"topic": "residence_permit.apply"}'},
    ],
}


class FrontDoor:
    """What tests set: `replies` by text or payload, `away`, …; what they read: `posts`, `ratings`."""

    def __init__(self) -> None:
        self.logs: dict[str, list[Message]] = {}
        self.posts: list[dict[str, Any]] = []
        self.replies: dict[str, list[Message]] = {}
        self.kept: Callable[[str], str] = str
        self.ratings: list[dict[str, Any]] = []
        self.refusal: tuple[int, str] | None = None
        self.away = False
        self.lose_replies = 0
        self.pause_s = 0.0
        self.sessions = 0
        self._news = asyncio.Condition()

    def app(self) -> web.Application:
        """Make the application: the real page and headers, `/chat/*` of our own."""
        app = web.Application()

        async def add_headers(request: web.Request, response: web.StreamResponse) -> None:
            response.headers.update(headers.HEADERS)

        app.on_response_prepare.append(add_headers)
        app.router.add_post("/chat/sessions", self._begin)
        app.router.add_post("/chat/messages", self._take)
        app.router.add_get("/chat/messages", self._history)
        app.router.add_get("/chat/events", self._events)
        app.router.add_post("/chat/ratings", self._rate)
        site.setup(app)
        return app

    async def say(self, message: Message, conversation: str | None = None) -> None:
        """Add a message outside a turn, as staff do; by default to the latest conversation."""
        log = self.logs[conversation or list(self.logs)[-1]]
        self._add(log, message)
        async with self._news:
            self._news.notify_all()

    async def leave(self) -> None:
        """Break every stream and refuse every connection, as a stopped server does."""
        self.away = True
        async with self._news:
            self._news.notify_all()

    def come_back(self) -> None:
        """Be there again."""
        self.away = False

    def texts(self) -> list[str]:
        """Give what residents sent and was kept, in the latest conversation."""
        return [message["text"] for message in list(self.logs.values())[-1] if message["role"] == "user"]

    async def _begin(self, request: web.Request) -> web.Response:
        self._drop_if_away(request)
        token = secrets.token_urlsafe(8)
        self.sessions += 1
        self.logs[token] = []
        self._add(self.logs[token], WELCOME)
        response = web.json_response({"session": "s", "token": token, "messages": self.logs[token]}, status=201)
        response.set_cookie(COOKIE, token, path="/chat", httponly=True, samesite="Lax")
        return response

    async def _take(self, request: web.Request) -> web.Response:
        self._drop_if_away(request)
        body = await request.json()
        self.posts.append(body)
        log = self._log(request)
        if self.refusal:
            status, message = self.refusal
            return web.json_response({"error": {"code": "refused", "message": message}}, status=status)
        turn = [message for message in log if message.get("turn") == body["id"]]
        if not turn:
            turn = [self._add(log, {"role": "user", "text": self.kept(self._said(log, body)), "turn": body["id"]})]
            async with self._news:
                self._news.notify_all()
            await asyncio.sleep(self.pause_s)
            for reply in self.replies.get(body.get("text") or body.get("payload") or "", [{"text": "好的。"}]):
                turn.append(self._add(log, {"role": "assistant", **reply, "turn": body["id"]}))
            async with self._news:
                self._news.notify_all()
        if self.lose_replies:
            self.lose_replies -= 1
            self._hang_up(request)
        return web.json_response({"messages": turn})

    async def _history(self, request: web.Request) -> web.Response:
        self._drop_if_away(request)
        after = int(request.query.get("after", 0))
        return web.json_response({"messages": [m for m in self._log(request) if m["seq"] > after]})

    async def _rate(self, request: web.Request) -> web.Response:
        self._drop_if_away(request)
        log, body = self._log(request), await request.json()
        if self.refusal:
            status, message = self.refusal
            return web.json_response({"error": {"code": "refused", "message": message}}, status=status)
        self.ratings.append(body)
        log[body["seq"] - 1]["rating"] = {name: value for name, value in body.items() if name != "seq"}
        return web.json_response({"rating": body})

    async def _events(self, request: web.Request) -> web.StreamResponse:
        self._drop_if_away(request)
        log, after = self._log(request), int(request.query.get("after", 0))
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        await response.write(b"retry: 2000\n\n")
        while not self.away:
            for message in [message for message in log if message["seq"] > after]:
                after = message["seq"]
                await response.write(f"id: {after}\ndata: {json.dumps(message)}\n\n".encode())
            async with self._news:
                if not self.away and not any(message["seq"] > after for message in log):
                    await self._news.wait()
        return response

    def _log(self, request: web.Request) -> list[Message]:
        log = self.logs.get(request.cookies.get(COOKIE, ""))
        if log is None:
            body = {"error": {"code": "no_session", "message": "没有找到您的对话，请刷新页面重新开始。"}}
            raise web.HTTPUnauthorized(text=json.dumps(body), content_type="application/json")
        return log

    @staticmethod
    def _said(log: list[Message], body: dict[str, Any]) -> str:
        if "text" in body:
            return str(body["text"])
        buttons = [button for message in log for button in message.get("buttons", [])]
        return next(str(button["title"]) for button in buttons if button["payload"] == body["payload"])

    @staticmethod
    def _add(log: list[Message], message: Message) -> Message:
        kept = {"buttons": [], "sources": [], **message, "seq": len(log) + 1, "at": "2026-11-24T01:00:00.000Z"}
        log.append(kept)
        return kept

    def _drop_if_away(self, request: web.Request) -> None:
        if self.away:
            self._hang_up(request)

    @staticmethod
    def _hang_up(request: web.Request) -> None:
        assert request.transport is not None
        request.transport.abort()
        raise asyncio.CancelledError
