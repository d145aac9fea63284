"""A person is wanted: say whom to call. There is no live staff behind the chat yet."""

from __future__ import annotations

from typing import Any

from actions.base import Event, Step, Turn
from actions.messages import say

WHO_TO_CALL = (
    "我这里现在还没有在线的工作人员。请拨打 12345 政务服务热线，有真人接听，可以说明您的情况和所在的城市；"
    "也可以直接去当地的办事窗口问。"
)
GO_ON = "您说过的情况我还记着，想继续的话，接着回答就行。"


class ActionHandoff(Step):
    """Name the hotline; a run that is under way goes on afterwards."""

    NAME = "action_handoff"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Say whom to call."""
        turn = Turn.read(tracker)
        running = (tracker.active_loop or {}).get("name") is not None
        record = {"topic": turn.slots.get("last_topic")}
        say(dispatcher, WHO_TO_CALL + (GO_ON if running else ""), "handoff_requested", record=record)
        return []
