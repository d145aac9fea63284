"""One turn: kept, answered, resent, ordered, and told plainly when the bot is not there."""

import asyncio
import time

import pytest

from services.conversations import conversations, turns

pytestmark = pytest.mark.usefixtures("door")


async def test_a_conversation_begins_with_a_welcome_that_offers_three_things(door):
    resident = await door.resident()
    (welcome,) = await resident.history()
    assert welcome["seq"] == 1
    assert welcome["role"] == "assistant"
    assert len(welcome["text"]) <= 120
    assert "身份证号" in welcome["text"]
    assert "出处" in welcome["text"]
    assert [button["payload"] for button in welcome["buttons"]] == [
        '/start_points{"scheme": "zhejiang-provincial"}',
        '/start_check{"check": "settlement.any_way"}',
        '/ask_topic{"topic": "residence_permit.apply"}',
    ]


async def test_a_message_comes_back_with_its_reply(door, bot):
    bot.custom |= {
        "sources": [{"title": "办法", "url": None, "number": "浙公通字〔2023〕1号", "published": "2023-07-18"}],
        "details": "条件……",
        "notes": ["适用地区：浙江省"],
        "progress": {"number": 3, "about": 6},
        "sheet": {"title": "积分", "columns": ["项"], "rows": [["年龄"]], "total": "72", "notes": []},
    }
    resident = await door.resident()
    said, reply = await resident.say("租的房子能落户吗")
    assert (said["seq"], said["role"], said["text"]) == (2, "user", "租的房子能落户吗")
    assert (reply["seq"], reply["role"], reply["text"]) == (3, "assistant", "听到：租的房子能落户吗")
    assert reply["outcome"] == {"outcome": "answered", "topic": "settlement.renting"}
    for name in ("sources", "details", "notes", "progress", "sheet"):
        assert reply[name] == bot.custom[name]
    assert reply["at"].endswith("Z")
    assert "notes" not in said
    assert (await resident.history(after=1)) == [said, reply]


async def test_the_bot_gets_the_conversation_its_facts_and_region_and_the_correlation_id(door, bot):
    resident = await door.resident()
    bot.custom = {"facts": {"age": 35}, "region": "330100-urban"}
    await resident.say("我35岁，在杭州")
    bot.custom = {}
    response = await resident.client.post("/chat/messages", json={"text": "还有呢"}, headers=resident.headers)
    first, second = bot.turns
    assert set(first) == {"conversation", "id", "text", "payload", "facts", "region"}
    assert first["conversation"] == second["conversation"] == resident.conversation
    assert (first["facts"], first["region"]) == ({}, None)
    assert (second["facts"], second["region"]) == ({"age": 35}, "330100-urban")
    assert second["id"] == response.headers["X-Correlation-Id"]


async def test_facts_can_be_emptied(door, bot):
    resident = await door.resident()
    bot.custom = {"facts": {"age": 35}}
    await resident.say("一")
    bot.custom = {"facts": {}}
    await resident.say("二")
    await resident.say("三")
    assert bot.turns[2]["facts"] == {}


async def test_a_button_that_was_offered_may_be_tapped_and_shows_its_title(door, bot):
    resident = await door.resident()
    payload = '/start_points{"scheme": "zhejiang-provincial"}'
    said, reply = await resident.tap(payload)
    assert said["text"] == "算算我的积分"
    assert reply["text"] == f"听到：{payload}"
    assert (bot.turns[0]["text"], bot.turns[0]["payload"]) == (None, payload)


async def test_a_button_from_long_ago_still_works(door, bot):
    resident = await door.resident()
    for number in range(15):
        await resident.say(f"第{number}句")
    said, _ = await resident.tap('/ask_topic{"topic": "residence_permit.apply"}')
    assert said["text"] == "居住证怎么办"


async def test_a_payload_that_no_button_here_carries_is_refused_and_not_kept(door, bot):
    one, other = await door.resident(), await door.resident()
    bot.buttons = [{"title": "大专", "payload": '/answer{"value": "大专"}'}]
    await one.say("我的学历")
    for payload in ('/answer{"value": "大专"}', "/restart", "", "/ask_topic"):
        status, body = await other.post({"payload": payload})
        assert (status, body["error"]["code"]) == (422, "unknown_payload")
        assert "打字" in body["error"]["message"]
    assert len(await other.history()) == 1
    assert len(bot.turns) == 1


async def test_the_same_id_gives_the_same_messages_and_no_second_turn(door, bot):
    resident = await door.resident()
    first = await resident.say("居住证丢了怎么补", "m-1")
    assert await resident.say("居住证丢了怎么补", "m-1") == first
    assert len(bot.turns) == 1
    assert len(await resident.history()) == 3


async def test_a_double_click_is_one_turn(door, bot):
    bot.delay_s = 0.3
    resident = await door.resident()
    one, two, three = await asyncio.gather(*(resident.say("居住证丢了怎么补", "m-1") for _ in range(3)))
    assert one == two == three
    assert len(bot.turns) == 1


async def test_the_same_id_with_other_words_is_refused(door):
    resident = await door.resident()
    await resident.say("一", "m-1")
    status, body = await resident.post({"text": "二", "id": "m-1"})
    assert (status, body["error"]["code"]) == (409, "id_reused")


async def test_another_conversation_may_use_the_same_id(door, bot):
    one, other = await door.resident(), await door.resident()
    await one.say("一", "m-1")
    assert (await other.say("二", "m-1"))[1]["text"] == "听到：二"


