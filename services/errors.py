"""One shape for every failure, `{"error": {"code", "message"}}`, with a matching status.

Handlers raise `ApiError`; aiohttp's own refusals, database trouble and the unexpected become one
here. The log of an unexpected failure says what and where, never with what words: messages of
exceptions can hold a resident's text.
"""

import asyncio

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from services.keys import CORRELATION
from services.logs import described
from services.replies import reply

logger = structlog.get_logger(__name__)

# Residents may see these, so they are in Chinese: status → (code, what to do next).
HTTP_MESSAGES: dict[int, tuple[str, str]] = {
    400: ("bad_request", "请求的格式不对，请刷新页面再试。"),
    401: ("no_session", "没有找到您的对话，请刷新页面重新开始。"),
    403: ("forbidden", "这个请求不被允许，请从本站页面重新打开。"),
    404: ("not_found", "没有这个地址，请回到首页。"),
    405: ("method_not_allowed", "这个地址不支持这样访问，请回到首页。"),
    413: ("too_large", "内容太长了，请分成几次发送。"),
    415: ("bad_media_type", "请求的格式不对，请用 JSON 发送。"),
}
UNAVAILABLE = ("storage_unavailable", "暂时存不下您的消息，请过一会儿再发一次。")
UNEXPECTED = ("internal_error", "系统出了点问题，请过一会儿再试；一直不行可以拨打 12345。")


class ApiError(Exception):
    """A refusal with its HTTP status, a code for programs and a sentence for people."""

    def __init__(self, status: int, code: str, message: str) -> None:
        super().__init__(f"{status} {code}: {message}")
        self.status = status
        self.code = code
        self.message = message


def body(code: str, message: str) -> dict[str, dict[str, str]]:
    """Give the one shape of an error: `{"error": {"code": …, "message": …}}`."""
    return {"error": {"code": code, "message": message}}


@web.middleware
async def middleware(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Turn every failure of a handler into the one shape."""
    try:
        return await handler(request)
    except ApiError as error:
        return reply(body(error.code, error.message), status=error.status)
    except web.HTTPException as error:
        return _of_http(error)
    except (DBAPIError, PoolTimeout) as error:
        logger.error("storage_unavailable", route=route(request), **described(error))
        return reply(body(*UNAVAILABLE), status=503)
    except asyncio.CancelledError:
        raise
    except Exception as error:
        logger.error("unexpected_error", route=route(request), **described(error))
        code, message = UNEXPECTED
        number = request.get(CORRELATION, "")
        return reply(body(code, f"{message}（编号 {number}）" if number else message), status=500)


def route(request: web.Request) -> str:
    """Name the route of a request as it was declared: never the address that somebody typed."""
    resource = request.match_info.route.resource
    return resource.canonical if resource is not None else "-"


def _of_http(error: web.HTTPException) -> web.StreamResponse:
    if error.status < 400:
        return error
    code, message = HTTP_MESSAGES.get(error.status, ("http_error", "请求没有成功，请刷新页面再试。"))
    response = reply(body(code, message), status=error.status)
    if "Allow" in error.headers:
        response.headers["Allow"] = error.headers["Allow"]
    return response
