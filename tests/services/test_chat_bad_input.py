"""What each kind of bad input gets: a clear status or a friendly sentence, never a 5xx."""

import gzip
import json

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

JSON = {"Content-Type": "application/json"}


@pytest.fixture
def database_url(tmp_path):
    """SQLite alone: what comes in here is refused before or without the database."""
    return f"sqlite:///{tmp_path / 'anju.db'}"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "bad_json"),
        (b"hello", 400, "bad_json"),
        (b"[]", 400, "bad_json"),
        (b'"text"', 400, "bad_json"),
        (b'{"text": NaN}', 400, "bad_json"),
        (b"\xff\xfe\x00", 400, "bad_json"),
        ('{"text": "你好"}'.encode("gbk"), 400, "bad_json"),
        (b'{"text": "\xed\xa0\x80"}', 400, "bad_json"),
        (b"[" * 60_000, 400, "bad_json"),
        (b"", 422, "bad_body"),
        (b"{}", 422, "bad_body"),
        (b'{"text": null}', 422, "bad_body"),
        (b'{"text": 5}', 422, "bad_body"),
        (b'{"text": ["a"]}', 422, "bad_body"),
        (b'{"text": "a", "payload": "/stop"}', 422, "bad_body"),
        (b'{"text": "a", "id": ""}', 422, "bad_body"),
        (b'{"text": "a", "id": 7}', 422, "bad_body"),
        (b'{"text": "a", "id": "\\ud800"}', 422, "bad_body"),
        (b'{"text": "a", "id": "' + b"x" * 65 + b'"}', 422, "bad_body"),
        (b'{"text": "a", "\\ud800": 1}', 422, "bad_body"),
        (b'{"text": "a", "role": "staff"}', 422, "bad_body"),
        (b'{"payload": "\\ud800"}', 422, "bad_body"),
        (b'{"payload": "/' + b"x" * 3000 + b'"}', 422, "bad_body"),
        (b'{"payload": "/restart"}', 422, "unknown_payload"),
        (b'{"text": "' + b"a" * 65_536 + b'"}', 413, "too_large"),
    ],
    ids=lambda value: str(value)[:40] if isinstance(value, bytes) else "",
)
async def test_a_bad_body_is_refused_and_nothing_is_kept(door, bot, body, status, code):
    resident = await door.resident()
    response = await resident.client.post("/chat/messages", data=body, headers={**resident.headers, **JSON})
    assert response.status == status
    error = (await response.json())["error"]
    assert error["code"] == code
    assert error["message"]
    assert len(await resident.history()) == 1
    assert bot.turns == []


async def test_a_body_in_chunks_has_the_same_limit(door):
    async def endless():
        for _ in range(100):
            yield b"a" * 1024

    resident = await door.resident()
    response = await resident.client.post("/chat/messages", data=endless(), headers=resident.headers)
    assert response.status == 413


@pytest.mark.parametrize(
    ("body", "status"),
    [(gzip.compress(b'{"text": "a"}'), 200), (gzip.compress(b"a" * 10_000_000), 413), (b"not gzip", 400)],
    ids=["small", "bomb", "broken"],
)
async def test_a_compressed_body_has_the_same_limit(door, body, status):
    resident = await door.resident()
    headers = {**resident.headers, **JSON, "Content-Encoding": "gzip"}
    response = await resident.client.post("/chat/messages", data=body, headers=headers)
    assert response.status == status


@pytest.mark.parametrize("text", ["", " ", "\n\t ", "　　", "\0", "\u200b\u200b", "/", "／ /", "\u202e"], ids=ascii)
async def test_a_blank_message_gets_a_friendly_sentence_and_does_not_reach_the_bot(door, bot, text):
    resident = await door.resident()
    _, reply = await resident.say(text)
    assert "没有看到文字" in reply["text"]
    assert reply["outcome"] == {"outcome": "small_talk"}
    assert bot.turns == []


async def test_500_characters_are_answered_and_501_get_a_friendly_sentence(door, bot):
    resident = await door.resident()
    assert (await resident.say("好" * 500))[1]["outcome"]["outcome"] == "answered"
    said, reply = await resident.say("好" * 501)
    assert "501 个字" in reply["text"]
    assert "500 个字" in reply["text"]
    assert reply["outcome"] == {"outcome": "small_talk"}
    assert said["text"] == "好" * 500 + "……"
    assert len(bot.turns) == 1


