"""Server-Sent Events: the same messages in every tab, from wherever a tab left off, ending cleanly."""

import asyncio
import json
import time

from services.channels import stream


class Reader:
    """One tab's open stream."""

    def __init__(self, response):
        self.response = response

    async def next(self, timeout_s=5):
        """Give the next message, with its `id:` as `event_id`."""
        async with asyncio.timeout(timeout_s):
            while True:
                block = (await self.response.content.readuntil(b"\n\n")).decode()
                fields = dict(line.split(": ", 1) for line in block.strip().splitlines() if not line.startswith(":"))
                if "data" in fields:
                    return {**json.loads(fields["data"]), "event_id": int(fields["id"])}


async def listen(resident, after=None, headers=None):
    response = await resident.client.get(
        "/chat/events" if after is None else f"/chat/events?after={after}",
        headers={**resident.headers, **(headers or {})},
    )
    assert response.status == 200
    assert response.content_type == "text/event-stream"
    assert response.headers["Cache-Control"] == "no-store"
    return Reader(response)


async def test_a_stream_begins_with_what_was_said_and_goes_on(door):
    resident = await door.resident()
    tab = await listen(resident)
    assert (await tab.next())["seq"] == 1
    said, reply = await resident.say("一")
    first, second = await tab.next(), await tab.next()
    assert (first.pop("event_id"), second.pop("event_id")) == (2, 3)
    assert [first, second] == [said, reply]


async def test_the_question_is_shown_in_other_tabs_before_the_reply_is_there(door, bot):
    bot.delay_s = 0.5
    resident = await door.resident()
    tab = await listen(resident, after=1)
    began = time.monotonic()
    turn = asyncio.create_task(resident.say("一"))
    assert (await tab.next())["role"] == "user"
    assert time.monotonic() - began < 0.4
    assert (await tab.next())["role"] == "assistant"
    await turn


async def test_two_tabs_get_the_same_and_other_residents_nothing(door):
    resident, other = await door.resident(), await door.resident()
    tabs = [await listen(resident, after=1) for _ in range(3)]
    foreign = await listen(other, after=1)
    await resident.say("一")
    for tab in tabs:
        assert [(await tab.next())["seq"], (await tab.next())["seq"]] == [2, 3]
    await other.say("二")
    assert (await foreign.next())["text"] == "二"


async def test_a_broken_stream_resumes_where_it_was(door):
    resident = await door.resident()
    tab = await listen(resident)
    await resident.say("一")
    last = [await tab.next() for _ in range(2)][-1]
    tab.response.close()
    await resident.say("二")
    resumed = await listen(resident, after=last["seq"])
    assert [(await resumed.next())["seq"] for _ in range(3)] == [3, 4, 5]


async def test_last_event_id_counts_more_than_the_old_address(door):
    resident = await door.resident()
    await resident.say("一")
    await resident.say("二")
    tab = await listen(resident, after=1, headers={"Last-Event-ID": "3"})
    assert (await tab.next())["seq"] == 4
    tab = await listen(resident, after=4, headers={"Last-Event-ID": "nonsense"})
    assert (await tab.next())["seq"] == 5


async def test_a_stream_resumes_after_a_restart(door):
    resident = await door.resident()
    await resident.say("一")
    await door.restart()
    resident = resident.moved()
    tab = await listen(resident, after=2)
    assert (await tab.next())["seq"] == 3
    await resident.say("二")
    assert (await tab.next())["seq"] == 4


async def test_a_history_of_several_pages_comes_whole_and_in_order(door, monkeypatch):
    monkeypatch.setattr("services.conversations.log.PAGE", 2)
    resident = await door.resident()
    for number in range(3):
        await resident.say(f"第{number}句")
    tab = await listen(resident)
    assert [(await tab.next())["seq"] for _ in range(7)] == list(range(1, 8))


async def test_a_silent_stream_is_kept_alive_with_comments(door, monkeypatch):
    monkeypatch.setattr(stream, "KEEP_ALIVE_S", 0.05)
    resident = await door.resident()
    tab = await listen(resident, after=1)
    async with asyncio.timeout(2):
        assert await tab.response.content.readuntil(b"\n\n") == b"retry: 2000\n\n"
        for _ in range(2):
            assert await tab.response.content.readuntil(b"\n\n") == b": keep-alive\n\n"


async def test_streams_end_at_once_when_the_process_stops(door):
    resident = await door.resident()
    tab = await listen(resident, after=1)
    began = time.monotonic()
    server, door._server = door._server, None
    closing = asyncio.create_task(server.close())
    await tab.response.content.read()
    await closing
    assert tab.response.content.at_eof()
    assert time.monotonic() - began < 2
