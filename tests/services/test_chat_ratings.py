"""Residents rate answers: by the page's buttons, or by those that follow a complaint."""

import asyncio

import pytest
from sqlalchemy import select

from services import metrics
from services.conversations import turns
from services.keys import DATABASE
from services.storage.tables import Conversation, Rating

ANSWERED = {
    "outcome": "answered",
    "topic": "settlement.renting",
    "entry": "settlement.renting.how",
    "region": "330400",
    "snapshot": "abc123",
}
COMPLAINT = [
    {"title": "内容过时", "payload": '/rate{"value": "down", "reason": "outdated"}'},
    {"title": "和我的情况不符", "payload": '/rate{"value": "down", "reason": "not_my_case"}'},
]


async def rate(resident, **body):
    response = await resident.client.post("/chat/ratings", json=body, headers=resident.headers)
    return response.status, await response.json()


async def kept(door):
    async with door.app[DATABASE].read() as session:
        return list(await session.scalars(select(Rating).order_by(Rating.conversation_id, Rating.seq)))


def counted(value, reason):
    return metrics.RATINGS.labels(value, reason)._value.get()


async def test_an_answer_is_rated_with_what_it_was(door, bot):
    bot.custom = {"outcome": ANSWERED}
    resident = await door.resident()
    before = counted("down", "outdated")
    _, reply = await resident.say("租房能落户吗")
    status, body = await rate(resident, seq=reply["seq"], value="down", reason="outdated", text="去年就改了")
    assert (status, body) == (200, {"rating": {"seq": 3, "value": "down", "reason": "outdated"}})
    (rating,) = await kept(door)
    assert (rating.conversation_id, rating.seq, rating.value, rating.reason) == (
        resident.conversation,
        3,
        "down",
        "outdated",
    )
    assert {name: getattr(rating, name) for name in ANSWERED} == ANSWERED
    assert rating.text == "去年就改了"
    assert rating.at
    assert counted("down", "outdated") == before + 1


async def test_rating_again_replaces(door):
    resident = await door.resident()
    await resident.say("一")
    await rate(resident, seq=3, value="down", reason="wrong", text="不对")
    assert (await rate(resident, seq=3, value="up"))[1] == {"rating": {"seq": 3, "value": "up"}}
    (rating,) = await kept(door)
    assert (rating.value, rating.reason, rating.text) == ("up", None, None)


async def test_history_and_events_show_the_rating_and_not_the_words(door):
    resident = await door.resident()
    await resident.say("一")
    await resident.say("二")
    await rate(resident, seq=3, value="down", reason="unclear", text="看不懂")
    await rate(resident, seq=5, value="up")
    shown = {message["seq"]: message.get("rating") for message in await resident.history()}
    assert shown == {1: None, 2: None, 3: {"value": "down", "reason": "unclear"}, 4: None, 5: {"value": "up"}}
    response = await resident.client.get("/chat/events?after=4", headers=resident.headers)
    await response.content.readuntil(b"\n\n")
    assert b'"rating":{"value":"up"}' in await response.content.readuntil(b"\n\n")
    response.close()


async def test_only_answers_of_the_own_conversation_can_be_rated(door):
    one, other = await door.resident(), await door.resident()
    await one.say("一")
    for resident, seq in ((other, 3), (one, 2), (one, 4), (one, 2**31 - 1)):
        status, body = await rate(resident, seq=seq, value="up")
        assert (status, body["error"]["code"]) == (404, "unknown_answer")
    response = await one.client.post("/chat/ratings", json={"seq": 3, "value": "up"})
    assert response.status == 401
    assert await kept(door) == []


@pytest.mark.parametrize(
    "body",
    [
        {},
        {"seq": 1},
        {"value": "up"},
        {"seq": 0, "value": "up"},
        {"seq": 2**31, "value": "up"},
        {"seq": "1", "value": "up"},
        {"seq": True, "value": "up"},
        {"seq": 1, "value": "sideways"},
        {"seq": 1, "value": "down", "reason": "bored"},
        {"seq": 1, "value": "up", "reason": "wrong"},
        {"seq": 1, "value": "up", "text": "长" * 501},
        {"seq": 1, "value": "up", "colour": 1},
    ],
)
async def test_a_bad_rating_is_refused(door, body):
    status, answer = await rate(await door.resident(), **body)
    assert (status, answer["error"]["code"]) == (422, "bad_body")


async def test_words_of_a_rating_are_masked_and_cleaned_as_messages_are(door):
    resident = await door.resident()
    await rate(resident, seq=1, value="down", text="我是11010519491231002X，\0电话13800138000 ")
    (rating,) = await kept(door)
    assert rating.text == "我是【身份证号】，电话【手机号】"
    await rate(resident, seq=1, value="down", text=" \n ")
    assert (await kept(door))[0].text is None


async def test_ratings_at_once_leave_one(door):
    resident = await door.resident()
    results = await asyncio.gather(*(rate(resident, seq=1, value=value) for value in ["up", "down"] * 5))
    assert {status for status, _ in results} == {200}
    assert len(await kept(door)) == 1