async def test_messages_at_once_are_taken_one_after_the_other_in_order(door, bot):
    bot.delay_s = 0.1
    resident = await door.resident()
    results = await asyncio.gather(*(resident.say(f"第{number}句") for number in range(6)))
    assert bot.most_at_once == 1
    history = await resident.history()
    assert [message["seq"] for message in history] == list(range(1, 14))
    for said, reply in results:
        assert reply["seq"] == said["seq"] + 1
        assert reply["text"] == f"听到：{said['text']}"
    assert [turn["text"] for turn in bot.turns] == [message["text"] for message in history if message["role"] == "user"]


async def test_conversations_do_not_wait_for_each_other(door, bot):
    bot.delay_s = 0.3
    residents = [await door.resident() for _ in range(4)]
    await asyncio.gather(*(resident.say("一") for resident in residents))
    assert bot.most_at_once > 1


@pytest.mark.parametrize("mode", ["error", "garbage", "wrong", "empty", "nul", "huge", "cut"])
async def test_a_bot_that_misbehaves_is_told_plainly_and_the_conversation_goes_on(door, bot, mode):
    resident = await door.resident()
    bot.mode = mode
    _, reply = await resident.say("租房能落户吗")
    assert reply["outcome"] == {"outcome": "error_bot"}
    assert "再发一次" in reply["text"]
    bot.mode = "normal"
    assert (await resident.say("租房能落户吗"))[1]["text"] == "听到：租房能落户吗"
    assert [message["seq"] for message in await resident.history()] == [1, 2, 3, 4, 5]


async def test_a_stopped_bot_is_told_within_five_seconds(door, bot):
    resident = await door.resident()
    bot.delay_s = 30
    began = time.monotonic()
    one, two = await asyncio.gather(resident.say("一"), resident.say("二"))
    assert time.monotonic() - began < 5.5
    assert {one[1]["outcome"]["outcome"], two[1]["outcome"]["outcome"]} == {"error_bot"}


async def test_a_turn_that_waits_too_long_is_refused_and_may_be_sent_again(door, bot, monkeypatch):
    monkeypatch.setattr(conversations, "WAIT_S", 0.2)
    bot.delay_s = 1
    resident = await door.resident()
    first = asyncio.create_task(resident.say("一"))
    await asyncio.sleep(0.1)
    status, body = await resident.post({"text": "二", "id": "m-2"})
    assert (status, body["error"]["code"]) == (503, "busy")
    await first
    assert (await resident.say("二", "m-2"))[1]["text"] == "听到：二"


async def test_a_bot_that_dies_in_the_turn_and_comes_back(door, bot):
    resident = await door.resident()
    bot.delay_s = 5
    turn = asyncio.create_task(resident.say("一"))
    await asyncio.sleep(0.2)
    port = int(bot.url.rpartition(":")[2])
    began = time.monotonic()
    await bot.stop()
    assert (await turn)[1]["outcome"]["outcome"] == "error_bot"
    assert time.monotonic() - began < 1
    assert (await resident.say("二"))[1]["outcome"]["outcome"] == "error_bot"
    bot.delay_s = 0
    await bot.start(port)
    assert (await resident.say("三"))[1]["text"] == "听到：三"


async def test_a_second_bot_is_asked_when_the_first_does_not_listen(door, bot):
    await door.restart(bot_urls=("http://127.0.0.1:9", bot.url))
    resident = await door.resident()
    for number in range(4):
        assert (await resident.say(f"第{number}句"))[1]["text"] == f"听到：第{number}句"


async def test_a_long_session_is_renewed_after_the_reply_with_facts_and_region(door, bot):
    resident = await door.resident()
    bot.custom = {"facts": {"age": 35}, "region": "330200"}
    bot.events = 100
    await resident.say("一")
    assert bot.renewals == []
    bot.events = 101
    await resident.say("二")
    await resident.say("三")
    expected = {"conversation": resident.conversation, "facts": {"age": 35}, "region": "330200"}
    assert expected in bot.renewals


async def test_a_question_whose_process_died_is_answered_when_sent_again(door, bot, monkeypatch):
    resident = await door.resident()

    async def died(*_args):
        raise RuntimeError("the process died before the reply was kept")

    with monkeypatch.context() as patch:
        patch.setattr(turns.Turn, "_keep_replies", died)
        status, body = await resident.post({"text": "一", "id": "m-1"})
        assert (status, body["error"]["code"]) == (500, "internal_error")
    messages = await resident.say("一", "m-1")
    assert [message["text"] for message in messages] == ["一", "听到：一"]
    assert [message["seq"] for message in await resident.history()] == [1, 2, 3]


async def test_a_restart_on_the_same_database_continues(door, bot):
    resident = await door.resident()
    bot.custom = {"facts": {"age": 35}}
    await resident.say("一", "m-1")
    before = await resident.history()
    await door.restart()
    resident = resident.moved()
    assert await resident.history() == before
    assert await resident.say("一", "m-1") == before[1:]
    assert [message["seq"] for message in await resident.say("二")] == [4, 5]
    assert bot.turns[-1]["facts"] == {"age": 35}


async def test_a_turn_that_runs_at_a_stop_is_finished_and_kept(door, bot):
    resident = await door.resident()
    bot.delay_s = 0.5
    turn = asyncio.create_task(resident.say("一"))
    await asyncio.sleep(0.2)
    server, door._server = door._server, None
    await server.close()
    assert (await turn)[1]["text"] == "听到：一"
