"""What a resident does on the page, for tests: ask, click, read."""

import re
from dataclasses import dataclass

from playwright.async_api import Locator, Page, expect

# A turn may take the front door 5 s, and the machine may be busy.
ANSWER_MS = 15000


@dataclass(frozen=True)
class Shown:
    """One bubble: who says it (user, assistant, staff, page), its visible text, and where it is."""

    role: str
    text: str
    bubble: Locator


class ChatPage:
    """The chat at `/` in a Playwright page. Locators reach into the view's shadow root by themselves."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.host = page.locator("#chat")
        self.input = page.get_by_role("textbox", name="请输入您的问题")
        self.send_button = page.get_by_role("button", name="发送", exact=True)
        self.status = page.locator("#status")
        self.bubbles = page.locator(".message-bubble.user-message-text, .message-bubble:has(> .message)")
        self.answers = page.locator(".message-assistant, .message-staff")

    async def open(self, url: str) -> None:
        """Open the page and wait for its welcome or its history."""
        await self.page.goto(url)
        await expect(self.answers.first).to_be_visible(timeout=ANSWER_MS)

    async def type(self, text: str) -> None:
        """Send a text, without waiting for the answer."""
        await self.input.fill(text)
        await self.send_button.click()

    async def ask(self, text: str) -> Shown:
        """Send a text and give the last message of the answer."""
        before = await self.answers.count()
        await self.type(text)
        return await self.answered(before)

    async def click(self, title: str) -> Shown:
        """Press the button that can be used now and has this title; give the last message of the answer."""
        before = await self.answers.count()
        await self.button(title).click()
        return await self.answered(before)

    async def answered(self, before: int) -> Shown:
        """Wait until there are more answers than before and nothing is on its way."""
        await expect(self.answers.nth(before)).to_be_visible(timeout=ANSWER_MS)
        await expect(self.host).not_to_have_attribute("data-waiting", "true", timeout=ANSWER_MS)
        return await self.last()

    def button(self, title: str) -> Locator:
        """Find the button that can be used now."""
        name = re.compile(rf"^\s*{re.escape(title)}\s*$")
        return self.page.locator(".choices:not([aria-disabled]) .choice").filter(has_text=name).last

    async def buttons(self) -> list[str]:
        """Give the titles that can be used now, without the page's examples."""
        return await self.page.locator(".choices:not([aria-disabled]):not(.examples) .choice").all_inner_texts()

    async def messages(self) -> list[Shown]:
        """Give every bubble in order."""
        shown = []
        for bubble in await self.bubbles.all():
            kind = bubble.locator("> .message")
            classes = (await kind.get_attribute("class") or "") if await kind.count() else "message-user"
            role = re.search(r"message-(\w+)", classes)
            shown.append(Shown(role[1] if role else "user", (await bubble.inner_text()).strip(), bubble))
        return shown

    async def last(self) -> Shown:
        """Give the last bubble."""
        return (await self.messages())[-1]

    async def sources(self) -> list[str]:
        """Open the sources of the last answer that has some, and give a text for each."""
        fold = self.page.locator("details.sources").last
        if await fold.get_attribute("open") is None:
            await fold.locator("summary").click()
        return await fold.locator("li").all_inner_texts()

    async def sheet(self) -> list[list[str]]:
        """Give the rows of the last sheet, its head and its total included."""
        rows = await self.page.locator(".sheet table").last.locator("tr").all()
        return [await row.locator("th, td").all_inner_texts() for row in rows]
