"""The approved sentences around an answer: how far it can be trusted, where and when it holds, why there is none.

They are wording, not policy: no condition, sum or period stands here.
"""

from __future__ import annotations

from datetime import date

from core.entries import Document, Variant
from core.places import PROVINCE, Places

CLARIFY_TOPIC = "您的问题可能是下面其中一个，请点一下最接近的；都不是的话，请换个说法再问我一次。"
CLARIFY_REGION = "这件事各地规定不一样。请问您在哪里办？"
NOT_UNDERSTOOD = (
    "抱歉，我没有听懂，也没有找到经过核对的答案。请换个说法，把要办的事和所在的城市说出来，"
    "例如“租房能在嘉兴落户吗”；也可以拨打 12345 政务服务热线问人工。"
)


def no_answer_yet(title: str) -> str:
    """Say that a topic is known but holds no approved answer."""
    return (
        f"您问的好像是“{title}”。这方面我还没有经过人工核对的答案，不敢乱说。"
        "请拨打 12345 政务服务热线，或者到当地办事窗口、浙里办 App 查询。"
    )


def no_answer_there(title: str, place: str) -> str:
    """Say that a topic has no approved answer for a place or day."""
    return (
        f"“{title}”在{place}的规定，我这里没有收录现行有效的内容，不敢乱说。"
        "请拨打 12345 政务服务热线，或者问当地办事窗口。"
    )


def trust(variant: Variant, documents: list[Document]) -> str:
    """Say how far the main statement can be trusted, by the weakest source it rests on."""
    # The year of the weakest source: that of a newer one beside it would make the answer look younger than it is.
    weakest = [document for document in documents if document.trust == variant.trust] or documents
    years = sorted({document.published[:4] for document in weakest if document.published})
    when = f"（{years[-1]} 年）" if years else "（来源没有写日期）"
    return {
        "official": f"依据：官方文件或政府网站{when}。",
        "seed": "依据：2023—2027 年省实施方案。这是方案提出的方向，不等于每个人都能办成，以当地窗口答复为准。",
        "secondary": f"依据：媒体报道或办事指南{when}，以当地窗口答复为准。",
        "old": f"依据：较早的资料{when}，只作背景参考，办之前请先问当地窗口。",
    }[variant.trust]


def place_and_dates(variant: Variant, places: Places, day: date) -> str:
    """Say where and from when to when an answer holds, and when it was last checked."""
    where = "、".join(places.name(code) for code in variant.regions)
    start = f"{variant.effective_from} 起施行" if variant.effective_from else "施行日期来源未写明"
    end = f"，有效期到 {variant.effective_to}" if variant.effective_to else ""
    late = "，已过复核日期，可能有变化，请先核实" if day > variant.review_by else ""
    return f"适用地区：{where}。{start}{end}。最近核对：{variant.reviewed}{late}。"


def region_note(asked: str | None, used: str, places: Places) -> str | None:
    """Say in which way the answer's place differs from the place the resident named; None if it does not."""
    if asked is None or asked in (used, PROVINCE):
        return None
    place = places.get(asked)
    if place is not None and place.city_means == used:
        return f"您说的是{place.name}，这里按{places.name(used)}回答；所辖的县（市）规定可能不同。"
    if used == PROVINCE:
        return f"没有收录{places.name(asked)}的本地规定，上面是全省的口径，具体请问{places.name(asked)}的窗口。"
    return None


def outside_note(name: str) -> str:
    """Say that a place outside the province was understood, and that the answer does not hold there."""
    return f"您提到了{name}。我只收录浙江的规定，这里的内容只适用于浙江。"
