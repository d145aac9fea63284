"""“这个回答不对”: what is wrong is asked with buttons that the front door keeps as a rating."""

import json

import pytest

from actions.answers import ActionAnswer
from actions.small_talk import REASONS, ActionSmallTalk
from services.conversations import ratings
from tests.actions.talking import tracker


async def complain(dispatcher, **given):
    events = await ActionSmallTalk().run(dispatcher, tracker("这个回答不对", "complaint", **given), {})
    assert events == []
    (message,) = dispatcher.messages
    assert message["custom"]["outcome"]["outcome"] == "small_talk"
    return message["text"], [button["title"] for button in message["buttons"]]


@pytest.mark.parametrize(
    "before",
    [
        {"last_question": "租房能落户吗"},
        {"last_entry": "residence_permit.lost.how"},
        {"run": {"kind": "points", "id": "zhejiang-provincial", "done": True}},
    ],
)
async def test_after_an_answer_it_is_asked_what_is_wrong(dispatcher, before):
    text, titles = await complain(dispatcher, **before)
    assert "哪里不对" in text
    assert titles == ["和我的情况不符", "内容有误", "内容过时", "答非所问", "看不懂", "找人工"]


async def test_without_an_answer_there_is_nothing_to_ask(dispatcher):
    text, titles = await complain(dispatcher)
    assert "换个说法" in text
    assert titles == ["找人工"]


async def test_in_a_run_the_open_question_keeps_its_buttons(dispatcher):
    _, titles = await complain(dispatcher, last_question="租房能落户吗", loop="questionnaire_form")
    assert titles == []


async def test_whoever_is_in_danger_is_marked_so_that_no_page_asks_for_a_rating(api, dispatcher):
    await ActionAnswer().run(dispatcher, tracker("我不想活了"), {})
    assert dispatcher.messages[0]["custom"]["outcome"]["urgent"] is True
    await ActionAnswer().run(dispatcher, tracker("居住证丢了怎么补"), {})
    assert "urgent" not in dispatcher.messages[1]["custom"]["outcome"]


def test_the_front_door_reads_what_the_buttons_carry():
    for button in REASONS:
        rated = ratings.of_payload(button["payload"])
        assert rated is not None, button
        assert rated == ("down", json.loads(button["payload"].removeprefix("/rate"))["reason"], None)
