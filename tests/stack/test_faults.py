"""A part that is killed or stopped in mid-conversation: a clear sentence, it comes back, the conversation goes on."""

import asyncio
import signal
import time

import aiohttp
import pytest

from launch.watchdog import CHECK_EVERY_S

pytestmark = pytest.mark.stack

SIGNALS = [signal.SIGKILL, signal.SIGSTOP]
# The rule is 5 s; what the test adds is the client's own time on a busy machine.
PROMPT_S = 5.5
# The watchdog must have seen the part well once; a part that is stopped before that has two minutes to start.
SEEN_WELL_S = CHECK_EVERY_S + 1


@pytest.mark.parametrize("number", SIGNALS, ids=["killed", "stopped"])
@pytest.mark.parametrize("part", ["bot", "actions"])
async def test_a_dead_or_stuck_part_is_told_plainly_and_comes_back(stack, resident, part, number):
    before = (await resident.say("我能积多少分"))[-1]
    await asyncio.sleep(SEEN_WELL_S)
    old = stack.hit(part, number)
    started = time.monotonic()
    told = (await resident.say("35岁"))[-1]
    assert time.monotonic() - started < PROMPT_S
    assert told["outcome"]["outcome"].startswith("error_")
    assert "再" in told["text"]
    assert "不符合" not in told["text"].replace("不代表您不符合", "")
    await stack.wait_for_another(part, old)
    after = (await resident.say("35岁"))[-1]
    assert after["progress"]["number"] == before["progress"]["number"] + 1


@pytest.mark.parametrize("number", SIGNALS, ids=["killed", "stopped"])
async def test_services_come_back_and_nothing_is_lost(stack, resident, number):
    before = (await resident.say("我能积多少分"))[-1]
    await asyncio.sleep(SEEN_WELL_S)
    old = stack.hit("services", number)
    with pytest.raises((aiohttp.ClientError, TimeoutError)):
        async with asyncio.timeout(3):
            await resident.say("35岁")
    await stack.wait_for_another("services", old)
    after = (await resident.say("35岁"))[-1]
    assert after["progress"]["number"] == before["progress"]["number"] + 1
