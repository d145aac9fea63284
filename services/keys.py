"""Typed keys of what the parts of an application share."""

from typing import TYPE_CHECKING

from aiohttp import ClientSession, web

from services.settings import Settings

if TYPE_CHECKING:
    from services.conversations.bot import BotClient
    from services.conversations.conversations import Conversations
    from services.knowledge.published import Published
    from services.registry.client import RegistryClient
    from services.registry.secrets import Secrets
    from services.storage.database import Database

SETTINGS = web.AppKey("settings", Settings)
# The types below are imported for checking only, so that a part does not load the others.
DATABASE: "web.AppKey[Database]" = web.AppKey("database")
HTTP = web.AppKey("http", ClientSession)
BOT: "web.AppKey[BotClient]" = web.AppKey("bot")
CONVERSATIONS: "web.AppKey[Conversations]" = web.AppKey("conversations")
REGISTRY: "web.AppKey[RegistryClient]" = web.AppKey("registry")
SECRETS: "web.AppKey[Secrets]" = web.AppKey("secrets")
SNAPSHOT: "web.AppKey[Published]" = web.AppKey("snapshot")
# Of a request: the id that follows one turn through services, bot and actions.
CORRELATION: "web.RequestKey[str]" = web.RequestKey("correlation", str)
