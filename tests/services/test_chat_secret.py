"""Consent and secrets at the front door: what is taken, what is refused, what is kept and for how long."""

import asyncio
import secrets as random
from datetime import UTC, datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select, update

from core.privacy import check_digit
from services.keys import CONVERSATIONS, DATABASE, SECRETS
from services.registry import secrets as module
from services.registry.sealing import Seal
from services.storage.tables import Consent, Conversation, Secret
from tests.registry.signed import COMPLETE, WITH_X
from tests.services.conftest import files_of


async def ask(resident, method, path, **options):
    response = await resident.client.request(method, path, headers=resident.headers, **options)
    return response.status, (await response.json() if response.content_type == "application/json" else None)


async def agree(resident):
    return await ask(resident, "POST", "/chat/consent", json={"purpose": "registry"})


async def hand_in(resident, field, value):
    return await ask(resident, "POST", "/chat/secret", json={"field": field, "value": value})


async def rows(door, table=Secret):
    async with door.app[DATABASE].read() as session:
        return list(await session.scalars(select(table)))


async def opened(door, resident, field):
    secrets = door.app[SECRETS]
    async with secrets.database.write() as session:
        kept = await secrets.read(session, resident.conversation, field)
    return kept.value if kept else None


@pytest.fixture
async def agreed(door):
    resident = await door.resident()
    assert (await agree(resident))[0] == 200
    return resident


async def test_without_consent_nothing_is_taken(door):
    resident = await door.resident()
    status, body = await hand_in(resident, "id_number", COMPLETE)
    assert (status, body["error"]["code"]) == (409, "consent_needed")
    assert "同意" in body["error"]["message"]
    assert await rows(door) == []


async def test_with_consent_the_answer_is_a_token_and_nothing_else(door, agreed):
    status, body = await hand_in(agreed, "id_number", COMPLETE)
    assert status == 200
    assert set(body) == {"token"}
    assert not set(body["token"]) <= set("0123456789X")
    assert COMPLETE not in body["token"]
    assert await opened(door, agreed, "id_number") == COMPLETE


async def test_consent_is_recorded_with_its_time_once(door):
    resident = await door.resident()
    (status, first), (_, second) = await agree(resident), await agree(resident)
    assert status == 200
    assert first == second
    assert abs((datetime.now(UTC) - datetime.fromisoformat(first["given"])).total_seconds()) < 60
    (kept,) = await rows(door, Consent)
    assert (kept.purpose, kept.withdrawn) == ("registry", None)


@pytest.mark.parametrize("how", [{"params": {"purpose": "registry"}}, {"json": {"purpose": "registry"}}], ids=str)
async def test_withdrawn_consent_wipes_everything_and_stays_on_record(door, agreed, how):
    for field, value in (("id_number", COMPLETE), ("one_time_code", "123456"), ("phone", "15400000001")):
        assert (await hand_in(agreed, field, value))[0] == 200
    assert len(await rows(door)) == 3
    assert await ask(agreed, "DELETE", "/chat/consent", **how) == (204, None)
    assert await rows(door) == []
    (kept,) = await rows(door, Consent)
    assert kept.withdrawn >= kept.given
    assert (await hand_in(agreed, "id_number", COMPLETE))[0] == 409
    await agree(agreed)
    assert (await hand_in(agreed, "id_number", COMPLETE))[0] == 200
    assert len(await rows(door, Consent)) == 2


async def test_another_purpose_is_refused(door):
    resident = await door.resident()
    for body in ({}, {"purpose": "marketing"}, {"purpose": 5}, {"purpose": "registry", "x": 1}):
        assert (await ask(resident, "POST", "/chat/consent", json=body))[0] == 422, body
    assert await rows(door, Consent) == []


async def test_consent_of_one_conversation_is_none_of_another(door, agreed):
    other = await door.resident()
    assert (await hand_in(other, "id_number", COMPLETE))[0] == 409


TYPED = [
    ("id_number", " 330000 19781120 003x ", WITH_X),
    ("id_number", "３３００００１９７８１１２０００３ｘ", WITH_X),
    ("one_time_code", "123 456", "123456"),
    ("one_time_code", "０１２３４５", "012345"),
    ("phone", "+86 154-0000-0001", "15400000001"),
]


async def test_numbers_are_read_as_people_type_them(door, agreed):
    for field, typed, kept in TYPED:
        assert (await hand_in(agreed, field, typed))[0] == 200
        assert await opened(door, agreed, field) == kept


