"""“为什么”: the reason of the last result, or the details and sources of the last answer."""

from __future__ import annotations

from typing import Any

from actions import answers
from actions.base import Event, Step, Turn
from actions.clients import eligibility, knowledge, points
from actions.clients.http import ServiceError
from actions.messages import say
from actions.runs import NOT_AVAILABLE, OUTCOME
from actions.sheets import reason_line

NOTHING_YET = "您想知道哪件事的原因？请把问题完整说一遍，我来查出处。"


class ActionExplain(Step):
    """Explain what was said last."""

    NAME = "action_explain"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Explain the result of the run that is done, else the answer given last."""
        turn = Turn.read(tracker)
        if turn.run is not None and turn.run["done"]:
            await _explain_run(dispatcher, turn, turn.run)
            return []
        entry = turn.slots.get("last_entry")
        if not entry:
            say(dispatcher, NOTHING_YET, "clarify_topic")
            return []
        try:
            answer = await knowledge.ask("", turn.region, entry=entry, correlation=turn.correlation)
        except ServiceError as error:
            return answers.unavailable(dispatcher, error)
        names = "、".join(f"《{source['title']}》" for source in answer["sources"])
        lines = [f"刚才的回答依据是：{names}。", answer["details"] or answer["answer"]]
        say(
            dispatcher,
            "\n\n".join(line.strip() for line in lines),
            "answered",
            record=answers.outcome_record(answer),
            notes=answer["notes"],
            sources=answer["sources"],
        )
        return []


async def _explain_run(dispatcher: Any, turn: Turn, run: dict[str, Any]) -> None:
    try:
        if run["kind"] == "points":
            sheet = await points.estimate(run["id"], turn.facts, turn.correlation)
            lines = [reason_line(item) for item in sheet["items"] if not item["assumed"]]
            lines += sheet["assumed"]
            notes, sources, outcome = sheet["notes"], sheet["sources"], "points_estimated"
        else:
            decision = await eligibility.decide(run["id"], turn.facts, turn.correlation)
            lines = [f"{decision['title']}：{decision['reason']}", decision["explanation"]]
            lines += [f"没有说的按这样算：{row['text']}" for row in decision["assumed"]]
            notes, sources, outcome = decision["notes"], decision["sources"], "eligibility_decided"
    except ServiceError:
        say(dispatcher, NOT_AVAILABLE[run["kind"]], OUTCOME[run["kind"]])
        return
    say(dispatcher, "是这样得来的：\n" + "\n".join(lines), outcome, notes=notes, sources=sources)
