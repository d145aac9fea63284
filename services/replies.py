"""JSON replies that keep Chinese as it is: half the bytes of escapes, and readable with curl."""

import json
from typing import Any

from aiohttp import web


def reply(value: Any, status: int = 200) -> web.Response:
    """Give a JSON response in UTF-8."""
    return web.json_response(text=text(value), status=status)


def text(value: Any) -> str:
    """Write JSON without spaces and without escaping what is not ASCII."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
