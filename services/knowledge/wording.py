"""Say a message in the words of the phrasings: other regions' terms and places in one form."""

from __future__ import annotations

from core.lexicon import Lexicon
from core.places import Places
from core.text import normalise
from services.knowledge.simplified import to_simplified


class Wording:
    """Rewrite messages and phrasings alike, so that what means the same is compared as the same."""

    def __init__(self, places: Places, lexicon: Lexicon) -> None:
        self._places, self._lexicon = places, lexicon

    def plain(self, text: str) -> str:
        """Normalise, say places outside Zhejiang as 本地, and put everyday terms into the official ones."""
        text = normalise(text, to_simplified)
        for place in reversed(self._places.find(text)):
            if place.outside:
                text = text[: place.start] + "本地" + text[place.end :]
        return self._lexicon.official(text).lower()
