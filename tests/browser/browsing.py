"""A chromium for all tests, and pages whose every request and complaint is watched.

Fixtures for tests of the page alone and of the whole stack; the latter bring their own `url` (ending in "/").
All run in the session's event loop, as the browser does: `pytest.mark.asyncio(loop_scope="session")`.
"""

import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import pytest_asyncio
from playwright.async_api import Browser, BrowserContext, async_playwright

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
MISSING = "no chromium: install Debian's chromium, or run `playwright install chromium`"
DESKTOP = {"viewport": {"width": 1280, "height": 800}}
PHONE = {
    "viewport": {"width": 360, "height": 740},
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/120 Mobile Safari/537.36",
}
# Kept by the page itself, since the event says more than the console's line.
WATCH = """window.violations = [];
document.addEventListener('securitypolicyviolation', (event) => {
  window.violations.push(event.violatedDirective + ' ' + event.blockedURI);
});"""


def chromium(downloaded: str) -> str | None:
    """Find a chromium on this machine, else the one that Playwright downloaded, if it did."""
    installed = next((found for name in NAMES if (found := shutil.which(name))), None)
    return installed or (downloaded if Path(downloaded).exists() else None)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        path = chromium(playwright.chromium.executable_path)
        if path is None and os.environ.get("CI", "").lower() in ("1", "true"):
            pytest.fail(MISSING)
        if path is None:
            pytest.skip(MISSING)
        # Root in a container has no user namespace to build the sandbox from; the pages are our own.
        arguments = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=path, args=arguments)
        yield browser
        await browser.close()


class Watch:
    """What a page asked for and complained of. `outages` allows the browser's lines about failed requests."""

    def __init__(self, context: BrowserContext, url: str) -> None:
        self.outages = False
        self.foreign: list[str] = []
        self.complaints: list[str] = []
        context.on("request", lambda request: self._requested(request.url, url))
        context.on("console", lambda line: self._said(line.type, line.text))
        context.on("weberror", lambda error: self.complaints.append(str(error.error)))

    def _requested(self, asked: str, url: str) -> None:
        if not asked.startswith((url, "data:", "blob:")):
            self.foreign.append(asked)

    def _said(self, kind: str, text: str) -> None:
        if kind in ("error", "warning") and not (self.outages and "Failed to load resource" in text):
            self.complaints.append(f"{kind}: {text}")


@pytest.fixture
def device(request: pytest.FixtureRequest) -> dict[str, Any]:
    """A desktop, or what a test gives by indirect parametrization."""
    return getattr(request, "param", DESKTOP)


@pytest_asyncio.fixture(loop_scope="session")
async def context(browser: Browser, device: dict[str, Any]) -> AsyncIterator[BrowserContext]:
    context = await browser.new_context(**device, locale="zh-CN")
    await context.add_init_script(WATCH)
    yield context
    await context.close()


@pytest_asyncio.fixture(loop_scope="session")
async def watch(context: BrowserContext, url: str) -> AsyncIterator[Watch]:
    watch = Watch(context, url)
    yield watch
    violations = [line for page in context.pages for line in await page.evaluate("window.violations || []")]
    assert (watch.foreign, watch.complaints, violations) == ([], [], [])
