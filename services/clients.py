"""The HTTP client of one process, and the bot that it reaches with it."""

from collections.abc import AsyncIterator

from aiohttp import ClientSession, DummyCookieJar, TCPConnector, web

from services.conversations.bot import BotClient
from services.keys import BOT, HTTP, SETTINGS


def setup(app: web.Application) -> None:
    """Open the HTTP client with the application, and close it after."""

    async def opened(app: web.Application) -> AsyncIterator[None]:
        # force_close: a kept connection of a bot that was restarted would fail one turn for nothing.
        connector = TCPConnector(force_close=True, limit=0)
        async with ClientSession(connector=connector, cookie_jar=DummyCookieJar(), trust_env=False) as http:
            app[HTTP] = http
            app[BOT] = BotClient(app[SETTINGS].bot_urls, http)
            yield

    app.cleanup_ctx.append(opened)
