"""Which points scheme a message means: the one that was tapped, else that of its place, else the province's.

A place may have a scheme whose values nobody has published, or only old ones: then that is said, with what is known,
and the province's estimate is offered, since its points count everywhere in Zhejiang.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from actions.answers import PROVINCE
from actions.base import Turn
from actions.clients import points
from actions.clients.points import Estimate
from actions.messages import PERSON, Button, button, say

DEFAULT_SCHEME = "zhejiang-provincial"
NO_LOCAL = "您那里自己的积分办法我没有收录，先按省级共性指标估算，省级的分全省通用。"
PROVINCIAL = button("按省级共性指标估算", "start_points", scheme=DEFAULT_SCHEME)


@dataclass(frozen=True)
class Meant:
    """The scheme that is meant, a row of `points.schemes`.

    `unable`: why it is not begun at once. `own`: the place's own scheme, where another was asked for.
    `remark`: what to say before the questions.
    """

    scheme: dict[str, Any] | None = None
    unable: bool = False
    own: dict[str, Any] | None = None
    remark: str = ""


async def choose(turn: Turn, offered: str | None = None) -> Meant:
    """Choose a scheme for a tapped button, for one offered before, or for the place.

    Raises:
        ServiceError: the service gave no answer.
    """
    listed = {row["id"]: row for row in await points.schemes(turn.correlation)}
    place = turn.place()
    own = await _own(turn, place) if place and place != PROVINCE else None
    wanted = turn.payload.get("scheme") or offered
    if wanted:
        row = listed.get(wanted)
        other = own if own and own["id"] != wanted and own["computable"] and not own["background"] else None
        return Meant(row, unable=row is not None and not (row["computable"] and row["in_force"]), own=other)
    if own is not None:
        return Meant(own, unable=not own["computable"] or own["background"] is not None)
    local = place is not None and place != PROVINCE
    return Meant(listed.get(DEFAULT_SCHEME), remark=NO_LOCAL if local else "")


def say_unable(dispatcher: Any, row: dict[str, Any], estimate: Estimate | None, turn: Turn) -> None:
    """Say that a scheme cannot be worked out, what is known of it, and offer the province's estimate."""
    buttons: list[Button] = [PROVINCIAL]
    lines = []
    if row["computable"] and row["in_force"]:
        buttons.append(button("按这份旧资料估算", "start_points", scheme=row["id"]))
    known = estimate["about"] if estimate else []
    lines += [f"· {about['title']}：{about['text']}" for about in known]
    listed = [item["title"] for item in estimate["items"] if item["points"] is None] if estimate else []
    if listed and not row["computable"]:
        lines.append(f"· 收录到的指标：{'；'.join(listed)}")
    offer = "可以先按省级共性指标估算，省级的分全省通用；当地的分请问积分窗口或拨打 12345。"
    parts = (f"{row['title']}：{why(row, estimate)}", "\n".join(lines), offer)
    say(
        dispatcher,
        "\n\n".join(part for part in parts if part),
        "declined_no_source",
        record={"topic": "points.calculate", "scheme": row["id"]},
        buttons=(*buttons, PERSON),
        notes=estimate["notes"] if estimate else [],
        sources=estimate["sources"] if estimate else [],
    )


def why(row: dict[str, Any], estimate: Estimate | None) -> str:
    """Say why a scheme is not worked out at once."""
    if estimate and estimate["not_computable"]:
        return str(estimate["not_computable"])
    return str(row["background"] or "已经停用，现在不能按它估算。")


async def _own(turn: Turn, place: str) -> dict[str, Any] | None:
    """Give the scheme of a place that is in force, the most specific one first, one with values before one without."""
    rows = await points.schemes(turn.correlation, place=place)
    return next((row for row in rows if row["region"] != PROVINCE and row["in_force"] and not row["within"]), None)
