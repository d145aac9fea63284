"""The registry among the real processes: the whole way, killed and stopped, and no personal number in any file."""

import asyncio
import re
import signal
import time
from pathlib import Path

import aiohttp
import pytest

from launch.watchdog import CHECK_EVERY_S
from services.registry.client import LIMIT_S

pytestmark = pytest.mark.stack

ID_NUMBER = "330000198506150026"
PHONE = "15400000003"


class Asking:
    """What a resident's page and the actions send."""

    def __init__(self, stack, http, token, conversation) -> None:
        self.stack, self.http, self.token, self.conversation = stack, http, token, conversation

    async def page(self, path, body):
        headers = {"Authorization": f"Bearer {self.token}"}
        async with self.http.post(self.stack.url + path, json=body, headers=headers) as response:
            assert response.status == 200, await response.text()

    async def action(self, name):
        url = f"http://127.0.0.1:{self.stack.port + 3}/api/registry/{name}"
        if name in ("challenge", "verify"):
            request = self.http.post(url, json={"conversation": self.conversation})
        else:
            request = self.http.get(url, params={"conversation": self.conversation})
        async with request as response:
            return await response.json()


@pytest.fixture
async def asking(stack):
    async with aiohttp.ClientSession() as http:
        async with http.post(stack.url + "/chat/sessions", json={}) as response:
            begun = await response.json()
        yield Asking(stack, http, begun["token"], begun["session"])


def log_of(stack) -> Path:
    return stack.var / f"run-{stack.port}" / "registry.log"


async def test_the_whole_way_with_a_registry_that_is_killed_and_stopped(stack, asking, resident):
    await asking.page("/chat/consent", {"purpose": "registry"})
    await asking.page("/chat/secret", {"field": "id_number", "value": ID_NUMBER})
    await asking.page("/chat/secret", {"field": "phone", "value": PHONE})
    assert (await asking.action("challenge"))["outcome"] == "found"
    await asyncio.sleep(0.3)
    code = re.findall(r"code (\d{6})", log_of(stack).read_text("utf-8"))[-1]
    await asking.page("/chat/secret", {"field": "one_time_code", "value": code})
    assert (await asking.action("verify"))["outcome"] == "found"
    assert (await asking.action("points"))["record"]["score"] == 31
    await resident.say(f"我的身份证是{ID_NUMBER}，电话{PHONE}，居住证丢了怎么补")

    await asyncio.sleep(CHECK_EVERY_S + 1)
    for number, outcome in ((signal.SIGKILL, "down"), (signal.SIGSTOP, "slow")):
        old = stack.hit("registry", number)
        began = time.monotonic()
        assert (await asking.action("points"))["outcome"] == outcome
        assert time.monotonic() - began < LIMIT_S + 0.5
        await stack.wait_for_another("registry", old)
        assert (await asking.action("points"))["outcome"] == "found", "the grant outlives the process"
        await asyncio.sleep(CHECK_EVERY_S + 1)

    written = {path.name: path.read_bytes() for path in stack.var.rglob("*") if path.is_file()}
    assert asking.conversation.encode() in b"".join(written.values())
    for secret in (ID_NUMBER, ID_NUMBER[:-1], ID_NUMBER[6:], PHONE):
        assert [name for name, content in written.items() if secret.encode() in content] == []
    logs = {name: content for name, content in written.items() if name.endswith(".log") and name != "registry.log"}
    assert [name for name, content in logs.items() if code.encode() in content] == []
    assert b"DEMO MODE" in written["registry.log"]
