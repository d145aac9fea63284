"""Is the process alive, and is each part that a turn needs ready?"""

import asyncio
from collections.abc import Awaitable
from typing import Any

from aiohttp import ClientTimeout, web

from services.keys import DATABASE, HTTP, SETTINGS, SNAPSHOT
from services.replies import reply

# Longer than any part takes, shorter than the patience of who asks.
LIMIT_S = 1.5


def setup(app: web.Application) -> None:
    """Serve `GET /health/live`, answered without asking any other part."""
    app.router.add_get("/health/live", _live)


def setup_ready(app: web.Application) -> None:
    """Serve `GET /health/ready`, on the internal listener only: it names the parts."""
    app.router.add_get("/health/ready", _ready)


async def _live(_request: web.Request) -> web.Response:
    return reply({"status": "alive"})


async def _ready(request: web.Request) -> web.Response:
    """Ask every part at once: 200 when all are ready, else 503, with what is wrong by name."""
    app = request.app
    settings = app[SETTINGS]
    checks: dict[str, Awaitable[Any]] = {
        "database": app[DATABASE].ping(),
        "bot": _any_answers(app, [f"{url}/webhooks/anju/" for url in settings.bot_urls]),
        "actions": _any_answers(app, [f"{settings.actions_url}/health"]),
        "knowledge": _knowledge(app),
    }
    results = await asyncio.gather(*(_checked(check) for check in checks.values()))
    parts = dict(zip(checks, results, strict=True))
    ready = all(part["ready"] for part in parts.values())
    return reply({"status": "ready" if ready else "not_ready", "parts": parts}, status=200 if ready else 503)


async def _checked(check: Awaitable[Any]) -> dict[str, Any]:
    try:
        async with asyncio.timeout(LIMIT_S):
            result = await check
    except Exception as error:
        return {"ready": False, "reason": type(error).__name__}
    return {"ready": True, **({"snapshot": result} if isinstance(result, str) else {})}


async def _any_answers(app: web.Application, urls: list[str]) -> None:
    """Return when one of the addresses answers 200; raise what the last one did otherwise."""
    for url in urls:
        try:
            async with app[HTTP].get(url, timeout=ClientTimeout(total=LIMIT_S)) as response:
                response.raise_for_status()
                return
        except Exception:
            if url == urls[-1]:
                raise


async def _knowledge(app: web.Application) -> str:
    return str(app[SNAPSHOT].snapshot.number)
