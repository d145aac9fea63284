"""From the front door to the registry and back: what actions get, and that personal numbers are nowhere."""

import asyncio
import io
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace

import pytest
import structlog
from aiohttp import web
from aiohttp.test_utils import TestClient, TestServer
from sqlalchemy import select

from services import app as applications
from services import logs
from services.app import create_internal_app
from services.keys import DATABASE, REGISTRY, SECRETS, SNAPSHOT
from services.registry import sentences
from services.registry.breaker import Breaker
from services.registry.client import LIMIT_S
from services.registry.outcomes import Outcome, Reason, Result
from services.storage.tables import Secret
from tests.registry.signed import BARE, COMPLETE, NOBODY, WITH_X
from tests.services.conftest import FrontDoor, files_of

PHONE = "15400000001"


@pytest.fixture
def settings(settings, office):
    """The front door and the API for actions, before the real registry."""
    return replace(settings, registry_url=office.url, registry_secret=office.settings.secret)


@pytest.fixture
async def actions(settings, door, monkeypatch):
    """What the action server talks to: another application on the same database."""

    def setup_snapshot(app: web.Application) -> None:
        app[SNAPSHOT] = SimpleNamespace(snapshot=SimpleNamespace(number="abc123"))

    monkeypatch.setattr(applications.snapshot, "setup", setup_snapshot)
    client = TestClient(TestServer(create_internal_app(settings)))
    await client.start_server()
    # For what is not about time: on a busy machine even a prompt registry may take 2 s.
    client.app[REGISTRY]._limit_s = 30
    yield Actions(client)
    await client.close()


class Actions:
    """Calls as an action makes them, all that was answered to them, and nothing but the conversation's id."""

    def __init__(self, client) -> None:
        self.client = client
        self.answers = []

    async def challenge(self, resident):
        return await self._post("/api/registry/challenge", {"conversation": resident.conversation})

    async def verify(self, resident):
        return await self._post("/api/registry/verify", {"conversation": resident.conversation})

    async def record(self, resident, kind):
        response = await self.client.get(f"/api/registry/{kind}", params={"conversation": resident.conversation})
        return await self._answer(response)

    async def _post(self, path, body):
        return await self._answer(await self.client.post(path, json=body))

    async def _answer(self, response):
        body = await response.json()
        self.answers.append(body)
        assert response.status == 200, body
        assert body["sentence"].endswith("。")
        assert set(body) <= {"outcome", "sentence", "record", "reason"}
        return body


async def agree(resident):
    response = await resident.client.post("/chat/consent", json={"purpose": "registry"}, headers=resident.headers)
    assert response.status == 200


async def hand_in(resident, field, value):
    body = {"field": field, "value": value}
    response = await resident.client.post("/chat/secret", json=body, headers=resident.headers)
    assert response.status == 200, await response.text()


async def verified(door, actions, office, person=COMPLETE):
    resident = await door.resident()
    await agree(resident)
    await hand_in(resident, "id_number", person)
    assert (await actions.challenge(resident))["outcome"] == "found"
    await hand_in(resident, "one_time_code", office.codes.last)
    assert (await actions.verify(resident))["outcome"] == "found"
    return resident


async def fields(door):
    async with door.app[DATABASE].read() as session:
        return {row.field for row in await session.scalars(select(Secret))}


async def test_the_way_to_a_record(door, actions, office):
    resident = await door.resident()
    assert (await actions.challenge(resident))["outcome"] == "needs_consent"
    await agree(resident)
    assert (await actions.challenge(resident))["outcome"] == "needs_id_number"
    assert (await actions.record(resident, "points"))["outcome"] == "needs_verification"

    await hand_in(resident, "id_number", COMPLETE)
    sent = await actions.challenge(resident)
    assert sent["outcome"] == "found"
    assert sent["record"]["phone_masked"] == "154****0001"
    assert "尾号 0001" in sent["sentence"]
    assert "5 分钟" in sent["sentence"]
    assert "虚构" in sent["sentence"]
    assert await fields(door) == {"challenge"}, "the ID number has served and is gone"
    assert (await actions.verify(resident))["outcome"] == "needs_code"

    await hand_in(resident, "one_time_code", office.codes.last)
    assert await actions.verify(resident) == {"outcome": "found", "sentence": sentences.VERIFIED}
    assert await fields(door) == {"grant"}, "the code has served and is gone"
    assert (await actions.verify(resident))["outcome"] == "found", "a button tapped twice is no failure"

    for kind in ("points", "insurance", "permit", "progress"):
        found = await actions.record(resident, kind)
        assert (found["outcome"], found["record"]["kind"]) == ("found", kind)
        assert "截至" in found["sentence"]
        assert "虚构" in found["sentence"]
    assert found["record"]["applications"][0]["kind"]["title"] == "租赁落户"


