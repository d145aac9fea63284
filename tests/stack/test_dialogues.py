"""Conversations as residents have them (tests/dialogues/*.yaml), over the real processes.

They were written by someone who had read only the README and the taxonomy. A turn says or taps something, or answers
a questionnaire by keyword until its result; `expect` states what must hold: outcome, decision, topic, words that stand
in the reply or must not, buttons.
"""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest
import yaml

pytestmark = pytest.mark.stack

FILES = sorted((Path(__file__).resolve().parents[1] / "dialogues").glob("*.yaml"))
DIALOGUES = [
    (path.stem, dialogue) for path in FILES for dialogue in yaml.safe_load(path.read_text("utf-8"))["dialogues"]
]
RESULTS = ("points_estimated", "eligibility_decided")
MOST_QUESTIONS = 20
UNKNOWN = "不知道"


@pytest.mark.parametrize(("file", "dialogue"), DIALOGUES, ids=[f"{file}-{d['name']}" for file, d in DIALOGUES])
async def test_dialogue(resident, file, dialogue):
    for number, turn in enumerate(dialogue["turns"], 1):
        if "answers" in turn:
            messages = await _answer(resident, turn["answers"], _list((turn.get("expect") or {}).get("outcome") or []))
        elif "tap" in turn:
            messages = await resident.tap(turn["tap"])
        else:
            messages = await resident.say(str(turn["say"]))
        messages = await _choose(resident, messages, turn.get("expect") or {})
        _check(messages, turn.get("expect") or {}, f"turn {number} of {dialogue['name']}")


async def _choose(resident: Any, messages: list[dict[str, Any]], expect: dict[str, Any]) -> list[dict[str, Any]]:
    """Tap the right one of the choices, as a resident would who sees it; the reply then is what must hold."""
    wanted = expect.get("outcome") or []
    if _outcomes(messages) != {"clarify_topic"} or "answered" not in wanted:
        return messages
    topics = _list(expect.get("topic") or [])
    for button in messages[-1].get("buttons") or []:
        chosen = json.loads(button["payload"].partition("{")[1] + button["payload"].partition("{")[2] or "{}")
        if chosen.get("topic") in topics or (not topics and chosen.get("topic")):
            return await resident.tap(button["title"])
    return messages


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


async def _answer(resident: Any, answers: dict[str, Any], wanted: list[str]) -> list[dict[str, Any]]:
    """Answer each open question by the longest keyword in it, until there is a result or another reply that will do."""
    messages = resident.messages[-1:]
    enough = {*RESULTS, *wanted} - {"asked_fact"}
    before = ""
    for _ in range(MOST_QUESTIONS):
        if _outcomes(messages) & enough:
            return messages
        question = messages[-1]["text"]
        # The longest keyword says most: 居住证 before 居住.
        named = sorted((word for word in answers if word in question), key=len, reverse=True)
        # Whoever is asked the same again, since the answer did not fit, does not know better.
        reply = str(answers[named[0]]) if named and question != before else UNKNOWN
        before = question
        messages = await resident.say(reply)
    raise AssertionError(f"no result after {MOST_QUESTIONS} questions; the last was {messages[-1]['text']!r}")


def _check(messages: list[dict[str, Any]], expect: dict[str, Any], where: str) -> None:
    shown = _words(messages)
    for key, wanted in expect.items():
        values = wanted if isinstance(wanted, list) else [wanted]
        if key == "outcome":
            assert _outcomes(messages) & set(values), f"{where}: {_outcomes(messages)}, wanted {values}\n{shown}"
        elif key in ("topic", "decision"):
            given = {(message.get("outcome") or {}).get(key) for message in messages}
            assert given & set(values), f"{where}: {key} {given}, wanted {values}\n{shown}"
        elif key == "contains":
            assert [word for word in values if str(word) not in shown] == [], f"{where}\n{shown}"
        elif key == "contains_any":
            assert any(str(word) in shown for word in values), f"{where}: none of {values}\n{shown}"
        elif key == "lacks":
            # “这不代表您不符合” is the opposite of saying so.
            said = re.sub("(不代表|不等于)您?不符合", "", shown)
            assert [word for word in values if str(word) in said] == [], f"{where}\n{shown}"
        elif key == "buttons":
            titles = {button["title"] for message in messages for button in message.get("buttons") or []}
            assert set(values) <= titles, f"{where}: {titles}, wanted {values}"
        else:
            raise AssertionError(f"{where}: unknown key {key!r}")


def _outcomes(messages: list[dict[str, Any]]) -> set[str]:
    return {(message.get("outcome") or {}).get("outcome") or "" for message in messages}


def _words(messages: list[dict[str, Any]]) -> str:
    """Give everything a resident can read of the reply: texts, details, notes, sheet, titles of sources."""
    parts: list[str] = []
    for message in messages:
        parts += [message["text"] or "", message.get("details") or "", *(message.get("notes") or [])]
        sheet = message.get("sheet") or {}
        parts += [str(cell) for row in sheet.get("rows") or [] for cell in row] + [str(sheet.get("total") or "")]
        parts += [f"来源：{source['title']}" for source in message.get("sources") or []]
    return "\n".join(parts)


def test_there_are_forty_dialogues_and_none_stands_twice():
    names = [dialogue["name"] for _, dialogue in DIALOGUES]
    assert len(names) >= 40
    assert len(names) == len(set(names))
