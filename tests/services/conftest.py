"""The front door with its own database per test, on SQLite and on PostgreSQL, and a stand-in for the bot."""

import os
import secrets
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncpg
import pytest
from aiohttp.test_utils import TestClient, TestServer

from registry.settings import read as read_registry
from services.app import create_app
from services.settings import Settings, read
from tests.registry.signed import Meddler, Registry
from tests.services.standin import StandInBot

POSTGRESQL = os.environ.get("TEST_POSTGRES_URL", "postgresql://127.0.0.1:5432/test")


@pytest.fixture(params=["sqlite", "postgresql"])
async def database_url(request, tmp_path):
    """The address of an empty database of this test alone."""
    if request.param == "sqlite":
        yield f"sqlite:///{tmp_path / 'anju.db'}"
        return
    try:
        server = await asyncpg.connect(POSTGRESQL, timeout=3)
    except (OSError, asyncpg.PostgresError) as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(f"no PostgreSQL at TEST_POSTGRES_URL ({POSTGRESQL}): {error}")
    name = f"anju_test_{secrets.token_hex(6)}"
    await server.execute(f"CREATE DATABASE {name}")
    try:
        yield f"{POSTGRESQL.rpartition('/')[0]}/{name}"
    finally:
        await server.execute(f"DROP DATABASE {name} WITH (FORCE)")
        await server.close()


@pytest.fixture
async def bot():
    """A stand-in bot that listens."""
    stand_in = StandInBot()
    await stand_in.start()
    yield stand_in
    await stand_in.stop()


@pytest.fixture
def settings(database_url, bot, tmp_path) -> Settings:
    """Settings of a front door before the stand-in bot."""
    return read(
        {
            "VAR_DIR": str(tmp_path / "var"),
            "DATABASE_URL": database_url,
            "BOT_URLS": bot.url,
            "ALLOWED_ORIGINS": "https://widget.example",
        }
    )


@pytest.fixture
async def door(settings):
    """The front door, and residents at it."""
    front_door = FrontDoor(settings)
    await front_door.open()
    yield front_door
    await front_door.close()


@pytest.fixture
async def office(tmp_path):
    """The real reference registry on a loopback port; `office.meddler` slows it, breaks it or makes it lie."""
    meddler = Meddler()
    environ = {"VAR_DIR": str(tmp_path / "office"), "REGISTRY_DEMO": "1", "REGISTRY_PORT": "1"}
    registry = Registry(read_registry(environ), meddler.middleware)
    registry.meddler = meddler
    await registry.start()
    yield registry
    await registry.stop()


class FrontDoor:
    """A running public application; `resident()` is a new conversation with its bearer token."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self._clients: list[TestClient[Any, Any]] = []
        self._server: TestServer | None = None

    async def open(self, **changes: Any) -> None:
        """Start the application, with other settings where given."""
        self._server = TestServer(create_app(replace(self.settings, **changes)))
        await self._server.start_server()

    async def close(self) -> None:
        """Stop the application as SIGTERM does."""
        for client in self._clients:
            await client.session.close()
        self._clients.clear()
        if self._server is not None:
            await self._server.close()

    async def restart(self, **changes: Any) -> None:
        """Stop it and start it anew on the same database."""
        await self.close()
        await self.open(**changes)

    @property
    def app(self):
        """The application itself."""
        return self._server.app

    def browser(self) -> TestClient[Any, Any]:
        """A client with a cookie jar of its own."""
        client = TestClient(self._server)
        self._clients.append(client)
        return client

    async def resident(self) -> "Resident":
        """Someone with a new conversation."""
        client = self.browser()
        response = await client.post("/chat/sessions")
        assert response.status == 201
        body = await response.json()
        client.session.cookie_jar.clear()
        return Resident(self, client, body["token"], body["session"])


class Resident:
    """Someone who chats with a bearer token."""

    def __init__(self, door: FrontDoor, client: TestClient[Any, Any], token: str, conversation: str) -> None:
        self.door, self.client, self.token, self.conversation = door, client, token, conversation

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.token}"}

    def moved(self) -> "Resident":
        """The same person at a front door that was started anew."""
        return Resident(self.door, self.door.browser(), self.token, self.conversation)

    async def post(self, body: Any) -> tuple[int, Any]:
        response = await self.client.post("/chat/messages", json=body, headers=self.headers)
        return response.status, await response.json()

    async def say(self, text: str, client_id: str | None = None) -> list[dict[str, Any]]:
        status, body = await self.post({"text": text, **({"id": client_id} if client_id else {})})
        assert status == 200, body
        return body["messages"]

    async def tap(self, payload: str) -> list[dict[str, Any]]:
        status, body = await self.post({"payload": payload})
        assert status == 200, body
        return body["messages"]

    async def history(self, after: int = 0) -> list[dict[str, Any]]:
        response = await self.client.get("/chat/messages", params={"after": after}, headers=self.headers)
        assert response.status == 200
        return (await response.json())["messages"]


def files_of(folder: Path) -> bytes:
    """Every byte under a folder: what a thief of the disk would read."""
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())