async def test_points_go_on_as_numbers(door, actions, office):
    record = (await actions.record(await verified(door, actions, office), "points"))["record"]
    assert record["score"] == 62.5
    assert [item["points"] for item in record["items"]] == [20, 8, 22.5, 12]


async def test_nobody_and_nothing_are_not_found_and_not_told_as_a_refusal(door, actions, office):
    resident = await door.resident()
    await agree(resident)
    await hand_in(resident, "id_number", NOBODY)
    answer = await actions.challenge(resident)
    assert answer == {"outcome": "not_found", "sentence": sentences.NO_PERSON}
    assert await fields(door) == set()
    bare = await verified(door, actions, office, BARE)
    answer = await actions.record(bare, "points")
    assert answer["outcome"] == "not_found"
    assert "不代表您不符合条件" in answer["sentence"]


async def test_five_wrong_codes(door, actions, office):
    resident = await door.resident()
    await agree(resident)
    await hand_in(resident, "id_number", COMPLETE)
    await actions.challenge(resident)
    wrong = f"{(int(office.codes.last) + 1) % 10**6:06}"
    for reason in [Reason.WRONG_CODE] * 4 + [Reason.LOCKED]:
        await hand_in(resident, "one_time_code", wrong)
        answer = await actions.verify(resident)
        assert (answer["outcome"], answer["reason"]) == ("refused", reason)
        assert answer["sentence"] == sentences.REFUSED[reason]
    assert await fields(door) == set()
    assert (await actions.verify(resident))["outcome"] == "needs_challenge"


async def test_a_registry_that_is_down_or_slow_keeps_what_was_handed_in_for_another_try(door, actions, office):
    resident = await door.resident()
    await agree(resident)
    await hand_in(resident, "id_number", COMPLETE)
    office.meddler.failing = -1
    assert await actions.challenge(resident) == {"outcome": "down", "sentence": sentences.DOWN}
    office.meddler.failing, office.meddler.delay_s = 0, 5
    actions.client.app[REGISTRY]._limit_s = LIMIT_S
    assert await actions.challenge(resident) == {"outcome": "slow", "sentence": sentences.SLOW}
    office.meddler.delay_s, actions.client.app[REGISTRY]._limit_s = 0, 30
    assert await fields(door) == {"id_number"}
    assert (await actions.challenge(resident))["outcome"] == "found"
    assert len(office.codes.found) == 1, "to ask again sends no second code"


async def test_a_record_that_contradicts_itself_is_not_shown(door, actions, office):
    resident = await verified(door, actions, office)
    office.meddler.lie = lambda _path, value: {**value, "score": 99}
    answer = await actions.record(resident, "points")
    assert answer == {"outcome": "inconsistent", "sentence": sentences.INCONSISTENT}


async def test_a_grant_that_ran_out_is_told_and_wiped(door, actions, office):
    resident = await verified(door, actions, office)
    await office.stop()
    await office.start(secret=office.settings.secret, database_url=office.settings.database_url + ".new")
    actions.client.app[REGISTRY]._url = office.url
    answer = await actions.record(resident, "points")
    assert (answer["outcome"], answer["reason"]) == ("refused", "grant_expired")
    assert (await actions.record(resident, "points"))["outcome"] == "needs_verification"


