"""The one page at `/`: readable without scripts, the chat is added by static/chat.js."""

from pathlib import Path

import aiohttp_jinja2
import jinja2
from aiohttp import hdrs, web

from services.site.assets import Assets

TEMPLATES = web.AppKey("site_templates", jinja2.Environment)
# What residents ask most about what the assistant can answer; the page shows them to tap.
EXAMPLES = (
    "租的房子能落户吗？",
    "杭州积分落户要多少分？",
    "老婆孩子能跟我一起迁户口吗？",
    "落户以后，老家的承包地还在吗？",
    "办居住证要带什么？",
    "居住证丢了怎么补？",
)


def setup(app: web.Application, files: Assets) -> None:
    """Serve the page from its template, with the addresses of today's files."""
    aiohttp_jinja2.setup(
        app,
        app_key=TEMPLATES,
        loader=jinja2.FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
    )

    def static(path: str) -> str:
        return files[path].url

    async def show(request: web.Request) -> web.Response:
        response = aiohttp_jinja2.render_template(
            "page.html", request, {"static": static, "examples": EXAMPLES}, app_key=TEMPLATES
        )
        # The page names the files of today, so it is asked for each time; the files are not.
        response.headers[hdrs.CACHE_CONTROL] = "no-cache"
        return response

    app.router.add_get("/", show)
