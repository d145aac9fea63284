"""Say a message in the words of the phrasings: other regions' terms and places in one form."""

from __future__ import annotations

from core.places import Places
from core.text import normalise
from services.knowledge.simplified import to_simplified

# Terms of other provinces and everyday words, longest first where one holds another.
# 暂住证 became 居住证 in 2016; 入户 is Guangdong's word for 落户.
TERMS = {
    "暂住证": "居住证",
    "居注证": "居住证",
    "入户": "落户",
    "上户口": "落户",
    "迁户口": "迁户口落户",
    "俺": "我",
    "咱": "我",
    "娃": "孩子",
    "小孩": "孩子",
    "媳妇": "老婆",
    "爱人": "配偶",
    "啥": "什么",
    "咋": "怎么",
}


class Wording:
    """Rewrite messages and phrasings alike, so that what means the same is compared as the same."""

    def __init__(self, places: Places) -> None:
        self._places = places

    def plain(self, text: str) -> str:
        """Normalise, say places outside Zhejiang as 本地, and put everyday terms into the official ones."""
        text = normalise(text, to_simplified)
        for place in reversed(self._places.find(text)):
            if place.outside:
                text = text[: place.start] + "本地" + text[place.end :]
        for word, term in TERMS.items():
            text = text.replace(word, term)
        return text.lower()
