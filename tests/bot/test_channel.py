"""The loopback channel: bodies, payloads, the limit of a turn, and one message for each utterance."""

import asyncio
import json
from types import SimpleNamespace

import pytest

from bot import remote
from bot.channel import (
    SESSION_KEYS,
    TURN_KEYS,
    LoopbackInput,
    LoopbackOutput,
    Refused,
    read_body,
    read_payload,
    read_turn,
)


def request(body):
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return SimpleNamespace(body=raw, headers={})


def answer(on_new_message, body, limit=4.0):
    channel = LoopbackInput(limit)
    response = asyncio.run(channel._answer(request(body), TURN_KEYS, read_turn, on_new_message))
    return response.status, json.loads(response.body)


GOOD = {"conversation": "abc", "id": "c1", "text": "你好", "facts": {"age": 35}, "region": "330400"}


def test_a_turn_gives_its_messages_with_text_buttons_and_custom_together():
    async def say(message):
        buttons = [{"title": "是", "payload": "/affirm", "type": "postback"}]
        await message.output_channel.send_response("abc", {"text": "答", "buttons": buttons, "custom": {"outcome": {}}})
        assert message.metadata["facts"] == {"age": 35}
        assert message.metadata["region"] == "330400"
        assert message.sender_id == "abc"

    status, body = answer(say, GOOD)
    assert status == 200
    assert body["messages"] == [
        {"text": "答", "buttons": [{"title": "是", "payload": "/affirm"}], "custom": {"outcome": {}}}
    ]


def test_a_turn_that_takes_too_long_ends_at_the_limit():
    async def sleep(_message):
        await asyncio.sleep(5)

    status, body = answer(sleep, GOOD, limit=0.05)
    assert (status, body["error"]["code"]) == (504, "turn_timeout")


def test_an_action_server_that_does_not_answer_ends_the_turn_with_its_own_code():
    async def fail(_message):
        raise remote.ActionsUnavailable("action_answer failed")

    status, body = answer(fail, GOOD)
    assert (status, body["error"]["code"]) == (503, "actions_unavailable")


def test_a_failed_turn_is_told_without_words_of_the_resident(caplog):
    async def fail(_message):
        raise ValueError("boom")

    status, body = answer(fail, {**GOOD, "text": "我的秘密"})
    assert (status, body["error"]["code"]) == (500, "turn_failed")
    assert "我的秘密" not in caplog.text


def test_a_payload_of_ours_skips_the_model():
    seen = []

    async def keep(message):
        seen.append(message.parse_data)

    answer(keep, {"conversation": "abc", "payload": '/answer{"value": "大专"}'})
    assert seen[0]["intent"]["name"] == "answer"
    assert seen[0]["entities"] == [{"entity": "value", "value": "大专", "extractor": "payload"}]


def test_a_slash_that_a_person_typed_goes_through_the_model():
    seen = []

    async def keep(message):
        seen.append(message.parse_data)

    answer(keep, {"conversation": "abc", "text": "/restart"})
    assert seen == [None]


@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"{", 400),
        (b"\xff", 400),
        (b"[]", 422),
        (b"x" * (64 * 1024 + 1), 413),
        ({"conversation": "a b", "text": "x"}, 422),
        ({"conversation": "abc", "text": "x", "colour": 1}, 422),
        ({"conversation": "abc", "text": "x", "facts": []}, 200),
        ({"conversation": "abc", "text": "x", "facts": [1]}, 422),
        ({"conversation": "abc", "text": "x", "payload": "/stop"}, 422),
        ({"conversation": "abc"}, 422),
        ({"conversation": "abc", "text": "  "}, 422),
        ({"conversation": "abc", "text": "x" * 2001}, 422),
    ],
    ids=[str(i) for i in range(12)],
)
def test_a_bad_body_is_refused_by_its_kind(body, status):
    async def nothing(_message):
        return None

    assert answer(nothing, body)[0] == status


@pytest.mark.parametrize("payload", ["stop", "/Stop", "/stop{", '/stop{"a": [1]}', "/stop[]", "/a b"])
def test_a_payload_of_another_form_is_refused(payload):
    with pytest.raises(Refused):
        read_payload(payload)


def test_a_session_body_has_no_text():
    with pytest.raises(Refused):
        read_body(b'{"conversation": "abc", "text": "x"}', SESSION_KEYS)


def test_the_output_keeps_the_order_of_messages():
    output = LoopbackOutput()
    asyncio.run(output.send_response("a", {"text": "一"}))
    asyncio.run(output.send_response("a", {"custom": {"x": 1}}))
    assert [message["text"] for message in output.messages] == ["一", None]


def test_the_compiled_validator_still_refuses_a_wrong_answer_of_an_action():
    remote.VALIDATOR.validate({"events": [], "responses": []})
    with pytest.raises(Exception, match="is not of type"):
        remote.VALIDATOR.validate({"events": "none", "responses": []})
