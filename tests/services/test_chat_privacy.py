"""Numbers of persons are nowhere: not in the database, not in the bot, not in the logs."""

import io
import json
import logging
from pathlib import Path

import pytest
import structlog
import yaml
from sqlalchemy import select

from services import logs
from services.keys import DATABASE
from services.storage.tables import Conversation, Message

SECRETS = ["330106199003074517", "13812345678", "6222021202345679", "４５１７", "33032719850612000"]
CASES = [case for case in yaml.safe_load(Path("tests/cases/privacy.yaml").read_text("utf-8")) if "expect" in case]
SENTENCE = (
    "我叫王五，身份证330106 19900307 4517，电话+86 138-1234-5678，卡6222 0212 0234 5679，"
    "老婆33032719850612000x，３３０１０６１９９００３０７４５１７，能落户吗"
)


def every_file(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in sorted(folder.rglob("*")) if path.is_file())


async def test_personal_numbers_are_in_no_file_of_the_database(tmp_path, door, bot):
    resident = await door.resident()
    said, reply = await resident.say(SENTENCE, "m-1")
    assert "【身份证号】" in said["text"]
    assert "能落户吗" in reply["text"]
    await door.close()
    written = every_file(tmp_path).decode("utf-8", "ignore")
    squeezed = written.replace(" ", "").replace("-", "")
    assert "王五" in written or "postgresql" in door.settings.database_url
    for secret in SECRETS:
        assert secret not in squeezed
        assert secret not in json.dumps(bot.turns, ensure_ascii=False).replace(" ", "").replace("-", "")


async def test_personal_numbers_are_in_no_row(door, bot):
    resident = await door.resident()
    for case in CASES:
        said, _ = await resident.say(case["text"])
        assert said["text"] == case["expect"].strip()
    async with door.app[DATABASE].read() as session:
        rows = [str(vars(row)) for table in (Message, Conversation) for row in await session.scalars(select(table))]
    assert len(rows) == 2 * len(CASES) + 2
    for secret in SECRETS:
        assert not any(secret in row for row in rows)


async def test_a_number_across_the_cut_of_a_long_message_is_not_kept_in_part(door):
    resident = await door.resident()
    for before in range(480, 501):
        said, _ = await resident.say("好" * before + "330106199003074517" + "好" * 100)
        assert "3301" not in said["text"]


@pytest.fixture
def log_lines():
    """Logs as in production; call it for what was written so far."""
    root, written = logging.getLogger(), io.StringIO()
    kept = root.handlers[:], root.level, logging.raiseExceptions
    logs.configure("DEBUG", written)
    yield written.getvalue
    structlog.reset_defaults()
    root.handlers[:], logging.raiseExceptions = kept[0], kept[2]
    root.setLevel(kept[1])
    logging.getLogger("aiohttp.access").setLevel(logging.NOTSET)


async def test_logs_have_the_correlation_id_and_no_word_of_a_resident(log_lines, door, bot, monkeypatch):
    resident = await door.resident()
    response = await resident.client.post(
        "/chat/messages?q=我的秘密", json={"text": "我的秘密13812345678"}, headers=resident.headers
    )
    assert response.status == 200
    bot.mode = "garbage"
    await resident.say("我的秘密")
    await resident.client.get("/我的秘密")

    async def broken(*_args):
        raise RuntimeError("我的秘密")

    monkeypatch.setattr("services.conversations.turns.Turn._keep_replies", broken)
    status, body = await resident.post({"text": "我的秘密"})
    assert status == 500
    written = log_lines()
    lines = [json.loads(line) for line in written.splitlines()]
    number = response.headers["X-Correlation-Id"]
    assert any(line.get("correlation_id") == number and line["route"] == "/chat/messages" for line in lines)
    (failure,) = [line for line in lines if line["event"] == "unexpected_error"]
    assert failure["error"] == "RuntimeError"
    assert failure["correlation_id"] in body["error"]["message"]
    assert any("turns.py" in place for place in failure["where"])
    assert any(line["event"] == "bot_unavailable" for line in lines)
    for secret in ("秘密", "\\u79d8", "%E7", "13812345678", resident.token, resident.conversation):
        assert secret not in written


async def test_the_logs_of_libraries_lose_the_words_of_their_exceptions(log_lines):
    try:
        raise ValueError("我的秘密")
    except ValueError:
        logging.getLogger("aiohttp.server").exception("Error handling request")
    line = json.loads(log_lines())
    assert line["error"] == "ValueError"
    assert "秘密" not in str(line)
