"""Typed keys of what the parts of the registry share."""

from aiohttp import web

from registry.settings import Settings
from registry.store import Store

SETTINGS = web.AppKey("settings", Settings)
STORE = web.AppKey("store", Store)
# Of a request: the key id that signed it.
KEY_ID: "web.RequestKey[str]" = web.RequestKey("key_id", str)
