"""“不是36个月，是48个月”: change a fact that was said before.

The fact meant is the one named by its title; else the one that had the old value; else the one asked last
for which the new value is an answer.
"""

from __future__ import annotations

import re
from typing import Any

from rasa_sdk.events import FollowupAction

from actions.base import Event, Step, Turn, set_slots
from actions.clients import eligibility, points
from actions.clients.http import ServiceError
from actions.facts import accept, spoken
from actions.messages import say
from actions.runs import NOT_AVAILABLE, OUTCOME, START_OVER

_OLD_AND_NEW = re.compile(
    r"不是(?P<old>[^，,。；;]+?)[，,。；; ]*(?:而是|应该是|应当是|是|改成|改为)(?P<new>[^，,。]+)"
)
_NEW = re.compile(r".*(?:应该是|应当是|改成|改为|换成|是|[，,。；; ])(?P<new>[^，,。；;]+)[。！!]?$")
NOT_FOUND = "您要改哪一项？请连名字一起说，比如“年龄改成35岁”“学历是大专”。"


class ActionCorrectFact(Step):
    """Change a fact outside a running form, then work out the result again."""

    NAME = "action_correct_fact"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Say what was changed, and enter the form again: it asks what is open now, or closes with the result."""
        turn = Turn.read(tracker)
        run = turn.run
        if run is None:
            say(dispatcher, "好的。您是想问哪件事？请把情况和问题一起说给我听。", "small_talk")
            return []
        try:
            records = await fields_of(run, turn.correlation)
        except ServiceError:
            say(dispatcher, NOT_AVAILABLE[run["kind"]], OUTCOME[run["kind"]])
            return []
        facts = change(dispatcher, turn, run, records)
        if facts is None:
            say(dispatcher, NOT_FOUND, "asked_fact", buttons=(START_OVER,))
            return []
        run = {**run, "done": False}
        return [
            *set_slots(facts=facts, run=run, pending_field=None, next_fact=None),
            FollowupAction("questionnaire_form"),
        ]


def means_a_correction(turn: Turn) -> bool:
    """Tell whether a message corrects something: by its intent, or by “不是……是……”."""
    return turn.intent == "correct_fact" or _OLD_AND_NEW.search(turn.text) is not None


def change(dispatcher: Any, turn: Turn, run: dict[str, Any], records: list[dict[str, Any]]) -> dict[str, Any] | None:
    """Give the facts after the correction and say what changed; None where it is not clear which is meant.

    A correction without a new value (“上一题答错了”) forgets the fact, so that it is asked again.
    """
    known = _latest_first(run, [r for r in records if r["field"] in turn.facts])
    if not known:
        return None
    named = next((r for r in known if r["title"] in turn.text), None)
    match = _OLD_AND_NEW.search(turn.text)
    tail = _NEW.match(turn.text)
    new = match["new"] if match else tail["new"] if tail else turn.text
    record = named or (_with_old_value(known, turn.facts, match["old"], new) if match else None)
    record = record or next((r for r in known if accept(r, new) is not None), None)
    accepted = accept(record, new) if record else None
    if record is not None and accepted is not None:
        say(
            dispatcher,
            f"好的，“{record['title']}”改成{spoken(record, accepted.fact)}。",
            "asked_fact",
            record={"field": record["field"]},
        )
        return {**turn.facts, record["field"]: accepted.fact}
    again = named or (known[0] if not match and not _has_a_value(turn.text) else None)
    if again is None:
        return None
    say(dispatcher, f"好的，“{again['title']}”我重新问您一次。", "asked_fact", record={"field": again["field"]})
    return {field: fact for field, fact in turn.facts.items() if field != again["field"]}


async def fields_of(run: dict[str, Any], correlation: str | None) -> list[dict[str, Any]]:
    """Give the FIELD records of everything a run may ask.

    Raises:
        ServiceError: the service gave no answer.
    """
    listed = await (points.schemes(correlation) if run["kind"] == "points" else eligibility.checks(correlation))
    return next((list(row["fields"]) for row in listed if row["id"] == run["id"]), [])


def _latest_first(run: dict[str, Any], records: list[dict[str, Any]]) -> list[dict[str, Any]]:
    order = {field: index for index, field in enumerate(run["asked"])}
    return sorted(records, key=lambda record: -order.get(record["field"], -1))


def _with_old_value(known: list[dict[str, Any]], facts: dict[str, Any], old: str, new: str) -> dict[str, Any] | None:
    for record in known:
        before = accept(record, old)
        if before is not None and before.fact == facts[record["field"]] and accept(record, new) is not None:
            return record
    return None


def _has_a_value(text: str) -> bool:
    return bool(re.search(r"\d|[一二三四五六七八九十百两]+(岁|年|个月|月|分|天)|(是|改成|改为)[^的了]", text))
