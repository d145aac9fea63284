"""Spans of time in any writing: 48, 四十八个月, 三年半, 三年零两个月, 半年, 2019年3月到现在, 去年3月.

Months are whole months. From a date until today the running month does not count yet; between two
named months both count. Several periods are added, months in common once.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import date
from fractions import Fraction

from core.numerals import NUMBER, read_number

_N = NUMBER
_RELATIVE = {"今年": 0, "去年": 1, "前年": 2, "大前年": 3}
_RELATIVE_YEAR = "大前年|今年|去年|前年"
_HAN_DIGIT = "[零〇○一二三四五六七八九]"
_YEAR_NUMBER = rf"(?:\d{{4}}|\d{{2}}|[一二]{_HAN_DIGIT}{{3}}|{_HAN_DIGIT}{{2}})"
_YEAR = rf"(?:{_YEAR_NUMBER}年|(?:{_RELATIVE_YEAR})年?)"
_DIGITS_ONLY = r"\d{4}[-./]\d{1,2}(?:[-./]\d{1,2})?|(?:19|20)\d{2}(?:0[1-9]|1[0-2])(?!\d)"
_DATE = rf"(?:{_YEAR}的?{_N}月(?:份)?(?:{_N}[日号])?|{_DIGITS_ONLY})"
_NOW = r"(?:现在|今天|目前|如今|今|这个月|本月)"
_TO = r"(?:到了?|至|~|—+|-+|直到)"
_BEGUN = r"(?:开始|起|以来)?(?:交|缴|住|办|登记)?的?(?:一直)?"
_SINCE = rf"(?:{_BEGUN}{_TO}{_NOW}(?:为止)?|开始|起|以来|以后)"

RANGE = re.compile(rf"从?(?P<start>{_DATE}){_BEGUN}{_TO}(?P<end>{_DATE})")
START = re.compile(rf"从?(?P<start>{_DATE})(?P<since>{_SINCE})?")
YEAR_ONLY = re.compile(
    rf"从?(?P<year>(?:19|20)\d{{2}}|[一二][零〇○一二三四五六七八九]{{3}}|{_RELATIVE_YEAR})(?:年|\Z)(?:{_SINCE})?"
)
_PARTS = re.compile(rf"(?P<year>{_RELATIVE_YEAR}|[^年]+)年?的?(?P<month>\d{{1,2}}|[一二三四五六七八九十]+)月")
_NUMERIC = re.compile(r"(?P<year>\d{4})[-./]?(?P<month>\d{1,2})")

# One span; the order matters: the longer forms first.
_SPAN_FORMS: list[tuple[str, Callable[..., Fraction]]] = [
    (rf"(?P<y>{_N})年半", lambda y: y * 12 + 6),
    (rf"(?P<y>{_N})年(?:零|又|加|外加|和)?(?P<m>{_N})个半月", lambda y, m: y * 12 + m + Fraction(1, 2)),
    (rf"(?P<y>{_N})年(?:零|又|加|外加|和)?(?P<m>{_N})个?月", lambda y, m: y * 12 + m),
    (r"半年", lambda: Fraction(6)),
    (rf"(?P<m>{_N})个半月", lambda m: m + Fraction(1, 2)),
    (r"半个月", lambda: Fraction(1, 2)),
    (rf"(?P<m>{_N})个?月半?", lambda m: m),
    (rf"(?P<y>{_N})年(?!级|龄|代|底|初|薪)", lambda y: y * 12),
    (rf"(?P<w>{_N})(?:个?星期|周(?!岁))", lambda w: w * 7 / 30),
    (rf"(?P<d>{_N})天", lambda d: d / 30),
]
SPANS = [(re.compile(pattern), count) for pattern, count in _SPAN_FORMS]
# “三年多”, “快三年”, “两三年” and “好几年” name no number of months.
VAGUE = re.compile(
    rf"(?:不到|快到?|将近|接近|差点|差一点|近)(?:{_N}|半)个?(?:年|月|天|岁|周岁|分)|"
    rf"(?:{_N}|半)个?(?:年|月|天|岁|分)多|(?:{_N})多个?(?:年|月|天|岁|分)|(?:好几|十几|几十)个?(?:年|月|天|岁|分)?|"
    r"(?<![零〇一二三四五六七八九十百])[一两二三四五六七八][二三四五六七八九]个?(?:年|月)|大半年"
)


class NotClear(ValueError):
    """A time was meant, but it can be read in two ways; the message asks for what is needed, in Chinese."""


def months_of_span(text: str) -> tuple[Fraction, str] | None:
    """Find one span of time.

    Returns:
        Its months, exact, and the text around it; None if there is not exactly one.
    """
    for pattern, count in SPANS:
        match = pattern.search(text)
        if match is None:
            continue
        numbers = {name: read_number(value) for name, value in match.groupdict().items()}
        if any(number is None for number in numbers.values()):
            continue
        return count(**numbers), text[: match.start()] + text[match.end() :]
    return None


def months_of_dates(text: str, today: date, is_filler: Callable[[str], bool]) -> tuple[int, str] | None:
    """Count the months of the periods that a text names by dates.

    Args:
        text: normalised text, such as `2019年3月到现在`.
        today: the day on which a period without an end stops.
        is_filler: tells whether the text around a date says nothing else.
    Returns:
        The number of months, those in common counted once, and the text around them; None without a date.
    Raises:
        NotClear: no month, a two-digit year that could be a number of years, a day to come, an end before its start.
    """
    months: set[int] = set()
    rest, found = text, False
    while match := RANGE.search(rest):
        start, end = _month(match["start"], today, True), _month(match["end"], today, True)
        if end < start or end > _index(today):
            raise NotClear(f"“{match.group()}”的起止时间不对，请核对后再说一次。")
        months.update(range(start, end + 1))
        rest, found = rest[: match.start()] + rest[match.end() :], True
    while match := START.search(rest):
        start = _month(match["start"], today, bool(match["since"]))
        if start > _index(today):
            raise NotClear(f"“{match['start']}”还没有到，请核对后再说一次。")
        months.update(range(start, _index(today)))
        rest, found = rest[: match.start()] + rest[match.end() :], True
    if found:
        return len(months), rest
    alone = YEAR_ONLY.search(text)
    if alone and is_filler(text[: alone.start()] + text[alone.end() :]):
        year = alone["year"] if alone["year"] in _RELATIVE else f"{alone['year']}年"
        raise NotClear(f"是{year}几月开始的？请连月份一起说，例如“2019年3月”。")
    return None


def _index(day: date) -> int:
    return day.year * 12 + day.month - 1


def _month(text: str, today: date, certain: bool) -> int:
    """Give the month of a date as a running number.

    Args:
        certain: the words around it say that it is a date; otherwise 19年3月 may be nineteen years and three months.
    """
    match = _PARTS.match(text) or _NUMERIC.match(text)
    assert match is not None
    said = match["year"]
    month = read_number(match["month"])
    if said in _RELATIVE:
        year = today.year - _RELATIVE[said]
    else:
        number = read_number(said)
        assert number is not None
        year = int(number)
        if year < 100:
            if not certain:
                raise NotClear(f"“{text}”是指 20{year:02d} 年开始，还是一共 {year} 年零几个月？请说得完整一些。")
            year += 2000 if year <= today.year % 100 else 1900
    if month is None or not 1 <= month <= 12 or not 1950 <= year <= today.year + 50:
        raise NotClear(f"“{text}”不是一个年月，请核对后再说一次，例如“2019年3月”。")
    return year * 12 + int(month) - 1
