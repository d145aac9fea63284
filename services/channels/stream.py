"""Server-Sent Events of one conversation: `id:` is the `seq`, `data:` the message as JSON."""

import asyncio

import structlog
from aiohttp import ClientConnectionResetError, web
from sqlalchemy.exc import SQLAlchemyError

from services import metrics
from services.keys import CONVERSATIONS
from services.logs import described
from services.replies import text

# Proxies close what is silent for 30 to 60 s.
KEEP_ALIVE_S = 15.0
# How long a browser waits before it reconnects, in ms.
RETRY_MS = 2000

logger = structlog.get_logger(__name__)


async def messages(request: web.Request, conversation: str, after: int) -> web.StreamResponse:
    """Send the messages after a `seq`, then each new one, until the client goes or the process stops."""
    response = web.StreamResponse(
        headers={
            "Content-Type": "text/event-stream; charset=utf-8",
            # nginx would keep events back until its buffer is full.
            "X-Accel-Buffering": "no",
        }
    )
    await response.prepare(request)
    try:
        with metrics.STREAMS.track_inprogress():
            await response.write(f"retry: {RETRY_MS}\n\n".encode())
            await _send(request, response, conversation, after)
    except (ClientConnectionResetError, ConnectionError):
        pass  # the reader has gone: that is how streams end
    except SQLAlchemyError as error:
        # The headers are sent, so there is no status left to give: the client reconnects by itself.
        logger.warning("stream_interrupted", **described(error))
    return response


async def _send(request: web.Request, response: web.StreamResponse, conversation: str, after: int) -> None:
    conversations = request.app[CONVERSATIONS]
    with conversations.bell.listening(conversation) as rung:
        while not conversations.bell.closed:
            rung.clear()
            page = await conversations.messages(conversation, after)
            for message in page:
                after = message["seq"]
                await response.write(f"id: {after}\ndata: {text(message)}\n\n".encode())
            if page:
                continue
            try:
                async with asyncio.timeout(KEEP_ALIVE_S):
                    await rung.wait()
            except TimeoutError:
                await response.write(b": keep-alive\n\n")