BAD_VALUES = [
    ("id_number", "", "bad_value"),
    ("id_number", COMPLETE[:-1] + "5", "bad_value"),
    ("id_number", "330000900101001", "bad_value"),
    ("id_number", "不想告诉你", "bad_value"),
    ("id_number", "3" * 10_000, "bad_value"),
    ("id_number", COMPLETE + "\0", "bad_value"),
    ("id_number", "\ud800", "bad_value"),
    ("one_time_code", "12345", "bad_value"),
    ("phone", "12345", "bad_value"),
    ("challenge", "abc", "unknown_field"),
    ("grant", "abc", "unknown_field"),
    ("password", "abc", "unknown_field"),
    ("", "", "unknown_field"),
]


async def test_what_cannot_be_the_field_is_refused_with_a_sentence_that_does_not_quote_it(door, agreed):
    for field, value, code in BAD_VALUES:
        status, body = await hand_in(agreed, field, value)
        assert (status, body["error"]["code"]) == (422, code), field
        assert body["error"]["message"].endswith("。")
        assert not value or value not in body["error"]["message"]
    assert await rows(door) == []


BAD_BODIES = [
    (b"", 422),
    (b"{", 400),
    (b"\xff", 400),
    (b"[]", 400),
    (b'{"field": "id_number"}', 422),
    (b'{"field": "id_number", "value": 330000199001010014}', 422),
    (b'{"field": "id_number", "value": null}', 422),
    (b'{"field": "id_number", "value": "330000199001010014", "more": 1}', 422),
    (b'{"field": "id_number", "value": "' + b"3" * 70_000 + b'"}', 413),
]


async def test_a_body_that_is_none_is_refused_without_quoting_it(door, agreed):
    for data, status in BAD_BODIES:
        got, body = await ask(agreed, "POST", "/chat/secret", data=data)
        assert got == status, data[:60]
        assert "330000199001010014" not in str(body)
    assert await rows(door) == []


async def test_only_the_conversation_s_own_page_may_hand_in(door, agreed):
    client = door.browser()
    body = {"field": "id_number", "value": COMPLETE}
    assert (await client.post("/chat/secret", json=body)).status == 401
    response = await client.post("/chat/secret", json=body, headers={"Origin": "https://evil.example"})
    assert response.status == 403
    response = await client.post("/chat/secret", json=body, headers={"Authorization": "Bearer nothing"})
    assert response.status == 401
    widget = {**agreed.headers, "Origin": "https://widget.example"}
    response = await client.post("/chat/secret", json=body, headers=widget)
    assert response.status == 200
    assert response.headers["Access-Control-Allow-Origin"] == "https://widget.example"
    assert response.headers["Cache-Control"] == "no-store"
    for path, method in (("/chat/secret", "POST"), ("/chat/consent", "DELETE")):
        response = await client.options(path, headers={"Origin": "https://widget.example"})
        assert response.status == 204
        assert method in response.headers["Access-Control-Allow-Methods"]


async def test_a_new_value_takes_the_place_of_the_old_and_ends_what_hung_on_it(door, agreed):
    await hand_in(agreed, "id_number", COMPLETE)
    await hand_in(agreed, "one_time_code", "123456")
    _, first = await hand_in(agreed, "one_time_code", "654321")
    _, second = await hand_in(agreed, "id_number", WITH_X)
    assert first != second
    assert [row.field for row in await rows(door)] == ["id_number"]
    assert await opened(door, agreed, "id_number") == WITH_X


async def test_after_ten_minutes_a_secret_is_not_read_and_then_not_there(door, agreed):
    await hand_in(agreed, "id_number", COMPLETE)
    (kept,) = await rows(door)
    assert timedelta(minutes=9) < kept.expires - datetime.now(UTC) <= timedelta(minutes=10)
    async with door.app[DATABASE].write() as session:
        await session.execute(update(Secret).values(expires=datetime.now(UTC) - timedelta(seconds=1)))
    assert await opened(door, agreed, "id_number") is None
    await door.app[SECRETS].sweep()
    assert await rows(door) == []


async def test_what_is_over_is_swept_while_the_process_runs_and_when_it_starts(door, agreed, monkeypatch):
    await hand_in(agreed, "id_number", COMPLETE)
    async with door.app[DATABASE].write() as session:
        await session.execute(update(Secret).values(expires=datetime.now(UTC)))
    await door.restart()
    await asyncio.sleep(0.2)
    assert await rows(door) == []


async def test_no_secret_is_kept_longer_than_ten_minutes_whatever_the_registry_says(door, agreed):
    secrets = door.app[SECRETS]
    async with secrets.database.write() as session:
        await secrets.keep(session, agreed.conversation, "grant", "g" * 20, datetime(2999, 1, 1, tzinfo=UTC))
    (kept,) = await rows(door)
    assert kept.expires - datetime.now(UTC) <= module.LIFETIME


