"""The page itself: phones, zoom, keyboard, contrast, screen readers' names, without scripts, without other hosts."""

import pytest
from playwright.async_api import expect

from tests.browser.browsing import DESKTOP, PHONE
from tests.browser.chat_page import ChatPage
from tests.browser.samples import ANSWER, DECLINED, QUESTION, SHEET, STAFF

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

ZOOMED = {"viewport": {"width": 640, "height": 400}}
DARK = {**DESKTOP, "color_scheme": "dark"}
# Every element with a text of its own: its size, its colour, and the first ground behind it, through shadow roots.
TEXTS = """() => {
  const found = [];
  const colour = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (node) => {
    for (; node; node = node.assignedSlot || node.parentElement || node.getRootNode().host) {
      const value = colour(getComputedStyle(node).backgroundColor);
      if (value.length < 4 || value[3] > 0) return value;
    }
    return [255, 255, 255];
  };
  const light = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const visit = (root) => root.querySelectorAll('*').forEach((node) => {
    if (node.shadowRoot) visit(node.shadowRoot);
    const own = [...node.childNodes].some((child) => child.nodeType === 3 && child.textContent.trim());
    if (!own || !node.checkVisibility() || ['STYLE', 'SCRIPT', 'TITLE'].includes(node.tagName)) return;
    const style = getComputedStyle(node);
    const [a, b] = [light(colour(style.color)), light(ground(node))].sort((x, y) => y - x);
    const contrast = (a + 0.05) / (b + 0.05);
    found.push({ text: node.textContent.trim().slice(0, 20), size: parseFloat(style.fontSize), contrast });
  });
  visit(document);
  return found;
}"""
# What is narrower or lower than a finger: links inside a sentence are exempt (WCAG 2.5.8).
SMALL = """() => {
  const small = [];
  const visit = (root) => root.querySelectorAll('*').forEach((node) => {
    if (node.shadowRoot) visit(node.shadowRoot);
    if (!node.matches('button, summary, [role=button], a:not(p a, .skip)') || !node.checkVisibility()) return;
    const box = node.getBoundingClientRect();
    if (box.height < 44 || box.width < 44) small.push(node.textContent + ' ' + box.width + '×' + box.height);
  });
  visit(document);
  return small;
}"""


async def say_everything(chat, front_door):
    front_door.replies = {"一": [ANSWER], "二": [QUESTION], "三": [SHEET], "四": [DECLINED]}
    for text in front_door.replies:
        await chat.ask(text)
    await front_door.say(STAFF)
    await expect(chat.page.locator(".message-staff")).to_be_visible()
    await chat.page.locator("summary").evaluate_all("all => all.forEach(one => one.click())")


@pytest.mark.parametrize("device", [DESKTOP, PHONE, ZOOMED], indirect=True, ids=["desktop", "phone", "zoomed"])
async def test_no_screen_scrolls_sideways(chat, front_door):
    await say_everything(chat, front_door)
    width, room = await chat.page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert width <= room
    log = chat.page.locator("#messages")
    assert await log.evaluate("log => log.scrollWidth <= log.clientWidth")


@pytest.mark.parametrize("device", [DESKTOP, DARK], indirect=True, ids=["light", "dark"])
async def test_texts_are_large_and_stand_out(chat, front_door):
    await say_everything(chat, front_door)
    texts = await chat.page.evaluate(TEXTS)
    assert len(texts) > 60
    assert [text for text in texts if text["size"] < 16] == []
    assert [text for text in texts if text["contrast"] < 4.5] == []


@pytest.mark.parametrize("device", [PHONE], indirect=True)
async def test_everything_to_tap_has_the_size_of_a_finger(chat, front_door):
    await say_everything(chat, front_door)
    assert await chat.page.evaluate(SMALL) == []


@pytest.mark.parametrize("device", [PHONE], indirect=True)
async def test_on_a_phone_the_chat_fills_the_first_screen(chat):
    for shown in (chat.input, chat.send_button, chat.page.get_by_text("请不要输入身份证号、银行卡号")):
        await expect(shown).to_be_in_viewport(ratio=1)
    await expect(chat.page.get_by_text("不是官方决定，以窗口答复为准")).to_be_in_viewport(ratio=1)


@pytest.mark.parametrize("device", [PHONE], indirect=True)
async def test_the_start_of_a_long_answer_is_what_one_sees(chat, front_door):
    front_door.replies["问"] = [{**ANSWER, "text": "第一句要紧。\n\n" + "后面还有很多话。" * 120}]
    await chat.ask("问")
    await expect(chat.page.get_by_text("第一句要紧。")).to_be_in_viewport(ratio=1)


