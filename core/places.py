"""Places of Zhejiang (GB/T 2260): found in text, named, and looked up most specific first."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from core.yamlfile import KnowledgeError, Map, check_keys, load

PROVINCE = "330000"


@dataclass(frozen=True)
class Place:
    """One place of the province, or (code None) a place outside it."""

    code: str | None
    name: str
    parent: str | None = None
    city_means: str | None = None
    words: tuple[str, ...] = ()
    start: int = -1
    end: int = -1

    @property
    def outside(self) -> bool:
        """Tell whether the place lies outside Zhejiang."""
        return self.code is None


class Places:
    """The place register: `find` in text, `chain` for look-up, `name` for people."""

    def __init__(self, places: list[Place]) -> None:
        self._by_code = {place.code: place for place in places if place.code is not None}
        self._by_word: dict[str, Place] = {}
        for place in places:
            for word in place.words:
                self._by_word.setdefault(word, place)
        # Longest first, so that 杭州市区 is not read as 杭州市.
        words = sorted(self._by_word, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, words))) if words else re.compile(r"(?!)")

    @classmethod
    def load(cls, path: Path) -> Places:
        """Read `knowledge/lexicon/places.yaml`.

        Raises:
            KnowledgeError: unknown key, repeated code, or a parent that does not exist.
        """
        root = check_keys(load(path), path, {"places", "outside"})
        places: list[Place] = []
        codes: set[str] = set()
        for row in root["places"]:
            check_keys(row, path, {"code", "name", "parent"}, {"short", "aliases", "city_means"})
            if row["code"] in codes:
                raise KnowledgeError(path, row.line, f"code {row['code']} stands twice; keep one")
            codes.add(row["code"])
            places.append(_place(row))
        for row in root["places"]:
            for key in ("parent", "city_means"):
                if row.get(key) is not None and row[key] not in codes:
                    raise KnowledgeError(path, row.line_of(key), f"{key} {row[key]!r} is no code in this file")
        for row in root["outside"]:
            check_keys(row, path, {"name", "kind"})
            suffix = "省" if row["kind"] == "province" else "市"
            places.append(Place(None, row["name"], words=(row["name"] + suffix, row["name"])))
        return cls(places)

    def find(self, text: str) -> list[Place]:
        """Find places in text, in order, each with `start` and `end`; the longest name wins."""
        found = []
        for match in self._pattern.finditer(text):
            place = self._by_word[match.group()]
            found.append(
                Place(place.code, place.name, place.parent, place.city_means, place.words, match.start(), match.end())
            )
        return found

    def region(self, text: str) -> Place | None:
        """Give the place of Zhejiang that a message is about: the most specific one, the last if equal.

        “我在浙江杭州余杭” is about 余杭; places outside the province never count here.
        """
        inside = [place for place in self.find(text) if not place.outside and place.code != PROVINCE]
        return max(inside, key=lambda place: (len(self.chain(place.code or PROVINCE)), place.start), default=None)

    def chain(self, code: str) -> list[str]:
        """List the codes whose rules apply to a place, most specific first, the province last.

        330106 → 330106, 330100-urban, 330100, 330000. A city's name alone means its urban districts
        where the register says so: 330100 → 330100, 330100-urban, 330000.
        Raises:
            KeyError: no such code.
        """
        place = self._by_code[code]
        chain = [code]
        if place.city_means:
            chain.append(place.city_means)
        while place.parent is not None:
            place = self._by_code[place.parent]
            chain.append(place.code or PROVINCE)
        return chain

    def name(self, code: str) -> str:
        """Give the full name of a code, such as 杭州市区; the code itself if it is unknown."""
        place = self._by_code.get(code)
        return place.name if place else code

    def get(self, code: str) -> Place | None:
        """Give a place of the province by its code."""
        return self._by_code.get(code)

    def __contains__(self, code: object) -> bool:
        # Asked about anything that JSON can hold, lists included, which no dictionary takes.
        return isinstance(code, str) and code in self._by_code

    def codes(self) -> list[str]:
        """List every code of the province, in the register's order."""
        return list(self._by_code)


def _place(row: Map) -> Place:
    words = [row["name"], *([row["short"]] if row.get("short") else []), *row.get("aliases", [])]
    return Place(row["code"], row["name"], row["parent"], row.get("city_means"), tuple(dict.fromkeys(words)))