async def test_ratings_go_with_their_conversation(door):
    resident = await door.resident()
    await rate(resident, seq=1, value="up")
    async with door.app[DATABASE].write() as session:
        await session.delete(await session.get_one(Conversation, resident.conversation))
    assert await kept(door) == []


async def test_a_widget_may_rate_and_a_foreign_page_may_not(door):
    resident = await door.resident()
    widget = {**resident.headers, "Origin": "https://widget.example", "Sec-Fetch-Site": "cross-site"}
    response = await resident.client.options("/chat/ratings", headers=widget)
    assert (response.status, response.headers["Access-Control-Allow-Origin"]) == (204, "https://widget.example")
    body = {"seq": 1, "value": "up"}
    assert (await resident.client.post("/chat/ratings", json=body, headers=widget)).status == 200
    foreign = {**resident.headers, "Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    assert (await resident.client.post("/chat/ratings", json=body, headers=foreign)).status == 403


async def complain(resident, bot, asked="租房能落户吗"):
    """Ask, then complain: the bot's reply offers the reasons."""
    bot.custom, bot.buttons = {"outcome": ANSWERED}, []
    await resident.say(asked)
    bot.custom, bot.buttons = {"outcome": {"outcome": "small_talk"}}, COMPLAINT
    await resident.say("这个回答不对")


async def test_a_reason_tapped_after_a_complaint_rates_the_answer_before_it(door, bot):
    resident = await door.resident()
    await complain(resident, bot)
    turns = len(bot.turns)
    said, thanks = await resident.tap(COMPLAINT[0]["payload"])
    assert said["text"] == "内容过时"
    assert "记下来" in thanks["text"]
    assert thanks["buttons"] == [{"title": "找人工", "payload": "/human_handoff"}]
    assert thanks["outcome"] == {
        "outcome": "rated",
        "topic": ANSWERED["topic"],
        "entry": ANSWERED["entry"],
        "seq": 3,
        "value": "down",
        "reason": "outdated",
    }
    # The front door takes it: the bot has no turn, and its state stays.
    assert len(bot.turns) == turns
    (rating,) = await kept(door)
    assert (rating.seq, rating.value, rating.reason, rating.entry) == (3, "down", "outdated", ANSWERED["entry"])
    assert (await resident.history(2))[0]["rating"] == {"value": "down", "reason": "outdated"}


async def test_whose_case_it_is_not_gets_the_offers_of_that_answer_again(door, bot):
    resident = await door.resident()
    bot.custom = {"outcome": ANSWERED}
    offers = [{"title": "看看我符不符合", "payload": '/start_check{"check": "settlement.any_way"}'}]
    bot.buttons = offers
    await resident.say("租房能落户吗")
    bot.custom, bot.buttons = {"outcome": {"outcome": "small_talk"}}, COMPLAINT
    await resident.say("答错了")
    _, thanks = await resident.tap(COMPLAINT[1]["payload"])
    assert thanks["buttons"] == [*offers, {"title": "找人工", "payload": "/human_handoff"}]
    # What is offered again works.
    assert (await resident.tap(offers[0]["payload"]))[0]["text"] == "看看我符不符合"


async def test_without_an_answer_before_it_nothing_is_rated(door, bot):
    resident = await door.resident()
    bot.custom, bot.buttons = {"outcome": {"outcome": "small_talk"}}, COMPLAINT
    await resident.say("答错了")
    _, reply = await resident.tap(COMPLAINT[0]["payload"])
    assert reply["outcome"] == {"outcome": "small_talk"}
    assert "还没有可以评价的回答" in reply["text"]
    assert await kept(door) == []


async def test_the_same_tap_sent_again_gives_the_same_messages(door, bot):
    resident = await door.resident()
    await complain(resident, bot)
    body = {"payload": COMPLAINT[0]["payload"], "id": "m-1"}
    first = await resident.post(body)
    assert await resident.post(body) == first
    assert len(await kept(door)) == 1


async def test_a_tap_whose_process_died_rates_the_same_answer_when_sent_again(door, bot, monkeypatch):
    resident = await door.resident()
    await complain(resident, bot)
    body = {"payload": COMPLAINT[0]["payload"], "id": "m-1"}

    async def died(*_args):
        raise RuntimeError("the process died before the rating was kept")

    with monkeypatch.context() as patch:
        patch.setattr(turns.Turn, "_rate", died)
        assert (await resident.post(body))[0] == 500
    _, answer = await resident.post(body)
    assert answer["messages"][1]["outcome"]["outcome"] == "rated"
    assert [rating.seq for rating in await kept(door)] == [3]


async def test_a_rating_by_payload_needs_a_button_that_carries_it(door):
    resident = await door.resident()
    status, body = await resident.post({"payload": COMPLAINT[0]["payload"]})
    assert (status, body["error"]["code"]) == (422, "unknown_payload")
    assert await kept(door) == []


async def test_a_payload_that_only_looks_like_a_rating_goes_to_the_bot(door, bot):
    bot.buttons = [{"title": "x", "payload": payload} for payload in ('/rate{"value": 1}', "/rate{", "/rate")]
    resident = await door.resident()
    await resident.say("一")
    for button in list(bot.buttons):
        assert (await resident.tap(button["payload"]))[1]["text"] == f"听到：{button['payload']}"