async def test_consent_withdrawn_while_the_registry_thinks_keeps_and_shows_nothing(door, actions, office):
    resident = await verified(door, actions, office)
    office.meddler.delay_s = 0.6
    asking = asyncio.create_task(actions.record(resident, "points"))
    await asyncio.sleep(0.2)
    response = await resident.client.delete("/chat/consent", params={"purpose": "registry"}, headers=resident.headers)
    assert response.status == 204
    answer = await asking
    assert answer == {"outcome": "needs_consent", "sentence": sentences.of_need(Outcome.NEEDS_CONSENT)}
    assert await fields(door) == set()


async def test_an_id_number_that_came_meanwhile_is_not_wiped(door, actions, office):
    resident = await door.resident()
    await agree(resident)
    await hand_in(resident, "id_number", COMPLETE)
    office.meddler.delay_s = 0.6
    asking = asyncio.create_task(actions.challenge(resident))
    await asyncio.sleep(0.2)
    await hand_in(resident, "id_number", WITH_X)
    await asking
    assert "id_number" in await fields(door)


async def test_one_conversation_cannot_use_what_another_handed_in(door, actions, office):
    await verified(door, actions, office)
    other = await door.resident()
    await agree(other)
    assert (await actions.record(other, "points"))["outcome"] == "needs_verification"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/api/registry/points", 422),
        ("GET", "/api/registry/points?conversation=x%00", 422),
        ("GET", f"/api/registry/points?conversation={'0' * 32}", 404),
        ("GET", f"/api/registry/secrets?conversation={'0' * 32}", 404),
        ("GET", f"/api/registry/challenge?conversation={'0' * 32}", 404),
        ("POST", "/api/registry/challenge", 422),
        ("POST", "/api/registry/points", 405),
    ],
)
async def test_a_call_that_is_none_is_refused(actions, method, path, status):
    response = await actions.client.request(method, path)
    assert response.status == status
    assert (await response.json())["error"]["message"]


async def test_the_api_is_not_on_the_public_listener(door):
    assert (await door.browser().post("/api/registry/challenge", json={})).status == 404


def test_every_outcome_and_reason_has_a_sentence():
    now = datetime.now(UTC)
    for outcome in (Outcome.NOT_FOUND, Outcome.SLOW, Outcome.DOWN, Outcome.INCONSISTENT):
        said = {
            sentences.of_challenge(Result(outcome), now),
            sentences.of_verify(outcome, None),
            *(sentences.of_record(kind, Result(outcome)) for kind in sentences.TITLES),
        }
        assert all(sentence.endswith("。") for sentence in said)
        assert all("您不符合" not in sentence.replace("不代表您不符合", "") for sentence in said)
    for reason in Reason:
        assert sentences.of_verify(Outcome.REFUSED, reason) == sentences.REFUSED[reason]
    for outcome in Outcome:
        if outcome.value.startswith("needs_"):
            assert sentences.of_need(outcome).endswith("。")


@pytest.fixture
def log_lines():
    """The logs of services as in production, at DEBUG, those of libraries included; the registry's own apart."""
    root, written = logging.getLogger(), io.StringIO()
    kept = root.handlers[:], root.level, logging.raiseExceptions
    logs.configure("DEBUG", written)
    logging.getLogger("registry").propagate = False
    yield written.getvalue
    logging.getLogger("registry").propagate = True
    structlog.reset_defaults()
    root.handlers[:], logging.raiseExceptions = kept[0], kept[2]
    root.setLevel(kept[1])
    logging.getLogger("aiohttp.access").setLevel(logging.NOTSET)


