"""Runs of questions: which scheme or check is meant, its start, its stop and its new start.

A run is kept in the slot `run`: {"kind": "points"|"check", "id", "title", "topic", "asked": [field ids in
order], "about": how many questions it will take, "done": bool}.
"""

from __future__ import annotations

import logging
from typing import Any

from rasa_sdk.events import ActiveLoop, FollowupAction

from actions import answers, choosing, schemes
from actions.base import Event, Step, Turn, set_slots
from actions.clients import points
from actions.clients.http import ServiceError
from actions.facts import known_lines, read_from_message
from actions.messages import PERSON, Button, button, say
from actions.small_talk import STARTERS

logger = logging.getLogger(__name__)

NOT_AVAILABLE = {
    "points": "积分暂时算不了，不代表您没有分。请过一会儿再试；着急的话，请拨打 12345 政务服务热线。",
    "check": "条件暂时查不到，不代表您不符合。请过一会儿再试；着急的话，请拨打 12345 政务服务热线。",
}
OUTCOME = {"points": "error_points", "check": "error_eligibility"}
AGAIN = button("再试一次", "affirm")
START_OVER = button("从头来", "start_over")


class ActionStartRun(Step):
    """Begin a run: say what it is, say back what is known; the form then asks."""

    NAME = "action_start_run"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Choose the scheme or check and open the run."""
        turn = Turn.read(tracker)
        # “好的” to an offer starts what was offered; the form then has no rule of its own and is asked for here.
        offered = (turn.slots.get("offered") or {}) if turn.intent == "affirm" else {}
        kind = "points" if turn.intent == "start_points" or "scheme" in offered else "check"
        before: list[Event] = []
        chosen_scheme = schemes.Meant()
        try:
            if kind == "points":
                chosen_scheme = await schemes.choose(turn, offered.get("scheme"))
                chosen = chosen_scheme.scheme
                if chosen is not None and chosen_scheme.unable:
                    await _unable(dispatcher, chosen, turn)
                    offer = {"scheme": schemes.DEFAULT_SCHEME}
                    return [*set_slots(run=None, pending_field=None, next_fact=None, offered=offer)]
            else:
                meant = await choosing.check(turn, offered.get("check"))
                chosen = meant.check
                if meant.answer is not None:
                    before = answers.give(dispatcher, meant.answer, turn)
        except ServiceError as error:
            logger.error("a run could not start: %s", error)
            retry = button("再试一次", turn.intent, **turn.payload)
            say(dispatcher, NOT_AVAILABLE[kind], OUTCOME[kind], buttons=(retry,))
            return [*set_slots(run=None, pending_field=None, next_fact=None)]
        if chosen is None:
            _offer(dispatcher, () if kind == "points" else meant.options)
            return [*set_slots(run=None, pending_field=None, next_fact=None)]
        said = read_from_message(turn, chosen["fields"])
        facts = {**turn.facts, **said}
        run = {
            "kind": kind,
            "id": chosen["id"],
            "title": chosen["title"],
            "topic": chosen.get("topic"),
            "asked": [],
            "about": 0,
            "done": False,
        }
        known = known_lines(facts, chosen["fields"])
        say(
            dispatcher,
            chosen_scheme.remark + _opening(run, known),
            "asked_fact",
            record={"topic": run["topic"], "check": run["id"]},
            buttons=(*_own_scheme(chosen_scheme), *((START_OVER,) if known else ())),
            facts=facts,
        )
        events = [*before, *set_slots(run=run, facts=facts, pending_field=None, next_fact=None, offered=None)]
        return [*events, FollowupAction("questionnaire_form")] if turn.intent == "affirm" else events


class ActionStop(Step):
    """Leave a run; what was said is kept."""

    NAME = "action_stop"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Say so, and how to come back."""
        turn = Turn.read(tracker)
        if (tracker.active_loop or {}).get("name") is None or not turn.run:
            say(dispatcher, "好的。想问什么，随时告诉我。", "small_talk")
            return []
        say(
            dispatcher,
            "好的，先到这里。您说过的情况我都记着，下次不用从头说。",
            "small_talk",
            buttons=(resume_button(turn.run),),
        )
        return set_slots(pending_field=None, next_fact=None)


class ActionStartOver(Step):
    """Forget what the resident said of themselves; a run that is open begins again."""

    NAME = "action_start_over"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Clear the facts."""
        turn = Turn.read(tracker)
        running = (tracker.active_loop or {}).get("name") is not None
        run = {**turn.run, "asked": [], "about": 0, "done": False} if turn.run else None
        text = "好的，您之前说的情况我都清掉了。" + ("我们从头来。" if running else "")
        say(
            dispatcher,
            text,
            "small_talk",
            facts={},
            buttons=(resume_button(run),) if run and not running else (),
        )
        return set_slots(facts={}, run=run, pending_field=None, next_fact=None)


def end_run(run: dict[str, Any] | None) -> list[Event]:
    """Give the events that close the form; `run` stays for “为什么” and corrections."""
    return [*set_slots(run=run, pending_field=None, next_fact=None, requested_slot=None), ActiveLoop(None)]


def resume_button(run: dict[str, Any]) -> Button:
    """Offer to take a run up again."""
    if run["kind"] == "points":
        return button("接着算积分", "start_points", scheme=run["id"])
    return button("接着看条件", "start_check", check=run["id"])


def _opening(run: dict[str, Any], known: str) -> str:
    what = "我来帮您估算积分" if run["kind"] == "points" else "我来帮您看看条件"
    text = f"好的，{what}（{run['title']}）。我一个一个问，不清楚可以说“不知道”，不想算了说“先不算了”。"
    if known:
        text += f"\n\n我记得您说过：{known}。如果有变化，直接说“不是……，是……”就能改。"
    return text


def _offer(dispatcher: Any, rows: tuple[dict[str, Any], ...]) -> None:
    """Let the resident choose among checks that may be meant, or say what can be checked at all."""
    if rows:
        buttons: tuple[Button, ...] = tuple(button(row["title"], "start_check", check=row["id"]) for row in rows)
        say(dispatcher, "您想看哪一项？点一个，我按您的情况一步一步问。", "clarify_topic", buttons=(*buttons, PERSON))
        return
    text = "这一项我还不会替您判断。您可以直接问我规定，或者选一个："
    say(dispatcher, text, "clarify_topic", buttons=STARTERS)


async def _unable(dispatcher: Any, row: dict[str, Any], turn: Turn) -> None:
    """Say what is known of a scheme that cannot be worked out."""
    estimate = await points.estimate(row["id"], {}, turn.correlation) if row["in_force"] else None
    schemes.say_unable(dispatcher, row, estimate, turn)


def _own_scheme(meant: schemes.Meant) -> tuple[Button, ...]:
    """Offer the scheme of the place where another one was tapped."""
    if meant.own is None:
        return ()
    return (button(f"改按{meant.own['title']}算", "start_points", scheme=meant.own["id"]),)
