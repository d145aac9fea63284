"""Security headers on every response, and a content policy that lets a page load only its own files."""

from aiohttp import web

from services.keys import SETTINGS

CONTENT_SECURITY_POLICY = "; ".join(
    [
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "base-uri 'none'",
        "form-action 'self'",
        "frame-ancestors 'none'",
    ]
)
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    # In place of aiohttp's, which names versions.
    "Server": "anju",
}
# Half a year, the least that browsers' preload lists and auditors ask for.
STRICT_TRANSPORT_SECURITY = "max-age=15768000"


def setup(app: web.Application) -> None:
    """Put the headers on every response of this application, errors and streams included."""
    app.on_response_prepare.append(_add)


async def _add(request: web.Request, response: web.StreamResponse) -> None:
    response.headers.update(HEADERS)
    if request.app[SETTINGS].secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT_SECURITY