async def test_ten_thousand_characters_get_the_same(door, bot):
    resident = await door.resident()
    said, reply = await resident.say("租房能落户吗？" * 1429)
    assert "10003 个字" in reply["text"]
    assert len(said["text"]) == 502
    assert bot.turns == []


@pytest.mark.parametrize(
    ("text", "kept", "passed_on"),
    [
        ("租房\0能落户\x07吗\x7f", "租房能落户吗", "租房能落户吗"),
        ("a\u202eb\u2066c\ufeffd", "abcd", "abcd"),
        ("第一行\r\n第二行", "第一行\n第二行", "第一行\n第二行"),
        ("😀👨‍👩‍👧能落户吗", "😀👨‍👩‍👧能落户吗", "😀👨‍👩‍👧能落户吗"),
        ("👍", "👍", "👍"),
        ("<script>alert(1)</script>", "<script>alert(1)</script>", "<script>alert(1)</script>"),
        ("'; DROP TABLE message; --", "'; DROP TABLE message; --", "'; DROP TABLE message; --"),
        ("/restart", "/restart", "restart"),
        ("／session_start", "／session_start", "session_start"),
        (' //／ask_topic{"topic": "x"}', '//／ask_topic{"topic": "x"}', 'ask_topic{"topic": "x"}'),
    ],
    ids=ascii,
)
async def test_odd_text_is_kept_as_typed_and_reaches_the_bot_harmless(door, bot, text, kept, passed_on):
    resident = await door.resident()
    said, _ = await resident.say(text)
    assert said["text"] == kept
    assert (bot.turns[0]["text"], bot.turns[0]["payload"]) == (passed_on, None)


async def test_half_of_a_character_pair_is_dropped(door, bot):
    resident = await door.resident()
    body = b'{"text": "a\\ud83db"}'
    response = await resident.client.post("/chat/messages", data=body, headers={**resident.headers, **JSON})
    assert (await response.json())["messages"][0]["text"] == "ab"


@pytest.mark.parametrize("after", ["x", "-1", "1.5", "١", "1" * 40, "%00"])
async def test_a_bad_after_is_refused(door, after):
    resident = await door.resident()
    response = await resident.client.get(f"/chat/messages?after={after}", headers=resident.headers)
    assert response.status == 422
    assert (await response.json())["error"]["code"] == "bad_after"


async def test_an_after_beyond_every_integer_is_simply_the_end(door):
    resident = await door.resident()
    assert await resident.history(after=999_999_999_999) == []


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nothing", 404),
        ("GET", "/%00", 404),
        ("GET", "/../../etc/passwd", 404),
        ("DELETE", "/chat/messages", 405),
        ("GET", "/chat/sessions", 405),
        ("GET", "/api/knowledge/topics", 404),
        ("POST", "/api/points/estimate", 404),
        ("GET", "/metrics", 404),
        ("GET", "/health/ready", 404),
    ],
)
async def test_wrong_addresses_have_the_same_shape_and_internal_ones_are_not_here(door, method, path, status):
    response = await door.browser().request(method, path)
    assert response.status == status
    assert set(await response.json()) == {"error"}
    assert set((await response.json())["error"]) == {"code", "message"}


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
BODIES = st.one_of(
    st.binary(max_size=200),
    st.text(st.characters()).map(lambda text: json.dumps({"text": text}).encode()),
    st.dictionaries(st.sampled_from(["text", "payload", "id", "x"]), JSON_VALUES).map(lambda v: json.dumps(v).encode()),
    JSON_VALUES.map(lambda value: json.dumps(value).encode()),
)


async def test_any_body_at_all_gives_no_server_error(door):
    resident = await door.resident()
    examples = []

    @given(BODIES)
    @hypothesis_settings(max_examples=300, deadline=None, suppress_health_check=list(HealthCheck), database=None)
    def collect(body):
        examples.append(body)

    collect()
    for body in examples:
        response = await resident.client.post("/chat/messages", data=body, headers={**resident.headers, **JSON})
        assert response.status < 500, body
        await response.json()
