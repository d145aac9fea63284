"""The public page: what the assistant can do, and the chat, for residents."""

from aiohttp import web

from services.site import assets, page


def setup(app: web.Application) -> None:
    """Add `/` and `/static/…` to the public application."""
    files = assets.read(assets.FOLDER)
    assets.setup(app, files)
    page.setup(app, files)
