"""Months of insurance and residence from periods with places: overlaps once, gaps shown, added where rules add them.

A period is `{"from": "2019-03", "to": "2021-05", "place": "杭州"}`; both months count, `to` null means until the day
asked about, whose running month does not count yet. `place` is a name or a code; null: not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from core.places import PROVINCE, Places

# Where months are added together. `local`: the last run without a gap at one place.
SCOPES = ("province", "delta", "city", "local")
# Shanghai, Jiangsu and Anhui with Zhejiang: the Yangtze delta (长三角), whose years some Hangzhou rules recognise.
DELTA = ("上海", "江苏", "安徽")
_MONTH = re.compile(r"(\d{4})-(\d{2})")
_EARLIEST = 1950


class BadPeriod(ValueError):
    """A period cannot be; `sentence` says so to a resident, in Chinese."""

    def __init__(self, sentence: str) -> None:
        super().__init__(sentence)
        self.sentence = sentence


@dataclass(frozen=True)
class Period:
    """Months from `start` to `end` (running numbers, year * 12 + month - 1), both counted; a place by code or name."""

    start: int
    end: int
    place: str | None

    @property
    def months(self) -> range:
        """Give the months as running numbers."""
        return range(self.start, self.end + 1)


@dataclass(frozen=True)
class Count:
    """What periods come to: months that count, gaps between them, what was counted once or not at all."""

    months: int
    gaps: tuple[tuple[int, int], ...]
    overlapping: int
    elsewhere: int
    unplaced: int

    @property
    def text(self) -> str:
        """Say the count to a resident."""
        parts = [f"一共算 {self.months} 个月"]
        if self.overlapping:
            parts.append(f"重叠的 {self.overlapping} 个月只算一次")
        if self.elsewhere:
            parts.append(f"不在这个范围里的 {self.elsewhere} 个月没有算")
        if self.unplaced:
            parts.append(f"有 {self.unplaced} 个月没说在哪里，先按在这里算")
        if self.gaps:
            named = "、".join(f"{_said(a)}到{_said(b)}（{b - a + 1} 个月）" for a, b in self.gaps)
            parts.append(f"中间断了：{named}")
        return "，".join(parts) + "。"

    def record(self) -> dict[str, Any]:
        """Give the count as JSON."""
        gaps = [{"from": _iso(a), "to": _iso(b), "months": b - a + 1} for a, b in self.gaps]
        rest = {"overlapping": self.overlapping, "elsewhere": self.elsewhere, "unplaced": self.unplaced}
        return {"months": self.months, "gaps": gaps, **rest, "text": self.text}


def read(rows: Sequence[Any], places: Places, day: date) -> list[Period]:
    """Read periods from JSON.

    Raises:
        BadPeriod: not such a list, an end before its start, a month to come.
    """
    return [_period(row, places, day) for row in rows]


def count(periods: Iterable[Period], places: Places, scope: str, city: str | None = None) -> Count:
    """Count months.

    Args:
        periods: from `read`; their order does not matter.
        places: the register.
        scope: province, delta, city (the city of `city` with all its counties) or local (there, the last run).
        city: code of the place that is asked about; without one `city` and `local` count the province.
    """
    chosen: list[Period] = []
    elsewhere: set[int] = set()
    unplaced: set[int] = set()
    for period in periods:
        if period.place is None:
            unplaced.update(period.months)
        elif not _within(period.place, places, scope, city):
            elsewhere.update(period.months)
            continue
        chosen.append(period)
    months = sorted({month for period in chosen for month in period.months})
    gaps = [(a + 1, b - 1) for a, b in pairwise(months) if b - a > 1]
    if scope == "local" and gaps:
        months = [month for month in months if month > gaps[-1][1]]
    total = sum(len(period.months) for period in chosen)
    return Count(
        months=len(months),
        gaps=tuple(gaps),
        overlapping=total - len({month for period in chosen for month in period.months}),
        elsewhere=len(elsewhere - set(months)),
        unplaced=len(unplaced & set(months)),
    )


def _within(place: str, places: Places, scope: str, city: str | None) -> bool:
    if place not in places:
        return scope == "delta" and place in DELTA
    if scope in ("province", "delta") or city is None or city not in places:
        return True
    return _city_of(place) == _city_of(city)


def _city_of(code: str) -> str:
    """Give the four digits that a city's districts and counties share; the province itself lies in no city."""
    return "" if code == PROVINCE else code[:4]


def _period(row: Any, places: Places, day: date) -> Period:
    if not isinstance(row, dict) or not {"from"} <= row.keys() <= {"from", "to", "place"}:
        raise BadPeriod("每一段时间要有开始的年月（from，例如 2019-03），可以有结束的年月（to）和地方（place）。")
    now = day.year * 12 + day.month - 1
    start = _index(row["from"])
    end = now - 1 if row.get("to") is None else _index(row["to"])
    if start > now or end > now:
        raise BadPeriod(f"{_said(max(start, end))}还没有到，请核对这一段的起止时间。")
    if end < start - 1 or (end < start and row.get("to") is not None):
        raise BadPeriod(f"{_said(start)}开始、{_said(end)}结束，前后不对，请核对这一段的起止时间。")
    return Period(start, end, _place(row.get("place"), places))


def _index(text: Any) -> int:
    match = _MONTH.fullmatch(text) if isinstance(text, str) else None
    if match is None or not 1 <= int(match[2]) <= 12 or int(match[1]) < _EARLIEST:
        raise BadPeriod(f"“{text}”不是一个年月，请写成 2019-03 这样。")
    return int(match[1]) * 12 + int(match[2]) - 1


def _place(name: Any, places: Places) -> str | None:
    if name is None or name in places:
        return str(name) if name is not None else None
    found = places.find(name) if isinstance(name, str) else []
    if not found:
        raise BadPeriod(f"没有认出“{name}”是哪里，请写浙江的市、县（市、区）或者省外的省名。")
    return found[-1].code or found[-1].name


def _iso(month: int) -> str:
    return f"{month // 12}-{month % 12 + 1:02d}"


def _said(month: int) -> str:
    return f"{month // 12}年{month % 12 + 1}月"
