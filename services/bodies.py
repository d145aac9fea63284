"""Request bodies: JSON objects of a limited size, checked against a model."""

import json
from typing import Any

from aiohttp import web
from aiohttp.web_exceptions import HTTPRequestEntityTooLarge
from pydantic import BaseModel, ValidationError

from services.errors import ApiError

# The limit of a body in bytes, given to every application as `client_max_size`.
LIMIT_BYTES = 64 * 1024


async def read_object(request: web.Request) -> dict[str, Any]:
    """Read the body as a JSON object; an empty body is an empty object.

    Raises:
        ApiError: 413 `too_large` over 64 KiB; 400 `bad_json` for anything but a JSON object in UTF-8.
    """
    try:
        if request.content_length is not None and request.content_length > LIMIT_BYTES:
            raise HTTPRequestEntityTooLarge(max_size=LIMIT_BYTES, actual_size=request.content_length)
        raw = await request.read()
        value = json.loads(raw.decode("utf-8"), parse_constant=_refuse_constant) if raw.strip() else {}
    except HTTPRequestEntityTooLarge:
        raise ApiError(413, "too_large", "内容太长了（最多 64 KiB），请分成几次发送。") from None
    except (ValueError, RecursionError, web.RequestPayloadError):
        raise ApiError(400, "bad_json", "请求不是有效的 JSON（UTF-8），请刷新页面再试。") from None
    if not isinstance(value, dict):
        raise ApiError(400, "bad_json", "请求应当是一个 JSON 对象，请刷新页面再试。")
    return value


async def read[Model: BaseModel](request: web.Request, model: type[Model]) -> Model:
    """Read the body into a pydantic model.

    Raises:
        ApiError: as `read_object`, and 422 `bad_body` naming the fields, never their values.
    """
    try:
        return model.model_validate(await read_object(request))
    except ValidationError as error:
        problems = error.errors(include_url=False, include_input=False, include_context=False)
        named = "; ".join(
            f"{'.'.join(str(part) for part in item['loc']) or 'body'}: {item['msg']}" for item in problems
        )
        raise ApiError(422, "bad_body", f"请求的内容不符合要求：{named[:500]}") from None


def _refuse_constant(name: str) -> float:
    """NaN and Infinity are not JSON, though Python reads them."""
    raise ValueError(f"{name} is not JSON")
