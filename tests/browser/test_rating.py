"""Answers can be rated, by finger, by keyboard and by screen reader, and the rating stays."""

import pytest
from playwright.async_api import expect

from tests.browser.browsing import PHONE
from tests.browser.samples import ANSWER, DECLINED, QUESTION, SHEET, STAFF
from tests.browser.test_page import SMALL, TEXTS

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

REASONS = ["和我的情况不符", "内容有误", "内容过时", "答非所问", "看不懂", "其他"]
RATED = {
    "text": "谢谢，已经记下来了。",
    "buttons": [{"title": "找人工", "payload": "/human_handoff"}],
    "outcome": {"outcome": "rated", "seq": 3, "value": "down", "reason": "outdated"},
}


def up(chat):
    return chat.page.get_by_role("button", name="这条回答有用").last


def down(chat):
    return chat.page.get_by_role("button", name="这条回答没用").last


def reason(chat, title):
    return chat.page.get_by_role("group", name="这条回答哪里不好").get_by_role("button", name=title)


async def answered(chat, front_door, message=ANSWER):
    front_door.replies["问"] = [message]
    await chat.ask("问")


async def test_answers_and_declines_can_be_rated_and_nothing_else(chat, front_door):
    front_door.replies = {"一": [ANSWER], "二": [SHEET], "三": [DECLINED], "四": [QUESTION], "五": [{"text": "您好"}]}
    rating = chat.page.locator(".rating")
    for text, count in zip(front_door.replies, (1, 2, 3, 3, 3), strict=True):
        await chat.ask(text)
        await expect(rating).to_have_count(count)
    front_door.replies["六"] = [{**DECLINED, "outcome": {"outcome": "declined_out_of_scope", "urgent": True}}]
    await chat.ask("六")
    await front_door.say(STAFF)
    await expect(chat.page.locator(".message-staff")).to_be_visible()
    await expect(rating).to_have_count(3)


async def test_a_useful_answer_is_one_tap(chat, front_door):
    await answered(chat, front_door)
    await expect(up(chat)).to_have_text("有用")
    await expect(up(chat)).to_have_attribute("aria-pressed", "false")
    await up(chat).click()
    await expect(up(chat)).to_have_attribute("aria-pressed", "true")
    await expect(chat.page.get_by_text("谢谢，记下来了。")).to_be_visible()
    assert front_door.ratings == [{"seq": 3, "value": "up"}]
    await up(chat).click()
    assert len(front_door.ratings) == 1


async def test_a_useless_one_is_asked_why_and_thanks(chat, front_door):
    await answered(chat, front_door)
    await down(chat).click()
    await expect(down(chat)).to_have_attribute("aria-pressed", "true")
    group = chat.page.get_by_role("group", name="这条回答哪里不好")
    assert await group.get_by_role("button").all_inner_texts() == REASONS
    await reason(chat, "内容过时").click()
    await expect(group).to_have_count(0)
    await expect(chat.page.get_by_text("谢谢，记下来了。")).to_be_visible()
    assert front_door.ratings == [{"seq": 3, "value": "down"}, {"seq": 3, "value": "down", "reason": "outdated"}]
    # The buttons of the answer itself can still be used.
    assert await chat.buttons() == ["帮我看看能不能落户"]


async def test_a_rating_stays_over_a_reload_and_can_be_changed(chat, front_door):
    await answered(chat, front_door)
    await down(chat).click()
    await reason(chat, "看不懂").click()
    await expect(chat.page.get_by_text("谢谢，记下来了。")).to_be_visible()
    await chat.page.reload()
    await expect(down(chat)).to_have_attribute("aria-pressed", "true")
    await expect(up(chat)).to_have_attribute("aria-pressed", "false")
    await down(chat).click()
    await expect(reason(chat, "看不懂")).to_have_attribute("aria-pressed", "true")
    await up(chat).click()
    await expect(up(chat)).to_have_attribute("aria-pressed", "true")
    await expect(down(chat)).to_have_attribute("aria-pressed", "false")
    await expect(chat.page.get_by_role("group", name="这条回答哪里不好")).to_have_count(0)
    await expect(chat.page.get_by_text("谢谢，记下来了。")).to_be_visible()
    assert front_door.ratings[-1] == {"seq": 3, "value": "up"}


async def test_a_rating_that_was_not_kept_says_so(chat, front_door, watch):
    watch.outages = True
    await answered(chat, front_door)
    front_door.refusal = (503, "暂时存不下您的消息，请过一会儿再发一次。")
    await up(chat).click()
    await expect(chat.page.get_by_text("没有记下来，请再点一次。")).to_be_visible()
    await expect(up(chat)).to_have_attribute("aria-pressed", "false")
    front_door.refusal = None
    await up(chat).click()
    await expect(chat.page.get_by_text("谢谢，记下来了。")).to_be_visible()
    assert front_door.ratings == [{"seq": 3, "value": "up"}]


async def test_a_reason_given_in_the_dialogue_is_shown_at_the_answer(chat, front_door):
    front_door.replies["答错了"] = [
        {
            "text": "哪里不对？",
            "buttons": [{"title": "内容过时", "payload": "/rate"}],
            "outcome": {"outcome": "small_talk"},
        }
    ]
    front_door.replies["/rate"] = [RATED]
    await answered(chat, front_door)
    await chat.ask("答错了")
    await chat.click("内容过时")
    await expect(down(chat)).to_have_attribute("aria-pressed", "true")
    assert await chat.buttons() == ["找人工"]
    await expect(chat.page.locator(".rating")).to_have_count(1)


async def test_the_keyboard_rates_and_keeps_its_place(chat, front_door):
    await answered(chat, front_door)
    await down(chat).focus()
    await chat.page.keyboard.press("Enter")
    await chat.page.keyboard.press("Tab")
    focused = "document.activeElement.shadowRoot.activeElement.textContent"
    assert await chat.page.evaluate(focused) == "和我的情况不符"
    await chat.page.keyboard.press("Space")
    await expect(chat.page.get_by_text("谢谢，记下来了。")).to_be_visible()
    assert await chat.page.evaluate(focused) == "没用"
    assert front_door.ratings[-1]["reason"] == "not_my_case"


@pytest.mark.parametrize("device", [PHONE], indirect=True)
async def test_on_a_phone_the_reasons_fit_and_are_seen(chat, front_door):
    await answered(chat, front_door)
    await down(chat).click()
    for title in REASONS:
        await expect(reason(chat, title)).to_be_in_viewport(ratio=1)
    assert await chat.page.evaluate(SMALL) == []
    log = chat.page.locator("#messages")
    assert await log.evaluate("log => log.scrollWidth <= log.clientWidth")
    texts = await chat.page.evaluate(TEXTS)
    assert [text for text in texts if text["size"] < 16 or text["contrast"] < 4.5] == []
