"""The result of a run: the points as a sheet, or the decision with its reason, source and next step."""

from __future__ import annotations

import logging
from typing import Any

from actions.base import Event, Step, Turn
from actions.clients import eligibility, points
from actions.clients.eligibility import Decision
from actions.clients.http import ServiceError
from actions.messages import Button, button, say
from actions.runs import NOT_AVAILABLE, OUTCOME, resume_button
from actions.sheets import AFRESH, show_points, span

__all__ = ["ActionResult", "show_decision", "show_points", "show_result", "span"]

logger = logging.getLogger(__name__)

WORDS = {
    "eligible": "符合",
    "likely": "很可能符合（要核实）",
    "not_yet": "暂时还不符合",
    "ineligible": "不符合",
    "refer": "要走别的途径",
    "info": "情况是这样的",
    "need_info": "情况还不够，判断不了",
    "required": "必须办",
    "not_required": "可以不办",
    "voluntary": "自愿办理",
    "overdue": "已经过期，请尽快补办",
    "done": "已经办好了",
    "due": "现在可以办",
    "not_due": "还没到时间",
    "expired": "已经过期",
}
WHY = button("说说为什么", "explain_why")


class ActionResult(Step):
    """Say the result of the run that has just ended; nothing where it never began."""

    NAME = "action_result"

    async def run(self, dispatcher: Any, tracker: Any, domain: Any) -> list[Event]:
        """Ask the service once more and put its answer into words."""
        turn = Turn.read(tracker)
        if turn.run is None or not turn.run["done"]:
            return []
        await show_result(dispatcher, turn, turn.run)
        return []


async def show_result(dispatcher: Any, turn: Turn, run: dict[str, Any]) -> None:
    """Utter the result of a run; a service that does not answer is said, never taken for a no."""
    try:
        if run["kind"] == "points":
            show_points(dispatcher, await points.estimate(run["id"], turn.facts, turn.correlation), turn, run)
        else:
            show_decision(dispatcher, await eligibility.decide(run["id"], turn.facts, turn.correlation), turn, run)
    except ServiceError as error:
        logger.error("run %s: %s", run["id"], error)
        say(dispatcher, NOT_AVAILABLE[run["kind"]], OUTCOME[run["kind"]], buttons=(resume_button(run),))


def show_decision(dispatcher: Any, decision: Decision, turn: Turn, run: dict[str, Any]) -> None:
    """Utter the decision: what, why, what was taken for granted, what to do next."""
    # What a table answers in a word (走劳动监察) says more than the kind of outcome.
    short = decision["answer"] if decision["answer"] != decision["sentence"] else None
    headline = short if isinstance(short, str) else WORDS.get(decision["outcome"], decision["outcome"])
    lines = [f"{decision['title']}：{headline}。", decision["sentence"] if decision["outcome"] != "info" else ""]
    lines += [f"· {row['title']}：{row['text']}" for row in decision["results"]]
    if decision["reason"] and decision["reason"] != decision["sentence"]:
        lines.append(f"原因：{decision['reason']}")
    if decision["assumed"]:
        lines.append("有几项您没有说，我先这样当的：" + "；".join(row["text"] for row in decision["assumed"]) + "。")
    if decision["next_step"]:
        lines.append(f"下一步：{decision['next_step']['text']}")
    offered: list[Button] = []
    if run.get("topic"):
        offered.append(button("怎么办理、要什么材料", "ask_topic", topic=run["topic"]))
    say(
        dispatcher,
        "\n\n".join(line.strip() for line in lines if line.strip()),
        "eligibility_decided",
        record={
            "topic": run.get("topic"),
            "check": run["id"],
            "decision": decision["outcome"],
            "rule": decision["rule"],
        },
        buttons=[*offered, AFRESH],
        notes=decision["notes"],
        sources=decision["sources"],
        facts=turn.facts,
    )
