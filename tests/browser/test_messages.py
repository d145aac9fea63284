"""Every kind of message is shown whole, and nothing in one can become a script, a foreign request or a bad link."""

from typing import Any

import pytest
from playwright.async_api import expect

from tests.browser.samples import ANSWER, DECLINED, QUESTION, SHEET, STAFF

pytestmark = [pytest.mark.browser, pytest.mark.asyncio(loop_scope="session")]

HOSTILE = (
    '<img src=x onerror="window.hacked=1"><script>window.hacked=1</script>'
    "[点](javascript:window.hacked=1) ![图](http://evil.example/x.png) <a href='javascript:window.hacked=1'>a</a>"
)
BAD_ADDRESSES = [
    "javascript:window.hacked=1",
    " JavaScript:window.hacked=1",
    "data:text/html,<script>window.hacked=1</script>",
    "//evil.example/x",
    "/chat/events",
    "https://user:secret@evil.example/",
    "vbscript:x",
    "https://",
]


async def test_an_answer_shows_text_cautions_details_sources_and_a_button(chat, front_door):
    front_door.replies["租房能落户吗"] = [ANSWER]
    answer = await chat.ask("租房能落户吗")
    assert answer.role == "assistant"
    assert "在杭州市区以外，租房住也可以落户" in answer.text
    assert await answer.bubble.locator(".notes li").all_inner_texts() == ANSWER["notes"]
    assert "备过案的租赁合同" not in answer.text
    await answer.bubble.get_by_text("详细", exact=True).click()
    assert "备过案的租赁合同" in await answer.bubble.inner_text()
    assert await chat.buttons() == ["帮我看看能不能落户"]
    await expect(answer.bubble.get_by_role("link", name="12345")).to_have_attribute("href", "tel:12345")


async def test_sources_open_with_number_date_trust_and_link(chat, front_door):
    front_door.replies["问"] = [ANSWER]
    await chat.ask("问")
    await expect(chat.page.get_by_text("来源 2 条")).to_be_visible()
    first, second = await chat.sources()
    assert "实施方案（2023—2027年）" in first
    assert "文号 浙政办发〔2023〕44号 · 发布日期 2023-07-18 · 省里的工作方案，各地还要出细则" in first
    assert second.split("\n") == ["户口登记条例", "来源没有写日期 · 官方文件"]
    link = chat.page.get_by_role("link", name="打开原文（www.zj.gov.cn）")
    assert await link.get_attribute("href") == ANSWER["sources"][0]["url"]
    assert await link.get_attribute("target") == "_blank"
    assert await link.get_attribute("rel") == "noopener noreferrer"
    assert await chat.page.locator("details.sources a").count() == 1


async def test_a_question_shows_how_far_it_is_and_its_buttons(chat, front_door):
    front_door.replies["算积分"] = [QUESTION]
    question = await chat.ask("算积分")
    assert question.text.startswith("第 3 题，共约 6 题")
    assert await chat.buttons() == ["初中及以下", "高中", "大专", "本科", "硕士", "博士", "不知道"]
    await chat.click("大专")
    assert front_door.posts[-1]["payload"] == '/answer{"value": "大专"}'
    assert "text" not in front_door.posts[-1]
    assert [shown.text for shown in await chat.messages() if shown.role == "user"][-1] == "大专"


async def test_a_points_sheet_is_a_table_with_caption_head_and_total(chat, front_door):
    front_door.replies["算"] = [SHEET]
    sheet = await chat.ask("算")
    table = sheet.bubble.get_by_role("table", name="浙江省级积分估算")
    await expect(table.locator("caption")).to_have_text("浙江省级积分估算")
    rows = await chat.sheet()
    assert rows[0] == ["指标", "得分", "最高", "说明"]
    assert rows[3] == ["技能等级或职称", "10～12", "50", "中级工；两处来源的分值不一致，写成范围"]
    assert rows[-1] == ["合计 72 分"]
    await expect(table.get_by_role("rowheader")).to_have_count(5)
    assert "社保按足月计算" in sheet.text
    assert "不是官方评分" in sheet.text


async def test_a_decline_offers_the_hotline_once(chat, front_door):
    front_door.replies["护照"] = [DECLINED]
    front_door.replies["天气"] = [{**DECLINED, "text": "这个我不会，可以拨打 12345。"}]
    assert "要找人问，可以直接拨打 12345。" in (await chat.ask("护照")).text
    assert (await chat.ask("天气")).text.count("12345") == 1


async def test_staff_messages_arrive_by_themselves_and_say_who_speaks(chat, front_door):
    await front_door.say(STAFF)
    await expect(chat.page.locator(".message-staff")).to_be_visible()
    assert (await chat.last()).role == "staff"
    assert (await chat.last()).text.split("\n")[0] == "工作人员"


async def test_texts_of_every_field_stay_texts(chat, front_door):
    hostile: dict[str, Any] = {
        "text": HOSTILE,
        "details": HOSTILE,
        "notes": [HOSTILE],
        "sources": [{"title": HOSTILE, "number": HOSTILE, "published": HOSTILE, "trust": HOSTILE, "url": HOSTILE}],
        "sheet": {
            "title": HOSTILE,
            "columns": [HOSTILE],
            "rows": [[HOSTILE, HOSTILE]],
            "total": HOSTILE,
            "notes": [HOSTILE],
        },
        "progress": {"number": HOSTILE, "about": HOSTILE},
        "buttons": [{"title": HOSTILE, "payload": "/x"}],
        "outcome": {"outcome": HOSTILE},
    }
    front_door.replies[HOSTILE] = [hostile, {**hostile, "outcome": "constructor", "role": "staff"}]
    await chat.ask(HOSTILE)
    await chat.page.locator("summary").evaluate_all("all => all.forEach(one => one.click())")
    await chat.button(HOSTILE).click()
    await chat.page.reload()
    await expect(chat.answers).to_have_count(4)
    assert await chat.page.evaluate("window.hacked") is None
    log = chat.page.locator("#messages")
    assert await log.locator("img, script, iframe").count() == 0
    addresses = await log.locator("a").evaluate_all("all => all.map(one => one.href)")
    assert set(addresses) <= {"http://evil.example/x.png", "tel:12345"}
    own = [shown.text for shown in await chat.messages() if shown.role == "user"]
    assert own[0] == HOSTILE


@pytest.mark.parametrize("address", BAD_ADDRESSES)
async def test_only_web_addresses_become_links(chat, front_door, address):
    front_door.replies["问"] = [{"text": f"看 {address}", "sources": [{"title": "文件", "url": address}]}]
    await chat.ask("问")
    await chat.sources()
    assert await chat.page.locator("#messages a").count() == 0


async def test_an_address_in_a_text_ends_where_the_sentence_goes_on(chat, front_door):
    front_door.replies["问"] = [{"text": "请看https://www.zj.gov.cn/a?b=1。或（http://hangzhou.gov.cn）"}]
    answer = await chat.ask("问")
    links = await answer.bubble.locator("a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert links == ["https://www.zj.gov.cn/a?b=1", "http://hangzhou.gov.cn/"]


async def test_the_page_shows_what_was_kept_in_place_of_what_was_typed(chat, front_door):
    front_door.kept = lambda text: text.replace("330106199001011234", "［身份证号］")
    await chat.ask("我的号是330106199001011234")
    own = [shown.text for shown in await chat.messages() if shown.role == "user"]
    assert own == ["我的号是［身份证号］"]