async def test_the_keyboard_alone_is_enough(chat, front_door):
    front_door.replies["我要算积分"] = [QUESTION]
    keyboard = chat.page.keyboard
    await chat.page.locator("body").press("Tab")
    for _ in range(20):
        if await chat.input.evaluate("input => input.getRootNode().activeElement === input"):
            break
        await keyboard.press("Tab")
    await keyboard.type("我要算积分")
    await keyboard.press("Enter")
    await chat.answered(1)
    for _ in range(20):
        if await chat.page.evaluate("document.activeElement.shadowRoot?.activeElement?.textContent") == "初中及以下":
            break
        await keyboard.press("Shift+Tab")
    await keyboard.press("Tab")
    front_door.replies['/answer{"value": "高中"}'] = [{**QUESTION, "text": "下一题"}]
    await keyboard.press("Enter")
    await chat.answered(2)
    assert front_door.posts[-1]["payload"] == '/answer{"value": "高中"}'
    # The focus stays where it was, and the next stop is the new question.
    await keyboard.press("Tab")
    focused = "document.activeElement.shadowRoot.activeElement"
    assert await chat.page.evaluate(f"{focused}.textContent") == "初中及以下"
    assert "下一题" in await chat.page.evaluate(f"{focused}.closest('.message').innerText")


async def test_enter_that_accepts_a_word_does_not_send(chat, front_door):
    await chat.input.fill("luohu")
    await chat.input.dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True, "composed": True})
    await chat.input.dispatch_event("keydown", {"key": "Enter", "keyCode": 229, "bubbles": True, "composed": True})
    await chat.input.press("Shift+Enter")
    await chat.page.wait_for_timeout(200)
    assert front_door.posts == []
    await chat.input.press("Enter")
    await chat.answered(1)
    assert len(front_door.posts) == 1


@pytest.mark.parametrize("device", [PHONE], indirect=True)
async def test_enter_sends_on_a_phone_too(chat, front_door):
    await chat.input.fill("居住证")
    await chat.input.press("Enter")
    await chat.answered(1)
    assert front_door.texts() == ["居住证"]


async def test_nothing_typed_sends_nothing(chat, front_door):
    await chat.send_button.click()
    await chat.input.fill("   ")
    await chat.send_button.click()
    await chat.page.wait_for_timeout(200)
    assert front_door.posts == []


async def test_screen_readers_get_names_and_new_messages(chat):
    log = chat.page.get_by_role("log", name="对话记录")
    await expect(log).to_have_attribute("aria-live", "polite")
    await expect(chat.page.get_by_role("textbox", name="请输入您的问题")).to_be_visible()
    await expect(chat.send_button).to_be_visible()
    await expect(chat.page.get_by_role("status")).to_be_attached()
    await expect(chat.page.get_by_role("heading", level=1, name="安居答")).to_be_visible()
    assert await chat.page.evaluate("document.documentElement.lang") == "zh-CN"


async def test_used_buttons_say_so(chat, front_door):
    front_door.replies["问"] = [QUESTION]
    await chat.ask("问")
    await chat.click("大专")
    await expect(chat.page.get_by_role("button", name="大专")).to_have_attribute("aria-disabled", "true")


@pytest.mark.parametrize("device", [{**DESKTOP, "java_script_enabled": False}], indirect=True)
async def test_without_scripts_the_page_says_what_it_can_do_and_whom_to_call(context, url):
    page = await context.new_page()
    await page.goto(url)
    await expect(page.get_by_role("heading", name="能问什么")).to_be_visible()
    for text in ("租的房子能落户吗？", "对话正在打开", "请不要输入身份证号、银行卡号"):
        await expect(page.get_by_text(text).first).to_be_visible()
    await expect(page.get_by_role("link", name="12345").first).to_have_attribute("href", "tel:12345")
    await expect(page.get_by_role("link", name="12333")).to_be_visible()


async def test_the_page_weighs_little_and_comes_from_one_host(context, watch, url):
    page = await context.new_page()
    weights = {}

    async def weigh(response):
        sizes = await response.request.sizes()
        weights[response.url.removeprefix(url)] = sizes["responseBodySize"]

    tasks = []
    page.on("response", lambda response: "/chat/" in response.url or tasks.append(weigh(response)))
    await ChatPage(page).open(url)
    for task in tasks:
        await task
    assert sum(weights.values()) < 150_000, weights
    assert max(weights, key=weights.get).endswith("deepChat.bundle.js")


async def test_a_busy_machine_does_not_lose_names_or_messages(context, watch, url):
    # The main thread is blocked just when deep-chat's two drawing timers start: both then draw.
    await context.add_init_script(
        "const append = Element.prototype.append;"
        "Element.prototype.append = function (...nodes) { append.apply(this, nodes);"
        " if (nodes.some((node) => node.tagName === 'DEEP-CHAT'))"
        " for (const end = performance.now() + 80; performance.now() < end;); };"
    )
    chat = ChatPage(await context.new_page())
    await chat.open(url)
    await chat.page.wait_for_timeout(300)
    await expect(chat.answers).to_have_count(1)
    await expect(chat.page.get_by_role("log", name="对话记录")).to_be_visible()
