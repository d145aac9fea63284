"""Structured logs: one JSON object a line, with the correlation id, without words of residents.

The access log names the declared route, not the address: query strings and mistyped paths stay out.
"""

import asyncio
import logging
import sys
import time
import traceback
import uuid
from collections.abc import MutableMapping
from typing import Any, TextIO

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from services.keys import CORRELATION

HEADER = "X-Correlation-Id"
# A frame or two of our own code is what finds a bug; more is noise.
FRAMES = 6
# What nginx calls a request whose client, or whose server, went away before the reply.
CLIENT_GONE = 499
OK = 200

logger = structlog.get_logger(__name__)


def configure(level: str, stream: TextIO | None = None) -> None:
    """Send the logs of this process, structlog's and the standard library's, to stderr as JSON lines."""
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _without_words,
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(ensure_ascii=False),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level)
    # A line that cannot be written would be printed with the words that it was about.
    logging.raiseExceptions = False
    # aiohttp's own writes whole addresses; ours is `middleware`.
    logging.getLogger("aiohttp.access").setLevel(logging.CRITICAL)
    # At DEBUG these libraries print statements and bodies, and with them what residents wrote.
    for name in ("aiosqlite", "sqlalchemy", "asyncio", "alembic"):
        logging.getLogger(name).setLevel(max(logging.WARNING, logging.getLevelName(level)))


def described(error: BaseException) -> dict[str, Any]:
    """Say what failed and where, innermost frame last, without the message of the exception."""
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES:]
    cause = getattr(error, "orig", None) or error.__cause__
    description: dict[str, Any] = {
        "error": type(error).__name__,
        "where": [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames],
    }
    if cause is not None:
        description["cause"] = type(cause).__name__
    return description


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Give the request its correlation id, and log one line when it is done."""
    correlation = uuid.uuid4().hex
    request[CORRELATION] = correlation
    structlog.contextvars.clear_contextvars()
    structlog.contextvars.bind_contextvars(correlation_id=correlation)
    began = time.perf_counter()
    status = 500
    try:
        response = await handler(request)
        status = response.status
        if not response.prepared:
            response.headers[HEADER] = request[CORRELATION]
        return response
    except asyncio.CancelledError:
        status = CLIENT_GONE
        raise
    finally:
        resource = request.match_info.route.resource
        # The watchdog asks every two seconds; what it hears is news only when it is not 200.
        quiet = status == OK and request.path.startswith("/health/")
        logger.log(
            logging.DEBUG if quiet else logging.INFO,
            "request",
            method=request.method,
            route=resource.canonical if resource is not None else "-",
            status=status,
            ms=round((time.perf_counter() - began) * 1000, 1),
        )


@web.middleware
async def trusting_middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Go on with the caller's correlation id: for the internal listener, inside the other middleware."""
    given = request.headers.get(HEADER, "")
    if given.isascii() and given.isalnum() and len(given) <= 64:
        request[CORRELATION] = given
        structlog.contextvars.bind_contextvars(correlation_id=given)
    return await handler(request)


def _without_words(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Put type and place in place of a traceback, whose last line may quote a resident."""
    info = event.pop("exc_info", None)
    record = event.get("_record")
    if record is not None and record.exc_info:
        info, record.exc_info, record.exc_text = record.exc_info, None, None
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event.update(described(error))
    return event
