"""A resident at the page, with a real browser and the real processes: everything in one sitting."""

import signal

import pytest
import pytest_asyncio
from playwright.async_api import expect

from tests.browser.browsing import DESKTOP, PHONE, browser, context, device, watch
from tests.browser.chat_page import ANSWER_MS, ChatPage

__all__ = ["browser", "context", "device", "watch"]

pytestmark = [pytest.mark.stack, pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

TOTAL_OF_35_DAZHUAN = "合计 72 分"


@pytest.fixture
def url(stack):
    return stack.url + "/"


@pytest_asyncio.fixture(loop_scope="session")
async def chat(context, watch, url):
    chat = ChatPage(await context.new_page())
    await chat.open(url)
    return chat


@pytest.mark.parametrize("device", [DESKTOP, PHONE], indirect=True, ids=["desktop", "phone"])
async def test_a_resident_asks_estimates_and_checks_in_one_sitting(chat, stack, watch):
    answer = await chat.ask("租的房子能不能把户口迁过来")
    assert "租房" in answer.text
    assert any("2023—2027" in source for source in await chat.sources())

    declined = await chat.ask("护照怎么办")
    assert "12367" in declined.text

    asked = await chat.ask("我能积多少分")
    assert "第 1 题，共约 6 题" in asked.text
    await chat.ask("35岁")
    third = await chat.click("大专")
    assert "第 3 题，共约 6 题" in third.text
    interrupted = await chat.ask("居住证丢了怎么补")
    assert "第 3 题，共约 6 题" in interrupted.text, "the open question is asked again after the answer"
    await chat.click("中级工（四级）")
    await chat.ask("四年")
    await chat.ask("2020年1月到2024年12月")
    rows = await chat.sheet()
    assert rows[0] == ["项目", "得分", "上限", "依据"]
    assert [row[1] for row in rows[1:6]] == ["20", "8", "5", "24", "15"]
    assert TOTAL_OF_35_DAZHUAN in " ".join(rows[-1])

    await chat.ask("我能办居住证吗")
    await chat.ask("嘉兴")
    await chat.ask("7个月")
    decided = await chat.click("在当地有稳定住所")
    assert "符合" in decided.text

    before = await _first_lines(chat)
    await chat.page.reload()
    await expect(chat.bubbles).to_have_count(len(before), timeout=ANSWER_MS)
    assert await _first_lines(chat) == before
    width = await chat.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert width <= 0, "nothing sticks out sideways"


async def test_services_are_killed_and_the_page_sends_the_message_when_they_are_back(chat, stack, watch):
    watch.outages = True
    await chat.ask("居住证丢了怎么补")
    old = stack.hit("services", signal.SIGKILL)
    await chat.type("暂住证上哪办")
    await expect(chat.status).to_contain_text("连接中断", timeout=ANSWER_MS)
    await stack.wait_for_another("services", old)
    await expect(chat.answers.nth(2)).to_be_visible(timeout=30_000)
    sent = [shown for shown in await chat.messages() if shown.text == "暂住证上哪办"]
    assert len(sent) == 1
    assert "居住证" in (await chat.last()).text


async def _first_lines(chat):
    """Give who said what, without what was unfolded; the page's own examples are not part of a conversation."""
    return [(shown.role, shown.text.split("\n")[0]) for shown in await chat.messages() if shown.role != "page"]