async def test_personal_numbers_are_in_no_log_no_file_and_no_traffic_of_the_bot(
    log_lines, door, actions, office, bot, tmp_path
):
    resident = await door.resident()
    await agree(resident)
    codes, grants = [], []

    async def all_files():
        return await asyncio.to_thread(files_of, tmp_path)

    # Wrong ones, right ones, a registry that fails, lies and is gone: each leaves its traces.
    for field, value in (("id_number", COMPLETE[:-1] + "5"), ("phone", PHONE + "1"), (COMPLETE, COMPLETE)):
        body = (
            {"field": field, "value": value, COMPLETE: COMPLETE}
            if field == COMPLETE
            else {"field": field, "value": value}
        )
        response = await resident.client.post("/chat/secret", json=body, headers=resident.headers)
        assert response.status == 422
    await resident.client.post(f"/chat/secret?value={COMPLETE}", data=COMPLETE.encode(), headers=resident.headers)
    await resident.client.get(f"/chat/secret/{COMPLETE}", headers=resident.headers)
    await hand_in(resident, "id_number", COMPLETE)
    await hand_in(resident, "phone", PHONE)
    office.meddler.failing = 2
    await actions.challenge(resident)
    office.meddler.lie = lambda _path, value: {**value, COMPLETE: PHONE, "phone_masked": PHONE}
    await actions.challenge(resident)
    office.meddler.lie = None
    await hand_in(resident, "id_number", COMPLETE)
    while_kept = await all_files()
    await actions.challenge(resident)
    codes.append(office.codes.last)
    await hand_in(resident, "one_time_code", office.codes.last)
    while_kept += await all_files()
    await actions.verify(resident)
    async with door.app[DATABASE].write() as session:
        grants.append((await door.app[SECRETS].read(session, resident.conversation, "grant")).value)
    office.meddler.lie = lambda _path, value: {**value, "totals": {COMPLETE: 5}, "note": PHONE}
    await actions.record(resident, "insurance")
    office.meddler.lie = None
    assert (await actions.record(resident, "points"))["outcome"] == "found"
    await resident.say(f"我的身份证是{COMPLETE}，电话{PHONE}，查积分")
    await office.stop()
    await actions.record(resident, "points")
    while_kept += await all_files()
    await door.close()
    everything = while_kept + await all_files()

    personal = [COMPLETE, COMPLETE[:-1], COMPLETE[6:], PHONE]
    traffic = json.dumps([bot.turns, bot.renewals, actions.answers], ensure_ascii=False)
    written = log_lines()
    assert '"event": "request"' in written
    assert "registry_inconsistent" in written
    assert "registry_failed" in written
    for secret in [*personal, *grants]:
        assert secret not in written
        assert secret not in traffic
        for form in (secret, secret[::-1], secret.encode().hex()):
            assert form.encode() not in everything
    for code in codes:
        assert f'"{code}"' not in traffic
        assert code not in "".join(line for line in written.splitlines() if '"event": "request"' not in line)
    assert bot.turns, "the bot was asked, without them"
    if "sqlite" in door.settings.database_url:
        assert resident.conversation.encode() in everything, "the files of the database were among those searched"


async def test_a_code_is_in_no_file_of_the_services_while_it_is_kept(door, actions, office, tmp_path):
    """Apart from the test above: six digits can be in a file by chance, so this looks at what is kept of them."""
    resident = await door.resident()
    await agree(resident)
    await hand_in(resident, "id_number", COMPLETE)
    await actions.challenge(resident)
    await hand_in(resident, "one_time_code", office.codes.last)
    async with door.app[DATABASE].read() as session:
        rows = {row.field: row for row in await session.scalars(select(Secret))}
    assert set(rows) == {"challenge", "one_time_code"}
    assert office.codes.last.encode() not in rows["one_time_code"].sealed
    # Nonce, ciphertext of six digits, tag: nothing is added that could tell.
    assert len(rows["one_time_code"].sealed) == 12 + 6 + 16


async def test_two_processes_on_one_database_go_on_with_one_conversation(door, actions, office, settings):
    if not door.app[DATABASE].is_postgresql:
        return
    resident = await door.resident()
    await agree(resident)
    await hand_in(resident, "id_number", COMPLETE)
    other = FrontDoor(settings)
    await other.open()
    assert (await actions.challenge(resident))["outcome"] == "found"
    moved = type(resident)(other, other.browser(), resident.token, resident.conversation)
    await hand_in(moved, "one_time_code", office.codes.last)
    assert (await actions.verify(resident))["outcome"] == "found"
    await other.close()


async def test_while_the_breaker_is_open_residents_wait_for_nothing(door, actions, office):
    resident = await verified(door, actions, office)
    actions.client.app[REGISTRY].breaker = Breaker(1, 60)
    office.meddler.failing = -1
    await actions.record(resident, "points")
    office.meddler.seen.clear()
    async with asyncio.timeout(10):
        for _ in range(20):
            assert (await actions.record(resident, "points"))["outcome"] == "down"
    assert office.meddler.seen == []
