"""Facts of the resident: read from an answer, said back, offered as buttons."""

from __future__ import annotations

import re
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from actions.base import Turn
from actions.messages import Button, button
from core.answers import parse_answer
from core.fields import UNKNOWN, BadFact, Fact, Field, format_value
from core.knowledge import today

# More buttons than this hide the conversation on a phone; a place is typed.
BUTTONS_SHOWN = 8
# Entities of the message that are a fact by themselves, and the field they fill.
ENTITY_FIELDS = {"age": "age", "education": "education", "skill_level": "skill_level", "title_level": "title_level"}
PLACE_FIELD = "city"
_QUESTION = re.compile(
    r"[?？]|[吗么呢]$|怎么|怎样|咋|如何|什么|啥|多少|多久|多长|哪[里儿个些]|在哪|为何|为什么|(.)不\1|有没有|能否|是否|可以吗|行吗"
)


@dataclass(frozen=True)
class Accepted:
    """A fact that an answer gave; `fact` may be `UNKNOWN`."""

    fact: Fact


def accept(record: dict[str, Any], text: str) -> Accepted | None:
    """Read an answer to a field; None where it is no answer, out of bounds, or 不知道 where that will not do."""
    field = Field.from_record(record)
    try:
        fact = parse_answer(field, text, today())
    except BadFact:
        return None
    if fact is None or (fact == UNKNOWN and not field.allow_unknown):
        return None
    return Accepted(fact)


def explain_refusal(record: dict[str, Any], text: str) -> str:
    """Say what is wrong with an answer that was not taken."""
    field = Field.from_record(record)
    try:
        fact = parse_answer(field, text, today())
    except BadFact as error:
        return error.sentence
    if fact == UNKNOWN:
        return "这一项要您告诉我才能往下判断，大概的也可以。"
    if field.type == "boolean":
        return "没看懂您的回答。这一题请回答“是”或者“不是”。"
    if field.type == "place":
        return "没看懂是哪里。请说浙江的市、县（市、区）的名字，比如“宁波”“余杭区”。"
    if field.values:
        return f"没看懂您的回答。可以选：{field.offered()}。"
    if field.type == "date":
        return "没看懂是哪一天。请按阳历说年月日，比如“2012年6月1日”。"
    if field.type == "month":
        return "没看懂是哪年哪月。请按阳历说年和月，比如“1976年9月”。"
    if field.type == "months":
        return "没看懂您的回答。请说多长时间，比如“48个月”“三年半”“2019年3月到现在”。"
    return f"没看懂您的回答。请说一个数字{f'（单位：{field.unit}）' if field.unit else ''}。"


def choice_buttons(record: dict[str, Any]) -> list[Button]:
    """Offer the values of a field, where they are few enough to choose from."""
    values = Field.from_record(record).values
    if len(values) > BUTTONS_SHOWN:
        return []
    return [button(value.title, "answer", value=value.title) for value in values]


def spoken(record: dict[str, Any], fact: Fact) -> str:
    """Say a fact back, such as `48 个月`."""
    return format_value(Field.from_record(record), fact)


def known_lines(facts: dict[str, Any], records: Iterable[dict[str, Any]]) -> str:
    """Say back the facts that a run will use, such as `年龄 35 周岁、文化程度 大专`; empty if there are none."""
    known = [(r, facts[r["field"]]) for r in records if facts.get(r["field"]) not in (None, UNKNOWN)]
    return "，".join(f"{record['title']}：{spoken(record, fact)}" for record, fact in known)


def read_from_message(turn: Turn, records: Iterable[dict[str, Any]]) -> dict[str, Fact]:
    """Take the facts that stand in the very message that starts a run, such as its age and its place."""
    by_field = {record["field"]: record for record in records}
    said: dict[str, Fact] = {}
    for entity in turn.entities:
        record = by_field.get(ENTITY_FIELDS.get(entity["entity"], ""))
        accepted = accept(record, str(entity["value"])) if record else None
        if record and accepted:
            said[record["field"]] = accepted.fact
    place = turn.place()
    if place and PLACE_FIELD in by_field and (turn.places() or PLACE_FIELD not in turn.facts):
        # A place that the check does not tell apart, such as the province, will be asked.
        with suppress(BadFact):
            said[PLACE_FIELD] = Field.from_record(by_field[PLACE_FIELD]).check(place)
    return said


def looks_like_a_question(text: str) -> bool:
    """Tell whether a message asks something: by its words, since any of them may also be an answer."""
    return _QUESTION.search(text) is not None
