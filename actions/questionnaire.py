"""The questionnaire: one form with one slot, which asks whichever fact the service says is missing next.

An answer is tried as the fact that was asked for before it is taken for anything else, because short
answers look like anything to an intent classifier. A question in the middle is answered, and the open one
asked again.
"""

from __future__ import annotations

import logging
import re
from typing import Any

from rasa_sdk.events import SlotSet

from actions import answers
from actions.base import Event, Step, Turn, set_slots
from actions.clients import eligibility, points
from actions.clients.http import ServiceError
from actions.corrections import change, fields_of, means_a_correction
from actions.facts import accept, choice_buttons, explain_refusal, looks_like_a_question
from actions.messages import STOP, button, say
from actions.runs import AGAIN, NOT_AVAILABLE, OUTCOME, end_run

logger = logging.getLogger(__name__)

FORM = "questionnaire_form"
# Acts that are answered by a rule of their own, after which the form goes on.
TALK = {"greet", "goodbye", "thank", "bot_challenge", "complaint", "explain_why"}
SURE = 0.6
# “不在了” and “没有了” answer a question although they sound like an end; these words mean it whatever was asked.
STOP_WORDS = re.compile(
    "算了|不算|停|退出|取消|结束|中止|打住|不[想要]?再?(答|填|查|问|弄|做|测|继续)|别(再)?问|先到|到此|以后再|改天|放一放"
)
REJECTED: Event = {"event": "action_execution_rejected", "name": FORM, "timestamp": None}


class ValidateQuestionnaire(Step):
    """Read the answer, ask the service what is missing, close the form when nothing is."""

    NAME = f"validate_{FORM}"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Give the events after one message, or after the form was entered or came back to."""
        turn = Turn.read(tracker)
        run, pending = turn.run, turn.slots.get("pending_field")
        if run is None or run["done"]:
            return end_run(run)
        answered = tracker.slots_to_validate().get("next_fact") is not None
        if pending is not None and not answered:
            # Stop, a new run, a person: no answer to anything, so Rasa rejects the form and their rules take
            # over. Coming back from an act of talk, its words still stand in the slot and must not fill it.
            return [] if turn.slots.get("next_fact") is None else set_slots(next_fact=None)
        if pending is not None:
            return await self._read(dispatcher, turn, run, pending)
        return await advance(dispatcher, turn, run, turn.facts)

    async def _read(self, dispatcher: Any, turn: Turn, run: dict[str, Any], pending: dict[str, Any]) -> list[Event]:
        text = str(turn.payload.get("value", turn.text))
        if turn.intent == "stop" and (STOP_WORDS.search(text) or accept(pending, text) is None):
            return [REJECTED]
        if means_a_correction(turn):
            facts = await self._corrected(dispatcher, turn, run)
            if facts is not None:
                return await advance(dispatcher, turn, run, facts)
        asks = turn.intent == "ask_topic" and looks_like_a_question(text)
        value = None if asks else accept(pending, text)
        if value is not None:
            run = {**run, "asked": [*(f for f in run["asked"] if f != pending["field"]), pending["field"]]}
            return await advance(dispatcher, turn, run, {**turn.facts, pending["field"]: value.fact})
        if turn.intent in TALK and turn.confidence >= SURE:
            # Rules take over: they answer the act and come back to the form.
            return [REJECTED]
        # Whatever is no answer may be a question, and someone in danger is heard in the middle of anything.
        events = await self._answer(dispatcher, turn, sure=asks)
        if events is not None:
            return [*events, SlotSet("next_fact", None)]
        say(dispatcher, explain_refusal(pending, text), "asked_fact", record={"topic": run["topic"]})
        return set_slots(next_fact=None)

    async def _corrected(self, dispatcher: Any, turn: Turn, run: dict[str, Any]) -> dict[str, Any] | None:
        try:
            records = await fields_of(run, turn.correlation)
        except ServiceError as error:
            logger.error("run %s: %s", run["id"], error)
            return None
        return change(dispatcher, turn, run, records)

    async def _answer(self, dispatcher: Any, turn: Turn, sure: bool) -> list[Event] | None:
        """Answer a question in the middle; None where it may as well be an answer that was not understood."""
        try:
            answer = await answers.look_up(turn)
        except ServiceError as error:
            return answers.unavailable(dispatcher, error) if sure else None
        if not sure and not answer["urgent"] and not (answer["outcome"] == "answered" and turn.intent == "ask_topic"):
            return None
        return answers.give(dispatcher, answer, turn)


class ActionAskNextFact(Step):
    """Word the open question."""

    NAME = "action_ask_next_fact"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Ask; say nothing where the service could not say what is missing, since that was said."""
        turn = Turn.read(tracker)
        run, pending = turn.run, turn.slots.get("pending_field")
        if run is None or pending is None:
            return []
        number = len([field for field in run["asked"] if field != pending["field"]]) + 1
        help_ = pending.get("help")
        text = pending["ask"] + (f"\n（{help_}）" if help_ else "")
        offered = choice_buttons(pending)
        if pending.get("allow_unknown"):
            offered.append(button("不知道", "answer", value="不知道"))
        say(
            dispatcher,
            text,
            "asked_fact",
            record={"topic": run["topic"], "field": pending["field"]},
            buttons=[*offered, STOP],
            progress={"number": number, "about": max(number, run["about"])},
        )
        return []


async def advance(dispatcher: Any, turn: Turn, run: dict[str, Any], facts: dict[str, Any]) -> list[Event]:
    """Ask the service what is missing with these facts; open the next question, or close the form."""
    try:
        missing = await missing_fields(run, facts, turn.correlation)
    except ServiceError as error:
        logger.error("run %s: %s", run["id"], error)
        kept = "您刚才的回答我记下了。" if facts != turn.facts else ""
        say(dispatcher, kept + NOT_AVAILABLE[run["kind"]], OUTCOME[run["kind"]], buttons=(AGAIN, STOP), facts=facts)
        return set_slots(facts=facts, run=run, pending_field=None, next_fact=None)
    if not missing:
        return [*set_slots(facts=facts), *end_run({**run, "done": True})]
    following = missing[0]
    asked = [field for field in run["asked"] if field != following["field"]]
    run = {**run, "about": max(run["about"], len(asked) + len(missing))}
    return set_slots(facts=facts, run=run, pending_field=following, next_fact=None)


async def missing_fields(run: dict[str, Any], facts: dict[str, Any], correlation: str | None) -> list[dict[str, Any]]:
    """Give the FIELD records of the facts that a run still needs, the next one first.

    Raises:
        ServiceError: the service gave no answer.
    """
    if run["kind"] == "points":
        return (await points.estimate(run["id"], facts, correlation))["missing"]
    return (await eligibility.decide(run["id"], facts, correlation))["missing"]
