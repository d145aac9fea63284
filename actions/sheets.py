"""The points sheet in words: the total, what would raise it, how far a published line is, and a row for each item."""

from __future__ import annotations

from typing import Any

from actions.base import Turn
from actions.clients.points import Estimate, Item, Range
from actions.messages import button, say

COLUMNS = ["项目", "得分", "上限", "依据"]
AFRESH = button("从头再来", "start_over")
USAGE = button("积分有什么用", "ask_topic", topic="points.usage")
PROVINCIAL = button("按省级共性指标估算", "start_points", scheme="zhejiang-provincial")
RANGE = "有的项目各处资料写法不一样，或者情况还不清楚，所以是一个范围。"
AT_LEAST = "这只是最少的分：有的分值没有收录，或者已经调整过、新分值没有收录，实际可能更高。"


def show_points(dispatcher: Any, estimate: Estimate, turn: Turn, run: dict[str, Any]) -> None:
    """Utter the sheet with its total, gap, advice and notes; a refusal or a scheme without values in words."""
    total = estimate["total"]
    without = estimate["refused"] or (estimate["not_computable"] if total is None else None)
    if without:
        _without_total(dispatcher, estimate, turn, run, without)
        return
    headline = f"合计 {span(total)} 分"
    text = f"按{estimate['title']}估算，您{headline}。"
    if estimate["lower_bound"]:
        text += AT_LEAST
    elif total and total["low"] != total["high"]:
        text += RANGE
    paragraphs = [
        text + "这是估算，不是审核结果。",
        "\n".join(gap["text"] for gap in estimate["gap"]),
        "\n".join(f"· {line}" for line in estimate["advice"]),
        "\n".join(estimate["assumed"]),
    ]
    say(
        dispatcher,
        "\n\n".join(paragraph for paragraph in paragraphs if paragraph),
        "points_estimated",
        record={"topic": "points.calculate", "scheme": run["id"], "total": total},
        buttons=(USAGE, AFRESH),
        details=about(estimate),
        sheet={"title": estimate["title"], "columns": COLUMNS, "rows": rows(estimate), "total": headline},
        notes=estimate["notes"],
        sources=estimate["sources"],
        facts=turn.facts,
    )


def _without_total(dispatcher: Any, estimate: Estimate, turn: Turn, run: dict[str, Any], why: str) -> None:
    paragraphs = [f"{estimate['title']}：{why}", "\n".join(estimate["assumed"])]
    if estimate["refused"]:
        paragraphs.append("以积分窗口的审核为准；如果说错了，直接说“不是……，是……”就能改。")
    say(
        dispatcher,
        "\n\n".join(paragraph for paragraph in paragraphs if paragraph),
        "points_estimated" if estimate["refused"] else "declined_no_source",
        record={"topic": "points.calculate", "scheme": run["id"], "total": None},
        buttons=(USAGE, AFRESH) if estimate["refused"] else (PROVINCIAL, AFRESH),
        details=about(estimate),
        notes=estimate["notes"],
        sources=estimate["sources"],
        facts=turn.facts,
    )


def rows(estimate: Estimate) -> list[list[str]]:
    """Give a row for each item that was said or asked for; subtotals where there are several parts."""
    found = [
        # A limit that was changed to one nobody has published is not shown; the reason names the old one.
        [item["title"], score(item), number(None if item["lower_bound"] else item["max"]), item["reason"]]
        for item in estimate["items"]
        if not item["assumed"]
    ]
    parts = [part for part in estimate["subtotals"] if part["low"] is not None]
    gained = [part for part in parts if part["low"] or part["max"] is not None]
    if len(gained) > 1:
        for part in gained:
            points: Range = {"low": part["low"], "high": part["high"]}
            found.append([f"小计：{part['title']}", span(points), number(part["max"]), "上面各项相加，不超过上限"])
    return found


def score(item: Item) -> str:
    """Say the points of an item; 不计 where another item counts instead, so that the column adds up."""
    return "不计" if item["points"] is not None and not item["counted"] else span(item["points"])


def reason_line(item: Item) -> str:
    """Say an item with its reason in one line."""
    return f"{item['title']} {score(item)}{' 分' if item['counted'] else ''}：{item['reason']}"


def about(estimate: Estimate) -> str:
    """Say what is known of a scheme beside its points."""
    return "\n".join(f"{row['title']}：{row['text']}" for row in estimate["about"])


def span(points: Range | None) -> str:
    """Say points: `30`, `37.75～42.75`, `至少 93`, or 暂不能算 where there is no score."""
    if points is None:
        return "暂不能算"
    low = number(points["low"])
    if points["high"] is None:
        return f"至少 {low}"
    high = number(points["high"])
    return low if low == high else f"{low}～{high}"


def number(value: float | None) -> str:
    """Say a number without needless zeros; — for none."""
    return "—" if value is None else f"{value:.2f}".rstrip("0").rstrip(".")
