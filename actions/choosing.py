"""Which check a message means: the one that was tapped, else the one of the answer to the same words.

The knowledge service finds the entry; an entry names its check as its next step. So a new check is found by the
phrasings of its entry, and needs no words here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from actions.answers import PROVINCE
from actions.base import Turn
from actions.clients import eligibility, knowledge
from actions.clients.knowledge import Answer

# Words that name a group of checks; the one named here asks for the place first and goes on from there.
SCHOOL_CHECKS = {
    **dict.fromkeys(("中考", "高考", "考高中", "考大学"), "schooling.entrance_exam.any_exam"),
    **dict.fromkeys(("上学", "读书", "入学", "小学", "一年级", "初中"), "schooling.any_way"),
}
GROUP_CHECKS = {"居住证": "residence_permit.apply", "暂住证": "residence_permit.apply", "户": "settlement.any_way"}
# Words of other topics beside them (失业登记在户口所在地办吗) do not make it a question of that group.
OTHER_TOPICS = ("社保", "医保", "养老", "失业", "公积金", "公租房", "上学", "入学", "读书", "工资", "积分")
_CHILD = re.compile("孩|娃|儿|女|孙|崽|小朋友|宝宝")
OFFERED = 4


@dataclass(frozen=True)
class Meant:
    """What a message means: one check (as `eligibility.checks` lists it), or several to choose from, or none.

    `answer` is the approved answer to the same words, where the check belongs to it: it is said first.
    """

    check: dict[str, Any] | None = None
    options: tuple[dict[str, Any], ...] = ()
    answer: Answer | None = None


async def check(turn: Turn, offered: str | None = None) -> Meant:
    """Choose a check for a tapped button, for one offered before, or for words.

    Raises:
        ServiceError: a service gave no answer.
    """
    listed = {row["id"]: row for row in await eligibility.checks(turn.correlation)}
    wanted = turn.payload.get("check") or offered
    if wanted:
        return Meant(listed.get(wanted))
    for word, id_ in SCHOOL_CHECKS.items():
        if word in turn.text and _CHILD.search(turn.text):
            return Meant(listed.get(id_))
    if not any(word in turn.text for word in OTHER_TOPICS):
        for word, id_ in GROUP_CHECKS.items():
            if word in turn.text:
                return Meant(listed.get(id_))
    answer = await knowledge.ask(turn.text, turn.place() or PROVINCE, correlation=turn.correlation)
    for row in answer["results"]:
        if row.get("check") in listed:
            belongs = answer["outcome"] == "answered" and answer["entry"] == row["entry"]
            return Meant(listed[row["check"]], answer=answer if belongs else None)
        own = tuple(found for found in listed.values() if found.get("topic") == row["topic"])
        if own:
            return Meant(own[0]) if len(own) == 1 else Meant(options=own[:OFFERED])
    return Meant()
