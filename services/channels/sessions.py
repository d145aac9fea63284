"""Whose conversation a request is about, and whether its page may ask.

Our own pages use a cookie, which scripts cannot read and other sites cannot make a browser send;
embedded widgets send a bearer token, because browsers do not return cookies of third parties.
"""

from typing import Literal
from urllib.parse import urlsplit

from aiohttp import hdrs, web

from services.conversations import words
from services.errors import ApiError
from services.keys import CONVERSATIONS, SETTINGS

COOKIE = "anju_session"
# A month: who comes back next week finds their conversation.
COOKIE_S = 30 * 24 * 3600
# Ours have 43 characters.
TOKEN_CHARACTERS = 200

Caller = Literal["own", "widget", "program"]


def caller(request: web.Request) -> Caller:
    """Tell who asks: our own page, a page of ALLOWED_ORIGINS, or a program (no browser says so little).

    Raises:
        ApiError: 403 `cross_site` for any other page.
    """
    origin = request.headers.get(hdrs.ORIGIN)
    site = request.headers.get("Sec-Fetch-Site")
    if origin is not None and origin.lower() in request.app[SETTINGS].allowed_origins:
        return "widget"
    # Browsers set Sec-Fetch-Site themselves, but only on https and localhost.
    if site in ("same-origin", "none") or (site is None and origin is not None and _is_ours(request, origin)):
        return "own"
    if site is None and origin is None:
        return "program"
    raise ApiError(403, "cross_site", words.CROSS_SITE)


async def conversation(request: web.Request) -> str:
    """Give the id of the conversation that the request's token or cookie opens.

    Raises:
        ApiError: 401 `no_session`; 403 `cross_site` when another site's page asks, or when a cookie comes
            with a change and without a sign of our own page.
    """
    asks = caller(request)
    authorization = request.headers.get(hdrs.AUTHORIZATION, "")
    if authorization:
        scheme, _, token = authorization.partition(" ")
        token = token.strip() if scheme.lower() == "bearer" else ""
    else:
        token = request.cookies.get(COOKIE, "")
        changes = request.method not in (hdrs.METH_GET, hdrs.METH_HEAD)
        if token and (asks == "widget" or (changes and asks != "own")):
            raise ApiError(403, "cross_site", words.CROSS_SITE)
    if not token or len(token) > TOKEN_CHARACTERS:
        raise ApiError(401, "no_session", words.NO_SESSION)
    return await request.app[CONVERSATIONS].find(token)


def give_cookie(request: web.Request, response: web.Response, token: str) -> None:
    """Let the browser of our own page keep the token."""
    response.set_cookie(
        COOKIE,
        token,
        path="/chat",
        max_age=COOKIE_S,
        httponly=True,
        samesite="Lax",
        secure=request.app[SETTINGS].secure,
    )


async def allow_widgets(request: web.Request, response: web.StreamResponse) -> None:
    """Let pages of ALLOWED_ORIGINS read what /chat answers: a signal for `on_response_prepare`."""
    if not request.path.startswith("/chat/"):
        return
    response.headers[hdrs.VARY] = "Origin"
    origin = request.headers.get(hdrs.ORIGIN, "")
    if origin.lower() in request.app[SETTINGS].allowed_origins:
        response.headers[hdrs.ACCESS_CONTROL_ALLOW_ORIGIN] = origin
        response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"


async def preflight(request: web.Request) -> web.Response:
    """Answer a browser that asks whether a widget may send what it wants to send."""
    origin = request.headers.get(hdrs.ORIGIN, "").lower()
    if origin not in request.app[SETTINGS].allowed_origins:
        raise ApiError(403, "cross_site", words.CROSS_SITE)
    return web.Response(
        status=204,
        headers={
            hdrs.ACCESS_CONTROL_ALLOW_METHODS: "GET, POST, DELETE",
            hdrs.ACCESS_CONTROL_ALLOW_HEADERS: "Authorization, Content-Type, Last-Event-ID",
            hdrs.ACCESS_CONTROL_MAX_AGE: "600",
        },
    )


def _is_ours(request: web.Request, origin: str) -> bool:
    """Compare with the address that the browser used and with BASE_URL, for proxies that change it."""
    base = urlsplit(request.app[SETTINGS].base_url)
    try:
        asked = urlsplit(origin)
        return bool(asked.netloc) and (
            asked.netloc.lower() == request.headers.get(hdrs.HOST, "").lower()
            or (asked.scheme, asked.netloc.lower()) == (base.scheme, base.netloc.lower())
        )
    except ValueError:
        return False
