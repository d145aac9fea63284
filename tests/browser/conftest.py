"""The page over its stand-in of the chat channel."""

from collections.abc import AsyncIterator

import pytest_asyncio
from aiohttp.test_utils import TestServer
from playwright.async_api import BrowserContext

from tests.browser.browsing import Watch, browser, context, device, watch
from tests.browser.chat_page import ChatPage
from tests.browser.front_door import FrontDoor

__all__ = ["browser", "context", "device", "watch"]


@pytest_asyncio.fixture(loop_scope="session")
async def front_door() -> FrontDoor:
    return FrontDoor()


@pytest_asyncio.fixture(loop_scope="session")
async def url(front_door: FrontDoor) -> AsyncIterator[str]:
    server = TestServer(front_door.app())
    await server.start_server()
    yield str(server.make_url("/"))
    await front_door.leave()
    await server.close()


@pytest_asyncio.fixture(loop_scope="session")
async def chat(context: BrowserContext, watch: Watch, url: str) -> ChatPage:
    chat = ChatPage(await context.new_page())
    await chat.open(url)
    return chat