async def test_a_secret_survives_a_restart_and_is_the_same_in_two_processes(door, agreed):
    await hand_in(agreed, "id_number", COMPLETE)
    await door.restart()
    assert await opened(door, agreed.moved(), "id_number") == COMPLETE
    if door.app[DATABASE].is_postgresql:
        other = type(door)(door.settings)
        await other.open()
        assert await opened(other, agreed, "id_number") == COMPLETE
        await other.close()


async def test_another_secret_key_opens_nothing(door, agreed):
    await hand_in(agreed, "id_number", COMPLETE)
    await door.restart(secret_key="k" * 40)
    assert await opened(door, agreed, "id_number") is None


async def test_a_deleted_conversation_takes_its_consent_and_secrets_with_it(door, agreed):
    await hand_in(agreed, "id_number", COMPLETE)
    async with door.app[DATABASE].write() as session:
        await session.delete(await session.get_one(Conversation, agreed.conversation))
    assert await rows(door) == await rows(door, Consent) == []


async def test_many_at_once_leave_one_value(door, agreed):
    answers = await asyncio.gather(*(hand_in(agreed, "one_time_code", f"{n:06}") for n in range(20)))
    assert {status for status, _ in answers} == {200}
    assert len(await rows(door)) == 1


async def test_withdrawing_while_handing_in_leaves_nothing(door, agreed):
    await asyncio.gather(
        *(hand_in(agreed, "id_number", COMPLETE) for _ in range(5)),
        ask(agreed, "DELETE", "/chat/consent", params={"purpose": "registry"}),
        *(hand_in(agreed, "phone", "15400000001") for _ in range(5)),
    )
    assert await rows(door) == []


async def test_the_bot_and_the_log_of_the_conversation_learn_nothing(door, bot, agreed):
    await hand_in(agreed, "id_number", COMPLETE)
    assert bot.turns == bot.renewals == []
    assert len(await agreed.history()) == 1
    assert not door.app[CONVERSATIONS]._running


async def test_however_it_is_typed_no_file_of_the_database_holds_the_digits(door, agreed, tmp_path):
    dice = Random(7)
    for number in range(40):
        first = f"330000{dice.randint(1950, 2005)}{dice.randint(1, 12):02}{dice.randint(1, 28):02}{number:03}"
        value = first + check_digit(first)
        digits = (
            value if number % 2 else value.lower().translate(str.maketrans("0123456789x", "０１２３４５６７８９ｘ"))
        )
        typed = "".join(digit + dice.choice(["", "", " ", "-", "\u200b", "　"]) for digit in digits)
        assert (await hand_in(agreed, "id_number", typed))[0] == 200
        (kept,) = await rows(door)
        written = await asyncio.to_thread(files_of, tmp_path) + kept.sealed
        for form in (value, value[:-1], value[6:17], digits, typed.strip()):
            assert form.encode() not in written
            assert form.encode("utf-16-le") not in written


# ---- sealing ----


def id_numbers():
    days = st.dates(datetime(1930, 1, 1).date(), datetime(2020, 1, 1).date())
    first = st.builds(lambda day, n: f"330000{day:%Y%m%d}{n:03}", days, st.integers(0, 999))
    return first.map(lambda text: text + check_digit(text))


@given(
    st.one_of(id_numbers(), st.from_regex(r"[0-9]{6}", fullmatch=True), st.from_regex(r"154[0-9]{8}", fullmatch=True)),
    st.text("0123456789abcdef", min_size=32, max_size=32),
    st.sampled_from(["id_number", "one_time_code", "phone"]),
)
def test_the_sealed_form_never_holds_the_digits(value, conversation, field):
    seal = Seal("k" * 43)
    sealed = seal.close(value, conversation, field)
    assert value.encode() not in sealed
    assert value.encode()[::-1] not in sealed
    assert sealed != seal.close(value, conversation, field), "the same value looks different each time"
    assert seal.open(sealed, conversation, field) == value


@given(st.integers(0, 200), st.integers(1, 255))
def test_a_sealed_value_that_was_touched_or_moved_does_not_open(place, flip):
    seal, conversation = Seal("k" * 43), random.token_hex(16)
    sealed = bytearray(seal.close(COMPLETE, conversation, "id_number"))
    assert seal.open(bytes(sealed), conversation, "phone") is None
    assert seal.open(bytes(sealed), random.token_hex(16), "id_number") is None
    assert Seal("l" * 43).open(bytes(sealed), conversation, "id_number") is None
    sealed[place % len(sealed)] ^= flip
    assert seal.open(bytes(sealed), conversation, "id_number") is None
    assert seal.open(b"", conversation, "id_number") is None
