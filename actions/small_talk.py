"""Greetings, thanks and questions about the assistant itself. No policy here."""

from __future__ import annotations

from typing import Any

from rasa_sdk.events import FollowupAction

from actions.base import Event, Step, Turn
from actions.messages import PERSON, Button, button, say

STARTERS: tuple[Button, ...] = (
    button("我能不能落户", "start_check", check="settlement.any_way"),
    button("算算我的积分", "start_points", scheme="zhejiang-provincial"),
    button("我能办居住证吗", "start_check", check="residence_permit.apply"),
)
WHAT_I_DO = (
    "我是“安居答”，浙江新居民的政策问答助手，是一个程序，不是真人。落户、居住证、积分、上学、社保医保、租房、工资这些事可以问我；"
    "也可以帮您估算积分、看看符不符合条件。我的回答都由人写好或核对过，会写明出处和日期；没有依据的会直说没有。"
)
TEXTS = {
    "greet": "您好！我是“安居答”。落户、居住证、积分、上学、社保、租房、工资这些事，用平常的话问我就行，也可以点按钮。",
    "goodbye": "再见！以后有政策上的事，随时来问我。",
    "thank": "不客气，能帮上忙就好。还有别的事，接着问我。",
    "affirm": "好的。您接下来想问什么？直接打字就行。",
    "deny": "好的。还想了解什么，直接问我就行。",
    "bot_challenge": WHAT_I_DO,
    "complaint": "对不起，没帮上您的忙。您可以换个说法，把要办的事和所在的城市说清楚，我再找一次；或者直接问人工。",
}
# After an answer, a complaint is asked what it is about. The front door takes these buttons and keeps a rating of that
# answer (services/conversations/ratings.py); the bot never sees them.
WHAT_IS_WRONG = (
    "对不起，没帮上您的忙。刚才的回答哪里不对？点一个，我记下来供编辑核对。"
    "您也可以换个说法，把要办的事和所在的城市说清楚，我再找一次；或者找人工。"
)
REASONS: tuple[Button, ...] = tuple(
    button(title, "rate", value="down", reason=reason)
    for title, reason in (
        ("和我的情况不符", "not_my_case"),
        ("内容有误", "wrong"),
        ("内容过时", "outdated"),
        ("答非所问", "off_topic"),
        ("看不懂", "unclear"),
    )
)
BUTTONS: dict[str, tuple[Button, ...]] = {"greet": STARTERS, "bot_challenge": STARTERS, "complaint": (PERSON,)}


class ActionSmallTalk(Step):
    """Answer an act of talk by the words for it; buttons only where no run is under way."""

    NAME = "action_small_talk"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Say the words for the intent."""
        turn = Turn.read(tracker)
        running = (tracker.active_loop or {}).get("name") is not None
        if turn.intent == "affirm" and not running and turn.slots.get("offered"):
            # “好的” after an answer that offered to check the resident's own case.
            return [FollowupAction("action_start_run")]
        if turn.intent == "complaint" and not running and _answered(turn):
            say(dispatcher, WHAT_IS_WRONG, "small_talk", buttons=(*REASONS, PERSON))
            return []
        text = TEXTS.get(turn.intent, TEXTS["greet"])
        if running and turn.intent in ("greet", "affirm", "deny"):
            text = "好的，我们接着来。"
        say(dispatcher, text, "small_talk", buttons=() if running else BUTTONS.get(turn.intent, ()))
        return []


def _answered(turn: Turn) -> bool:
    """Tell whether there is an answer that a complaint can be about: a question was answered, or a run has ended."""
    return bool(turn.slots.get("last_question") or turn.slots.get("last_entry") or (turn.run and turn.run.get("done")))
