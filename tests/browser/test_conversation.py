"""A conversation survives reloads, double clicks, lost replies and outages; each message is sent once."""

import asyncio

import pytest
from playwright.async_api import expect

from tests.browser.samples import ANSWER, QUESTION

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

LOST = "连接中断，正在重新连接……"


async def test_a_reload_keeps_the_conversation(chat, front_door):
    front_door.replies["问"] = [ANSWER]
    await chat.ask("问")
    before = [(shown.role, shown.text) for shown in await chat.messages() if shown.role != "page"]
    await chat.page.reload()
    await expect(chat.answers).to_have_count(2)
    after = [(shown.role, shown.text) for shown in await chat.messages()]
    assert after == before
    assert front_door.sessions == 1
    assert await chat.buttons() == ["帮我看看能不能落户"]


async def test_examples_are_offered_until_the_first_question(chat, front_door):
    await chat.page.get_by_role("button", name="租的房子能落户吗？").click()
    await chat.answered(1)
    assert front_door.posts[0]["text"] == "租的房子能落户吗？"
    await chat.page.reload()
    await expect(chat.answers).to_have_count(2)
    assert await chat.page.locator(".example").count() == 0


async def test_a_message_by_reply_and_by_event_is_shown_once(chat, front_door):
    front_door.pause_s = 0.3
    for number in range(3):
        await chat.ask(f"第{number}问")
    await asyncio.sleep(0.5)
    assert [shown.text for shown in await chat.messages() if shown.role == "user"] == ["第0问", "第1问", "第2问"]
    await expect(chat.answers).to_have_count(4)


async def test_messages_typed_quickly_are_answered_in_order(chat, front_door):
    front_door.pause_s = 0.2
    front_door.replies.update({text: [{"text": f"答{text}"}] for text in "甲乙丙"})
    for text in "甲乙丙":
        await chat.type(text)
    await expect(chat.answers).to_have_count(4)
    assert front_door.texts() == ["甲", "乙", "丙"]
    assert [shown.text for shown in await chat.messages() if shown.role == "assistant"][1:] == ["答甲", "答乙", "答丙"]


async def test_a_double_click_sends_once(chat, front_door):
    front_door.replies["问"] = [QUESTION]
    front_door.pause_s = 0.2
    await chat.ask("问")
    await chat.button("大专").dblclick()
    await chat.answered(2)
    assert [post for post in front_door.posts if "payload" in post] == front_door.posts[1:]
    assert len(front_door.posts) == 2


async def test_only_the_latest_buttons_can_be_used(chat, front_door):
    front_door.replies["问"] = [QUESTION]
    front_door.replies["再问"] = [ANSWER, {"text": "还有别的吗？"}]
    await chat.ask("问")
    old = chat.page.locator(".choice", has_text="大专")
    await chat.ask("再问")
    assert await chat.buttons() == ["帮我看看能不能落户"]
    await old.click(force=True)
    await asyncio.sleep(0.2)
    assert len(front_door.posts) == 2


async def test_a_lost_reply_is_asked_for_again_and_the_turn_happens_once(chat, front_door, watch):
    watch.outages = True
    front_door.lose_replies = 1
    front_door.replies["问"] = [ANSWER]
    await chat.ask("问")
    await expect(chat.page.locator(".pending")).to_have_count(0)
    first, second = front_door.posts
    assert first["id"] == second["id"]
    assert front_door.texts() == ["问"]
    await expect(chat.answers).to_have_count(2)
    assert [shown.text for shown in await chat.messages() if shown.role == "user"] == ["问"]


async def test_a_message_typed_while_the_server_is_away_is_sent_once_when_it_is_back(chat, front_door, watch):
    watch.outages = True
    await front_door.leave()
    await expect(chat.status).to_have_text(LOST)
    await chat.type("我还在吗")
    await asyncio.sleep(1)
    assert front_door.posts == []
    front_door.come_back()
    await expect(chat.answers).to_have_count(2, timeout=20000)
    await expect(chat.status).not_to_have_text(LOST)
    await expect(chat.page.locator(".pending")).to_have_count(0)
    assert front_door.texts() == ["我还在吗"]
    await front_door.say({"role": "staff", "text": "现在好了"})
    await expect(chat.answers).to_have_count(3, timeout=20000)


async def test_a_browser_that_went_offline_sends_once_when_online(chat, front_door, watch):
    watch.outages = True
    await chat.page.context.set_offline(True)
    await chat.type("没有网")
    await expect(chat.status).to_have_text(LOST)
    await chat.page.context.set_offline(False)
    await expect(chat.answers).to_have_count(2, timeout=20000)
    assert front_door.texts() == ["没有网"]


async def test_missed_messages_come_after_an_outage(chat, front_door, watch):
    watch.outages = True
    await front_door.leave()
    await expect(chat.status).to_have_text(LOST)
    front_door.come_back()
    await front_door.say({"role": "staff", "text": "您不在的时候说的"})
    await expect(chat.page.get_by_text("您不在的时候说的")).to_have_count(1, timeout=20000)


async def test_a_refused_message_says_why_and_can_be_sent_again(chat, front_door, watch):
    watch.outages = True
    front_door.refusal = (429, "发得太快了，请等几秒。")
    await chat.type("问")
    await expect(chat.page.get_by_text("没有发出：发得太快了，请等几秒。")).to_be_visible()
    front_door.refusal = None
    await chat.page.get_by_role("button", name="再发一次").click()
    await chat.answered(1)
    assert front_door.texts() == ["问"]
    await expect(chat.page.get_by_text("没有发出")).to_have_count(0)


async def test_an_expired_conversation_begins_anew_and_keeps_the_message(chat, front_door, watch):
    watch.outages = True
    front_door.logs.clear()
    await chat.type("还认得我吗")
    await expect(chat.page.get_by_text("上次的对话已经过期，这里重新开始。")).to_be_visible()
    await chat.answered(1)
    assert front_door.texts() == ["还认得我吗"]
    assert [shown.text for shown in await chat.messages() if shown.role == "user"] == ["还认得我吗"]


async def test_starting_anew_asks_first_and_then_clears(chat, front_door):
    await chat.ask("问")
    restart = chat.page.get_by_role("button", name="重新开始")
    await restart.first.click()
    await chat.page.get_by_role("button", name="不，接着聊").click()
    assert len([shown for shown in await chat.messages() if shown.role == "user"]) == 1
    await restart.first.click()
    await chat.page.get_by_role("dialog").get_by_role("button", name="重新开始").click()
    await expect(chat.answers).to_have_count(1)
    assert front_door.sessions == 2
    await chat.ask("新的问题")
    assert front_door.texts() == ["新的问题"]
    await chat.page.reload()
    await expect(chat.answers).to_have_count(2)


async def test_two_tabs_show_the_same_conversation(chat, url):
    other = type(chat)(await chat.page.context.new_page())
    await other.open(url)
    await chat.ask("从第一个窗口问")
    await expect(other.page.get_by_text("从第一个窗口问")).to_be_visible()
    await expect(other.answers).to_have_count(2)
    await expect(chat.page.get_by_text("从第一个窗口问")).to_have_count(1)
