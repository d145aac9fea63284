"""Refusals of the registry in the one shape of the contract: `{"error": {"code", "message"}}`."""

import asyncio
import json
import logging
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler

logger = logging.getLogger(__name__)

# What aiohttp itself refuses: status → code.
HTTP_CODES = {400: "bad_request", 404: "no_such_address", 405: "method_not_allowed", 413: "too_large"}


class Refusal(Exception):
    """A refusal with its HTTP status and code; the message is for the developers of a client."""

    def __init__(self, status: int, code: str, message: str, retry_after_s: int | None = None) -> None:
        super().__init__(f"{status} {code}")
        self.status, self.code, self.message, self.retry_after_s = status, code, message, retry_after_s


def reply(value: Any, status: int = 200) -> web.Response:
    """Give a JSON response that no cache keeps."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return web.json_response(text=text, status=status, headers={"Cache-Control": "no-store", "Server": "registry"})


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every failure into the one shape; log the unexpected without its message, which may quote a number."""
    try:
        return await handler(request)
    except Refusal as error:
        response = reply({"error": {"code": error.code, "message": error.message}}, error.status)
        if error.retry_after_s is not None:
            response.headers["Retry-After"] = str(error.retry_after_s)
        return response
    except web.HTTPException as error:
        code = HTTP_CODES.get(error.status, "http_error")
        return reply({"error": {"code": code, "message": error.reason}}, error.status)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        trace = error.__traceback__
        while trace is not None and trace.tb_next is not None:
            trace = trace.tb_next
        place = f"{trace.tb_frame.f_code.co_filename.rpartition('/')[2]}:{trace.tb_lineno}" if trace else "-"
        logger.error("unexpected %s at %s", type(error).__name__, place)
        return reply({"error": {"code": "internal_error", "message": "unexpected error"}}, 500)
